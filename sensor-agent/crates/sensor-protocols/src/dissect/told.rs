//! What a message of Windows, a database or a directory tells: numbers by kind, and names that come in
//! the encoding of the wire.
//!
//! Data in: octets of names (UTF-16LE, or one octet a character) and numbers, in the order of the
//! message. Data out: the [`Object`]s of an observation; names as UTF-8.
//!
//! Characters that cannot be shown become U+FFFD. Limits: [`limits::TOLD_OBJECTS`] objects and
//! [`limits::TOLD_BYTES`] octets of names; more are not told ([`Told::is_cut`]). Nothing is allocated for
//! the first [`INLINE`] objects and [`INLINE_BYTES`] octets.

use std::ops::Range;

use smallvec::SmallVec;

use super::cursor::Cursor;
use crate::limits;
use crate::observation::Object;

/// Objects kept without allocating.
const INLINE: usize = 8;

/// Octets of names kept without allocating.
const INLINE_BYTES: usize = 256;

/// Longest form of a character in UTF-8.
const CHARACTER: usize = 4;

/// Where a name stands.
pub(super) type Span = Range<usize>;

#[derive(Clone, Debug)]
enum Part {
    Id { kind: &'static str, id: u64 },
    Name(Span),
    Text { kind: &'static str, span: Span },
    Range { start: u32, count: u32 },
}

/// The table that a stretch of a file is told of.
pub(super) const FILE_OCTETS: &str = "file_octets";

/// Collects what is told.
#[derive(Debug, Default)]
pub(super) struct Told {
    text: SmallVec<[u8; INLINE_BYTES]>,
    parts: SmallVec<[Part; INLINE]>,
    start: usize,
    cut: bool,
}

/// The objects of a message.
pub(super) type Objects<'a> = SmallVec<[Object<'a>; INLINE]>;

impl Told {
    /// Whether something was left out for want of room.
    pub(super) const fn is_cut(&self) -> bool {
        self.cut
    }

    /// Tells a number.
    pub(super) fn id(&mut self, kind: &'static str, id: impl Into<u64>) {
        let id = id.into();
        self.part(Part::Id { kind, id });
    }

    /// Tells a stretch of a file; what does not fit into 32 bits is told as the largest number.
    pub(super) fn octets(&mut self, start: u64, count: u64) {
        let narrow = |value| u32::try_from(value).unwrap_or(u32::MAX);
        self.part(Part::Range {
            start: narrow(start),
            count: narrow(count),
        });
    }

    /// Tells a name that is text already.
    pub(super) fn name(&mut self, name: &str) {
        self.text(name);
        self.finish();
    }

    /// Tells a name in UTF-16LE, up to the first NUL.
    pub(super) fn utf16_name(&mut self, octets: &[u8]) {
        self.utf16(octets);
        self.finish();
    }

    /// Tells a name of one octet a character, up to the first NUL.
    pub(super) fn ascii_name(&mut self, octets: &[u8]) {
        self.ascii(octets);
        self.finish();
    }

    /// Adds text to the name being put together.
    pub(super) fn text(&mut self, text: &str) {
        for character in text.chars() {
            self.character(character);
        }
    }

