//! Framing: TPKT.
//!
//! Source: RFC 1006, 6.
//!
//! ```text
//!  0         1          2        4
//! ├─────────┼──────────┼────────┼────────┤
//! │ version │ reserved │ length │ TPDU … │
//! └─────────┴──────────┴────────┴────────┘
//!   3         0          counts the whole packet
//! ```
//!
//! Data in: the bytes of one direction from a packet boundary. Data out: the next packet, how many
//! bytes it lacks, or that none starts here; and where the next one may start.

use crate::observation::Anomaly;

const VERSION: u8 = 3;
/// Octets before the TPDU.
pub(super) const HEADER: usize = 4;
/// Length of the shortest packet: a header and the shortest TPDU.
const LEAST: usize = 7;

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    /// What follows the header.
    pub(super) tpdu: &'a [u8],
    /// The reserved octet is zero.
    pub(super) reserved_is_zero: bool,
    /// All octets that the length announces are there.
    pub(super) whole: bool,
    /// Octets of the packet.
    pub(super) size: usize,
}

impl<'a> Packet<'a> {
    /// What there is of a packet that the capture cut: its header at least.
    pub(super) fn cut(bytes: &'a [u8]) -> Option<Self> {
        let length = length(bytes)?;
        let there = bytes.get(..length).unwrap_or(bytes);
        Some(Self {
            tpdu: there.get(HEADER..)?,
            reserved_is_zero: bytes.get(1) == Some(&0),
            whole: there.len() == length,
            size: there.len(),
        })
    }
}

/// What stands at the front of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framed<'a> {
    Packet(Packet<'a>),
    /// A packet that goes on beyond the bytes: so many are needed.
    Incomplete {
        need: usize,
    },
    /// No packet starts here.
    Foreign,
}

/// The length field, when version and length can be those of a packet.
fn length(bytes: &[u8]) -> Option<usize> {
    let [VERSION, _, high, low, ..] = bytes else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    (length >= LEAST).then_some(length)
}

/// Frames the packet at the front of `bytes`.
pub(super) fn next(bytes: &[u8]) -> Framed<'_> {
    if bytes.len() < HEADER {
        return if bytes.first().is_none_or(|version| *version == VERSION) {
            Framed::Incomplete { need: HEADER }
        } else {
            Framed::Foreign
        };
    }
    match Packet::cut(bytes) {
        Some(packet) if packet.whole => Framed::Packet(packet),
        Some(_) => Framed::Incomplete {
            need: length(bytes).unwrap_or(HEADER),
        },
        None => Framed::Foreign,
    }
}

/// Whether a packet plausibly starts here: reserved octet zero, and a TPDU header of class 0 whose
/// length indicator fits.
pub(super) fn plausible(bytes: &[u8]) -> bool {
    const DATA: u8 = 0xf0;
    let [VERSION, 0, _, _, indicator, code, ..] = bytes else {
        return false;
    };
    let Some(length) = length(bytes) else {
        return false;
    };
    let room = length.saturating_sub(HEADER);
    let fits = usize::from(*indicator) < room;
    match *code {
        DATA => *indicator == 2,
        0xe0 | 0xd0 | 0x80 => fits && *indicator >= 6,
        0x70 => fits && *indicator >= 4,
        _ => false,
    }
}

/// Octets that [`plausible`] looks at.
pub(super) const LOOKED_AT: usize = 6;

/// Offset of the next place where a packet plausibly starts. `None` when there is none.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| bytes.get(*at..).is_some_and(plausible))
}

/// Why no packet starts in these bytes.
pub(super) fn why_foreign(bytes: &[u8]) -> Anomaly {
    if bytes.first() == Some(&VERSION) {
        Anomaly::BadLength
    } else {
        Anomaly::BadVersion
    }
}
