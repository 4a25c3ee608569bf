//! What the first certificate of a chain says.
//!
//! Sources: RFC 5246, 7.4.2 (chain), RFC 5280, 4.1 (certificate), RFC 8017 A.1.1 (RSA key), RFC 5480 (curves).
//!
//! Data in: the body of a certificate message. Data out: names, validity, serial number and key of the first
//! certificate, borrowed. Nothing is verified.

use crate::dissect::ber::{BerError, Element, Elements};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::text::decimal;

/// Facts of a certificate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Certificate<'a> {
    /// Common name, or the last attribute when there is none.
    pub(super) subject: &'a [u8],
    pub(super) issuer: &'a [u8],
    pub(super) serial: &'a [u8],
    /// Seconds since 1970.
    pub(super) not_before: Option<u64>,
    pub(super) not_after: Option<u64>,
    pub(super) self_signed: bool,
    pub(super) key: &'static str,
    pub(super) key_bits: Option<u64>,
    pub(super) signature: &'static str,
}

/// The first certificate of a chain; `None` when the chain is empty.
pub(super) fn first(body: &[u8]) -> Result<Option<&[u8]>, Short> {
    let mut cursor = Cursor::new(body);
    let length = usize::try_from(cursor.u24_be()?).unwrap_or(usize::MAX);
    let mut chain = cursor.sub(length)?;
    if chain.is_empty() {
        return Ok(None);
    }
    let length = usize::try_from(chain.u24_be()?).unwrap_or(usize::MAX);
    chain.take(length).map(Some)
}

/// Why a certificate cannot be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unreadable {
    Ber(BerError),
    /// An element is missing.
    Missing,
}

impl From<BerError> for Unreadable {
    fn from(error: BerError) -> Self {
        Self::Ber(error)
    }
}

/// The next element.
fn next<'a>(elements: &mut Elements<'a>) -> Result<Element<'a>, Unreadable> {
    elements.next_element()?.ok_or(Unreadable::Missing)
}

impl<'a> Certificate<'a> {
    /// Reads a certificate (RFC 5280, 4.1).
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Unreadable> {
        let mut outer = Elements::new(Cursor::new(der));
        let whole = next(&mut outer)?;
        let mut parts = outer.enter(&whole)?;
        let signed = next(&mut parts)?;
        let mut fields = parts.enter(&signed)?;
        let mut certificate = Self::default();
        let mut serial = next(&mut fields)?;
        if serial.tag.is_context(0) {
            serial = next(&mut fields)?;
        }
        certificate.serial = serial.octets();
        let algorithm = next(&mut fields)?;
        certificate.signature = known(SIGNATURES, identifier(&fields, &algorithm)?);
        let issuer = next(&mut fields)?;
        let validity = next(&mut fields)?;
        let mut times = fields.enter(&validity)?;
        certificate.not_before = time(&next(&mut times)?);
        certificate.not_after = time(&next(&mut times)?);
        let subject = next(&mut fields)?;
        certificate.issuer = name(&fields, &issuer)?;
        certificate.subject = name(&fields, &subject)?;
        certificate.self_signed = issuer.octets() == subject.octets();
        let key = next(&mut fields)?;
        certificate.read_key(&fields, &key)?;
        Ok(certificate)
    }

    fn read_key(&mut self, around: &Elements<'a>, key: &Element<'a>) -> Result<(), Unreadable> {
        let mut parts = around.enter(key)?;
        let algorithm = next(&mut parts)?;
        let bits = next(&mut parts)?;
        let mut identifiers = parts.enter(&algorithm)?;
        let kind = next(&mut identifiers)?;
        self.key = known(KEYS, kind.octets());
        self.key_bits = match self.key {
            "rsa" => modulus_bits(bits.octets()),
            "ec" => {
                let curve = next(&mut identifiers)?;
                CURVES
                    .iter()
                    .find(|(oid, _)| *oid == curve.octets())
                    .map(|(_, bits)| *bits)
            }
            "ed25519" => Some(256),
            "ed448" => Some(456),
            _ => None,
        };
        Ok(())
    }
}

/// Bits of the modulus of an RSA key in a BIT STRING.
fn modulus_bits(bits: &[u8]) -> Option<u64> {
    let mut outer = Elements::new(Cursor::new(bits.get(1..)?));
    let sequence = outer.next_element().ok()??;
    let mut numbers = outer.enter(&sequence).ok()?;
    let modulus = numbers.next_element().ok()??.octets();
    let start = modulus.iter().position(|octet| *octet != 0)?;
    let used = modulus.get(start..)?;
    let spare = u64::from(used.first()?.leading_zeros());
    (used.len() as u64).checked_mul(8)?.checked_sub(spare)
}

