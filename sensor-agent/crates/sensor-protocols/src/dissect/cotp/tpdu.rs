//! One transport protocol data unit.
//!
//! Source: ISO/IEC 8073:1997 (ITU-T X.224), 13. The same layouts are in RFC 905, 13.
//!
//! ```text
//!  0        1
//! ├────────┼──────┬────────────┬────────────────┬──────┤
//! │ length │ code │ fixed part │ parameters …   │ data │
//! └────────┴──────┴────────────┴────────────────┴──────┘
//!           counted by the length indicator      not counted
//! ```
//!
//! Data in: the octets behind a TPKT header. Data out: a [`Tpdu`] with its departures.
//! Limit: of the parameters, the two TSAP identifiers and the TPDU size are read.

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// Codes, as the high four bits of their octet (13.2.2.1).
pub(super) mod code {
    pub(in super::super) const EXPEDITED: u8 = 1;
    pub(in super::super) const ERROR: u8 = 7;
    pub(in super::super) const DISCONNECT_REQUEST: u8 = 8;
    pub(in super::super) const CONNECTION_CONFIRM: u8 = 13;
    pub(in super::super) const CONNECTION_REQUEST: u8 = 14;
    pub(in super::super) const DATA: u8 = 15;
}

/// TPDUs by code: abbreviation of the standard, and octets of the fixed part behind the code in the
/// normal format, if class 0 has the TPDU (13.1, table 8).
const TABLE: &[(u8, &str, Option<usize>)] = &[
    (code::EXPEDITED, "ED", None),
    (2, "EA", None),
    (5, "RJ", None),
    (6, "AK", None),
    (code::ERROR, "ER", Some(3)),
    (code::DISCONNECT_REQUEST, "DR", Some(5)),
    (12, "DC", None),
    (code::CONNECTION_CONFIRM, "CC", Some(5)),
    (code::CONNECTION_REQUEST, "CR", Some(5)),
    (code::DATA, "DT", Some(1)),
];

/// Abbreviation of a TPDU.
pub(super) fn name(code: u8) -> Option<&'static str> {
    row(code).map(|(_, name, _)| *name)
}

fn row(code: u8) -> Option<&'static (u8, &'static str, Option<usize>)> {
    TABLE.iter().find(|(known, ..)| *known == code)
}

/// Reasons of a disconnect request (13.5.3).
const REASONS: &[(u8, &str)] = &[
    (0, "not specified"),
    (1, "congestion at TSAP"),
    (2, "session entity not attached to TSAP"),
    (3, "address unknown"),
    (128, "normal disconnect"),
    (129, "remote transport entity congestion"),
    (130, "connection negotiation failed"),
    (131, "duplicate source reference"),
    (132, "mismatched references"),
    (133, "protocol error"),
    (135, "reference overflow"),
    (136, "connection request refused on this network connection"),
    (138, "header or parameter length invalid"),
];

/// Reject causes of a TPDU error (13.12.3).
const CAUSES: &[(u8, &str)] = &[
    (0, "not specified"),
    (1, "invalid parameter code"),
    (2, "invalid TPDU type"),
    (3, "invalid parameter value"),
];

/// Name of a reason or cause; `None` when the standard has none.
pub(super) fn reason_name(tpdu: &Tpdu<'_>) -> Option<&'static str> {
    let table = if tpdu.code == code::ERROR {
        CAUSES
    } else {
        REASONS
    };
    let found = table.iter().find(|(known, _)| *known == tpdu.reason);
    found.map(|(_, name)| *name)
}

/// What one TPDU says. Fields that it does not have are empty or zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tpdu<'a> {
    pub(super) code: u8,
    /// DST-REF and SRC-REF.
    pub(super) references: (u16, u16),
    /// Reason of a DR, reject cause of an ER.
    pub(super) reason: u8,
    /// EOT: the last TPDU of a TSDU.
    pub(super) end: bool,
    pub(super) calling: &'a [u8],
    pub(super) called: &'a [u8],
    /// Largest TPDU, in octets.
    pub(super) most: Option<u32>,
    pub(super) data: &'a [u8],
    pub(super) anomalies: AnomalySet,
}

