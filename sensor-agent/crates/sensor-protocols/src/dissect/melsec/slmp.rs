//! SLMP frames: 3E and 4E, binary and ASCII.
//!
//! Data in: the octets of a frame. Data out: its parts. Source: SH-080008, 4 to 6.

use super::codes;
use crate::dissect::Role;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::framing::Measure;

/// The parts of a frame, whatever its encoding.
pub(super) struct Frame<'a> {
    pub(super) response: bool,
    /// Of frame 4E.
    pub(super) serial: Option<u16>,
    pub(super) network: u8,
    pub(super) station: u8,
    /// What is behind the length: timer, command … of a request; end code, data of a response.
    pub(super) body: Reader<'a>,
}

/// Reads numbers in either encoding: little endian, or hexadecimal digits with the highest first.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) ascii: bool,
}

impl<'a> Reader<'a> {
    /// A number of so many octets, at most four.
    pub(super) fn number(&mut self, octets: usize) -> Result<u32, Short> {
        if self.ascii {
            let digits = self.cursor.take(octets.saturating_mul(2))?;
            return Ok(number(digits, 16).unwrap_or(u32::MAX));
        }
        let all = self.cursor.take(octets)?;
        Ok(all
            .iter()
            .rev()
            .fold(0, |all, octet| all << 8 | u32::from(*octet)))
    }

    pub(super) fn u16(&mut self) -> Result<u16, Short> {
        Ok(u16::try_from(self.number(2)?).unwrap_or(u16::MAX))
    }

    fn u8(&mut self) -> Result<u8, Short> {
        Ok(u8::try_from(self.number(1)?).unwrap_or(u8::MAX))
    }

    /// Octets of the frame that so many octets take.
    fn width(&self, octets: usize) -> usize {
        if self.ascii {
            octets.saturating_mul(2)
        } else {
            octets
        }
    }

    pub(super) fn take(&mut self, octets: usize) -> Result<&'a [u8], Short> {
        self.cursor.take(self.width(octets))
    }
}

/// The number that digits are; `None` when one of them is none.
pub(super) fn number(digits: &[u8], base: u32) -> Option<u32> {
    digits.iter().try_fold(0_u32, |all, digit| {
        let digit = char::from(*digit).to_digit(base)?;
        all.checked_mul(base)?.checked_add(digit)
    })
}

/// Subheader and length of a frame.
struct Head {
    ascii: bool,
    response: bool,
    serial: Option<u16>,
    network: u8,
    station: u8,
    length: u32,
}

impl Head {
    fn read(cursor: &mut Cursor<'_>) -> Result<Option<Self>, Short> {
        let first = cursor.peek_u8();
        let ascii = matches!(first, Some(b'5' | b'D'));
        let ascii = ascii && cursor.rest().get(1).is_none_or(u8::is_ascii_digit);
        // `D` and 0x44, `5` and 0x35: no subheader in binary begins so.
        let mut reader = Reader {
            cursor: *cursor,
            ascii,
        };
        let subheader = if ascii {
            reader.number(2)?
        } else {
            u32::from(reader.cursor.u16_be()?)
        };
        let (response, numbered) = match subheader {
            0x5000 => (false, false),
            0x5400 => (false, true),
            0xd000 => (true, false),
            0xd400 => (true, true),
            _ => return Ok(None),
        };
        let serial = if numbered { Some(reader.u16()?) } else { None };
        if numbered && reader.number(2)? != 0 {
            return Ok(None);
        }
        let network = reader.u8()?;
        let station = reader.u8()?;
        reader.number(3)?; // module, multidrop station
        let length = u32::from(reader.u16()?);
        *cursor = reader.cursor;
        Ok(Some(Self {
            ascii,
            response,
            serial,
            network,
            station,
            length,
        }))
    }
}

/// Octets of the shortest head in each encoding.
const BINARY: usize = 9;

pub(super) fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    match Head::read(&mut cursor) {
        Ok(None) => Measure::Foreign,
        Err(short) => Measure::Need(bytes.len().saturating_add(1).max(short.need).max(BINARY)),
        Ok(Some(head)) => {
            let behind = u64::try_from(cursor.offset()).unwrap_or(u64::MAX);
            // A response has an end code, a request a timer, a command and a subcommand.
            let least = match (head.response, head.ascii) {
                (true, false) => 2,
                (true, true) => 4,
                (false, false) => 6,
                (false, true) => 12,
            };
            if head.length < least {
                return Measure::Foreign;
            }
            Measure::Total(behind.saturating_add(u64::from(head.length)))
        }
    }
}

/// The parts of a frame.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Frame<'_>>, Short> {
    let mut cursor = Cursor::new(bytes);
    let Some(head) = Head::read(&mut cursor)? else {
        return Ok(None);
    };
    Ok(Some(Frame {
        response: head.response,
        serial: head.serial,
        network: head.network,
        station: head.station,
        body: Reader {
            cursor,
            ascii: head.ascii,
        },
    }))
}

/// Who sends a frame. Elsewhere than on its ports only a request with a known command is taken for one.
pub(super) fn shape(bytes: &[u8], hinted: bool) -> Result<Option<Role>, Short> {
    let Some(mut frame) = read(bytes)? else {
        return Ok(None);
    };
    if frame.response {
        return Ok(hinted.then_some(Role::Server));
    }
    frame.body.u16()?; // timer
    let command = frame.body.u16()?;
    let subcommand = frame.body.u16()?;
    let known = codes::command(command).is_some() && subcommand & 0xff00 == 0;
    Ok((hinted || known).then_some(Role::Client))
}
