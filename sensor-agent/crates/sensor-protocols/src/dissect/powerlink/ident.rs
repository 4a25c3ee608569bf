//! What a node says of itself in an IdentResponse.
//!
//! Source: EPSG DS 301 V1.3.0, 7.3.3.2.1.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::text::{Text, printable};
use crate::observation::Identity;

/// Octets of a host name.
const HOST_NAME: usize = 32;

/// Texts of an identity.
#[derive(Default)]
pub(super) struct Ident<'a> {
    vendor: Text<24>,
    product: Text<24>,
    revision: Text<12>,
    serial: Text<12>,
    host: Option<&'a str>,
}

impl<'a> Ident<'a> {
    /// Reads what is behind the state.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Short> {
        // Version, features, sizes, response time.
        cursor.skip(1 + 1 + 1 + 4 + 2 + 2 + 2 + 4 + 2)?;
        cursor.skip(4)?; // device type
        let vendor = cursor.u32_le()?;
        let product = cursor.u32_le()?;
        let revision = cursor.u32_le()?;
        let serial = cursor.u32_le()?;
        cursor.skip(8 + 4 * 4)?; // extension, dates of configuration and software
        cursor.skip(3 * 4)?; // address, mask, gateway
        Ok(Self {
            vendor: Text::of(format_args!("vendor 0x{vendor:08X}")),
            product: Text::of(format_args!("product 0x{product:08X}")),
            revision: Text::of(format_args!("0x{revision:08X}")),
            serial: Text::of(format_args!("{serial:08X}")),
            host: printable(cursor.take(HOST_NAME)?),
        })
    }

    pub(super) fn identity(&self) -> Identity<'_> {
        Identity {
            vendor: self.vendor.as_str(),
            model: self.product.as_str(),
            firmware: self.revision.as_str(),
            serial: self.serial.as_str(),
            hostname: self.host,
            ..Identity::NONE
        }
    }
}
