//! The Remote Framebuffer protocol of VNC: up to the name of the desktop.
//!
//! Source: RFC 6143, 7.1 to 7.3; the IANA registry "RFB Security Types".
//!
//! # What comes out
//! - The version of each side: code [`VERSION`], text `version`.
//! - The security types that the server offers ([`SECURITY_OFFER`]) and the one that is chosen
//!   ([`SECURITY_CHOICE`]), as numbers `security_type` and texts `security`; none is `cleartext`.
//! - The challenge and the response of VNC authentication ([`CHALLENGE`], [`RESPONSE`]); that they are there, never
//!   what they are.
//! - The result ([`RESULT`]): an error when the log-in failed, with the server's reason as text.
//! - The name of the desktop ([`SERVER_INIT`]) and the size of its screen; the name is an identity fact.
//!
//! # What departs from the standard
//! Versions that are not published: `bad_version`. Security types without a name: `reserved_code`. Results that do
//! not exist: `bad_value`.
//!
//! # Limits
//! See `limits/rfb.rs`. Behind the handshake, and with security types that bring a protocol of their own (Tight, TLS,
//! `VeNCrypt`, Apple …), nothing is read.

#[cfg(test)]
mod tests;

use smallvec::SmallVec;

use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::text::printable;
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Identity, Object, Operation, OperationClass, Outcome, Protocol,
    Transport,
};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Vnc,
    hints: &[
        Hint::Tcp(5900),
        Hint::Tcp(5901),
        Hint::Tcp(5902),
        Hint::Tcp(5800),
    ],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Rfb>::default(),
};

pub const VERSION: u32 = 1;
pub const SECURITY_OFFER: u32 = 2;
pub const SECURITY_CHOICE: u32 = 3;
pub const CHALLENGE: u32 = 4;
pub const RESPONSE: u32 = 5;
pub const RESULT: u32 = 6;
pub const CLIENT_INIT: u32 = 7;
pub const SERVER_INIT: u32 = 8;

/// Octets of a version (RFC 6143, 7.1.1): `RFB 003.008` and a line feed.
const VERSION_BYTES: usize = 12;

/// Security types that are gone on with.
const NONE: u8 = 1;
const VNC: u8 = 2;

const SECURITY: &[(u16, &str)] = &[
    (0, "invalid"),
    (1, "none"),
    (2, "vnc_authentication"),
    (5, "ra2"),
    (6, "ra2ne"),
    (7, "sspi"),
    (8, "sspi_encrypted"),
    (16, "tight"),
    (17, "ultra"),
    (18, "tls"),
    (19, "vencrypt"),
    (20, "sasl"),
    (21, "md5_hash"),
    (22, "xvp"),
    (23, "secure_tunnel"),
    (24, "integrated_ssh"),
    (30, "apple_authentication"),
    (129, "ra2_256"),
    (130, "ra2ne_256"),
];

fn probe(input: &ProbeInput<'_>) -> Probe {
    const START: &[u8] = b"RFB 00";
    if input.bytes.starts_with(START) {
        Probe::Recognised(None)
    } else if START.starts_with(input.bytes) {
        Probe::Incomplete
    } else {
        Probe::Unrecognised
    }
}

/// What comes next, from either side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    ServerVersion,
    ClientVersion,
    Offer,
    Choice,
    Challenge,
    Response,
    Result,
    ClientInit,
    ServerInit,
    /// Nothing is read any more.
    Over,
}

impl Phase {
    const fn sender(self) -> Option<Role> {
        match self {
            Self::ServerVersion
            | Self::Offer
            | Self::Challenge
            | Self::Result
            | Self::ServerInit => Some(Role::Server),
            Self::ClientVersion | Self::Choice | Self::Response | Self::ClientInit => {
                Some(Role::Client)
            }
            Self::Over => None,
        }
    }
}

/// One connection.
#[derive(Debug, Default)]
struct Rfb {
    phase: Phase,
    /// Minor version of the client, which is the one that is spoken.
    minor: u16,
}

type Objects<'a> = SmallVec<[Object<'a>; 8]>;

/// What is told of one message.
struct Told<'a> {
    operation: Operation,
    objects: Objects<'a>,
    outcome: Outcome,
    odd: AnomalySet,
    identity: Identity<'a>,
}

impl<'a> Told<'a> {
    fn new(code: u32, name: &'static str, class: OperationClass) -> Self {
        Self {
            operation: Operation {
                code,
                sub: None,
                name,
                class,
            },
            objects: Objects::new(),
            outcome: Outcome::None,
            odd: AnomalySet::EMPTY,
            identity: Identity::NONE,
        }
    }

