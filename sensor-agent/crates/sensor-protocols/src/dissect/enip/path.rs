//! EPATH: what a CIP message addresses, segment by segment.
//!
//! Data in: the octets of a padded path. Data out: class, instance, attribute and so on, the parts of
//! a symbol, and the last hop of a route. Source: CIP Volume 1, appendix C-1.4.
//!
//! Limits: [`PARTS`] parts of a symbol, [`POINTS`] connection points; more show as `limit_reached`.
//! Of several ports, and of several classes inside the first, the last one counts; of an electronic
//! key only that it is there.

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// Most parts of a symbol: names between dots and indices.
const PARTS: usize = 12;

/// Most connection points of an application path: configuration, consumer, producer (3-5.5).
const POINTS: usize = 3;

/// A part of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Name(&'a str),
    Element(u32),
}

/// A symbolic address: `Program:Main`, `tank`, 3.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol<'a> {
    parts: [Part<'a>; PARTS],
    len: usize,
}

impl Default for Symbol<'_> {
    fn default() -> Self {
        Self {
            parts: [Part::Element(0); PARTS],
            len: 0,
        }
    }
}

impl<'a> Symbol<'a> {
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn parts(&self) -> &[Part<'a>] {
        self.parts.get(..self.len).unwrap_or_default()
    }

    /// Answers false when there is no room.
    fn push(&mut self, part: Part<'a>) -> bool {
        let Some(free) = self.parts.get_mut(self.len) else {
            return false;
        };
        *free = part;
        self.len = self.len.saturating_add(1);
        true
    }

    /// Appends the symbol as engineers write it: `Program:Main.tank[3].level`.
    pub(super) fn write(&self, text: &mut String) {
        let mut elements = false;
        for (at, part) in self.parts().iter().enumerate() {
            match part {
                Part::Name(name) => {
                    text.push_str(if elements { "]" } else { "" });
                    text.push_str(if at > 0 { "." } else { "" });
                    text.push_str(name);
                    elements = false;
                }
                Part::Element(index) => {
                    text.push(if elements { ',' } else { '[' });
                    // Writing to a string cannot fail.
                    let _ = std::fmt::Write::write_fmt(text, format_args!("{index}"));
                    elements = true;
                }
            }
        }
        text.push_str(if elements { "]" } else { "" });
    }
}

