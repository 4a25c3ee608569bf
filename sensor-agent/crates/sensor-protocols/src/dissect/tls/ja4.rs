//! The JA4 fingerprint of a client.
//!
//! Source: `FoxIO`, JA4 TLS client fingerprinting, technical details (BSD 3-Clause).
//!
//! Data in: a client hello. Data out: 36 characters that tell client programs apart.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use super::codes::TLS13;
use super::hello::{Hello, extension};

/// Characters of a fingerprint.
pub(super) const LENGTH: usize = 36;

/// A text on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingerprint {
    text: [u8; LENGTH],
    used: usize,
}

impl Fingerprint {
    pub(super) fn as_str(&self) -> &str {
        let text = self.text.get(..self.used).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl std::fmt::Write for Fingerprint {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.used.saturating_add(text.len());
        let room = self.text.get_mut(self.used..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.used = end;
        Ok(())
    }
}

/// The fingerprint of a hello over TCP; `None` when it does not fit its form, which no hello makes it.
pub(super) fn of(hello: &Hello<'_>) -> Option<Fingerprint> {
    let mut text = Fingerprint {
        text: [0; LENGTH],
        used: 0,
    };
    let version = match hello.version {
        TLS13 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    };
    let name = if hello.extensions.contains(&extension::SERVER_NAME) {
        'd'
    } else {
        'i'
    };
    let [first, last] = alpn(hello.protocols().next().unwrap_or_default());
    let suites = hello.suites.len().min(99);
    let extensions = hello.extensions.len().min(99);
    write!(
        text,
        "t{version}{name}{suites:02}{extensions:02}{first}{last}_"
    )
    .ok()?;
    let mut sorted = hello.suites.clone();
    sorted.sort_unstable();
    hash(&sorted, &[], &mut text)?;
    text.write_str("_").ok()?;
    let mut sorted: SmallVec<[u16; 32]> = hello
        .extensions
        .iter()
        .copied()
        .filter(|kind| !matches!(*kind, extension::SERVER_NAME | extension::ALPN))
        .collect();
    sorted.sort_unstable();
    hash(&sorted, &hello.signatures, &mut text)?;
    Some(text)
}

/// First and last character of the first application protocol; hexadecimal digits of them when they are no
/// letters or digits.
fn alpn(protocol: &[u8]) -> [char; 2] {
    let (Some(first), Some(last)) = (protocol.first(), protocol.last()) else {
        return ['0', '0'];
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(*first), char::from(*last)];
    }
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    [digit(first >> 4), digit(last & 0x0f)]
}

/// The first twelve hexadecimal digits of the SHA-256 of numbers with commas between them, and of further ones
/// behind an underscore; zeros when there are none.
fn hash(numbers: &[u16], further: &[u16], text: &mut Fingerprint) -> Option<()> {
    if numbers.is_empty() && further.is_empty() {
        return text.write_str("000000000000").ok();
    }
    let mut sum = Sha256::new();
    list(numbers, &mut sum);
    if !further.is_empty() {
        sum.update("_");
        list(further, &mut sum);
    }
    for octet in sum.finalize().iter().take(6) {
        write!(text, "{octet:02x}").ok()?;
    }
    Some(())
}

fn list(numbers: &[u16], sum: &mut Sha256) {
    let digit = |half: u8| {
        b"0123456789abcdef"
            .get(usize::from(half))
            .copied()
            .unwrap_or(b'0')
    };
    for (n, number) in numbers.iter().enumerate() {
        if n > 0 {
            sum.update(",");
        }
        let [high, low] = number.to_be_bytes();
        sum.update([
            digit(high >> 4),
            digit(high & 15),
            digit(low >> 4),
            digit(low & 15),
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the published description, a hello of Chrome: suites, extensions and signature
    /// algorithms with their hashes.
    #[test]
    fn the_published_example() {
        let hello = Hello {
            version: TLS13,
            suites: [
                0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
                0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
            ]
            .into_iter()
            .collect(),
            extensions: [
                0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023,
                0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
            ]
            .into_iter()
            .collect(),
            signatures: [
                0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
            ]
            .into_iter()
            .collect(),
            alpn: b"\x02h2",
            ..Hello::default()
        };
        assert_eq!(
            of(&hello).unwrap().as_str(),
            "t13d1516h2_8daaf6152771_e5627efa2ab1"
        );
    }

    #[test]
    fn a_hello_with_nothing_has_zeros() {
        let text = of(&Hello::default()).unwrap();
        assert_eq!(text.as_str(), "t00i000000_000000000000_000000000000");
        assert_eq!(alpn(b"\xab\xcd"), ['a', 'd']);
    }
}
