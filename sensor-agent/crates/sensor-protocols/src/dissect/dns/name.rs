//! Names of a DNS message with compression (RFC 1035, 4.1.4), in presentation format.

use std::fmt::Write as _;
use std::ops::Range;

use smallvec::SmallVec;

use super::super::cursor::Cursor;
use crate::limits;
use crate::observation::Anomaly;

/// Longest name on the wire, length bytes included (RFC 1035, 2.3.4).
const LONGEST: usize = 255;

/// The names of one message. Their text shares one buffer that is kept from message to message.
#[derive(Default)]
pub(super) struct Names {
    text: String,
    ranges: SmallVec<[Range<usize>; 2]>,
}

impl Names {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ranges.clear();
    }

    /// The names read since [`Self::clear`], without the dot of the root; the root itself is `.`.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.ranges
            .iter()
            .map(|range| self.text.get(range.clone()).unwrap_or_default())
    }

    /// Reads the name at the cursor and keeps it.
    pub(super) fn read<'a>(
        &mut self,
        message: &'a [u8],
        c: &mut Cursor<'a>,
    ) -> Result<(), Anomaly> {
        let from = self.text.len();
        let read = walk(message, c, |label| {
            if self.text.len() > from {
                self.text.push('.');
            }
            push_label(&mut self.text, label);
        });
        if self.text.len() == from && read.is_ok() {
            self.text.push('.');
        }
        // What could be read of a bad name is kept as well: it is evidence.
        self.ranges.push(from..self.text.len());
        read
    }

    /// Moves the cursor behind a name without keeping it.
    pub(super) fn skip<'a>(message: &'a [u8], c: &mut Cursor<'a>) -> Result<(), Anomaly> {
        walk(message, c, |_| {})
    }
}

/// Printable ASCII as it is, the rest as `\DDD` (RFC 1035, 5.1).
fn push_label(text: &mut String, label: &[u8]) {
    for byte in label {
        match byte {
            b'.' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            0x21..=0x7e => text.push(char::from(*byte)),
            _ => {
                // Writing to a string does not fail.
                let _ = write!(text, "\\{byte:03}");
            }
        }
    }
}

/// Calls `label` for each label of the name at the cursor and moves the cursor behind the name.
/// A pointer has to point before the place where its own name (or the part read last) starts, so
/// every chain of pointers ends.
fn walk<'a>(
    message: &'a [u8],
    c: &mut Cursor<'a>,
    mut label: impl FnMut(&[u8]),
) -> Result<(), Anomaly> {
    let mut at = *c;
    let mut jumped = false;
    let mut earliest = c.offset();
    let mut len = 1_usize;
    for _ in 0..limits::DNS_LABELS {
        let first = at.u8().map_err(|_| Anomaly::Truncated)?;
        match first >> 6 {
            0 if first == 0 => {
                if !jumped {
                    *c = at;
                }
                return Ok(());
            }
            0 => {
                let bytes = at
                    .take(usize::from(first))
                    .map_err(|_| Anomaly::Truncated)?;
                len = len.saturating_add(bytes.len()).saturating_add(1);
                if len > LONGEST {
                    return Err(Anomaly::BadValue);
                }
                label(bytes);
            }
            3 => {
                let second = at.u8().map_err(|_| Anomaly::Truncated)?;
                if !jumped {
                    *c = at;
                    jumped = true;
                }
                let target = usize::from(u16::from_be_bytes([first & 0x3f, second]));
                if target >= earliest {
                    return Err(Anomaly::BadPointer);
                }
                earliest = target;
                at = Cursor::new(message);
                at.skip(target).map_err(|_| Anomaly::BadPointer)?;
            }
            // 01 and 10 are reserved (RFC 6891, 5).
            _ => return Err(Anomaly::BadValue),
        }
    }
    Err(Anomaly::BadPointer)
}
