//! The common packet format: address and data items behind a count.
//!
//! Data in: the octets behind interface handle and timeout, or a datagram of implicit messaging.
//! Data out: the address and the data they carry. Source: CIP Volume 2, 2-6.
//!
//! Limits: [`limits::ENIP_ITEMS`] items; more are not looked at, shown as `limit_reached`.

use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet};

/// Item type identifiers (2-6).
pub(super) mod item {
    pub(in super::super) const NULL_ADDRESS: u16 = 0x0000;
    pub(in super::super) const LIST_IDENTITY: u16 = 0x000c;
    pub(in super::super) const CONNECTED_ADDRESS: u16 = 0x00a1;
    pub(in super::super) const CONNECTED_DATA: u16 = 0x00b1;
    pub(in super::super) const UNCONNECTED_DATA: u16 = 0x00b2;
    pub(in super::super) const LIST_SERVICES: u16 = 0x0100;
    pub(in super::super) const SEQUENCED_ADDRESS: u16 = 0x8002;
}

/// To which connection the data belong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Address {
    #[default]
    Missing,
    /// Unconnected.
    Null,
    Connection(u32),
    /// Connection identifier and encapsulation sequence number.
    Sequenced(u32, u32),
}

/// The data item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Data<'a> {
    #[default]
    Missing,
    Connected(&'a [u8]),
    Unconnected(&'a [u8]),
}

/// A packet of items.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packet<'a> {
    pub(super) address: Address,
    pub(super) data: Data<'a>,
    pub(super) anomalies: AnomalySet,
}

/// One item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) kind: u16,
    pub(super) data: &'a [u8],
}

impl<'a> Item<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Short> {
        let kind = cursor.u16_le()?;
        let length = cursor.u16_le()?;
        Ok(Self {
            kind,
            data: cursor.take(usize::from(length))?,
        })
    }
}

impl<'a> Packet<'a> {
    /// Reads a packet; what is wrong with it stands in its anomalies.
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut packet = Self::default();
        let mut cursor = Cursor::new(bytes);
        if packet.items(&mut cursor).is_err() {
            packet.anomalies.insert(Anomaly::Truncated);
        } else if !cursor.is_empty() && !packet.anomalies.contains(Anomaly::LimitReached) {
            packet.anomalies.insert(Anomaly::TrailingBytes);
        }
        packet
    }

    fn items(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        let count = usize::from(cursor.u16_le()?);
        for _ in 0..count.min(limits::ENIP_ITEMS) {
            let item = Item::read(cursor)?;
            self.item(&item);
        }
        if count > limits::ENIP_ITEMS {
            self.anomalies.insert(Anomaly::LimitReached);
        }
        // Address and data are both there in any packet (2-6).
        if count < 2 {
            self.anomalies.insert(Anomaly::BadValue);
        }
        Ok(())
    }

    fn item(&mut self, item: &Item<'a>) {
        let mut fields = Cursor::new(item.data);
        match item.kind {
            item::NULL_ADDRESS => {
                self.address = Address::Null;
                self.expect(item.data.is_empty(), Anomaly::BadLength);
            }
            item::CONNECTED_ADDRESS => match fields.u32_le() {
                Ok(connection) => self.address = Address::Connection(connection),
                Err(_) => self.anomalies.insert(Anomaly::BadLength),
            },
            item::SEQUENCED_ADDRESS => match (fields.u32_le(), fields.u32_le()) {
                (Ok(connection), Ok(sequence)) => {
                    self.address = Address::Sequenced(connection, sequence);
                }
                _ => self.anomalies.insert(Anomaly::BadLength),
            },
            item::CONNECTED_DATA => self.data = Data::Connected(item.data),
            item::UNCONNECTED_DATA => self.data = Data::Unconnected(item.data),
            // Socket addresses and what later editions add say nothing about the message.
            _ => {}
        }
    }

    fn expect(&mut self, holds: bool, otherwise: Anomaly) {
        if !holds {
            self.anomalies.insert(otherwise);
        }
    }
}
