//! BACnet virtual link layer: header and what each function carries.
//!
//! Data in: one datagram. Data out: the function, the NPDU in it, and the device that a forwarded one
//! came from. Sources: ASHRAE 135-2020, annex J.2 (BACnet/IP, type 81H) and annex U.2 (BACnet/IPv6,
//! type 82H).
//!
//! Limits: tables of a broadcast management device are checked for their length and not taken apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// Octets of a header: type, function, length.
pub(super) const HEADER: usize = 4;

/// Type of BACnet/IP.
pub(super) const IPV4: u8 = 0x81;

/// Type of BACnet/IPv6.
pub(super) const IPV6: u8 = 0x82;

/// Octets of an entry of the tables: an address and a mask or two times (J.2.2, J.2.8).
const ENTRY: usize = 10;

/// What a function holds behind the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// So many octets.
    Fixed(usize),
    /// An NPDU behind so many octets.
    Npdu(usize),
    /// Entries of a table.
    Table,
    /// Address of the originator, then an NPDU.
    Forwarded,
    /// A result code.
    Result,
    /// What only the keys of the parties tell.
    Opaque,
}

/// J.2.1 to J.2.13, by function.
const SHAPES: [Shape; 13] = [
    Shape::Result,
    Shape::Table,
    Shape::Fixed(0),
    Shape::Table,
    Shape::Forwarded,
    Shape::Fixed(2),
    Shape::Fixed(0),
    Shape::Table,
    Shape::Fixed(6),
    Shape::Npdu(0),
    Shape::Npdu(0),
    Shape::Npdu(0),
    Shape::Opaque,
];

/// U.2.1 to U.2.13, by function, behind the virtual address of the source.
const SHAPES_V6: [Shape; 13] = [
    Shape::Result,
    Shape::Npdu(3),
    Shape::Npdu(0),
    Shape::Fixed(3),
    Shape::Fixed(21),
    Shape::Fixed(3),
    Shape::Fixed(0),
    Shape::Fixed(3),
    Shape::Forwarded,
    Shape::Fixed(2),
    Shape::Fixed(18),
    Shape::Opaque,
    Shape::Npdu(0),
];

