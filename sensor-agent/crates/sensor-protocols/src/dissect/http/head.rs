//! Start line and header fields of a message.
//!
//! Sources: RFC 9112, 2 to 6 (message format), RFC 9110 (fields), RFC 7617 (Basic), SOAP 1.1, 6.1.1 and
//! SOAP 1.2 part 2, 7.1 (action).
//!
//! Data in: the octets of a head, from its start line to the empty line. Data out: a [`Head`] that borrows
//! from them, with its departures. Credentials and cookies are never kept: of a credential the scheme is.

use super::codes::method_of;
use crate::dissect::text::{decimal, line, split_once, trim};
use crate::observation::{Anomaly, AnomalySet};

/// What the first line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start<'a> {
    Request { method: &'a [u8], target: &'a [u8] },
    Status(u16),
}

/// The fields that are told or that frame the body.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) host: &'a [u8],
    pub(super) user_agent: &'a [u8],
    pub(super) server: &'a [u8],
    pub(super) soap_action: &'a [u8],
    pub(super) content_type: &'a [u8],
    pub(super) disposition: &'a [u8],
    /// Scheme of a credential that the client shows, to the server or to a proxy.
    pub(super) credential: &'a [u8],
    /// What it shows, when the scheme is Basic: user and password in Base64. Never told.
    pub(super) basic: &'a [u8],
    /// Scheme that the server asks for.
    pub(super) challenge: &'a [u8],
    /// The server asks for the next step of a log-in that is under way: it refuses nobody.
    pub(super) goes_on: bool,
    pub(super) length: Option<u64>,
    pub(super) transfer: Option<Transfer>,
}

/// Transfer coding of the body (RFC 9112, 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    Chunked,
    /// Another one: the end of the connection ends the body.
    Other,
}

/// A head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub(super) start: Start<'a>,
    pub(super) fields: Fields<'a>,
    /// Header field lines.
    pub(super) lines: u64,
    pub(super) anomalies: AnomalySet,
}

/// Reads a start line; `None` when it is none.
pub(super) fn start_line(line: &[u8]) -> Option<(Start<'_>, AnomalySet)> {
    if line.starts_with(b"HTTP/") {
        return status_line(line);
    }
    // A known method without a target is wrong, and a request.
    let alone = || method_of(line).map(|_| (line, [].as_slice()));
    let (method, rest) = split_once(line, b' ').or_else(alone)?;
    if method.is_empty() || !method.iter().copied().all(is_token) {
        return None;
    }
    // A target with spaces is wrong and still what the server gets to see.
    let (target, version) = match memchr::memrchr(b' ', rest) {
        Some(at) => (rest.get(..at)?, rest.get(at.checked_add(1)?..)?),
        // HTTP/0.9 has no version.
        None => (rest, [].as_slice()),
    };
    let mut anomalies = AnomalySet::EMPTY;
    let target = if version.is_empty() || version.starts_with(b"HTTP/") {
        target
    } else {
        rest
    };
    if !matches!(version, b"HTTP/1.1" | b"HTTP/1.0") {
        anomalies.insert(Anomaly::BadVersion);
    }
    if target.is_empty() || target.iter().any(|octet| *octet <= b' ' || *octet == 0x7f) {
        anomalies.insert(Anomaly::BadValue);
    }
    Some((Start::Request { method, target }, anomalies))
}

fn status_line(line: &[u8]) -> Option<(Start<'_>, AnomalySet)> {
    let (version, rest) = split_once(line, b' ')?;
    let code = trim(rest).get(..3)?;
    let code = u16::try_from(decimal(code)?).ok()?;
    let mut anomalies = AnomalySet::EMPTY;
    if !matches!(version, b"HTTP/1.1" | b"HTTP/1.0") {
        anomalies.insert(Anomaly::BadVersion);
    }
    if !(100..600).contains(&code) {
        anomalies.insert(Anomaly::BadValue);
    }
    Some((Start::Status(code), anomalies))
}