    fn text(&mut self, kind: &'static str, bytes: &'a [u8]) -> Option<&'a str> {
        let text = printable(bytes, limits::RFB_TEXT_BYTES);
        if text.odd {
            self.odd.insert(Anomaly::BadValue);
        }
        if text.cut {
            self.odd.insert(Anomaly::LimitReached);
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

    fn security(&mut self, number: u8) {
        self.objects.push(Object::Id {
            kind: "security_type",
            id: u64::from(number),
        });
        match super::tables::name_of(SECURITY, u16::from(number)) {
            Some(text) => self.objects.push(Object::Text {
                kind: "security",
                text,
            }),
            None => self.odd.insert(Anomaly::ReservedCode),
        }
    }

    fn emit(&self, sender: Role, size: usize, emit: &mut Emit<'_>) {
        let direction = match sender {
            Role::Client => Direction::Request,
            Role::Server => Direction::Response,
        };
        let mut facts = MessageFacts::new(Protocol::Vnc, direction, self.operation);
        facts.objects = &self.objects;
        facts.outcome = self.outcome;
        facts.anomalies = self.odd;
        facts.identity = self.identity;
        facts.size = size;
        emit(&facts);
    }
}

impl Rfb {
    /// Takes the message that is due; an error says that octets are missing.
    fn message(
        &mut self,
        cursor: &mut Cursor<'_>,
        sender: Role,
        emit: &mut Emit<'_>,
    ) -> Result<(), Short> {
        match self.phase {
            Phase::ServerVersion | Phase::ClientVersion => self.version(cursor, sender, emit),
            Phase::Offer if self.minor < 7 => self.decision(cursor, sender, emit),
            Phase::Offer => self.offer(cursor, sender, emit),
            Phase::Choice => {
                let number = cursor.u8()?;
                let mut told = Told::new(SECURITY_CHOICE, "security_choice", OperationClass::Auth);
                told.security(number);
                told.emit(sender, cursor.offset(), emit);
                self.chosen(number);
                Ok(())
            }
            Phase::Challenge => {
                cursor.skip(16)?;
                let told = Told::new(CHALLENGE, "vnc_challenge", OperationClass::Auth);
                told.emit(sender, cursor.offset(), emit);
                self.phase = Phase::Response;
                Ok(())
            }
            Phase::Response => {
                cursor.skip(16)?;
                let mut told = Told::new(RESPONSE, "vnc_response", OperationClass::Auth);
                for (kind, text) in [
                    ("credential", "password"),
                    ("credential_protection", "challenge_response_des"),
                ] {
                    told.objects.push(Object::Text { kind, text });
                }
                told.emit(sender, cursor.offset(), emit);
                self.phase = Phase::Result;
                Ok(())
            }
            Phase::Result => self.result(cursor, sender, emit),
            Phase::ClientInit => {
                cursor.skip(1)?;
                let told = Told::new(CLIENT_INIT, "client_init", OperationClass::Session);
                told.emit(sender, cursor.offset(), emit);
                self.phase = Phase::ServerInit;
                Ok(())
            }
            Phase::ServerInit => self.server_init(cursor, sender, emit),
            Phase::Over => {
                cursor.take_rest();
                Ok(())
            }
        }
    }

    fn version(
        &mut self,
        cursor: &mut Cursor<'_>,
        sender: Role,
        emit: &mut Emit<'_>,
    ) -> Result<(), Short> {
        let octets = cursor.take(VERSION_BYTES)?;
        let mut told = Told::new(VERSION, "protocol_version", OperationClass::Session);
        let text = octets.get(4..11).unwrap_or_default();
        told.text("version", text);
        let known = [
            b"003.003".as_slice(),
            b"003.007",
            b"003.008",
            b"003.889",
            b"004.001",
            b"005.000",
        ];
        let version = octets.starts_with(b"RFB ") && octets.ends_with(b"\n");
        if !version || !known.contains(&text) {
            told.odd.insert(Anomaly::BadVersion);
        }
        told.emit(sender, VERSION_BYTES, emit);
        self.minor = match text {
            b"003.003" => 3,
            b"003.007" => 7,
            _ => 8,
        };
        self.phase = match (version, self.phase) {
            (false, _) => Phase::Over,
            (true, Phase::ServerVersion) => Phase::ClientVersion,
            (true, _) => Phase::Offer,
        };
        Ok(())
    }

    /// Version 3.3: the server decides (RFC 6143, 7.1.2).
    fn decision(
        &mut self,
        cursor: &mut Cursor<'_>,
        sender: Role,
        emit: &mut Emit<'_>,
    ) -> Result<(), Short> {
        let number = cursor.u32_be()?;
        let mut told = Told::new(SECURITY_CHOICE, "security_choice", OperationClass::Auth);
        let number = u8::try_from(number).unwrap_or(u8::MAX);
        told.security(number);
        if number == 0 {
            refusal(&mut told, cursor)?;
        }
        told.emit(sender, cursor.offset(), emit);
        self.chosen(number);
        Ok(())
    }

    fn offer(
        &mut self,
        cursor: &mut Cursor<'_>,
        sender: Role,
        emit: &mut Emit<'_>,
    ) -> Result<(), Short> {
        let count = cursor.u8()?;
        let mut told = Told::new(SECURITY_OFFER, "security_offer", OperationClass::Auth);
        self.phase = Phase::Choice;
        if count == 0 {
            refusal(&mut told, cursor)?;
            self.phase = Phase::Over;
        }
        for number in cursor.take(usize::from(count))? {
            told.security(*number);
        }
        told.emit(sender, cursor.offset(), emit);
        Ok(())
    }

