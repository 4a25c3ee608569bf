//! Network layer: addresses of remote networks, hop count, and the messages between routers.
//!
//! Data in: an NPDU. Data out: its addresses, and an APDU or a network message. Source: ASHRAE
//! 135-2020, clause 6.2 (layout) and 6.4 (messages).

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// The only version there is.
const VERSION: u8 = 1;

/// Bits of the control octet (6.2.2).
mod control {
    pub(super) const NETWORK_MESSAGE: u8 = 0x80;
    pub(super) const RESERVED: u8 = 0x50;
    pub(super) const DESTINATION: u8 = 0x20;
    pub(super) const SOURCE: u8 = 0x08;
}

/// Longest address of a data link (table 6-2).
const LONGEST: usize = 7;

/// All networks.
pub(super) const GLOBAL: u16 = 0xffff;

/// Messages from here on are those of vendors.
const VENDOR: u8 = 0x80;

/// Network number and address on it. Without octets it is a broadcast there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) network: u16,
    length: u8,
    octets: [u8; LONGEST],
}

impl Address {
    fn read(cursor: &mut Cursor<'_>, anomalies: &mut AnomalySet) -> Result<Self, Short> {
        let network = cursor.u16_be()?;
        let length = cursor.u8()?;
        let given = cursor.take(usize::from(length))?;
        let mut octets = [0; LONGEST];
        if given.len() > LONGEST {
            anomalies.insert(Anomaly::BadLength);
        }
        for (to, from) in octets.iter_mut().zip(given) {
            *to = *from;
        }
        Ok(Self {
            network,
            length,
            octets,
        })
    }

    /// The octets as a number, if there are any.
    pub(super) fn number(&self) -> Option<u64> {
        let used = self.octets.get(..usize::from(self.length))?;
        let number = used.iter().fold(0, |n, octet| (n << 8) | u64::from(*octet));
        (!used.is_empty()).then_some(number)
    }
}

/// What an NPDU carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload<'a> {
    Apdu(&'a [u8]),
    /// A message of the network layer, with the vendor of one that is not of the standard.
    Message {
        kind: u8,
        vendor: Option<u16>,
        data: &'a [u8],
    },
    /// The NPDU ends before.
    Missing,
}

/// One NPDU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Npdu<'a> {
    pub(super) destination: Option<Address>,
    pub(super) source: Option<Address>,
    pub(super) payload: Payload<'a>,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Npdu<'a> {
    /// Reads an NPDU. `cut`: the capture left out its end.
    pub(super) fn read(bytes: &'a [u8], cut: bool) -> Self {
        let mut npdu = Self {
            destination: None,
            source: None,
            payload: Payload::Missing,
            anomalies: AnomalySet::EMPTY,
        };
        if npdu.fields(&mut Cursor::new(bytes)).is_err() && !cut {
            npdu.anomalies.insert(Anomaly::Truncated);
        }
        npdu
    }

    fn fields(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        if cursor.u8()? != VERSION {
            self.anomalies.insert(Anomaly::BadVersion);
        }
        let control = cursor.u8()?;
        if control & control::RESERVED != 0 {
            self.anomalies.insert(Anomaly::BadValue);
        }
        if control & control::DESTINATION != 0 {
            let destination = Address::read(cursor, &mut self.anomalies)?;
            self.expect(destination.network != 0);
            self.destination = Some(destination);
        }
        if control & control::SOURCE != 0 {
            let source = Address::read(cursor, &mut self.anomalies)?;
            // A source is one device on one network (6.2.2).
            let one = source.network != 0 && source.network != GLOBAL && source.length != 0;
            self.expect(one);
            self.source = Some(source);
        }
        if control & control::DESTINATION != 0 {
            cursor.skip(1)?; // hop count
        }
        self.payload = if control & control::NETWORK_MESSAGE == 0 {
            Payload::Apdu(cursor.take_rest())
        } else {
            let kind = cursor.u8()?;
            let vendor = (kind >= VENDOR).then(|| cursor.u16_be()).transpose()?;
            let data = cursor.take_rest();
            Payload::Message { kind, vendor, data }
        };
        Ok(())
    }

    fn expect(&mut self, holds: bool) {
        if !holds {
            self.anomalies.insert(Anomaly::BadValue);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stand_where_the_control_octet_says() {
        let bytes = [1, 0x28, 0, 5, 1, 9, 0, 7, 2, 1, 2, 255, 0x10];
        let npdu = Npdu::read(&bytes, false);
        let destination = npdu.destination.unwrap();
        assert_eq!((destination.network, destination.number()), (5, Some(9)));
        let source = npdu.source.unwrap();
        assert_eq!((source.network, source.number()), (7, Some(0x0102)));
        assert_eq!(npdu.payload, Payload::Apdu(&[0x10]));
        assert!(npdu.anomalies.is_empty());
    }

    #[test]
    fn messages_of_vendors_name_the_vendor() {
        let npdu = Npdu::read(&[1, 0x80, 0x81, 0, 5, 9], false);
        let data = &[9][..];
        let vendor = Some(5);
        let kind = 0x81;
        assert_eq!(npdu.payload, Payload::Message { kind, vendor, data });
        let npdu = Npdu::read(&[1, 0x80, 0x81, 0], false);
        assert!(npdu.anomalies.contains(Anomaly::Truncated));
    }
}