/// One message of the virtual link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    pub(super) ipv6: bool,
    pub(super) function: u8,
    /// Virtual address of the source of BACnet/IPv6 (U.5).
    pub(super) virtual_address: Option<u32>,
    /// What the function carries, when it is no NPDU.
    pub(super) body: &'a [u8],
    pub(super) npdu: Option<&'a [u8]>,
    /// Where a forwarded NPDU, or a foreign device that is deleted, is.
    pub(super) origin: Option<IpAddr>,
    pub(super) result: Option<u16>,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Link<'a> {
    /// Reads a datagram. `None` when it has no header of this kind. `cut`: the capture left out its
    /// end.
    pub(super) fn read(bytes: &'a [u8], cut: bool) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let (kind, function) = (cursor.u8().ok()?, cursor.u8().ok()?);
        let length = usize::from(cursor.u16_be().ok()?);
        if !matches!(kind, IPV4 | IPV6) {
            return None;
        }
        let mut link = Self {
            ipv6: kind == IPV6,
            function,
            virtual_address: None,
            body: &[],
            npdu: None,
            origin: None,
            result: None,
            anomalies: AnomalySet::EMPTY,
        };
        let mut inner = link.bounded(&cursor, length, cut);
        if link.contents(&mut inner).is_err() && !cut {
            link.anomalies.insert(Anomaly::Truncated);
        }
        Some(link)
    }

    /// The octets that the length field speaks of.
    fn bounded(&mut self, cursor: &Cursor<'a>, length: usize, cut: bool) -> Cursor<'a> {
        let rest = cursor.rest();
        let Some(inside) = length.checked_sub(HEADER) else {
            self.anomalies.insert(Anomaly::BadLength);
            return Cursor::new(rest);
        };
        if inside > rest.len() && !cut {
            self.anomalies.insert(Anomaly::Truncated);
        }
        if inside < rest.len() {
            self.anomalies.insert(Anomaly::TrailingBytes);
        }
        Cursor::new(rest.get(..inside).unwrap_or(rest))
    }

    fn shape(&self) -> Option<Shape> {
        let shapes = if self.ipv6 { &SHAPES_V6 } else { &SHAPES };
        shapes.get(usize::from(self.function)).copied()
    }

    fn contents(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        if self.ipv6 {
            self.virtual_address = Some(cursor.u24_be()?);
        }
        let Some(shape) = self.shape() else {
            self.anomalies.insert(Anomaly::ReservedCode);
            self.body = cursor.take_rest();
            return Ok(());
        };
        match shape {
            Shape::Npdu(before) => {
                cursor.skip(before)?;
                self.npdu = Some(cursor.take_rest());
            }
            Shape::Forwarded => {
                self.origin = Some(self.address(cursor)?);
                self.npdu = Some(cursor.take_rest());
            }
            Shape::Result => {
                self.result = Some(cursor.u16_be()?);
                self.nothing_behind(cursor);
            }
            Shape::Fixed(length) => {
                self.body = cursor.take(length)?;
                self.nothing_behind(cursor);
                self.deleted();
            }
            Shape::Table => {
                if !cursor.remaining().is_multiple_of(ENTRY) {
                    self.anomalies.insert(Anomaly::BadLength);
                }
                self.body = cursor.take_rest();
            }
            Shape::Opaque => self.body = cursor.take_rest(),
        }
        Ok(())
    }

    /// An address with its port (J.1.2, U.1.1).
    fn address(&self, cursor: &mut Cursor<'a>) -> Result<IpAddr, Short> {
        let address = if self.ipv6 {
            IpAddr::V6(Ipv6Addr::from(cursor.array::<16>()?))
        } else {
            IpAddr::V4(Ipv4Addr::from(cursor.array::<4>()?))
        };
        cursor.skip(2)?;
        Ok(address)
    }

    /// Whom Delete-Foreign-Device-Table-Entry deletes.
    fn deleted(&mut self) {
        if (self.ipv6, self.function) == (false, 8) || (self.ipv6, self.function) == (true, 10) {
            self.origin = self.address(&mut Cursor::new(self.body)).ok();
        }
    }

    fn nothing_behind(&mut self, cursor: &Cursor<'_>) {
        if !cursor.is_empty() {
            self.anomalies.insert(Anomaly::BadLength);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_carry_what_the_annexes_say() {
        let link = Link::read(&[0x81, 4, 0, 11, 10, 0, 0, 7, 0xba, 0xc0, 1], false).unwrap();
        assert_eq!(link.origin, Some("10.0.0.7".parse().unwrap()));
        assert_eq!(link.npdu, Some(&[1][..]));
        let link = Link::read(&[0x81, 0, 0, 6, 0, 0x30], false).unwrap();
        assert_eq!((link.result, link.anomalies.is_empty()), (Some(0x30), true));
        let link = Link::read(&[0x82, 1, 0, 11, 0, 0, 1, 0, 0, 2, 1], false).unwrap();
        assert_eq!((link.virtual_address, link.npdu), (Some(1), Some(&[1][..])));
        assert!(Link::read(&[0x80, 1, 0, 4], false).is_none());
    }

    #[test]
    fn lengths_that_do_not_fit_are_told() {
        let told = |bytes: &[u8]| Link::read(bytes, false).unwrap().anomalies;
        assert!(told(&[0x81, 10, 0, 9, 1]).contains(Anomaly::Truncated));
        assert!(told(&[0x81, 10, 0, 4, 1]).contains(Anomaly::TrailingBytes));
        assert!(told(&[0x81, 10, 0, 3, 1]).contains(Anomaly::BadLength));
        assert!(told(&[0x81, 1, 0, 6, 1, 2]).contains(Anomaly::BadLength));
        assert!(told(&[0x81, 5, 0, 5, 1]).contains(Anomaly::Truncated));
        assert!(told(&[0x81, 0x40, 0, 4]).contains(Anomaly::ReservedCode));
    }
}
