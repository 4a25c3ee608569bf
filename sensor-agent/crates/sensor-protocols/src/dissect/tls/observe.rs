//! Records and handshake messages as observations.

use std::fmt::Write as _;

use smallvec::SmallVec;

use super::certificate::{self, Certificate, Unreadable};
use super::codes::{self, content, handshake};
use super::hello::Hello;
use super::{HANDSHAKE_UNIT, RECORD, SSL2, ja4};
use crate::dissect::text::printable;
use crate::dissect::{Emit, MessageFacts};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Object, Operation, OperationClass, Outcome,
    Protocol,
};

type Objects<'a> = SmallVec<[Object<'a>; 12]>;

/// What is told of one message.
struct Told<'a> {
    objects: Objects<'a>,
    anomalies: AnomalySet,
}

impl<'a> Told<'a> {
    fn new(anomalies: AnomalySet) -> Self {
        Self {
            objects: Objects::new(),
            anomalies,
        }
    }

    fn is(&mut self, kind: &'static str, text: &'a str) {
        if !text.is_empty() {
            self.objects.push(Object::Text { kind, text });
        }
    }

    fn number(&mut self, kind: &'static str, id: u64) {
        self.objects.push(Object::Id { kind, id });
    }

    fn text(&mut self, kind: &'static str, bytes: &'a [u8]) {
        let text = printable(bytes, limits::TLS_TEXT_BYTES);
        if text.odd {
            self.anomalies.insert(Anomaly::BadValue);
        }
        if text.cut {
            self.anomalies.insert(Anomaly::LimitReached);
        }
        self.is(kind, text.kept);
    }

    fn version(&mut self, version: u16) {
        if let Some(name) = codes::version_name(version) {
            self.is("version", name);
        } else {
            self.number("version", u64::from(version));
            self.anomalies.insert(Anomaly::BadVersion);
        }
    }

    /// Each kind of weakness once.
    fn weaknesses(&mut self, kind: &'static str, suites: &[u16]) {
        let mut told: SmallVec<[&str; 8]> = SmallVec::new();
        for weakness in suites.iter().filter_map(|suite| codes::weakness(*suite)) {
            if !told.contains(&weakness) {
                told.push(weakness);
                self.is(kind, weakness);
            }
        }
    }

    fn emit(&self, message: &Message, emit: &mut Emit<'_>) {
        let mut facts = MessageFacts::new(Protocol::Tls, message.direction, message.operation);
        facts.objects = &self.objects;
        facts.anomalies = self.anomalies;
        facts.outcome = message.outcome;
        facts.request = message.request;
        facts.size = message.size;
        emit(&facts);
    }
}

/// The rest of an observation.
struct Message {
    direction: Direction,
    operation: Operation,
    outcome: Outcome,
    request: Option<AnsweredRequest>,
    size: usize,
}

impl Message {
    const fn new(code: u32, name: &'static str, class: OperationClass, size: usize) -> Self {
        Self {
            direction: Direction::OneWay,
            operation: Operation {
                code,
                sub: None,
                name,
                class,
            },
            outcome: Outcome::None,
            request: None,
            size,
        }
    }
}

/// A record of which nothing but its header is told.
pub(super) fn record(kind: u8, encrypted: bool, size: usize, odd: AnomalySet, emit: &mut Emit<'_>) {
    let code = RECORD | u32::from(kind);
    let name = codes::record_name(kind, encrypted);
    let mut told = Told::new(odd);
    if name == "unknown" {
        told.anomalies.insert(Anomaly::ReservedCode);
    }
    told.emit(
        &Message::new(code, name, OperationClass::Session, size),
        emit,
    );
}

/// Bytes that are no record, and records that their connection did not finish.
pub(super) fn fragment(name: &'static str, size: usize, odd: AnomalySet, emit: &mut Emit<'_>) {
    Told::new(odd).emit(&Message::new(0, name, OperationClass::Unknown, size), emit);
}

