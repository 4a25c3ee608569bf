//! Object identifiers of a message in dotted form (X.690, 8.19).
//!
//! Data in: contents octets. Data out: text. Limit: [`limits::SNMP_ARCS`] arcs.

use std::fmt::Write as _;
use std::ops::Range;

use smallvec::SmallVec;

use crate::limits;

/// The names of one message. Their text shares one buffer that is kept from message to message.
#[derive(Debug, Default)]
pub(super) struct Oids {
    text: String,
    ranges: SmallVec<[Range<usize>; 8]>,
}

impl Oids {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ranges.clear();
    }

    /// Writes an identifier down, without what can be a community in it. False when it is none, or longer
    /// than one may be; what could be read is kept.
    pub(super) fn push(&mut self, contents: &[u8]) -> bool {
        let contents = public_part(contents);
        // What is not told is not written.
        if self.ranges.len() >= limits::IT_OBJECTS {
            return true;
        }
        let from = self.text.len();
        let mut count = 0_usize;
        let whole = arcs(contents, |arc| {
            count = count.saturating_add(1);
            let dot = if self.text.len() == from { "" } else { "." };
            // Writing to a string does not fail.
            let _ = write!(self.text, "{dot}{arc}");
            count < limits::SNMP_ARCS
        });
        if self.text.len() > from {
            self.ranges.push(from..self.text.len());
        }
        whole
    }

    /// The identifiers written down since [`Self::clear`].
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        self.ranges.iter().map(text)
    }
}

/// Modules whose tables have names of security as their index, one arc a character: access control
/// (RFC 3415) and communities (RFC 3584, 5). Agents take the community for that name.
const SECRET_INDEX: [[u8; 6]; 2] = [[0x2b, 6, 1, 6, 3, 16], [0x2b, 6, 1, 6, 3, 18]];

/// Octets of an identifier of theirs up to the column.
const UP_TO_COLUMN: usize = 10;

/// An identifier up to the index, where that is no number but can be a password.
fn public_part(contents: &[u8]) -> &[u8] {
    let secret = SECRET_INDEX
        .iter()
        .any(|module| contents.starts_with(module));
    let column = contents.get(..UP_TO_COLUMN).filter(|_| secret);
    column.unwrap_or(contents)
}

/// Calls `arc` for each arc until it answers false. Whether all arcs were read.
fn arcs(contents: &[u8], mut arc: impl FnMut(u32) -> bool) -> bool {
    let mut value = 0_u32;
    let mut first = true;
    let mut ended = !contents.is_empty();
    for octet in contents {
        if value.leading_zeros() < 7 {
            return false;
        }
        value = value << 7 | u32::from(octet & 0x7f);
        ended = octet & 0x80 == 0;
        if !ended {
            continue;
        }
        let more = if first {
            // The first two arcs share an octet (X.690, 8.19.4).
            let top = (value / 40).min(2);
            arc(top) && arc(value.saturating_sub(top.saturating_mul(40)))
        } else {
            arc(value)
        };
        if !more {
            return false;
        }
        first = false;
        value = 0;
    }
    ended
}

/// The enterprise of an identifier below `1.3.6.1.4.1`.
pub(super) fn enterprise(contents: &[u8]) -> Option<u32> {
    let rest = contents.strip_prefix(&[0x2b, 6, 1, 4, 1])?;
    let mut found = None;
    // Behind the prefix an arc stands alone: it is read as one that is not the first.
    let mut value = 0_u32;
    for octet in rest.iter().take(5) {
        if value.leading_zeros() < 7 {
            return None;
        }
        value = value << 7 | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            found = Some(value);
            break;
        }
    }
    found
}
