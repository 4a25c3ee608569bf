//! Character strings as text.
//!
//! Data in: contents of a character string, whose first octet names the character set. Data out: text
//! without control characters at its ends. Source: ASHRAE 135-2020, clause 20.2.9.
//!
//! Limit: [`limits::BACNET_TEXT_BYTES`] octets; of the character sets UTF-8, UCS-2, UCS-4 and ISO
//! 8859-1.

use std::borrow::Cow;

use crate::limits;

/// Character sets.
const UTF8: u8 = 0;
const UCS4: u8 = 3;
const UCS2: u8 = 4;
const LATIN1: u8 = 5;

/// Text of a character string; `None` when it is empty or not readable.
pub(super) fn read(contents: &[u8]) -> Option<Cow<'_, str>> {
    let (set, octets) = contents.split_first()?;
    let octets = octets.get(..limits::BACNET_TEXT_BYTES).unwrap_or(octets);
    match *set {
        UTF8 => utf8(octets),
        UCS2 => {
            let units = octets.chunks_exact(2);
            let units = units.map(|pair| pair.iter().fold(0, |n, o| (n << 8) | u16::from(*o)));
            let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
            trimmed(text.collect())
        }
        UCS4 => {
            let units = octets.chunks_exact(4);
            let units = units.map(|four| four.iter().fold(0, |n, o| (n << 8) | u32::from(*o)));
            let text = units.map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER));
            trimmed(text.collect())
        }
        LATIN1 => trimmed(octets.iter().map(|octet| char::from(*octet)).collect()),
        _ => None,
    }
}

fn is_margin(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn utf8(octets: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(octets) {
        Ok(text) => {
            let text = text.trim_matches(is_margin);
            (!text.is_empty()).then_some(Cow::Borrowed(text))
        }
        Err(_) => trimmed(String::from_utf8_lossy(octets).into_owned()),
    }
}

fn trimmed(text: String) -> Option<Cow<'static, str>> {
    let inner = text.trim_matches(is_margin);
    if inner.is_empty() {
        None
    } else if inner.len() == text.len() {
        Some(Cow::Owned(text))
    } else {
        Some(Cow::Owned(inner.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_every_character_set() {
        assert_eq!(read(b"\0AHU-1 "), Some("AHU-1".into()));
        assert_eq!(read(b"\x04\0A\0\xfc"), Some("Aü".into()));
        assert_eq!(read(b"\x03\0\0\0A"), Some("A".into()));
        assert_eq!(read(b"\x05A\xfc"), Some("Aü".into()));
        assert_eq!(read(b"\0\xffA"), Some("\u{fffd}A".into()));
        for none in [&b""[..], b"\0", b"\0 \0", b"\x04\0", b"\x01\x82\xa0"] {
            assert_eq!(read(none), None, "{none:x?}");
        }
    }
}
