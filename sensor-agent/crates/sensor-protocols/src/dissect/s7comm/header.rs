//! The header of a PDU.
//!
//! ```text
//!  0      1        2          4           6           8           10      11     12
//! ├──────┼────────┼──────────┼───────────┼───────────┼───────────┼───────┼──────┼───────────┬────┤
//! │ 32H  │ ROSCTR │ …        │ reference │ parameter │ data      │ class │ code │ parameter │ …  │
//! └──────┴────────┴──────────┴───────────┴───────────┴───────────┴───────┴──────┴───────────┴────┘
//!                                          lengths of both         2 and 3 only
//! ```
//!
//! Data in: a TSDU. Data out: the header with both parts.

use std::ops::Range;

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// Kinds of PDU (remote operating service control).
pub(super) mod rosctr {
    pub(in super::super) const JOB: u8 = 1;
    pub(in super::super) const ACK: u8 = 2;
    pub(in super::super) const ACK_DATA: u8 = 3;
    pub(in super::super) const USERDATA: u8 = 7;
}

/// Where the reference is.
pub(super) const REFERENCE: Range<usize> = 4..6;

/// One PDU as it is framed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pdu<'a> {
    pub(super) rosctr: u8,
    /// Tells which acknowledgement belongs to which job.
    pub(super) reference: u16,
    pub(super) parameter: &'a [u8],
    pub(super) data: &'a [u8],
    /// Error class (high) and code of an acknowledgement.
    pub(super) error: u16,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Pdu<'a> {
    /// Reads a PDU. What is missing at its end is missing in the parts.
    #[inline]
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut pdu = Self::default();
        if pdu.parse(&mut Cursor::new(bytes)).is_err() {
            pdu.flag(Anomaly::Truncated);
            pdu.flag(Anomaly::BadLength);
        }
        pdu
    }

    fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    #[inline]
    fn parse(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        cursor.skip(1)?;
        self.rosctr = cursor.u8()?;
        // Redundancy identification: what it may hold is not known.
        cursor.skip(2)?;
        self.reference = cursor.u16_be()?;
        let parameter = usize::from(cursor.u16_be()?);
        let data = usize::from(cursor.u16_be()?);
        if matches!(self.rosctr, rosctr::ACK | rosctr::ACK_DATA) {
            self.error = cursor.u16_be()?;
        }
        self.parameter = self.part(cursor, parameter);
        self.data = self.part(cursor, data);
        if !cursor.is_empty() {
            self.flag(Anomaly::TrailingBytes);
            self.flag(Anomaly::BadLength);
        }
        Ok(())
    }

    /// `octets` of the rest, or as many as there are.
    #[inline]
    fn part(&mut self, cursor: &mut Cursor<'a>, octets: usize) -> &'a [u8] {
        if let Ok(part) = cursor.take(octets) {
            return part;
        }
        self.flag(Anomaly::Truncated);
        self.flag(Anomaly::BadLength);
        cursor.take_rest()
    }
}
