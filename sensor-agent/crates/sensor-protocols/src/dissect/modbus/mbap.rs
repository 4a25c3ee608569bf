//! Framing: the MBAP header of Modbus on TCP and UDP.
//!
//! Source: *MODBUS Messaging on TCP/IP Implementation Guide* V1.0b (MSG), 3.1.3.
//!
//! ```text
//!  0               2               4               6       7
//! ├───────────────┼───────────────┼───────────────┼───────┼────────────┤
//! │ transaction   │ protocol = 0  │ length        │ unit  │ PDU …      │
//! └───────────────┴───────────────┴───────────────┴───────┴────────────┘
//!                                   counts unit and PDU
//! ```
//!
//! Data in: the bytes of one direction from a message boundary. Data out: the next message, how
//! many bytes it lacks, or that no message starts here; and where the next one may start.

use super::codes::{self, EXCEPTION_BIT, Standing, function};
use crate::dissect::cursor::Cursor;
use crate::observation::Anomaly;

/// Octets before the unit identifier.
pub(super) const HEADER: usize = 6;
/// The shortest message: header, unit identifier, function code.
pub(super) const SHORTEST: usize = HEADER + 2;
/// Length field of the shortest message.
const LEAST_LENGTH: u16 = 2;
/// Length field of the longest message: unit identifier and 253 octets of PDU (MAP 4.1).
pub(super) const MOST_LENGTH: u16 = 254;
/// Length field up to which a message that breaks [`MOST_LENGTH`] is still taken as one message.
/// Schneider's tools negotiate PDUs of a little over 1000 octets for UMAS.
const TOLERATED_LENGTH: u16 = 2048;

/// One message as it is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Adu<'a> {
    pub(super) transaction: u16,
    pub(super) protocol: u16,
    /// The length field.
    pub(super) length: u16,
    pub(super) unit: u8,
    /// Function code and what follows; never empty.
    pub(super) pdu: &'a [u8],
    /// Octets of the whole message.
    pub(super) size: usize,
}

impl<'a> Adu<'a> {
    /// What there is of a message that the capture or a datagram cut: at least a function code.
    pub(super) fn cut(bytes: &'a [u8]) -> Option<Self> {
        let header = Header::read(bytes).filter(|header| header.protocol == 0)?;
        let pdu = bytes.get(SHORTEST.saturating_sub(1)..)?;
        (!pdu.is_empty()).then_some(header.adu(bytes, pdu))
    }

    /// Whether all octets that the length field announces are there.
    pub(super) fn is_whole(&self) -> bool {
        self.size == HEADER.saturating_add(usize::from(self.length))
    }

    /// Function code without the exception bit.
    pub(super) fn function(&self) -> u8 {
        self.pdu.first().map_or(0, |code| code & !EXCEPTION_BIT)
    }

    /// Whether the length field is one that the specification allows.
    pub(super) fn length_allowed(&self) -> bool {
        self.length <= MOST_LENGTH || self.pdu.first() == Some(&function::UMAS)
    }
}

/// What stands at the front of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framed<'a> {
    Message(Adu<'a>),
    /// A message that goes on beyond the bytes: so many are needed.
    Incomplete {
        need: usize,
    },
    /// No message starts here.
    Foreign,
}

/// The four fields of the header, when the bytes reach that far.
#[derive(Clone, Copy, Debug)]
struct Header {
    transaction: u16,
    protocol: u16,
    length: u16,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        Some(Self {
            transaction: cursor.u16_be().ok()?,
            protocol: cursor.u16_be().ok()?,
            length: cursor.u16_be().ok()?,
        })
    }

    fn size(self) -> usize {
        HEADER.saturating_add(usize::from(self.length))
    }

    fn adu<'a>(self, bytes: &[u8], pdu: &'a [u8]) -> Adu<'a> {
        Adu {
            transaction: self.transaction,
            protocol: self.protocol,
            length: self.length,
            unit: bytes.get(HEADER).copied().unwrap_or_default(),
            pdu,
            size: self.size().min(bytes.len()),
        }
    }
}

/// Frames the message at the front of `bytes`.
///
/// A protocol identifier other than zero is taken for a fault of one message only when the length
/// field leads exactly to the end of the bytes or to another header.
pub(super) fn next(bytes: &[u8]) -> Framed<'_> {
    let Some(header) = Header::read(bytes) else {
        return Framed::Incomplete { need: SHORTEST };
    };
    if !(LEAST_LENGTH..=TOLERATED_LENGTH).contains(&header.length) {
        return Framed::Foreign;
    }
    if header.protocol != 0 && !ends_at_a_boundary(bytes, header) {
        return Framed::Foreign;
    }
    match bytes.get(..header.size()) {
        Some(message) => {
            let pdu = message
                .get(SHORTEST.saturating_sub(1)..)
                .unwrap_or_default();
            Framed::Message(header.adu(bytes, pdu))
        }
        None => Framed::Incomplete {
            need: header.size(),
        },
    }
}

fn ends_at_a_boundary(bytes: &[u8], header: Header) -> bool {
    header.length <= MOST_LENGTH
        && bytes
            .get(header.size()..)
            .is_some_and(|after| after.is_empty() || plausible(after) || fits(after))
}

/// Whether a message plausibly starts here: as far as the bytes go, the protocol identifier is
/// zero, the length one that is allowed, and the function code one that exists.
fn plausible(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::new(bytes);
    if cursor.skip(2).is_err() {
        return true;
    }
    match (cursor.u16_be(), cursor.u16_be()) {
        (Ok(0), Ok(length)) => {
            let known =
                cursor.skip(1).is_err() || cursor.u8().is_ok_and(exists) || cursor.is_empty();
            (LEAST_LENGTH..=MOST_LENGTH).contains(&length) && known
        }
        (Ok(protocol), Err(_)) => protocol == 0,
        (Ok(_), Ok(_)) => false,
        (Err(_), _) => true,
    }
}

fn exists(code: u8) -> bool {
    let standing = codes::named(code & !EXCEPTION_BIT).standing;
    !matches!(standing, Standing::Invalid | Standing::Reserved)
}

/// Offset of the next place where a message plausibly starts: a whole header with a function code
/// that exists, or a chain of messages up to the end of the bytes. `None` when there is none.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| {
        bytes
            .get(*at..)
            .filter(|rest| rest.len() >= SHORTEST)
            .is_some_and(|rest| plausible(rest) || fits(rest))
    })
}

/// Whether the bytes are messages one behind the other, with any function codes; the last one may
/// go on beyond them when there is a whole one before it.
fn fits(bytes: &[u8]) -> bool {
    let (mut rest, mut whole) = (bytes, false);
    while !rest.is_empty() {
        let Some(header) = Header::read(rest) else {
            return whole && begins(rest);
        };
        if header.protocol != 0 || !(LEAST_LENGTH..=MOST_LENGTH).contains(&header.length) {
            return false;
        }
        let Some(after) = rest.get(header.size()..) else {
            return whole;
        };
        (rest, whole) = (after, true);
    }
    whole
}

/// Whether the bytes, as few as they are, can be the start of a message.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.get(2..4).is_none_or(|protocol| protocol == [0, 0])
}

/// Why no message starts in these bytes.
pub(super) fn why_foreign(bytes: &[u8]) -> Anomaly {
    if begins(bytes) {
        Anomaly::BadLength
    } else {
        Anomaly::BadVersion
    }
}
