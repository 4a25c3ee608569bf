//! FTP: commands and replies of the control connection.
//!
//! Sources: RFC 959, RFC 1123 4.1, RFC 2228 (security), RFC 2428 (IPv6, NAT), RFC 4217 (TLS); `codes` names more.
//!
//! # What comes out
//! - Each command: `operation.name` is its verb (`codes`). Texts `user`, `file_name`, `path`, `mechanism`;
//!   `credential`, `credential_protection` and `credential_weakness` ([`super::credential`]) when a secret was
//!   sent, never the secret; address and `port` of a data connection.
//! - Each reply, with the operation of the command it answers and its code as `sub`; an error from 400 up. A
//!   reply to a log-in has the text `login`, `accepted` or `failed`. A greeting (220) and the system (215) are
//!   identity facts.
//! - A command or reply that its connection did not finish: [`INCOMPLETE`]; a line that is no reply: [`UNFRAMED`].
//!
//! # What departs from the standard
//! Commands that no registry has: `reserved_code`. Octets that are no text: `bad_value`. A second reply without
//! a command: `unsolicited`.
//!
//! # Limits
//! See `limits/ftp.rs`. After `AUTH` was granted (234) nothing is dissected. Data connections are flows of
//! their own.

mod address;
mod codes;
#[cfg(test)]
mod tests;

use smallvec::SmallVec;

use self::address::DataEnd;
use self::codes::{Argument, Command};
use super::credential::{self, Print};
use super::open_requests::{Answer, OpenRequests};
use super::registry::{Entry, Hint};
use super::text::{decimal, line, long_line, printable, system, trim};
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, AnsweredRequest, Direction, Identity, Object, Operation, OperationClass,
    Outcome, Protocol, Transport,
};
use crate::time::Timestamp;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Ftp,
    hints: &[Hint::Tcp(21), Hint::Tcp(2121)],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Ftp>::default(),
};

/// Operation name of a line that is neither command nor reply.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of a line that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// A greeting that names the protocol; on the usual ports any greeting, and a command.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let bytes = input.bytes;
    let Some((first, _)) = line(bytes, 0) else {
        let may = bytes
            .iter()
            .all(|octet| octet.is_ascii_graphic() || *octet == b' ');
        let greeting = bytes.starts_with(b"220") || b"220".starts_with(bytes);
        return if may && (greeting || input.hinted) {
            Probe::Incomplete
        } else {
            Probe::Unrecognised
        };
    };
    if let Some((220, _)) = reply_code(first) {
        let named = memchr::memmem::find(first, b"FTP").is_some()
            || memchr::memmem::find(first, b"ftp").is_some();
        return if named || input.hinted {
            Probe::Recognised(Some(Role::Server))
        } else {
            Probe::Unrecognised
        };
    }
    let known = codes::command_of(verb_and_rest(first).0).is_some();
    match input.hinted {
        true if known => Probe::Recognised(Some(Role::Client)),
        true if reply_code(first).is_some() => Probe::Recognised(Some(Role::Server)),
        _ => Probe::Unrecognised,
    }
}

/// Code of a reply line, and whether more lines follow.
fn reply_code(line: &[u8]) -> Option<(u16, bool)> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code = u16::try_from(decimal(digits)?).ok()?;
    let follows = match rest {
        [] | [b' ', ..] => false,
        [b'-', ..] => true,
        _ => return None,
    };
    (100..600).contains(&code).then_some((code, follows))
}

fn verb_and_rest(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|octet| matches!(octet, b' ' | b'\t'));
    end.and_then(|end| line.split_at_checked(end))
        .unwrap_or((line, &[]))
}

/// What is told of a verb that no registry has. What does not look like one may be a secret on a line of its own.
fn shown(verb: &[u8]) -> &[u8] {
    const LONGEST: usize = 8;
    let verb_like = verb.len() <= LONGEST && verb.iter().all(u8::is_ascii_alphanumeric);
    if verb_like { verb } else { &[] }
}

/// A command that waits for its reply.
#[derive(Clone, Copy, Debug)]
struct Asked {
    command: Command,
    frame: u64,
    time: Timestamp,
}

#[derive(Debug, Default)]
struct Side {
    /// Octets of a line that were searched for its end.
    searched: usize,
    /// The rest of a line that was too long is passed.
    passing: bool,
}

/// A reply of several lines.
#[derive(Clone, Copy, Debug)]
struct Open {
    code: u16,
    size: usize,
}

/// One control connection.
#[derive(Default)]
struct Ftp {
    client: Side,
    server: Side,
    asked: OpenRequests<Asked, { limits::FTP_OPEN_COMMANDS }>,
    reply: Option<Open>,
    /// Whom the client wants to log in.
    user: Option<Print>,
    greeted: bool,
    /// Another protocol took the connection.
    ended: bool,
}

type Objects<'a> = SmallVec<[Object<'a>; 4]>;