    /// What follows a security type. Without one, 3.8 tells a result and older versions do not.
    const fn chosen(&mut self, number: u8) {
        self.phase = match number {
            VNC => Phase::Challenge,
            NONE if self.minor >= 8 => Phase::Result,
            NONE => Phase::ClientInit,
            _ => Phase::Over,
        };
    }

    /// RFC 6143, 7.1.3. A reason follows a failure from 3.8 on.
    fn result(
        &mut self,
        cursor: &mut Cursor<'_>,
        sender: Role,
        emit: &mut Emit<'_>,
    ) -> Result<(), Short> {
        let code = cursor.u32_be()?;
        let mut told = Told::new(RESULT, "security_result", OperationClass::Auth);
        let (outcome, login) = match code {
            0 => (Outcome::Ok, "accepted"),
            1 => (
                Outcome::Error {
                    code,
                    name: "failed",
                },
                "failed",
            ),
            2 => (
                Outcome::Error {
                    code,
                    name: "too_many_attempts",
                },
                "failed",
            ),
            _ => (
                Outcome::Error {
                    code,
                    name: "unknown",
                },
                "failed",
            ),
        };
        told.outcome = outcome;
        told.objects.push(Object::Text {
            kind: "login",
            text: login,
        });
        if code > 2 {
            told.odd.insert(Anomaly::BadValue);
        }
        if code != 0 && self.minor >= 8 {
            reason(&mut told, cursor)?;
        }
        told.emit(sender, cursor.offset(), emit);
        self.phase = if code == 0 {
            Phase::ClientInit
        } else {
            Phase::Over
        };
        Ok(())
    }

    /// RFC 6143, 7.3.2.
    fn server_init(
        &mut self,
        cursor: &mut Cursor<'_>,
        sender: Role,
        emit: &mut Emit<'_>,
    ) -> Result<(), Short> {
        let (width, height) = (cursor.u16_be()?, cursor.u16_be()?);
        cursor.skip(16)?; // pixel format
        let length = usize::try_from(cursor.u32_be()?).unwrap_or(usize::MAX);
        let mut told = Told::new(SERVER_INIT, "server_init", OperationClass::Session);
        for (kind, id) in [("width", width), ("height", height)] {
            let id = u64::from(id);
            told.objects.push(Object::Id { kind, id });
        }
        if length > limits::RFB_NAME_BYTES {
            told.odd.insert(Anomaly::LimitReached);
        }
        let name = cursor.take(length.min(limits::RFB_NAME_BYTES))?;
        let name = told.text("desktop", name);
        told.identity.hostname = name;
        told.emit(sender, cursor.offset(), emit);
        self.phase = Phase::Over;
        Ok(())
    }
}

/// The server refuses a connection, with a reason (RFC 6143, 7.1.2).
fn refusal<'a>(told: &mut Told<'a>, cursor: &mut Cursor<'a>) -> Result<(), Short> {
    told.outcome = Outcome::Error {
        code: 0,
        name: "connection_refused",
    };
    reason(told, cursor)
}

fn reason<'a>(told: &mut Told<'a>, cursor: &mut Cursor<'a>) -> Result<(), Short> {
    let length = usize::try_from(cursor.u32_be()?).unwrap_or(usize::MAX);
    if length > limits::RFB_NAME_BYTES {
        told.odd.insert(Anomaly::LimitReached);
    }
    let text = cursor.take(length.min(limits::RFB_NAME_BYTES))?;
    told.text("reason", text);
    Ok(())
}

impl Dissector for Rfb {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let whole = input.bytes.len();
        if self.phase.sender() != Some(input.sender) {
            // One side may speak before the other one was heard: what it says waits, up to a limit.
            let early = self.phase != Phase::Over && whole <= limits::RFB_NAME_BYTES;
            return if early && !input.last && !input.cut {
                Parsed::Incomplete {
                    need: whole.saturating_add(1),
                }
            } else {
                Parsed::Consumed(whole)
            };
        }
        let mut cursor = Cursor::new(input.bytes);
        let before = self.phase;
        match self.message(&mut cursor, input.sender, emit) {
            Ok(()) => Parsed::Consumed(cursor.offset().max(1)),
            Err(short) if !input.last && !input.cut => {
                self.phase = before;
                Parsed::Incomplete {
                    need: short
                        .offset
                        .saturating_add(short.need)
                        .max(whole.saturating_add(1)),
                }
            }
            Err(_) => {
                if input.last {
                    let mut told = Told::new(0, "incomplete_message", OperationClass::Unknown);
                    told.odd.insert(Anomaly::Truncated);
                    told.emit(input.sender, whole, emit);
                }
                Parsed::Consumed(whole)
            }
        }
    }

    fn gap(&mut self, _sender: Role, dropped: usize, lost: u64) {
        if dropped > 0 || lost > 0 {
            self.phase = Phase::Over;
        }
    }
}