/// A handshake message that is longer than is kept.
pub(super) fn too_long(kind: u8, length: usize, emit: &mut Emit<'_>) {
    let name = codes::handshake_name(kind).unwrap_or("unknown");
    let size = length.saturating_add(super::HANDSHAKE_HEADER);
    let message = Message::new(
        HANDSHAKE_UNIT | u32::from(kind),
        name,
        OperationClass::Session,
        size,
    );
    Told::new(AnomalySet::of(Anomaly::LimitReached)).emit(&message, emit);
}

/// A clear alert (RFC 8446, 6).
pub(super) fn alert(body: &[u8], size: usize, emit: &mut Emit<'_>) {
    const WARNING: u8 = 1;
    const FATAL: u8 = 2;
    let mut told = Told::new(AnomalySet::EMPTY);
    let code = RECORD | u32::from(content::ALERT);
    let mut message = Message::new(code, "alert", OperationClass::Session, size);
    let [level, description, ..] = *body else {
        told.anomalies.insert(Anomaly::BadLength);
        return told.emit(&message, emit);
    };
    message.operation.sub = Some(u32::from(description));
    match level {
        WARNING => told.is("level", "warning"),
        FATAL => told.is("level", "fatal"),
        _ => told.anomalies.insert(Anomaly::BadValue),
    }
    let name = codes::alert_name(description);
    if name.is_none() {
        told.anomalies.insert(Anomaly::ReservedCode);
    }
    if level == FATAL || description != 0 {
        message.outcome = Outcome::Error {
            code: u32::from(description),
            name: name.unwrap_or("unknown"),
        };
    }
    told.emit(&message, emit);
}

/// A clear heartbeat (RFC 6520, 4): its payload must leave room for 16 octets of padding.
pub(super) fn heartbeat(body: &[u8], size: usize, emit: &mut Emit<'_>) {
    const HEADER_AND_PADDING: usize = 19;
    let mut told = Told::new(AnomalySet::EMPTY);
    let code = RECORD | u32::from(content::HEARTBEAT);
    let mut message = Message::new(code, "heartbeat", OperationClass::Diagnostic, size);
    if let [kind, high, low, ..] = *body {
        let payload = u16::from_be_bytes([high, low]);
        told.number("payload_length", u64::from(payload));
        message.operation.sub = Some(u32::from(kind));
        message.direction = match kind {
            1 => Direction::Request,
            2 => Direction::Response,
            _ => Direction::OneWay,
        };
        if usize::from(payload).saturating_add(HEADER_AND_PADDING) > body.len() {
            told.anomalies.insert(Anomaly::BadLength);
        }
    } else {
        told.anomalies.insert(Anomaly::BadLength);
    }
    told.emit(&message, emit);
}

/// What a connection must know of a handshake message.
pub(super) enum Said {
    ClientHello,
    /// With the version chosen.
    ServerHello(u16),
    Other,
}

/// Reports a clear handshake message. `asked` is the client hello that a server hello answers.
pub(super) fn handshake(
    kind: u8,
    body: &[u8],
    odd: AnomalySet,
    asked: Option<AnsweredRequest>,
    emit: &mut Emit<'_>,
) -> Said {
    let name = codes::handshake_name(kind);
    let size = body.len().saturating_add(super::HANDSHAKE_HEADER);
    let mut message = Message::new(
        HANDSHAKE_UNIT | u32::from(kind),
        name.unwrap_or("unknown"),
        OperationClass::Session,
        size,
    );
    match kind {
        handshake::CLIENT_HELLO => {
            message.direction = Direction::Request;
            client_hello(&Hello::client(body), odd, &message, emit);
            Said::ClientHello
        }
        handshake::SERVER_HELLO => {
            let hello = Hello::server(body);
            message.direction = Direction::Response;
            message.outcome = Outcome::Ok;
            message.request = asked;
            server_hello(&hello, odd, &message, emit);
            Said::ServerHello(hello.version)
        }
        handshake::CERTIFICATE => {
            certificate(body, odd, &message, emit);
            Said::Other
        }
        _ => {
            let mut told = Told::new(odd);
            if name.is_none() {
                told.anomalies.insert(Anomaly::ReservedCode);
            }
            told.emit(&message, emit);
            Said::Other
        }
    }
}