impl Ftp {
    const fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    fn line(
        &mut self,
        text: &[u8],
        size: usize,
        odd: AnomalySet,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        match input.sender {
            Role::Client => self.command(text, size, odd, input, emit),
            Role::Server => self.reply(text, size, odd, input, emit),
        }
    }

    fn command(
        &mut self,
        text: &[u8],
        size: usize,
        mut odd: AnomalySet,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        // Telnet's interrupt and synch may stand before ABOR (RFC 959, 4.1.3).
        let start = text.iter().position(|octet| *octet < 0xf0);
        let text = start.and_then(|at| text.get(at..)).unwrap_or_default();
        let (verb, rest) = verb_and_rest(trim(text));
        let mut objects = Objects::new();
        let command = codes::command_of(verb).unwrap_or(codes::UNKNOWN);
        if command == codes::UNKNOWN {
            odd.insert(Anomaly::ReservedCode);
            tell("command", shown(verb), &mut objects, &mut odd);
        }
        argument(command.argument, trim(rest), &mut objects, &mut odd);
        self.judge(command, trim(rest), &mut objects);
        let full = self.asked.is_full();
        self.asked.keep(Asked {
            command,
            frame: input.frame,
            time: input.time,
        });
        if full {
            odd.insert(Anomaly::LimitReached);
        }
        objects.extend(long_line(size));
        let operation = operation(command, None);
        let mut facts = MessageFacts::new(Protocol::Ftp, Direction::Request, operation);
        facts.objects = &objects;
        facts.anomalies = odd;
        facts.size = size;
        emit(&facts);
    }

    /// Remembers who logs in, and tells how weak the password is.
    fn judge(&mut self, command: Command, argument: &[u8], objects: &mut Objects<'_>) {
        match command.name {
            "USER" => self.user = Some(Print::of_user(argument)),
            "PASS" => {
                let password = Print::of(argument.iter().copied());
                if let Some(text) = credential::weakness(self.user, password) {
                    let kind = credential::WEAKNESS;
                    objects.push(Object::Text { kind, text });
                }
            }
            _ => {}
        }
    }

    /// A line of a reply; the last one completes it (RFC 959, 4.2).
    fn reply(
        &mut self,
        text: &[u8],
        size: usize,
        odd: AnomalySet,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let coded = reply_code(text);
        let open = match (self.reply.take(), coded) {
            (None, None) => return fragment(UNFRAMED, size, odd.with(Anomaly::BadValue), emit),
            (None, Some((code, _))) => Open { code, size },
            (Some(open), _) => Open {
                size: open.size.saturating_add(size),
                ..open
            },
        };
        if coded != Some((open.code, false)) {
            self.reply = Some(open);
            return;
        }
        let text = text.get(4..).unwrap_or_default();
        self.replied(open, text, odd, input, emit);
    }

    fn replied(
        &mut self,
        reply: Open,
        text: &[u8],
        mut odd: AnomalySet,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let preliminary = reply.code < 200;
        let asked = if preliminary {
            self.asked.peek()
        } else {
            self.asked.take(|_| true)
        };
        if asked.is_none() && self.greeted && matches!(self.asked.unmatched(), Answer::Nothing) {
            odd.insert(Anomaly::Unsolicited);
        }
        let greeting = !self.greeted && asked.is_none() && reply.code == 220;
        if greeting {
            self.asked.set_complete(true);
        }
        self.greeted = true;
        let command = asked.map_or(codes::UNKNOWN, |asked| asked.command);
        self.ended |= reply.code == 234 && command.argument == Argument::Mechanism;
        let mut operation = operation(command, Some(u32::from(reply.code)));
        if asked.is_none() {
            operation.class = OperationClass::Session;
        }
        let mut objects = Objects::new();
        if let Some(login) = login(command, reply.code) {
            objects.push(Object::Text {
                kind: "login",
                text: login,
            });
        }
        data_end(reply.code, text, &mut objects);
        objects.extend(long_line(reply.size));
        let mut facts = MessageFacts::new(Protocol::Ftp, Direction::Response, operation);
        facts.identity = identity(reply.code, greeting, text);
        facts.objects = &objects;
        facts.outcome = outcome(reply.code);
        facts.anomalies = odd;
        facts.request = asked.filter(|_| !preliminary).map(|asked| AnsweredRequest {
            frame: asked.frame,
            latency: input.time.since(asked.time),
        });
        facts.size = reply.size;
        emit(&facts);
    }
}

/// Whether a reply says that somebody logged in, or did not.
const fn login(command: Command, code: u16) -> Option<&'static str> {
    let asks = matches!(command.argument, Argument::User | Argument::Secret);
    match code {
        230 | 232 | 235 if asks => Some("accepted"),
        430 | 530 | 535 if asks => Some("failed"),
        _ => None,
    }
}

