//! Addresses of data connections.
//!
//! Sources: RFC 959, 4.1.2 and RFC 1123, 4.1.2.6 (PORT, 227), RFC 2428 (EPRT, 229).

use std::net::{IpAddr, Ipv4Addr};

use crate::dissect::text::decimal;

/// Where a data connection goes to; EPSV names no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DataEnd {
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
}

/// Six numbers with commas between them, four of the address and two of the port.
pub(super) fn octets(text: &[u8]) -> Option<DataEnd> {
    let mut numbers = text.split(|octet| *octet == b',');
    let mut next = || u8::try_from(decimal(super::super::text::trim(numbers.next()?))?).ok();
    let address = Ipv4Addr::new(next()?, next()?, next()?, next()?);
    let port = u16::from_be_bytes([next()?, next()?]);
    Some(DataEnd {
        address: Some(IpAddr::V4(address)),
        port,
    })
}

/// The six numbers somewhere in the text of a reply.
pub(super) fn within(text: &[u8]) -> Option<DataEnd> {
    let start = text.iter().position(u8::is_ascii_digit)?;
    let rest = text.get(start..)?;
    let end = rest
        .iter()
        .position(|octet| !octet.is_ascii_digit() && *octet != b',');
    octets(end.and_then(|end| rest.get(..end)).unwrap_or(rest))
}

/// `|protocol|address|port|` with any delimiter.
pub(super) fn extended(text: &[u8]) -> Option<DataEnd> {
    let (delimiter, rest) = text.split_first()?;
    let mut parts = rest.split(|octet| octet == delimiter);
    let _protocol = parts.next()?;
    let address = std::str::from_utf8(parts.next()?).ok()?;
    let port = u16::try_from(decimal(parts.next()?)?).ok()?;
    Some(DataEnd {
        address: if address.is_empty() {
            None
        } else {
            Some(address.parse().ok()?)
        },
        port,
    })
}

/// `(|||port|)` in the text of a reply.
pub(super) fn extended_within(text: &[u8]) -> Option<DataEnd> {
    let at = memchr::memchr(b'(', text)?;
    extended(text.get(at.checked_add(1)?..)?)
}
