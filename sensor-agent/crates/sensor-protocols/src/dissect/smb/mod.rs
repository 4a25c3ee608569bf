//! SMB, what Windows shares files, printers and named pipes with: SMB1 (CIFS), SMB2 and SMB3, over TCP
//! port 445, over the `NetBIOS` session service (139) and, for announcements, over its datagram service (138).
//!
//! Sources: MS-CIFS, MS-SMB (SMB1), MS-SMB2, MS-NLMP (sign-in), MS-ERREF (status), RFC 1001 and 1002
//! (`NetBIOS`), MS-BRWS (announcements).
//!
//! # What comes out
//! One observation for each command of an SMB1 chain and for each message of an SMB2 compound; behind it
//! those of the remote procedure calls that it carries to or from a pipe ([`super::dcerpc`]).
//! - `operation.code`: command of SMB1; [`SMB2`] plus the command of SMB2; [`TRANSFORM`] plus the first
//!   octet of an encrypted or compressed message; [`SESSION`] plus the type of another session packet.
//! - `operation.sub`: subcommand of an SMB1 transaction; control code of an SMB2 IOCTL; type × 256 + class
//!   of information; message type of NTLM in a session setup.
//! - `objects`, names first: path (with the share where it is known), share, dialects;
//!   texts of the kinds `user` (`DOMAIN\name`), `target`, `domain`, `service`. A response repeats the first
//!   of its request. Numbers: see `docs/protocols.md`.
//! - `outcome`: NT status, or class × 65536 + code of SMB1's own errors.
//! - `identity`: name of the computer and its operating system, from NTLM and session setup.
//!
//! # What departs from the standard
//! Lengths and offsets that lead outside: `bad_length`. Chains and compounds that do not lead ahead, parts
//! of a transaction beyond its total, dispositions that are none: `bad_value`. A secondary request of
//! another kind of transaction than its primary: `mismatch`. Codes not defined: `reserved_code`.
//! A response to no request: `unsolicited`.
//!
//! # Limits
//! See `nbss` (content of files is skipped), `session`, and [`crate::limits`]. What is encrypted or
//! compressed stays so. Passwords, challenges and responses are never told.

mod body;
mod browser;
mod commands;
mod datagram;
mod nbss;
mod probe;
mod session;
mod smb1;
mod smb1_requests;
mod smb1_responses;
mod smb1_transactions;
mod smb2;
mod smb2_requests;
mod smb2_responses;
pub(super) mod status;
#[cfg(test)]
mod tests;
mod transform;

use self::body::{At, Body, Exchange};
use self::nbss::{Frame, Framing, Missing, Step};
use self::session::Session;
use super::dcerpc::Carrier;
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{
    Anomaly, Direction, Operation, OperationClass, Outcome, Protocol, Transport,
};
use crate::time::Timestamp;

pub use commands::{SESSION, SMB2, TRANSFORM, UNFRAMED};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Smb,
    hints: &[Hint::Tcp(445), Hint::Tcp(139), Hint::Udp(138)],
    anywhere: &[Transport::Tcp],
    probe: probe::probe,
    create: || Box::<Smb>::default(),
};

/// One connection, or the datagrams between two ports.
#[derive(Debug, Default)]
struct Smb {
    client: Framing,
    server: Framing,
    session: Session,
}

impl Dissector for Smb {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if input.transport != Transport::Tcp {
            return datagram::parse(input, emit);
        }
        let at = At {
            time: input.time,
            frame: input.frame,
            sender: input.sender,
        };
        let (framing, session) = match input.sender {
            Role::Client => (&mut self.client, &mut self.session),
            Role::Server => (&mut self.server, &mut self.session),
        };
        loop {
            match framing.step(input, carries_content) {
                Step::Wait(need) => return Parsed::Incomplete { need },
                Step::Nothing(taken) => return Parsed::Consumed(taken.max(1)),
                Step::Skipped(taken) => {
                    framing.skipped(|frame| packet(frame, at, session, emit));
                    if taken > 0 {
                        return Parsed::Consumed(taken);
                    }
                }
                Step::Packet { taken, whole } => {
                    packet(&front(input, whole), at, session, emit);
                    return Parsed::Consumed(taken);
                }
                Step::Foreign => {
                    foreign(input, emit);
                    framing.gap(1, 0);
                }
            }
        }
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        match sender {
            Role::Client => self.client.gap(dropped, lost),
            Role::Server => self.server.gap(dropped, lost),
        }
        self.session.incomplete();
        self.session.lost_calls();
    }

    fn held(&self) -> usize {
        self.session.held()
    }

    /// Messages go on without what was known: files by their identifier, responses without their request.
    fn shed(&mut self) {
        self.session.shed();
    }

    fn end(&mut self, time: Timestamp, emit: &mut Emit<'_>) {
        for (sender, framing) in [
            (Role::Client, &mut self.client),
            (Role::Server, &mut self.server),
        ] {
            let at = At {
                time,
                frame: 0,
                sender,
            };
            framing.end();
            framing.skipped(|frame| packet(frame, at, &mut self.session, emit));
        }
    }
}