    /// Adds UTF-16LE, up to the first NUL.
    pub(super) fn utf16(&mut self, octets: &[u8]) {
        let mut cursor = Cursor::new(octets);
        let units = std::iter::from_fn(|| cursor.u16_le().ok()).take_while(|unit| *unit != 0);
        for character in char::decode_utf16(units.take(limits::TOLD_BYTES)) {
            self.character(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }

    /// Adds octets, up to the first NUL. Those beyond ASCII depend on a code page nobody tells.
    pub(super) fn ascii(&mut self, octets: &[u8]) {
        for octet in octets.iter().copied().take_while(|octet| *octet != 0) {
            let character = if octet.is_ascii() {
                char::from(octet)
            } else {
                char::REPLACEMENT_CHARACTER
            };
            self.character(character);
        }
    }

    /// Adds UTF-8, up to the first NUL.
    pub(super) fn utf8(&mut self, octets: &[u8]) {
        let octets = octets.split(|octet| *octet == 0).next().unwrap_or_default();
        for chunk in octets.utf8_chunks() {
            self.text(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.character(char::REPLACEMENT_CHARACTER);
            }
        }
    }

    fn character(&mut self, character: char) {
        if self.text.len().saturating_add(CHARACTER) > limits::TOLD_BYTES {
            self.cut = true;
            return;
        }
        let shown = if character.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        };
        let mut room = [0; CHARACTER];
        self.text
            .extend_from_slice(shown.encode_utf8(&mut room).as_bytes());
    }

    /// Shortens the name being put together to the octets that `most` says of it; answers how many went.
    pub(super) fn shorten(&mut self, most: impl FnOnce(&str) -> usize) -> usize {
        let name = self.text.get(self.start..).unwrap_or_default();
        let name = std::str::from_utf8(name).unwrap_or_default();
        let kept = name.floor_char_boundary(most(name));
        let gone = name.len().saturating_sub(kept);
        self.text.truncate(self.start.saturating_add(kept));
        gone
    }

    /// Ends the name being put together and tells it, unless it is empty.
    pub(super) fn finish(&mut self) {
        if let Some(span) = self.keep() {
            self.part(Part::Name(span));
        }
    }

    /// Ends the name being put together and tells it as a text of a kind, unless it is empty.
    pub(super) fn finish_as(&mut self, kind: &'static str) {
        if let Some(span) = self.keep() {
            self.part(Part::Text { kind, span });
        }
    }

    /// Tells a text of a kind that is text already.
    pub(super) fn label(&mut self, kind: &'static str, text: &str) {
        self.text(text);
        self.finish_as(kind);
    }

    /// Ends the name being put together without telling it as an object.
    pub(super) fn keep(&mut self) -> Option<Span> {
        let span = self.start..self.text.len();
        self.start = span.end;
        (!span.is_empty()).then_some(span)
    }

    /// A name that was kept.
    pub(super) fn get(&self, span: Option<&Span>) -> Option<&str> {
        let octets = self.text.get(span?.clone())?;
        std::str::from_utf8(octets).ok()
    }

    /// The first name or text told, with the kind of a text.
    pub(super) fn first_name(&self) -> Option<(Option<&'static str>, &str)> {
        self.parts.iter().find_map(|part| match part {
            Part::Name(span) => self.get(Some(span)).map(|name| (None, name)),
            Part::Text { kind, span } => self.get(Some(span)).map(|text| (Some(*kind), text)),
            Part::Id { .. } | Part::Range { .. } => None,
        })
    }

    fn part(&mut self, part: Part) {
        if self.parts.len() < limits::TOLD_OBJECTS {
            self.parts.push(part);
        } else {
            self.cut = true;
        }
    }

    /// What was told, in its order.
    pub(super) fn objects(&self) -> Objects<'_> {
        let object = |part: &Part| match part {
            Part::Id { kind, id } => Some(Object::Id { kind, id: *id }),
            Part::Range { start, count } => Some(Object::Range {
                table: FILE_OCTETS,
                start: *start,
                count: *count,
            }),
            Part::Name(span) => self.get(Some(span)).map(Object::Name),
            Part::Text { kind, span } => {
                let text = self.get(Some(span))?;
                Some(Object::Text { kind, text })
            }
        };
        self.parts.iter().filter_map(object).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_utf8_and_end_at_nul() {
        let mut told = Told::default();
        told.utf16_name(&[0x41, 0, 0xe4, 0, 0x0a, 0, 0, 0, 0x42, 0]);
        told.ascii_name(b"srv\xff\0rest");
        told.label("user", "jü");
        told.id("kind", 7_u32);
        assert_eq!(
            told.objects().as_slice(),
            [
                Object::Name("Aä\u{fffd}"),
                Object::Name("srv\u{fffd}"),
                Object::Text {
                    kind: "user",
                    text: "jü"
                },
                Object::Id {
                    kind: "kind",
                    id: 7
                },
            ]
        );
        assert_eq!(told.first_name(), Some((None, "Aä\u{fffd}")));
    }

    #[test]
    fn caps_show() {
        let mut told = Told::default();
        told.ascii_name(&[b'a'; limits::TOLD_BYTES + 10]);
        assert!(told.is_cut());
        let mut told = Told::default();
        for n in 0..=limits::TOLD_OBJECTS {
            assert!(!told.is_cut());
            told.id("n", u64::try_from(n).unwrap());
        }
        assert!(told.is_cut());
        assert_eq!(told.objects().len(), limits::TOLD_OBJECTS);
    }

    #[test]
    fn empty_names_are_not_told() {
        let mut told = Told::default();
        told.utf16_name(&[]);
        told.ascii_name(b"\0abc");
        assert!(told.objects().is_empty());
        assert_eq!(told.keep(), None);
    }
}
