//! Heads as observations.

use smallvec::SmallVec;

use super::super::text::long_line;
use super::codes::{self, Method};
use super::head::{Head, Start, parameter};
use super::{Asked, INCOMPLETE, UNFRAMED};
use crate::dissect::text::{fingerprint, printable, system};
use crate::dissect::{Emit, Input, MessageFacts, credential};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Object, Operation, OperationClass,
    Outcome, Protocol,
};

type Objects<'a> = SmallVec<[Object<'a>; 12]>;

/// What is told of a head.
struct Told<'a> {
    objects: Objects<'a>,
    anomalies: AnomalySet,
}

impl<'a> Told<'a> {
    fn new(head: &Head<'_>, size: usize) -> Self {
        let mut told = Self {
            objects: Objects::new(),
            anomalies: head.all_anomalies(),
        };
        told.number("header_bytes", size as u64);
        told.number("header_fields", head.lines);
        told
    }

    fn number(&mut self, kind: &'static str, id: u64) {
        self.objects.push(Object::Id { kind, id });
    }

    /// Tells a text, if there is one.
    fn text(&mut self, kind: &'static str, bytes: &'a [u8]) -> Option<&'a str> {
        let text = printable(bytes, limits::HTTP_TEXT_BYTES);
        if text.odd {
            self.anomalies.insert(Anomaly::BadValue);
        }
        if text.cut {
            self.anomalies.insert(Anomaly::LimitReached);
        }
        if text.kept.is_empty() {
            return None;
        }
        self.objects.push(Object::Text {
            kind,
            text: text.kept,
        });
        Some(text.kept)
    }

    fn is(&mut self, kind: &'static str, text: &'static str) {
        self.objects.push(Object::Text { kind, text });
    }
}

/// Schemes of credentials (IANA HTTP Authentication Scheme Registry) and how what they carry is protected.
const SCHEMES: &[(&str, &str)] = &[
    ("basic", "cleartext"),
    ("digest", "hashed"),
    ("bearer", "token"),
    ("ntlm", "challenge_response"),
    ("negotiate", "challenge_response"),
    ("scram-sha-1", "challenge_response"),
    ("scram-sha-256", "challenge_response"),
    ("hoba", "signature"),
    ("mutual", "challenge_response"),
    ("vapid", "signature"),
    ("dpop", "token"),
    ("gnap", "token"),
];

fn scheme(name: &[u8]) -> (&'static str, &'static str) {
    SCHEMES
        .iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()))
        .copied()
        .unwrap_or(("unknown", "unknown"))
}

/// Host and path of a target (RFC 9112, 3.2). What may hold secrets is left out: user information, query,
/// fragment and path parameters.
fn parts(target: &[u8]) -> (&[u8], &[u8]) {
    let (host, rest) = match memchr::memmem::find(target, b"://") {
        Some(at) if !target.starts_with(b"/") => {
            let behind = at
                .checked_add(3)
                .and_then(|at| target.get(at..))
                .unwrap_or_default();
            let end = behind
                .iter()
                .position(|octet| matches!(octet, b'/' | b'?' | b'#'));
            behind
                .split_at_checked(end.unwrap_or(behind.len()))
                .unwrap_or_default()
        }
        Some(_) | None => ([].as_slice(), target),
    };
    (without_user(host), path(rest))
}

/// A path up to where a query, a fragment or parameters start, however they are written: also percent-encoded,
/// and as the `&name=value` that embedded servers take without a question mark.
fn path(target: &[u8]) -> &[u8] {
    let last_value = memchr::memrchr(b'=', target).unwrap_or(0);
    let ends = |at: &usize| match target.get(*at..) {
        Some(
            [b'?' | b'#' | b';', ..]
            | [b'%', b'3', b'f' | b'F' | b'b' | b'B', ..]
            | [b'%', b'2', b'3', ..],
        ) => true,
        Some([b'&', ..]) => *at < last_value,
        Some(_) | None => false,
    };
    let end = (0..target.len()).find(ends);
    end.and_then(|end| target.get(..end)).unwrap_or(target)
}

/// Without `user:password@`.
fn without_user(host: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', host)
        .and_then(|at| host.get(at.checked_add(1)?..))
        .unwrap_or(host)
}

/// The last segment of a path, when it names a file: it has a dot inside.
fn file_of(path: &[u8]) -> &[u8] {
    let last = memchr::memrchr(b'/', path).and_then(|at| path.get(at.checked_add(1)?..));
    match last {
        Some(name) if matches!(memchr::memrchr(b'.', name), Some(1..)) => name,
        _ => &[],
    }
}

