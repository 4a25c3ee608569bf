//! What a device tells about itself: the identity object, in the answer to List Identity and as read.
//!
//! Data in: its attributes 1 to 7 in a row. Data out: the texts of an [`Identity`].
//! Sources: CIP Volume 1, 5-2 (identity object); Volume 2, 2-4 (List Identity).
//!
//! Limits: none; a name has at most 255 octets. Texts are made anew, as devices are seldom asked.

use super::cpf;
use super::vendors;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::Identity;

/// Attributes 1 to 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attributes<'a> {
    pub(super) vendor: u16,
    pub(super) device_type: u16,
    pub(super) product_code: u16,
    pub(super) revision: (u8, u8),
    pub(super) serial: u32,
    pub(super) name: &'a [u8],
}

impl<'a> Attributes<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Short> {
        let vendor = cursor.u16_le()?;
        let device_type = cursor.u16_le()?;
        let product_code = cursor.u16_le()?;
        let revision = (cursor.u8()?, cursor.u8()?);
        let _status = cursor.u16_le()?;
        let serial = cursor.u32_le()?;
        let length = usize::from(cursor.u8()?);
        Ok(Self {
            vendor,
            device_type,
            product_code,
            revision,
            serial,
            name: cursor.take(length)?,
        })
    }

    /// Of the item of a List Identity reply: behind version and socket address.
    pub(super) fn of_item(data: &'a [u8]) -> Result<Self, Short> {
        const VERSION_AND_ADDRESS: usize = 2 + 16;
        let mut cursor = Cursor::new(data);
        cursor.skip(VERSION_AND_ADDRESS)?;
        let attributes = Self::read(&mut cursor)?;
        let _state = cursor.u8()?;
        Ok(attributes)
    }

    pub(super) fn texts(&self) -> Texts {
        let name = String::from_utf8_lossy(self.name);
        let name = name.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        Texts {
            vendor: vendors::vendor(self.vendor)
                .map_or_else(|| format!("vendor {}", self.vendor), str::to_owned),
            model: if name.is_empty() {
                format!("product {}", self.product_code)
            } else {
                name.to_owned()
            },
            firmware: format!("{}.{}", self.revision.0, self.revision.1),
            serial: format!("{:08X}", self.serial),
        }
    }
}

/// The texts of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Texts {
    vendor: String,
    model: String,
    firmware: String,
    serial: String,
}

impl Texts {
    pub(super) fn identity(&self) -> Identity<'_> {
        Identity {
            vendor: Some(&self.vendor),
            model: Some(&self.model),
            firmware: Some(&self.firmware),
            serial: Some(&self.serial),
            ..Identity::NONE
        }
    }
}

/// Items of the reply to a list command, of this kind where `kind` says one.
pub(super) fn items<'a>(
    data: &'a [u8],
    visit: &mut dyn FnMut(&cpf::Item<'a>),
) -> Result<bool, Short> {
    let mut cursor = Cursor::new(data);
    let count = usize::from(cursor.u16_le()?);
    for _ in 0..count.min(crate::limits::ENIP_ITEMS) {
        visit(&cpf::Item::read(&mut cursor)?);
    }
    Ok(count <= crate::limits::ENIP_ITEMS && cursor.is_empty())
}