fn client_hello(hello: &Hello<'_>, odd: AnomalySet, message: &Message, emit: &mut Emit<'_>) {
    let odd = odd.union(hello.anomalies);
    let fingerprint = ja4::of(hello).filter(|_| odd.is_empty());
    let mut told = Told::new(odd);
    told.version(hello.version);
    told.text("server_name", hello.server_name.unwrap_or_default());
    for protocol in hello.protocols().take(limits::TLS_ALPN) {
        told.text("alpn", protocol);
    }
    told.weaknesses("weak_offered", &hello.suites);
    if let Some(fingerprint) = &fingerprint {
        told.is("ja4", fingerprint.as_str());
    }
    told.emit(message, emit);
}

fn server_hello(hello: &Hello<'_>, odd: AnomalySet, message: &Message, emit: &mut Emit<'_>) {
    let mut told = Told::new(odd.union(hello.anomalies));
    told.version(hello.version);
    if let Some(suite) = hello.suites.first() {
        told.number("cipher_suite", u64::from(*suite));
    }
    for protocol in hello.protocols().take(1) {
        told.text("alpn", protocol);
    }
    if hello.retry {
        told.is("retry", "hello_retry_request");
    }
    told.weaknesses("weak_chosen", &hello.suites);
    told.emit(message, emit);
}

fn certificate(body: &[u8], odd: AnomalySet, message: &Message, emit: &mut Emit<'_>) {
    let read = match certificate::first(body) {
        Ok(Some(der)) => Certificate::read(der).map_err(|error| match error {
            Unreadable::Ber(error) => error.anomaly(),
            Unreadable::Missing => Anomaly::BadLength,
        }),
        Ok(None) => return Told::new(odd).emit(message, emit),
        Err(_) => Err(Anomaly::BadLength),
    };
    let certificate = match read {
        Ok(certificate) => certificate,
        Err(anomaly) => return Told::new(odd.with(anomaly)).emit(message, emit),
    };
    let serial = hexadecimal(certificate.serial);
    let mut told = Told::new(odd);
    told.text("subject", certificate.subject);
    told.text("issuer", certificate.issuer);
    told.is("serial", &serial);
    for (kind, time) in [
        ("not_before", certificate.not_before),
        ("not_after", certificate.not_after),
    ] {
        if let Some(time) = time {
            told.number(kind, time);
        }
    }
    told.is("key", certificate.key);
    if let Some(bits) = certificate.key_bits {
        told.number("key_bits", bits);
    }
    told.is("signature", certificate.signature);
    if certificate.self_signed {
        told.number("self_signed", 1);
    }
    told.emit(message, emit);
}

/// A serial number has at most 20 octets (RFC 5280, 4.1.2.2).
fn hexadecimal(octets: &[u8]) -> String {
    let mut text = String::with_capacity(40);
    for octet in octets.iter().take(20) {
        // Writing to a string does not fail.
        let _ = write!(text, "{octet:02x}");
    }
    text
}

/// A message of SSL 2.0; `hello` when it is a client hello.
pub(super) fn ssl2(
    kind: u8,
    name: &'static str,
    hello: Option<&Hello<'_>>,
    odd: AnomalySet,
    size: usize,
    emit: &mut Emit<'_>,
) {
    let code = SSL2 | u32::from(kind);
    let mut message = Message::new(code, name, OperationClass::Session, size);
    let mut told = Told::new(odd);
    match hello {
        Some(hello) => {
            message.direction = Direction::Request;
            told.anomalies = told.anomalies.union(hello.anomalies);
            told.version(hello.version);
            told.weaknesses("weak_offered", &hello.suites);
        }
        None => told.is("version", "SSL 2.0"),
    }
    told.emit(&message, emit);
}