/// What a path addresses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path<'a> {
    pub(super) class: Option<u32>,
    pub(super) instance: Option<u32>,
    /// A second class and its instance, which some vendors' objects have inside the first.
    pub(super) inner_class: Option<u32>,
    pub(super) inner_instance: Option<u32>,
    pub(super) attribute: Option<u32>,
    /// Of an object that is not addressed by a symbol.
    pub(super) member: Option<u32>,
    pub(super) points: [Option<u32>; POINTS],
    pub(super) symbol: Symbol<'a>,
    /// Link address of the last port: the slot on a backplane.
    pub(super) link: Option<u32>,
    /// It has an electronic key.
    pub(super) keyed: bool,
    /// It has a safety network segment (CIP Volume 5).
    pub(super) safety: bool,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Path<'a> {
    /// Reads a whole path; what is wrong with it stands in its anomalies.
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut path = Self::default();
        let mut cursor = Cursor::new(bytes);
        while !cursor.is_empty() {
            match path.segment(&mut cursor) {
                Ok(true) => {}
                Ok(false) => {
                    path.anomalies.insert(Anomaly::BadValue);
                    break;
                }
                Err(_) => {
                    path.anomalies.insert(Anomaly::Truncated);
                    break;
                }
            }
        }
        path
    }

    /// Reads one segment. Answers false when it is none that a path may have.
    fn segment(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, Short> {
        let head = cursor.u8()?;
        match head >> 5 {
            0 => self.port(head, cursor),
            1 => self.logical(head, cursor),
            2 => self.network(head, cursor),
            3 => self.symbolic(head, cursor),
            4 => self.data(head, cursor),
            _ => Ok(false),
        }
    }

    /// C-1.4: port identifier, then the link address, which may be longer than an octet.
    fn port(&mut self, head: u8, cursor: &mut Cursor<'a>) -> Result<bool, Short> {
        const EXTENDED_LINK: u8 = 0x10;
        let length = if head & EXTENDED_LINK == 0 {
            1
        } else {
            usize::from(cursor.u8()?)
        };
        let port = match head & 0x0f {
            0x0f => cursor.u16_le()?,
            port => u16::from(port),
        };
        let link = cursor.take(length)?;
        if head & EXTENDED_LINK != 0 && !length.is_multiple_of(2) {
            cursor.skip(1)?;
        }
        // A longer one is the address of a host, not a number.
        self.link = match link {
            [number] => Some(u32::from(*number)),
            _ => None,
        };
        // 0 is reserved.
        Ok(port != 0)
    }

    /// C-1.4: type and format, then the value, behind a pad octet when it is longer than one.
    fn logical(&mut self, head: u8, cursor: &mut Cursor<'a>) -> Result<bool, Short> {
        const SPECIAL: u8 = 5;
        let (kind, format) = (head >> 2 & 7, head & 3);
        if kind == SPECIAL {
            return self.key(format, cursor);
        }
        let value = match format {
            0 => u32::from(cursor.u8()?),
            1 => {
                cursor.skip(1)?;
                u32::from(cursor.u16_le()?)
            }
            2 => {
                cursor.skip(1)?;
                cursor.u32_le()?
            }
            _ => return Ok(false),
        };
        match kind {
            0 if self.class.is_none() => self.class = Some(value),
            0 => self.inner_class = Some(value),
            1 if self.inner_class.is_some() => self.inner_instance = Some(value),
            1 => self.instance = Some(self.instance.unwrap_or(value)),
            2 => self.element(value),
            3 => self.point(value),
            4 => self.attribute = Some(value),
            // Service identifier, extended logical: known and of no use here.
            _ => {}
        }
        Ok(true)
    }

    /// C-1.4: an electronic key, format 4: vendor, type, product, revision.
    fn key(&mut self, format: u8, cursor: &mut Cursor<'a>) -> Result<bool, Short> {
        let key_format = cursor.u8()?;
        if format != 0 || key_format != 4 {
            return Ok(false);
        }
        cursor.skip(8)?;
        self.keyed = true;
        Ok(true)
    }

    /// C-1.4: one octet, or with the array bit a count of words and the words.
    fn network(&mut self, head: u8, cursor: &mut Cursor<'a>) -> Result<bool, Short> {
        const ARRAY: u8 = 0x10;
        const SAFETY: u8 = 0x50;
        let value = usize::from(cursor.u8()?);
        if head & ARRAY != 0 {
            cursor.skip(value.saturating_mul(2))?;
        }
        self.safety |= head == SAFETY;
        Ok(true)
    }

    /// C-1.4: characters, or an extended string or number.
    fn symbolic(&mut self, head: u8, cursor: &mut Cursor<'a>) -> Result<bool, Short> {
        let length = usize::from(head & 0x1f);
        if length > 0 {
            self.name(length, length.is_multiple_of(2), cursor)?;
            return Ok(true);
        }
        let format = cursor.u8()?;
        let count = usize::from(format & 0x1f);
        match format >> 5 {
            1 => cursor.skip(count.saturating_mul(2))?,
            2 => {
                let octets = count.saturating_mul(3);
                cursor.skip(octets.saturating_add(octets & 1))?;
            }
            6 => {
                let number = match count {
                    6 => {
                        let number = u32::from(cursor.u8()?);
                        cursor.skip(1)?;
                        number
                    }
                    7 => u32::from(cursor.u16_le()?),
                    8 => cursor.u32_le()?,
                    _ => return Ok(false),
                };
                self.part(Part::Element(number));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// C-1.4: words of data, or a symbol of up to 255 characters.
    fn data(&mut self, head: u8, cursor: &mut Cursor<'a>) -> Result<bool, Short> {
        const SIMPLE: u8 = 0x80;
        const SYMBOL: u8 = 0x91;
        let count = usize::from(cursor.u8()?);
        match head {
            SIMPLE => cursor.skip(count.saturating_mul(2))?,
            SYMBOL => self.name(count, !count.is_multiple_of(2), cursor)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn name(&mut self, length: usize, pad: bool, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        let name = cursor.take(length)?;
        if pad {
            cursor.skip(1)?;
        }
        match std::str::from_utf8(name) {
            Ok(name) if !name.is_empty() => self.part(Part::Name(name)),
            _ => self.anomalies.insert(Anomaly::BadValue),
        }
        Ok(())
    }

    fn element(&mut self, value: u32) {
        if self.symbol.is_empty() {
            self.member = Some(value);
        } else {
            self.part(Part::Element(value));
        }
    }

    fn part(&mut self, part: Part<'a>) {
        if !self.symbol.push(part) {
            self.anomalies.insert(Anomaly::LimitReached);
        }
    }

    fn point(&mut self, value: u32) {
        match self.points.iter_mut().find(|point| point.is_none()) {
            Some(free) => *free = Some(value),
            None => self.anomalies.insert(Anomaly::LimitReached),
        }
    }
}
