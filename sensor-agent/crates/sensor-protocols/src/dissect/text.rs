//! What text protocols share: lines, printable texts, words.
//!
//! Data in: octets of one direction. Data out: borrowed parts of them.
//!
//! Limits: the caller gives the longest text it keeps.

use memchr::memchr;

use crate::limits;
use crate::observation::Object;

/// A line without its end, and how many octets it takes with it. `None` when its end is not there.
/// `searched` octets at the front are known to hold no end.
pub(super) fn line(bytes: &[u8], searched: usize) -> Option<(&[u8], usize)> {
    let from = searched.min(bytes.len());
    let end = memchr(b'\n', bytes.get(from..)?)?.checked_add(from)?;
    let line = bytes.get(..end)?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Some((line, end.saturating_add(1)))
}

/// `line_bytes`: the octets of a line that is so long that it is told.
pub(super) fn long_line<'a>(octets: usize) -> Option<Object<'a>> {
    let long = octets >= limits::LONG_LINE_BYTES;
    long.then_some(Object::Id {
        kind: "line_bytes",
        id: octets as u64,
    })
}

/// A text as it may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text<'a> {
    /// The octets up to the first one that is not printable, or up to the limit.
    pub(super) kept: &'a str,
    /// An octet that is no printable character ended it.
    pub(super) odd: bool,
    /// The limit ended it.
    pub(super) cut: bool,
}

/// The printable characters (UTF-8) at the front of `bytes`, at most `most` octets of them. A horizontal tab
/// counts as printable.
pub(super) fn printable(bytes: &[u8], most: usize) -> Text<'_> {
    let cut = bytes.len() > most;
    let kept = bytes.get(..most).unwrap_or(bytes);
    let (valid, broken) = match std::str::from_utf8(kept) {
        Ok(text) => (text, false),
        Err(error) => {
            let valid = kept.get(..error.valid_up_to()).unwrap_or_default();
            // A character that the limit cuts in two is not odd.
            (
                std::str::from_utf8(valid).unwrap_or_default(),
                !cut || error.error_len().is_some(),
            )
        }
    };
    let control = valid.find(|c: char| c.is_control() && c != '\t');
    let text = control.and_then(|at| valid.get(..at)).unwrap_or(valid);
    Text {
        kept: text,
        odd: broken || control.is_some(),
        cut,
    }
}

/// Without spaces and tabs at both ends.
pub(super) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// What stands before and behind the first `separator`.
pub(super) fn split_once(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr(separator, bytes)?;
    Some((bytes.get(..at)?, bytes.get(at.checked_add(1)?..)?))
}

/// A decimal number: digits and nothing else.
pub(super) fn decimal(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0_u64, |sum, octet| {
        let digit = octet.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Tells texts apart without keeping them (FNV-1a).
pub(super) fn fingerprint(text: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    text.bytes().fold(OFFSET, |sum, octet| {
        (sum ^ u64::from(octet)).wrapping_mul(PRIME)
    })
}

/// How systems name themselves in user agents, server headers and banners.
const SYSTEMS: &[&str] = &[
    "Windows NT",
    "Windows CE",
    "Windows",
    "Win32",
    "Win64",
    "Android",
    "iPhone OS",
    "Mac OS X",
    "CrOS",
    "Ubuntu",
    "Debian",
    "Raspbian",
    "CentOS",
    "Red Hat",
    "Fedora",
    "SUSE",
    "FreeBSD",
    "OpenBSD",
    "NetBSD",
    "VxWorks",
    "QNX",
    "Linux",
    "Unix",
];

/// The part of a text that names an operating system, with the version that follows it.
pub(super) fn system(text: &str) -> Option<&str> {
    let (from, name) = SYSTEMS
        .iter()
        .find_map(|name| Some((text.find(name)?, name)))?;
    let named = text.get(from..)?;
    let behind = named.get(name.len()..)?;
    let version = behind.strip_prefix([' ', '-', '/']).unwrap_or_default();
    let end = version.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_'));
    let version = version
        .get(..end.unwrap_or(version.len()))
        .unwrap_or_default();
    if !version.starts_with(|c: char| c.is_ascii_digit()) {
        return named.get(..name.len());
    }
    let whole = name.len().saturating_add(1).saturating_add(version.len());
    named.get(..whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_with_its_line_feed() {
        assert_eq!(line(b"ab\r\ncd", 0), Some((b"ab".as_slice(), 4)));
        assert_eq!(line(b"ab\ncd", 0), Some((b"ab".as_slice(), 3)));
        assert_eq!(line(b"\n", 0), Some((b"".as_slice(), 1)));
        assert_eq!(line(b"ab\r", 0), None);
        assert_eq!(line(b"ab\r\n", 9), None, "nothing there was not searched");
    }

    #[test]
    fn a_text_ends_where_it_is_not_printable_or_too_long() {
        let of = |bytes, most| {
            let text = printable(bytes, most);
            (text.kept, text.odd, text.cut)
        };
        assert_eq!(of(b"plain\ttext", 20), ("plain\ttext", false, false));
        assert_eq!(of(b"plain", 3), ("pla", false, true));
        assert_eq!(of(b"a\x01b", 9), ("a", true, false));
        assert_eq!(of(b"a\xffb", 9), ("a", true, false));
        assert_eq!(of("aä".as_bytes(), 2), ("a", false, true), "cut in two");
        assert_eq!(of(b"a\xc3", 9), ("a", true, false));
    }

    #[test]
    fn numbers_are_digits_that_fit() {
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        for wrong in [b"".as_slice(), b"18446744073709551616", b"+1", b"1a", b" 1"] {
            assert_eq!(decimal(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn systems_are_found_with_their_version() {
        let agent = "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537";
        assert_eq!(system(agent), Some("Windows NT 6.1"));
        assert_eq!(system("Apache/2.4.7 (Ubuntu)"), Some("Ubuntu"));
        assert_eq!(system("SSH-2.0-OpenSSH_6.7p1 Debian-3"), Some("Debian-3"));
        assert_eq!(system("NetBSD.org FTP server"), Some("NetBSD"));
        assert_eq!(system("curl/7.1"), None);
    }
}
