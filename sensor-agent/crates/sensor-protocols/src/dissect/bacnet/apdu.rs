//! Application layer: the headers of the eight PDUs.
//!
//! Data in: an APDU. Data out: its type, invoke identifier, service or reason, segment and
//! parameters. Source: ASHRAE 135-2020, clause 20.1.

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// Types of PDUs, as the upper half of their first octet has them.
pub mod pdu {
    pub const CONFIRMED_REQUEST: u8 = 0;
    pub const UNCONFIRMED_REQUEST: u8 = 1;
    pub const SIMPLE_ACK: u8 = 2;
    pub const COMPLEX_ACK: u8 = 3;
    pub const SEGMENT_ACK: u8 = 4;
    pub const ERROR: u8 = 5;
    pub const REJECT: u8 = 6;
    pub const ABORT: u8 = 7;
}

/// Bits of the first octet.
const SEGMENTED: u8 = 0x08;
const MORE_FOLLOWS: u8 = 0x04;
const NEGATIVE: u8 = 0x02;
const SERVER: u8 = 0x01;

/// Bits that are to be 0, by type of PDU.
const RESERVED: [u8; 8] = [0x01, 0x0f, 0x0f, 0x03, 0x0c, 0x0f, 0x0f, 0x0e];

/// Windows are this many segments at most (20.1.2.8).
const LARGEST_WINDOW: u8 = 127;

/// Place of a segment in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) sequence: u8,
    pub(super) more: bool,
}

/// One APDU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apdu<'a> {
    pub(super) kind: u8,
    pub(super) invoke: Option<u8>,
    pub(super) service: Option<u8>,
    /// Of a reject or an abort.
    pub(super) reason: Option<u8>,
    pub(super) segment: Option<Segment>,
    /// A segment acknowledgment that asks for segments again.
    pub(super) negative: bool,
    /// A segment acknowledgment or an abort that the server sent.
    pub(super) by_server: bool,
    pub(super) data: &'a [u8],
    pub(super) anomalies: AnomalySet,
}

impl<'a> Apdu<'a> {
    /// Reads an APDU; `None` when there is no octet.
    pub(super) fn read(bytes: &'a [u8], cut: bool) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let first = cursor.u8().ok()?;
        let mut apdu = Self {
            kind: first >> 4,
            invoke: None,
            service: None,
            reason: None,
            segment: None,
            negative: first & NEGATIVE != 0,
            by_server: first & SERVER != 0,
            data: &[],
            anomalies: AnomalySet::EMPTY,
        };
        if RESERVED
            .get(usize::from(apdu.kind))
            .is_some_and(|reserved| first & reserved != 0)
        {
            apdu.anomalies.insert(Anomaly::BadValue);
        }
        if apdu.fields(first, &mut cursor).is_err() && !cut {
            apdu.anomalies.insert(Anomaly::Truncated);
        }
        apdu.data = cursor.take_rest();
        Some(apdu)
    }

    fn fields(&mut self, first: u8, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        match self.kind {
            pdu::CONFIRMED_REQUEST => {
                cursor.skip(1)?; // segments and octets that are accepted
                self.addressed(first, cursor)?;
            }
            pdu::COMPLEX_ACK => self.addressed(first, cursor)?,
            pdu::UNCONFIRMED_REQUEST => self.service = Some(cursor.u8()?),
            pdu::SIMPLE_ACK | pdu::ERROR => {
                self.invoke = Some(cursor.u8()?);
                self.service = Some(cursor.u8()?);
            }
            pdu::SEGMENT_ACK => {
                self.invoke = Some(cursor.u8()?);
                let sequence = cursor.u8()?;
                self.window(cursor)?;
                let more = false;
                self.segment = Some(Segment { sequence, more });
            }
            pdu::REJECT | pdu::ABORT => {
                self.invoke = Some(cursor.u8()?);
                self.reason = Some(cursor.u8()?);
            }
            _ => self.anomalies.insert(Anomaly::ReservedCode),
        }
        Ok(())
    }

    /// Invoke identifier, segment and service.
    fn addressed(&mut self, first: u8, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        self.invoke = Some(cursor.u8()?);
        if first & SEGMENTED != 0 {
            let sequence = cursor.u8()?;
            self.window(cursor)?;
            let more = first & MORE_FOLLOWS != 0;
            self.segment = Some(Segment { sequence, more });
        } else if first & MORE_FOLLOWS != 0 {
            self.anomalies.insert(Anomaly::BadValue);
        }
        self.service = Some(cursor.u8()?);
        Ok(())
    }

    fn window(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        if !(1..=LARGEST_WINDOW).contains(&cursor.u8()?) {
            self.anomalies.insert(Anomaly::BadValue);
        }
        Ok(())
    }
}