fn outcome(code: u16) -> Outcome {
    if code < 400 {
        return Outcome::Ok;
    }
    Outcome::Error {
        code: u32::from(code),
        name: codes::reply_name(code),
    }
}

/// What a greeting or the answer to SYST says of the server.
fn identity(code: u16, greeting: bool, text: &[u8]) -> Identity<'_> {
    let text = printable(text, limits::FTP_TEXT_BYTES).kept.trim();
    if text.is_empty() {
        return Identity::NONE;
    }
    match code {
        220 if greeting => Identity {
            software: Some(text),
            os: system(text),
            ..Identity::NONE
        },
        215 => Identity {
            os: Some(text),
            ..Identity::NONE
        },
        _ => Identity::NONE,
    }
}

fn data_end(code: u16, text: &[u8], objects: &mut Objects<'_>) {
    let end = match code {
        227 => address::within(text),
        229 => address::extended_within(text),
        _ => None,
    };
    if let Some(end) = end {
        tell_end(end, objects);
    }
}

fn tell_end(end: DataEnd, objects: &mut Objects<'_>) {
    objects.extend(end.address.map(Object::Address));
    objects.push(Object::Id {
        kind: "port",
        id: u64::from(end.port),
    });
}

fn argument<'a>(kind: Argument, rest: &'a [u8], objects: &mut Objects<'a>, odd: &mut AnomalySet) {
    match kind {
        Argument::None => {}
        Argument::Secret => {
            for (kind, text) in [
                ("credential", "password"),
                ("credential_protection", "cleartext"),
            ] {
                objects.push(Object::Text { kind, text });
            }
        }
        Argument::User => tell("user", rest, objects, odd),
        Argument::File => tell("file_name", rest, objects, odd),
        Argument::Path => tell("path", rest, objects, odd),
        Argument::Mechanism => tell("mechanism", rest, objects, odd),
        Argument::Word => tell("argument", verb_and_rest(rest).0, objects, odd),
        Argument::Port => told_end(address::octets(rest), objects, odd),
        Argument::ExtendedPort => told_end(address::extended(rest), objects, odd),
    }
}

fn told_end(end: Option<DataEnd>, objects: &mut Objects<'_>, odd: &mut AnomalySet) {
    match end {
        Some(end) => tell_end(end, objects),
        None => odd.insert(Anomaly::BadValue),
    }
}

fn tell<'a>(kind: &'static str, bytes: &'a [u8], objects: &mut Objects<'a>, odd: &mut AnomalySet) {
    let text = printable(bytes, limits::FTP_TEXT_BYTES);
    if text.odd {
        odd.insert(Anomaly::BadValue);
    }
    if text.cut {
        odd.insert(Anomaly::LimitReached);
    }
    if !text.kept.is_empty() {
        objects.push(Object::Text {
            kind,
            text: text.kept,
        });
    }
}

const fn operation(command: Command, reply: Option<u32>) -> Operation {
    Operation {
        code: command.code,
        sub: reply,
        name: command.name,
        class: command.class,
    }
}

/// Reports a line that is neither command nor reply.
fn fragment(name: &'static str, size: usize, odd: AnomalySet, emit: &mut Emit<'_>) {
    let operation = Operation {
        name,
        ..operation(codes::UNKNOWN, None)
    };
    let length = long_line(size);
    let mut facts = MessageFacts::new(Protocol::Ftp, Direction::OneWay, operation);
    facts.objects = length.as_slice();
    facts.anomalies = odd;
    facts.size = size;
    emit(&facts);
}

impl Dissector for Ftp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if self.ended {
            return Parsed::Consumed(input.bytes.len());
        }
        let side = self.side(input.sender);
        if let Some((text, size)) = line(input.bytes, side.searched) {
            side.searched = 0;
            if std::mem::take(&mut side.passing) {
                return Parsed::Consumed(size);
            }
            if !text.is_empty() {
                self.line(text, size, AnomalySet::EMPTY, input, emit);
            }
            return Parsed::Consumed(size);
        }
        let there = input.bytes.len();
        if side.passing {
            return Parsed::Consumed(there);
        }
        if there > limits::FTP_LINE_BYTES {
            side.searched = 0;
            side.passing = true;
            let odd = AnomalySet::of(Anomaly::LimitReached);
            self.line(input.bytes, there, odd, input, emit);
            return Parsed::Consumed(there);
        }
        if input.last || input.cut {
            if input.last {
                fragment(INCOMPLETE, there, AnomalySet::of(Anomaly::Truncated), emit);
            }
            return Parsed::Consumed(there);
        }
        side.searched = there;
        Parsed::Incomplete {
            need: there.saturating_add(1),
        }
    }

    /// The next line may begin anywhere: it is passed.
    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        if dropped == 0 && lost == 0 {
            return self.asked.set_complete(false);
        }
        let side = self.side(sender);
        side.searched = 0;
        side.passing = true;
        self.reply = None;
        self.user = None;
        self.asked = OpenRequests::default();
    }
}