impl<'a> Tpdu<'a> {
    /// Reads a TPDU.
    #[inline]
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        // The TPDU that nearly every packet holds.
        if let [2, 0xf0, end @ (0 | 0x80), data @ ..] = bytes {
            return Self {
                code: code::DATA,
                end: *end != 0,
                data,
                ..Self::default()
            };
        }
        let mut tpdu = Self::default();
        if tpdu.parse(bytes).is_err() {
            tpdu.flag(Anomaly::Truncated);
            tpdu.flag(Anomaly::BadLength);
        }
        tpdu
    }

    fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    fn parse(&mut self, bytes: &'a [u8]) -> Result<(), Short> {
        let mut cursor = Cursor::new(bytes);
        let indicator = usize::from(cursor.u8()?);
        self.code = bytes.get(1).map_or(0, |octet| octet >> 4);
        let mut header = cursor.sub(indicator)?;
        self.data = cursor.take_rest();
        let low = header.u8()? & 0x0f;
        match row(self.code) {
            Some((.., Some(_))) => {}
            // Class 0, which is the only one over RFC 1006, has no such TPDU.
            Some(_) => self.flag(Anomaly::BadValue),
            None => {
                self.flag(Anomaly::ReservedCode);
                return Ok(());
            }
        }
        match self.code {
            code::DATA => self.data_header(low, &mut header),
            code::ERROR | code::DISCONNECT_REQUEST => self.refusal(&mut header),
            code::CONNECTION_REQUEST | code::CONNECTION_CONFIRM => self.connection(&mut header),
            _ => Ok(()),
        }
    }

    /// EOT and TPDU number; the number is zero in class 0 (13.7).
    fn data_header(&mut self, low: u8, header: &mut Cursor<'a>) -> Result<(), Short> {
        let octet = header.u8()?;
        self.end = octet & 0x80 != 0;
        if octet & 0x7f != 0 || low != 0 {
            self.flag(Anomaly::BadValue);
        }
        if !header.is_empty() {
            self.flag(Anomaly::BadLength);
        }
        Ok(())
    }

    fn connection(&mut self, header: &mut Cursor<'a>) -> Result<(), Short> {
        self.references = (header.u16_be()?, header.u16_be()?);
        let class = header.u8()? >> 4;
        // RFC 1006, 5: class 0. RFC 2126 adds class 2.
        if !matches!(class, 0 | 2)
            || (self.code == code::CONNECTION_REQUEST && self.references.0 != 0)
        {
            self.flag(Anomaly::BadValue);
        }
        self.parameters(header)?;
        self.no_data();
        Ok(())
    }

    fn refusal(&mut self, header: &mut Cursor<'a>) -> Result<(), Short> {
        self.references.0 = header.u16_be()?;
        if self.code == code::DISCONNECT_REQUEST {
            self.references.1 = header.u16_be()?;
        }
        self.reason = header.u8()?;
        if reason_name(self).is_none() {
            self.flag(Anomaly::BadValue);
        }
        // The parameters of an ER are those of the TPDU it rejects.
        if self.code == code::DISCONNECT_REQUEST {
            self.parameters(header)?;
        }
        self.no_data();
        Ok(())
    }

    /// User data is not allowed in class 0 (13.3.5, 13.4.5, 13.5.5).
    fn no_data(&mut self) {
        if !self.data.is_empty() {
            self.flag(Anomaly::TrailingBytes);
            self.flag(Anomaly::BadLength);
        }
    }

    fn parameters(&mut self, header: &mut Cursor<'a>) -> Result<(), Short> {
        while !header.is_empty() {
            let parameter = header.u8()?;
            let length = usize::from(header.u8()?);
            let value = header.take(length)?;
            match parameter {
                0xc0 => self.size(value),
                0xc1 => self.calling = value,
                0xc2 => self.called = value,
                _ => {}
            }
        }
        Ok(())
    }

    /// TPDU size: a power of two, 128 to 8192 (13.3.4). Siemens partners also send exponents up to
    /// 15 and get them reduced.
    fn size(&mut self, value: &[u8]) {
        match value {
            [exponent @ 7..=15] => self.most = 1_u32.checked_shl(u32::from(*exponent)),
            _ => self.flag(Anomaly::BadValue),
        }
    }
}
