//! The header of a PDU, its integrity part and its trailer.
//!
//! ```text
//!  0      1         2        4                      4 or 37
//! ├──────┼─────────┼────────┼──────────────────────┼──────────────────────────┬──────────────┤
//! │ 72H  │ version │ length │ integrity, version 3 │ opcode, 0, function, 0 … │ 72H vers 0 0 │
//! └──────┴─────────┴────────┴──────────────────────┴──────────────────────────┴──────────────┘
//!                   counts   20H, digest            what the length counts too  unless it goes on
//! ```
//!
//! Data in: a TSDU. Data out: version, kind of message and what it carries.

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// First octet of header and trailer.
pub(super) const IDENTIFIER: u8 = 0x72;

/// Octets of a digest.
const DIGEST: u8 = 32;

/// What a message is.
pub(super) struct Opcode;

impl Opcode {
    pub(super) const REQUEST: u8 = 0x31;
    pub(super) const RESPONSE: u8 = 0x32;
    pub(super) const NOTIFICATION: u8 = 0x33;
    /// Another kind of response, with the same layout.
    pub(super) const SECOND_RESPONSE: u8 = 0x02;
}

/// A message by its opcode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Message {
    Request {
        function: u16,
        sequence: u16,
        session: u32,
    },
    Response {
        function: u16,
        sequence: u16,
    },
    Notification {
        subscription: u32,
    },
    /// It continues one, or none belongs there.
    #[default]
    None,
}

/// One PDU as it is framed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pdu<'a> {
    pub(super) version: u8,
    pub(super) message: Message,
    pub(super) values: &'a [u8],
    /// There is no trailer: the next PDU continues this one.
    pub(super) goes_on: bool,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Pdu<'a> {
    /// Reads a PDU; `continues` that it has no header of a message.
    pub(super) fn read(bytes: &'a [u8], continues: bool) -> Self {
        let mut pdu = Self::default();
        if pdu.parse(&mut Cursor::new(bytes), continues).is_err() {
            pdu.flag(Anomaly::Truncated);
            pdu.flag(Anomaly::BadLength);
        }
        pdu
    }

    fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    fn parse(&mut self, cursor: &mut Cursor<'a>, continues: bool) -> Result<(), Short> {
        cursor.skip(1)?;
        self.version = cursor.u8()?;
        if self.version == 0xff {
            // A number and a reserved octet stand in the place of the length.
            cursor.skip(2)?;
            self.values = cursor.take_rest();
            return Ok(());
        }
        let length = usize::from(cursor.u16_be()?);
        let mut inner = cursor.sub(length)?;
        self.trailer(cursor);
        match self.version {
            1 | 2 => {}
            3 => self.integrity(&mut inner)?,
            0xfe => {
                self.goes_on = false;
                self.values = inner.take_rest();
                return Ok(());
            }
            _ => {
                self.flag(Anomaly::ReservedCode);
                self.values = inner.take_rest();
                return Ok(());
            }
        }
        if continues {
            self.values = inner.take_rest();
            return Ok(());
        }
        self.message(&mut inner)
    }

    /// Four octets: identifier, version, length 0.
    fn trailer(&mut self, cursor: &mut Cursor<'a>) {
        self.goes_on = cursor.is_empty();
        let expected = [IDENTIFIER, self.version, 0, 0];
        if self.goes_on || cursor.take_rest() == expected {
            return;
        }
        self.flag(Anomaly::BadValue);
    }

    fn integrity(&mut self, inner: &mut Cursor<'a>) -> Result<(), Short> {
        let length = inner.u8()?;
        if length != DIGEST {
            self.flag(Anomaly::BadValue);
        }
        inner.skip(usize::from(length))
    }

    fn message(&mut self, inner: &mut Cursor<'a>) -> Result<(), Short> {
        let opcode = inner.u8()?;
        match opcode {
            Opcode::REQUEST | Opcode::RESPONSE | Opcode::SECOND_RESPONSE => {
                let first = inner.u16_be()?;
                let function = inner.u16_be()?;
                let second = inner.u16_be()?;
                let sequence = inner.u16_be()?;
                if first != 0 || second != 0 {
                    self.flag(Anomaly::BadValue);
                }
                if super::codes::function_named(function).is_none() {
                    self.flag(Anomaly::ReservedCode);
                }
                self.message = if opcode == Opcode::REQUEST {
                    Message::Request {
                        function,
                        sequence,
                        session: inner.u32_be()?,
                    }
                } else {
                    Message::Response { function, sequence }
                };
            }
            Opcode::NOTIFICATION => {
                self.message = Message::Notification {
                    subscription: inner.u32_be()?,
                };
            }
            _ => self.flag(Anomaly::ReservedCode),
        }
        self.values = inner.take_rest();
        Ok(())
    }
}
