//! Framing: the application protocol control information.
//!
//! Source: IEC 60870-5-104 ed. 2, 5.
//!
//! ```text
//!  0        1        2        3        4        5        6
//! ├────────┼────────┼────────┴────────┴────────┴────────┼────────────┤
//! │ 68H    │ length │ control field                     │ ASDU …     │
//! └────────┴────────┴───────────────────────────────────┴────────────┘
//!                    counts control field and ASDU
//! ```
//!
//! Data in: the bytes of one direction from a message boundary. Data out: the next APDU, how many
//! bytes it lacks, or that none starts here; and where the next one may start.

use crate::observation::Anomaly;

/// First octet of every APDU.
const START: u8 = 0x68;
/// Octets of the control information.
pub(super) const HEADER: usize = 6;
/// Octets before those that the length counts.
const PREFIX: usize = 2;
/// Length of an APDU without ASDU.
const LEAST_LENGTH: u8 = 4;
/// Length of the longest APDU (5.1: 253 octets).
const MOST_LENGTH: u8 = 253;

/// The control field (5.1, figures 6 to 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Numbered information transfer: N(S), N(R).
    I { send: u16, receive: u16 },
    /// Numbered supervision: N(R).
    S { receive: u16 },
    /// Unnumbered control: the function bits.
    U { functions: u8 },
}

/// One APDU as it is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Apdu<'a> {
    pub(super) control: Control,
    /// The bits of the control field that have to be zero are.
    pub(super) control_allowed: bool,
    /// The length field.
    pub(super) length: u8,
    /// What follows the control field.
    pub(super) asdu: &'a [u8],
    /// Octets of the whole APDU.
    pub(super) size: usize,
}

impl<'a> Apdu<'a> {
    /// What there is of an APDU that the capture or a datagram cut: at least its control field.
    pub(super) fn cut(bytes: &'a [u8]) -> Option<Self> {
        match bytes {
            [
                START,
                length @ LEAST_LENGTH..=MOST_LENGTH,
                a,
                b,
                c,
                d,
                asdu @ ..,
            ] => {
                let room = size(*length).saturating_sub(HEADER);
                let asdu = asdu.get(..room).unwrap_or(asdu);
                Some(Self::new(*length, [*a, *b, *c, *d], asdu))
            }
            _ => None,
        }
    }

    /// Whether all octets that the length announces are there.
    pub(super) fn is_whole(&self) -> bool {
        self.size == size(self.length)
    }

    /// Whether the length is one the standard allows for this format.
    pub(super) fn length_allowed(&self) -> bool {
        match self.control {
            Control::I { .. } => self.length <= MOST_LENGTH,
            Control::S { .. } | Control::U { .. } => self.length == LEAST_LENGTH,
        }
    }

    fn new(length: u8, field: [u8; 4], asdu: &'a [u8]) -> Self {
        let [a, b, c, d] = field;
        let number = |low: u8, high: u8| u16::from_le_bytes([low, high]) >> 1;
        let (control, control_allowed) = match a & 3 {
            1 => {
                let receive = number(c, d);
                (Control::S { receive }, [a, b, c & 1] == [1, 0, 0])
            }
            3 => (Control::U { functions: a >> 2 }, [b, c, d] == [0; 3]),
            _ => {
                let (send, receive) = (number(a, b), number(c, d));
                (Control::I { send, receive }, c & 1 == 0)
            }
        };
        Self {
            control,
            control_allowed,
            length,
            asdu,
            size: HEADER.saturating_add(asdu.len()),
        }
    }
}

/// Octets of the whole APDU with this length field.
fn size(length: u8) -> usize {
    PREFIX.saturating_add(usize::from(length))
}

/// What stands at the front of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framed<'a> {
    Apdu(Apdu<'a>),
    /// An APDU that goes on beyond the bytes: so many are needed.
    Incomplete {
        need: usize,
    },
    /// No APDU starts here.
    Foreign,
}

/// Frames the APDU at the front of `bytes`.
pub(super) fn next(bytes: &[u8]) -> Framed<'_> {
    match bytes {
        [START] | [] => Framed::Incomplete { need: HEADER },
        [START, length, ..] if *length >= LEAST_LENGTH => {
            let need = size(*length);
            match bytes.get(..need).and_then(framed) {
                Some(apdu) => Framed::Apdu(apdu),
                None => Framed::Incomplete { need },
            }
        }
        _ => Framed::Foreign,
    }
}

/// All the bytes as one APDU, with any length the octet can hold.
fn framed(bytes: &[u8]) -> Option<Apdu<'_>> {
    match bytes {
        [START, length, a, b, c, d, asdu @ ..] => Some(Apdu::new(*length, [*a, *b, *c, *d], asdu)),
        _ => None,
    }
}

/// Whether an APDU plausibly starts here: a whole control field that the standard allows, with a
/// length that fits its format.
fn plausible(bytes: &[u8]) -> bool {
    Apdu::cut(bytes).is_some_and(|apdu| {
        let known = match apdu.control {
            Control::U { functions } => functions.is_power_of_two(),
            // An ASDU has an address at least.
            Control::I { .. } => apdu.length > LEAST_LENGTH.saturating_add(8),
            Control::S { .. } => true,
        };
        known && apdu.control_allowed && apdu.length_allowed()
    })
}

/// Offset of the next place where an APDU plausibly starts. `None` when there is none.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| bytes.get(*at..).is_some_and(plausible))
}

/// Why no APDU starts in these bytes.
pub(super) fn why_foreign(bytes: &[u8]) -> Anomaly {
    if bytes.first() == Some(&START) {
        Anomaly::BadLength
    } else {
        Anomaly::BadValue
    }
}