/// Whether the rest of a message is content of a file, by its head.
fn carries_content(head: &[u8]) -> bool {
    match head.first() {
        Some(&nbss::SMB1) => smb1::carries_content(head),
        Some(&nbss::SMB2) => smb2::carries_content(head),
        // What is encrypted or compressed is not looked into.
        Some(&(nbss::ENCRYPTED | nbss::COMPRESSED)) => true,
        _ => false,
    }
}

/// The packet at the front of what is there.
fn front<'a>(input: &Input<'a>, whole: bool) -> Frame<'a> {
    let header = nbss::Header::read(input.bytes);
    let (kind, length) = header.map_or((nbss::MESSAGE, 0), |header| (header.kind, header.length));
    let body = input.bytes.get(nbss::HEADER..).unwrap_or_default();
    let kept = if whole {
        length
    } else {
        length.min(crate::limits::SMB_HEAD_BYTES)
    };
    let missing = match (body.len() < length, input.cut) {
        (false, _) => Missing::Nothing,
        (true, true) => Missing::NotCaptured,
        (true, false) => Missing::NotSent,
    };
    Frame {
        kind,
        bytes: body.get(..kept).unwrap_or(body),
        length,
        skipped: !whole,
        missing,
    }
}

/// Reports one session packet.
fn packet(frame: &Frame<'_>, at: At, session: &mut Session, emit: &mut Emit<'_>) {
    if frame.kind != nbss::MESSAGE {
        return session_packet(frame, emit);
    }
    match frame.bytes.first() {
        Some(&nbss::SMB1) => smb1::message(frame, at, session, emit),
        Some(&nbss::SMB2) => smb2::messages(frame, at, session, emit),
        Some(_) => transform::message(frame, at, emit),
        None => session_packet(frame, emit),
    }
}

/// Reports a packet of the session service that carries no message.
fn session_packet(frame: &Frame<'_>, emit: &mut Emit<'_>) {
    let mut body = Body::default();
    let (name, direction, outcome) = match frame.kind {
        nbss::MESSAGE => ("empty_session_message", Direction::OneWay, Outcome::None),
        nbss::REQUEST => {
            datagram::names(frame.bytes, &mut body);
            ("session_request", Direction::Request, Outcome::None)
        }
        nbss::POSITIVE => ("session_response", Direction::Response, Outcome::Ok),
        nbss::NEGATIVE => {
            let code = frame.bytes.first().copied().unwrap_or_default();
            let name = refusal(code);
            let code = u32::from(code);
            let outcome = Outcome::Error { code, name };
            ("session_response", Direction::Response, outcome)
        }
        nbss::RETARGET => ("session_retarget", Direction::Response, Outcome::None),
        _ => ("session_keep_alive", Direction::OneWay, Outcome::None),
    };
    let operation = Operation {
        code: SESSION | u32::from(frame.kind),
        sub: None,
        name,
        class: OperationClass::Session,
    };
    let size = frame.length.saturating_add(nbss::HEADER);
    body.report(
        &Exchange::new(operation, direction).ended(outcome, None),
        frame,
        size,
        emit,
    );
}

/// Why a session was refused (RFC 1002, 4.3.4).
const fn refusal(code: u8) -> &'static str {
    match code {
        0x80 => "not_listening_on_called_name",
        0x81 => "not_listening_for_calling_name",
        0x82 => "called_name_not_present",
        0x83 => "insufficient_resources",
        0x8f => "unspecified_error",
        _ => "unknown",
    }
}

/// Reports bytes that are no session packet.
fn foreign(input: &Input<'_>, emit: &mut Emit<'_>) {
    let mut body = Body::default();
    body.flag(Anomaly::BadValue);
    let operation = Operation {
        code: UNFRAMED,
        sub: None,
        name: "not_a_session_packet",
        class: OperationClass::Unknown,
    };
    let frame = Frame {
        kind: nbss::MESSAGE,
        bytes: input.bytes,
        length: input.bytes.len(),
        skipped: false,
        missing: Missing::Nothing,
    };
    let (direction, size) = (Direction::OneWay, input.bytes.len());
    body.report(&Exchange::new(operation, direction), &frame, size, emit);
}

/// Hands what a message carries to or from a pipe to the remote procedure calls on it.
fn calls(body: &Body<'_>, frame: &Frame<'_>, at: At, session: &mut Session, emit: &mut Emit<'_>) {
    // A part of a message whose rest was not sent is not read: it says so itself.
    let readable = frame.missing != Missing::NotSent && !body.data.is_empty();
    let Some(file) = body.file.filter(|_| readable) else {
        return;
    };
    let carrier = Carrier {
        time: at.time,
        frame: at.frame,
        sender: at.sender,
        // A part that is not looked at, or that was not captured, is nobody's fault.
        cut: frame.missing == Missing::NotCaptured,
    };
    if let Some(calls) = session.calls(file, body.data) {
        calls.octets(body.data, body.data_left, &carrier, emit);
    }
}
