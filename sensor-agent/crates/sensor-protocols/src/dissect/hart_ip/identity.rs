//! What commands say of a device: identity and tags.
//!
//! Sources: FieldComm Group HCF_SPEC-127, 6 (commands 0, 11, 13, 20 to 22), HCF_SPEC-99 (packed ASCII).

use super::commands;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::message::text::{Text, printable};
use crate::observation::Identity;

/// Octets of the packed tag (8 characters) and of the long tag.
const TAG: usize = 6;
const LONG_TAG: usize = 32;

/// The first octet of an identity of HART 5 and later.
const EXPANSION: u8 = 254;

/// Texts of an identity.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Texts {
    vendor: Option<&'static str>,
    vendor_number: Text<24>,
    model: Text<24>,
    firmware: Text<8>,
    serial: Text<8>,
    tag: Text<64>,
}

impl Texts {
    pub(super) fn identity(&self) -> Identity<'_> {
        Identity {
            vendor: self.vendor.or_else(|| self.vendor_number.as_str()),
            model: self.model.as_str(),
            firmware: self.firmware.as_str(),
            serial: self.serial.as_str(),
            hostname: self.tag.as_str(),
            ..Identity::NONE
        }
    }

    /// Reads the data of a response.
    pub(super) fn response(&mut self, number: u16, data: &mut Cursor<'_>) -> Result<(), Short> {
        match number {
            0 | 11 | 21 => self.device(data),
            13 | 18 => {
                self.tag = unpacked(data.take(TAG)?);
                Ok(())
            }
            20 | 22 => {
                self.tag = Text::latin1(data.take(LONG_TAG)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn device(&mut self, data: &mut Cursor<'_>) -> Result<(), Short> {
        if data.u8()? != EXPANSION {
            return Ok(());
        }
        let kind = data.u16_be()?;
        data.skip(1)?; // preambles
        let revision = data.u8()?;
        data.skip(1)?; // device revision
        let software = data.u8()?;
        data.skip(2)?; // hardware revision, flags
        let serial = data.u24_be()?;
        // Since HART 7 the manufacturer has a field of its own.
        let manufacturer = if revision >= 7 && data.remaining() >= 7 {
            data.skip(5)?;
            data.u16_be()?
        } else {
            kind >> 8
        };
        self.vendor = commands::manufacturer(manufacturer);
        if self.vendor.is_none() {
            self.vendor_number = Text::of(format_args!("manufacturer {manufacturer}"));
        }
        self.model = Text::of(format_args!("device type 0x{kind:04X}"));
        self.firmware = Text::of(format_args!("{software}"));
        self.serial = Text::of(format_args!("{serial:06X}"));
        Ok(())
    }
}

/// Tags that a request names.
pub(super) fn request<'a>(
    number: u16,
    data: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    match number {
        21 | 22 => message.name(printable(data.take(LONG_TAG)?)),
        11 | 18 => {
            data.skip(TAG)?;
        }
        _ => {}
    }
    Ok(())
}

/// Four characters of six bits in three octets; the highest bit of each is the complement of the next.
fn unpacked<const N: usize>(octets: &[u8]) -> Text<N> {
    let mut text = [0; N];
    let packed = octets.chunks_exact(3).flat_map(|three| {
        let all = three
            .iter()
            .fold(0, |all, octet| all << 8 | u32::from(*octet));
        [18, 12, 6, 0].map(|shift| (all >> shift) & 0x3f)
    });
    for (place, six) in text.iter_mut().zip(packed) {
        let code = if six & 0x20 == 0 { six | 0x40 } else { six };
        *place = u8::try_from(code).unwrap_or_default();
    }
    Text::latin1(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `icsnpp_all_types_and_commands.pcapng`, frame 100: the tag that command 18 writes.
    #[test]
    fn packed_characters() {
        let tag: Text<64> = unpacked(&[0x15, 0x00, 0x95, 0x58, 0x54, 0x09]);
        assert_eq!(tag.as_str(), Some("EPBUVEPI"));
        let spaces: Text<64> = unpacked(&[0x82, 0x08, 0x20, 0x82, 0x08, 0x20]);
        assert_eq!(spaces.as_str(), None);
    }
}