/// Reports a request; answers what its response is paired with.
pub(super) fn request(
    head: &Head<'_>,
    size: usize,
    known_agent: &mut u64,
    mut limited: bool,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) -> Asked {
    let Start::Request {
        method: name,
        target,
    } = head.start
    else {
        return Asked::default();
    };
    let pair = credential::basic(head.fields.basic);
    let mut told = Told::new(head, size);
    let method = codes::method_of(name).unwrap_or(codes::UNKNOWN);
    if method == codes::UNKNOWN {
        told.anomalies.insert(Anomaly::ReservedCode);
        told.text("method", name);
    }
    let (host, path) = if method.code == codes::CONNECT {
        (without_user(target), [].as_slice())
    } else {
        parts(target)
    };
    let fields = &head.fields;
    told.text(
        "host",
        if host.is_empty() {
            without_user(fields.host)
        } else {
            host
        },
    );
    told.text("path", path);
    told.text("file_name", file_of(path));
    told.text("soap_action", fields.soap_action);
    told.text("content_type", fields.content_type);
    let agent = told.text("user_agent", fields.user_agent);
    if !fields.credential.is_empty() {
        let (scheme, protection) = scheme(fields.credential);
        told.is("credential", scheme);
        told.is("credential_protection", protection);
    }
    if let Some(pair) = &pair {
        told.text("user", pair.user());
        if let Some(weakness) = pair.weakness() {
            told.is(credential::WEAKNESS, weakness);
        }
    }
    limited |= told.anomalies.contains(Anomaly::LimitReached);
    if limited {
        told.anomalies.insert(Anomaly::LimitReached);
    }
    let mut facts = MessageFacts::new(Protocol::Http, Direction::Request, operation(method, None));
    facts.identity = identity(agent, known_agent);
    facts.objects = &told.objects;
    facts.anomalies = told.anomalies;
    facts.size = size;
    emit(&facts);
    Asked {
        method,
        credential: !fields.credential.is_empty(),
        frame: input.frame,
        time: input.time,
    }
}

/// Reports a response to `asked`, when that was seen.
pub(super) fn response(
    head: &Head<'_>,
    size: usize,
    known_server: &mut u64,
    asked: Option<&Asked>,
    unasked: AnomalySet,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let Start::Status(status) = head.start else {
        return;
    };
    let mut told = Told::new(head, size);
    told.anomalies = told.anomalies.union(unasked);
    let fields = &head.fields;
    let server = told.text("server", fields.server);
    told.text("content_type", fields.content_type);
    let file = parameter(fields.disposition, b"filename=").unwrap_or_default();
    told.text("file_name", file);
    if !fields.challenge.is_empty() {
        told.is("challenge", scheme(fields.challenge).0);
    }
    let method = asked.map_or(codes::UNKNOWN, |asked| asked.method);
    let mut operation = operation(method, Some(u32::from(status)));
    // Who showed a credential is told whether it was taken, where the status tells it.
    let judged = asked.is_some_and(|asked| asked.credential) && status != 100;
    if judged {
        operation.class = OperationClass::Auth;
        match status {
            401 | 407 if fields.goes_on => {}
            401 | 403 | 407 => told.is("login", "failed"),
            ..=399 => told.is("login", "accepted"),
            _ => {}
        }
    } else if asked.is_none() {
        operation.class = OperationClass::Session;
    }
    let mut facts = MessageFacts::new(Protocol::Http, Direction::Response, operation);
    facts.outcome = outcome(status);
    facts.identity = identity(server, known_server);
    facts.objects = &told.objects;
    facts.anomalies = told.anomalies;
    facts.request = asked.map(|asked| AnsweredRequest {
        frame: asked.frame,
        latency: input.time.since(asked.time),
    });
    facts.size = size;
    emit(&facts);
}

fn outcome(status: u16) -> Outcome {
    if status < 400 {
        return Outcome::Ok;
    }
    Outcome::Error {
        code: u32::from(status),
        name: codes::status_name(status),
    }
}

const fn operation(method: Method, status: Option<u32>) -> Operation {
    Operation {
        code: method.code,
        sub: status,
        name: method.name,
        class: method.class,
    }
}

/// What a program says of itself, once for as long as it says the same.
fn identity<'a>(program: Option<&'a str>, known: &mut u64) -> Identity<'a> {
    let Some(program) = program else {
        return Identity::NONE;
    };
    let fingerprint = fingerprint(program);
    if std::mem::replace(known, fingerprint) == fingerprint {
        return Identity::NONE;
    }
    Identity {
        software: Some(program),
        os: system(program),
        ..Identity::NONE
    }
}

/// Reports a line where a message should start and none does.
pub(super) fn unframed(bytes: &[u8], anomaly: Anomaly, emit: &mut Emit<'_>) {
    fragment(UNFRAMED, bytes, anomaly, emit);
}

/// Reports a head that its connection did not finish.
pub(super) fn unfinished(bytes: &[u8], emit: &mut Emit<'_>) {
    fragment(INCOMPLETE, bytes, Anomaly::Truncated, emit);
}

fn fragment(name: &'static str, bytes: &[u8], anomaly: Anomaly, emit: &mut Emit<'_>) {
    let operation = Operation {
        code: 0,
        sub: None,
        name,
        class: OperationClass::Unknown,
    };
    let length = long_line(bytes.len());
    let mut facts = MessageFacts::new(Protocol::Http, Direction::OneWay, operation);
    facts.objects = length.as_slice();
    facts.anomalies = AnomalySet::of(anomaly);
    facts.size = bytes.len();
    emit(&facts);
}

/// What is kept of a target: host, path, file.
#[cfg(test)]
pub(super) fn kept(target: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (host, path) = parts(target);
    (host, path, file_of(path))
}
