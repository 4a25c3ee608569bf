//! How easily a password is guessed that was shown in clear. It is looked at where it stands and never kept:
//! what is compared are fingerprints.
//!
//! Data in: octets of user name and password. Data out: one word, [`WEAKNESS`]:
//! - `empty`: there is none.
//! - `same_as_user`: it is the user name.
//! - `well_known`: user and password are those that a vendor or a system ships with.
//! - `anonymous`: the user asks for access that needs no password (RFC 1635).
//!
//! Sources of the pairs: CVE-2010-2772 (Siemens `WinCC`), ICSA-12-018-01 (Schneider Electric Quantum Ethernet
//! modules), manuals of WAGO, Hirschmann and Moxa devices, and what systems and tools are generally set up with.
//!
//! Limits: [`limits::HTTP_BASIC_BYTES`] of a Basic credential.

use smallvec::SmallVec;

use super::text::split_once;
use crate::limits;

/// Kind of the text that tells it.
pub(super) const WEAKNESS: &str = "credential_weakness";

/// User names in lower case, and passwords.
const WELL_KNOWN: &[(&str, &str)] = &[
    ("admin", "1234"),
    ("admin", "12345"),
    ("admin", "123456"),
    ("admin", "admin1"),
    ("admin", "admin123"),
    ("admin", "changeme"),
    ("admin", "default"),
    ("admin", "moxa"),
    ("admin", "pass"),
    ("admin", "password"),
    ("admin", "private"),
    ("admin", "root"),
    ("admin", "wago"),
    ("administrator", "admin"),
    ("administrator", "password"),
    ("fdrusers", "sresurdf"),
    ("guest", "password"),
    ("loader", "fwdownload"),
    ("operator", "1234"),
    ("pi", "raspberry"),
    ("root", "12345"),
    ("root", "123456"),
    ("root", "admin"),
    ("root", "default"),
    ("root", "pass"),
    ("root", "password"),
    ("root", "toor"),
    ("root", "vizxv"),
    ("root", "wago"),
    ("root", "xc3511"),
    ("sa", "password"),
    ("su", "ko2003wa"),
    ("sysdiag", "factorycast@schneider"),
    ("user", "password"),
    ("user", "public"),
    ("user", "user00"),
    ("winccadmin", "2WSXcder"),
    ("winccconnect", "2WSXcder"),
];

/// Users that ask for access without a password.
const ANONYMOUS: &[&str] = &["anonymous", "ftp"];

/// Tells texts apart without keeping them (FNV-1a, octet by octet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print(u64);

impl Default for Print {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Print {
    /// With one octet more.
    pub(super) const fn with(self, octet: u8) -> Self {
        Self((self.0 ^ octet as u64).wrapping_mul(0x0100_0000_01b3))
    }

    pub(super) fn of(octets: impl IntoIterator<Item = u8>) -> Self {
        octets.into_iter().fold(Self::default(), Self::with)
    }

    /// Of a user name, in which letters of either case are the same.
    pub(super) fn of_user(user: &[u8]) -> Self {
        Self::of(user.iter().map(u8::to_ascii_lowercase))
    }
}

/// How weak a password is; `None` when nothing is known against it.
pub(super) fn weakness(user: Option<Print>, password: Print) -> Option<&'static str> {
    let is = |known: &str, given: Print| Print::of(known.bytes()) == given;
    if user.is_some_and(|user| ANONYMOUS.iter().any(|known| is(known, user))) {
        return Some("anonymous");
    }
    if password == Print::default() {
        return Some("empty");
    }
    let user = user?;
    if user == password {
        return Some("same_as_user");
    }
    WELL_KNOWN
        .iter()
        .any(|(known, secret)| is(known, user) && is(secret, password))
        .then_some("well_known")
}

/// User and password of a Basic credential (RFC 7617, 2).
pub(super) struct Basic {
    octets: SmallVec<[u8; 64]>,
}

/// Decodes a Basic credential; `None` when it is none, or too long to be looked at.
pub(super) fn basic(base64: &[u8]) -> Option<Basic> {
    if base64.is_empty() || base64.len() > limits::HTTP_BASIC_BYTES {
        return None;
    }
    let mut octets = SmallVec::new();
    let (mut bits, mut count) = (0_u32, 0_u8);
    for digit in base64.iter().take_while(|digit| **digit != b'=') {
        bits = bits << 6 | u32::from(value(*digit)?);
        count = count.saturating_add(6);
        if let Some(left) = count.checked_sub(8) {
            let [_, _, _, octet] = (bits >> left).to_be_bytes();
            octets.push(octet);
            count = left;
        }
    }
    octets.contains(&b':').then_some(Basic { octets })
}

/// Value of a digit of Base64 (RFC 4648, 4).
const fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit.wrapping_sub(b'A'),
        b'a'..=b'z' => digit.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => digit.wrapping_sub(b'0').wrapping_add(52),
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

impl Basic {
    pub(super) fn user(&self) -> &[u8] {
        split_once(&self.octets, b':').map_or(&[], |(user, _)| user)
    }

    pub(super) fn weakness(&self) -> Option<&'static str> {
        let (user, password) = split_once(&self.octets, b':')?;
        weakness(
            Some(Print::of_user(user)),
            Print::of(password.iter().copied()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(user: &str, password: &str) -> Option<&'static str> {
        weakness(
            Some(Print::of_user(user.as_bytes())),
            Print::of(password.bytes()),
        )
    }

    #[test]
    fn a_password_is_judged_with_its_user() {
        assert_eq!(judged("WinCCConnect", "2WSXcder"), Some("well_known"));
        assert_eq!(judged("operator", "2WSXcder"), None, "of another user");
        assert_eq!(judged("winccconnect", "2wsxcder"), None, "in another case");
        assert_eq!(judged("Admin", "admin"), Some("same_as_user"));
        assert_eq!(judged("sa", ""), Some("empty"));
        assert_eq!(judged("anonymous", "me@example"), Some("anonymous"));
        assert_eq!(judged("bob", "hunter2"), None);
        assert_eq!(weakness(None, Print::default()), Some("empty"));
        assert_eq!(weakness(None, Print::of(*b"admin")), None);
        assert!(WELL_KNOWN.is_sorted());
        assert!(
            WELL_KNOWN
                .iter()
                .all(|(user, _)| user.to_lowercase() == *user)
        );
    }

    /// `Aladdin:open sesame` is the example of RFC 7617, 2.
    #[test]
    fn basic_credentials_are_taken_apart() {
        let pair = basic(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap();
        assert_eq!((pair.user(), pair.weakness()), (&b"Aladdin"[..], None));
        let pair = basic(b"YWRtaW46cGFzc3dvcmQ=").unwrap();
        assert_eq!(
            (pair.user(), pair.weakness()),
            (&b"admin"[..], Some("well_known"))
        );
        assert!(basic(b"").is_none());
        assert!(basic(b"QWxhZGRpbg==").is_none(), "no colon");
        assert!(basic(b"QWxh ZGRpbg==").is_none(), "no Base64");
        assert!(basic(&[b'Q'; limits::HTTP_BASIC_BYTES + 1]).is_none());
    }
}