/// The object identifier at the front of an algorithm identifier.
fn identifier<'a>(around: &Elements<'a>, algorithm: &Element<'a>) -> Result<&'a [u8], Unreadable> {
    let mut parts = around.enter(algorithm)?;
    Ok(next(&mut parts)?.octets())
}

/// Common name (2.5.4.3) of a distinguished name, else its last attribute.
fn name<'a>(around: &Elements<'a>, name: &Element<'a>) -> Result<&'a [u8], Unreadable> {
    const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    let mut sets = around.enter(name)?;
    let mut last = [].as_slice();
    while let Some(set) = sets.next_element()? {
        let mut pairs = sets.enter(&set)?;
        while let Some(pair) = pairs.next_element()? {
            let mut parts = pairs.enter(&pair)?;
            let kind = next(&mut parts)?;
            last = next(&mut parts)?.octets();
            if kind.octets() == COMMON_NAME {
                return Ok(last);
            }
        }
    }
    Ok(last)
}

/// `UTCTime` and `GeneralizedTime` as certificates have them (RFC 5280, 4.1.2.5), in seconds since 1970.
fn time(element: &Element<'_>) -> Option<u64> {
    const UTC: u32 = 23;
    const GENERALIZED: u32 = 24;
    let digits = element.octets();
    let (year, rest) = match element.tag.number {
        UTC => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year = decimal(year)?;
            (year.checked_add(if year < 50 { 2000 } else { 1900 })?, rest)
        }
        GENERALIZED => {
            let (year, rest) = digits.split_at_checked(4)?;
            (decimal(year)?, rest)
        }
        _ => return None,
    };
    let part = |at: usize| {
        let digits = rest.get(at..at.checked_add(2)?)?;
        decimal(digits)
    };
    let (month, day) = (part(0)?, part(2)?);
    let hours = part(4)?.checked_mul(3600)?;
    let minutes = part(6)?.checked_mul(60)?;
    let seconds = hours.checked_add(minutes)?.checked_add(part(8)?)?;
    days(year, month, day)?
        .checked_mul(86_400)?
        .checked_add(seconds)
}

/// Days since 1970 of a date of the Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) {
        return None;
    }
    let before = BEFORE.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let past = year.checked_sub(1)?;
    let centuries = (past / 100).checked_sub(past / 400)?;
    // 477 leap years came before 1970.
    let leaps = (past / 4).checked_sub(centuries)?.checked_sub(477)?;
    let this = u64::from(leap && month > 2);
    let whole = year.checked_sub(1970)?.checked_mul(365)?;
    let within = before.checked_add(this)?.checked_add(day)?.checked_sub(1)?;
    whole.checked_add(leaps)?.checked_add(within)
}

type Identifiers = &'static [(&'static [u8], &'static str)];

fn known(table: Identifiers, oid: &[u8]) -> &'static str {
    table
        .iter()
        .find(|(known, _)| *known == oid)
        .map_or("unknown", |(_, name)| *name)
}

/// RFC 3279, RFC 4055, RFC 5758, RFC 8410.
const SIGNATURES: Identifiers = &[
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2], "md2"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "md5"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "sha1"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], "pss"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], "sha256"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], "sha384"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], "sha512"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3], "sha1"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "sha1"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "sha256"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "sha384"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], "sha512"),
    (&[0x2b, 0x65, 0x70], "ed25519"),
    (&[0x2b, 0x65, 0x71], "ed448"),
];

/// RFC 3279, RFC 5480, RFC 8410.
const KEYS: Identifiers = &[
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1], "rsa"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "dsa"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], "ec"),
    (&[0x2b, 0x65, 0x70], "ed25519"),
    (&[0x2b, 0x65, 0x71], "ed448"),
];

/// Named curves (RFC 5480, 2.1.1.1) with the bits of their field.
const CURVES: &[(&[u8], u64)] = &[
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], 192),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], 256),
    (&[0x2b, 0x81, 4, 0, 33], 224),
    (&[0x2b, 0x81, 4, 0, 34], 384),
    (&[0x2b, 0x81, 4, 0, 35], 521),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_from_1970() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(2000, 2, 29), Some(11_016));
        assert_eq!(days(2000, 3, 1), Some(11_017));
        assert_eq!(days(2026, 11, 24), Some(20_781));
        assert_eq!(days(2026, 13, 1), None);
        assert_eq!(days(1969, 1, 1), None);
    }
}