/// Characters of a token (RFC 9110, 5.6.2).
const fn is_token(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

impl<'a> Head<'a> {
    /// Reads a head whose first line is a start line; `None` when it is none.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (first, size) = line(bytes, 0).unwrap_or((bytes, bytes.len()));
        let (start, anomalies) = start_line(first)?;
        let mut head = Self {
            start,
            fields: Fields::default(),
            lines: 0,
            anomalies,
        };
        let mut rest = bytes.get(size..).unwrap_or_default();
        while !rest.is_empty() {
            let (text, size) = line(rest, 0).unwrap_or((rest, rest.len()));
            rest = rest.get(size..).unwrap_or_default();
            if text.is_empty() {
                break;
            }
            head.field_line(text);
        }
        Some(head)
    }

    fn field_line(&mut self, text: &'a [u8]) {
        self.lines = self.lines.saturating_add(1);
        // A line that goes on the one before is obsolete (RFC 9112, 5.2).
        let continued = matches!(text, [b' ' | b'\t', ..]);
        let Some((name, value)) = split_once(text, b':').filter(|_| !continued) else {
            return self.anomalies.insert(Anomaly::BadValue);
        };
        let illegal = |octet: &u8| (*octet < b' ' && *octet != b'\t') || *octet == 0x7f;
        if name.is_empty() || !name.iter().copied().all(is_token) || value.iter().any(illegal) {
            self.anomalies.insert(Anomaly::BadValue);
        }
        self.field(trim(name), trim(value));
    }

    fn field(&mut self, name: &[u8], value: &'a [u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let fields = &mut self.fields;
        match name.len() {
            4 if is("host") => fields.host = value,
            6 if is("server") => fields.server = value,
            10 if is("user-agent") => fields.user_agent = value,
            10 if is("soapaction") => fields.soap_action = action(unquoted(value)),
            12 if is("content-type") => self.content_type(value),
            13 if is("authorization") => self.credential(value),
            14 if is("content-length") => self.length(value),
            16 if is("www-authenticate") => self.challenge(value),
            17 if is("transfer-encoding") => self.transfer(value),
            18 if is("proxy-authenticate") => self.challenge(value),
            19 if is("content-disposition") => fields.disposition = value,
            19 if is("proxy-authorization") => self.credential(value),
            _ => {}
        }
    }

    fn credential(&mut self, value: &'a [u8]) {
        let scheme = word(value);
        self.fields.credential = scheme;
        if scheme.eq_ignore_ascii_case(b"basic") {
            self.fields.basic = trim(value.get(scheme.len()..).unwrap_or_default());
        }
    }

    /// A token behind the scheme goes on with a log-in (RFC 4559, 4.1; RFC 7804, 5), and so does a nonce that
    /// was too old (RFC 7616, 3.3).
    fn challenge(&mut self, value: &'a [u8]) {
        let scheme = word(value);
        let rest = trim(value.get(scheme.len()..).unwrap_or_default());
        let is = |known: &str| scheme.eq_ignore_ascii_case(known.as_bytes());
        self.fields.challenge = scheme;
        self.fields.goes_on |= match rest.first() {
            Some(first) if is("ntlm") || is("negotiate") => first.is_ascii_alphanumeric(),
            Some(_) if is("digest") => is_stale(rest),
            Some(_) if is("scram-sha-1") || is("scram-sha-256") => member(rest, b"data=").is_some(),
            Some(_) | None => false,
        };
    }

    fn content_type(&mut self, value: &'a [u8]) {
        let kind = split_once(value, b';').map_or(value, |(kind, _)| kind);
        self.fields.content_type = trim(kind);
        if let Some(action) = parameter(value, b"action=")
            && self.fields.soap_action.is_empty()
        {
            self.fields.soap_action = self::action(action);
        }
    }

    /// Two lengths that differ, and one that is no number, cannot be told from request smuggling
    /// (RFC 9112, 6.3).
    fn length(&mut self, value: &[u8]) {
        let length = decimal(value);
        if length.is_none()
            || self
                .fields
                .length
                .is_some_and(|known| Some(known) != length)
        {
            self.anomalies.insert(Anomaly::BadLength);
        }
        self.fields.length = length.or(self.fields.length);
    }

    fn transfer(&mut self, value: &[u8]) {
        let last = memchr::memrchr(b',', value).and_then(|at| value.get(at.checked_add(1)?..));
        let chunked = trim(last.unwrap_or(value)).eq_ignore_ascii_case(b"chunked");
        self.fields.transfer = Some(if chunked {
            Transfer::Chunked
        } else {
            Transfer::Other
        });
    }

    /// What only shows when all fields are read.
    pub(super) fn all_anomalies(&self) -> AnomalySet {
        // A message must not have both (RFC 9112, 6.2).
        if self.fields.length.is_some() && self.fields.transfer.is_some() {
            self.anomalies.with(Anomaly::BadLength)
        } else {
            self.anomalies
        }
    }
}

/// Without a query, which may hold secrets.
fn action(value: &[u8]) -> &[u8] {
    split_once(value, b'?').map_or(value, |(action, _)| action)
}

/// Whether a challenge of Digest says that only its nonce was too old.
fn is_stale(members: &[u8]) -> bool {
    member(members, b"stale=")
        .map(|value| value.strip_prefix(b"\"").unwrap_or(value))
        .and_then(|value| value.get(..4))
        .is_some_and(|value| value.eq_ignore_ascii_case(b"true"))
}

/// What follows the name of a member of a challenge; `name` is lower case and ends with its equals sign.
fn member<'a>(members: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    members.split(|octet| *octet == b',').find_map(|member| {
        let (key, value) = trim(member).split_at_checked(name.len())?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The first word of a field: the scheme of a credential or challenge.
fn word(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|octet| !is_token(*octet));
    end.and_then(|end| value.get(..end)).unwrap_or(value)
}

fn unquoted(value: &[u8]) -> &[u8] {
    value
        .strip_prefix(b"\"")
        .map_or(value, |inner| inner.strip_suffix(b"\"").unwrap_or(inner))
}

/// Value of a parameter such as `filename="…"`; `name` is lower case and ends with its equals sign.
pub(super) fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = value;
    while let Some((_, behind)) = split_once(rest, b';') {
        let one = trim(behind);
        rest = behind;
        let Some((key, text)) = one.split_at_checked(name.len()) else {
            continue;
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(match text.strip_prefix(b"\"") {
                Some(quoted) => split_once(quoted, b'"').map_or(quoted, |(inner, _)| inner),
                None => trim(split_once(text, b';').map_or(text, |(inner, _)| inner)),
            });
        }
    }
    None
}
