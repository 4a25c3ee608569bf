//! Telnet: commands, options, and log-ins as far as words tell them.
//!
//! Sources: RFC 854 (protocol), RFC 855 (options), RFC 1091 (terminal type); `login` for what servers say.
//!
//! # What comes out
//! - Each command: code and name are those of `codes`, an option is the `sub` and a text `option`. A
//!   subnegotiation is told with its option when it ends; the terminal type that it may bring is a text.
//! - Lines of text: [`DATA`] with their size. The text is not kept.
//! - Log-ins: [`LOGIN_PROMPT`], [`PASSWORD_PROMPT`], [`USER`] with the text `user`, [`PASSWORD`] (that there is
//!   one, sent in clear, and its `credential_weakness`, see [`super::credential`]), [`LOGIN_FAILED`] as an error, [`LOGIN_ACCEPTED`].
//!
//! # What departs from the standard
//! Commands and options that do not exist: `reserved_code`. A subnegotiation that another command ends:
//! `bad_value`.
//!
//! # Limits
//! See `limits/telnet.rs`. Encrypted sessions (RFC 2946, start TLS) are not told from others.

mod codes;
mod login;
#[cfg(test)]
mod tests;

use smallvec::SmallVec;

use self::codes::{IAC, SB, SE};
use self::login::{Event, Login};
use super::registry::{Entry, Hint};
use super::text::{long_line, printable};
use super::{Dissector, Emit, Input, MessageFacts, Parsed, Probe, ProbeInput, Role, credential};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Object, Operation, OperationClass, Outcome, Protocol, Transport,
};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Telnet,
    hints: &[Hint::Tcp(23), Hint::Tcp(2323)],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Telnet>::default(),
};

/// Operation codes beyond those of the commands.
pub const DATA: u32 = 0;
pub const LOGIN_PROMPT: u32 = 0x101;
pub const PASSWORD_PROMPT: u32 = 0x102;
pub const USER: u32 = 0x103;
pub const PASSWORD: u32 = 0x104;
pub const LOGIN_FAILED: u32 = 0x105;
pub const LOGIN_ACCEPTED: u32 = 0x106;

/// Two negotiations of known options; on the usual port one command, or text.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let negotiation = |bytes: &[u8]| matches!(bytes, [IAC, 251..=254, option] if codes::option_name(*option).is_some());
    let mut commands = input.bytes.chunks(3);
    match (commands.next(), commands.next()) {
        (Some(first), Some(second)) if negotiation(first) && negotiation(second) => {
            Probe::Recognised(None)
        }
        (Some([IAC, 240..=254, ..]), _) if input.hinted => Probe::Recognised(None),
        (Some([IAC] | [IAC, 251..=254, ..]), None) => Probe::Incomplete,
        (Some(first), Some([IAC] | [IAC, 251..=254])) if negotiation(first) => Probe::Incomplete,
        _ if input.hinted && is_text(input.bytes) => Probe::Recognised(None),
        _ => Probe::Unrecognised,
    }
}

/// Printable characters, white space and terminal control.
fn is_text(bytes: &[u8]) -> bool {
    let text = |octet: &u8| {
        matches!(
            octet,
            b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0 | 7 | 8 | 0x1b
        )
    };
    !bytes.is_empty() && bytes.iter().all(text)
}

/// Text of one side since its last line end.
#[derive(Debug, Default)]
struct Side {
    octets: usize,
    /// The last octet ended a line: what follows it, as NUL or LF does, ends no other one.
    ended: bool,
}

/// One session.
#[derive(Debug, Default)]
struct Telnet {
    client: Side,
    server: Side,
    login: Login,
}

impl Telnet {
    const fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Octets up to the next command, or up to where something happened.
    fn text(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut taken = 0_usize;
        for octet in input.bytes {
            if *octet == IAC {
                break;
            }
            taken = taken.saturating_add(1);
            self.octet(*octet, input.sender, emit);
        }
        Parsed::Consumed(taken)
    }

    fn octet(&mut self, octet: u8, sender: Role, emit: &mut Emit<'_>) {
        let side = self.side(sender);
        side.octets = side.octets.saturating_add(1);
        let ends = matches!(octet, b'\r' | b'\n');
        let again = std::mem::replace(&mut side.ended, ends);
        if ends && !again {
            let size = std::mem::take(&mut side.octets);
            let operation = operation(DATA, "data", OperationClass::Session);
            tell(
                operation,
                sender,
                size,
                &[],
                AnomalySet::EMPTY,
                Outcome::None,
                emit,
            );
        }
        let happened = match sender {
            Role::Server => self.login.server(octet),
            Role::Client => [self.login.client(octet), None],
        };
        for event in happened.into_iter().flatten() {
            self.happened(event, sender, emit);
        }
    }

    fn happened(&self, event: Event, sender: Role, emit: &mut Emit<'_>) {
        let mut objects: SmallVec<[Object<'_>; 4]> = SmallVec::new();
        let mut odd = AnomalySet::EMPTY;
        let mut outcome = Outcome::None;
        let (code, name) = match event {
            Event::UserAsked => (LOGIN_PROMPT, "login_prompt"),
            Event::PasswordAsked => (PASSWORD_PROMPT, "password_prompt"),
            Event::UserGiven => {
                let user = printable(self.login.user(), limits::TELNET_USER_BYTES);
                if self.login.cut {
                    odd.insert(Anomaly::LimitReached);
                }
                objects.push(Object::Text {
                    kind: "user",
                    text: user.kept,
                });
                (USER, "user")
            }
            Event::PasswordGiven => {
                for (kind, text) in [
                    ("credential", "password"),
                    ("credential_protection", "cleartext"),
                ] {
                    objects.push(Object::Text { kind, text });
                }
                if let Some(text) = self.login.weakness() {
                    let kind = credential::WEAKNESS;
                    objects.push(Object::Text { kind, text });
                }
                (PASSWORD, "password")
            }
            Event::Refused => {
                objects.push(Object::Text {
                    kind: "login",
                    text: "failed",
                });
                outcome = Outcome::Error {
                    code: LOGIN_FAILED,
                    name: "login_failed",
                };
                (LOGIN_FAILED, "login_failed")
            }
            Event::Accepted => {
                objects.push(Object::Text {
                    kind: "login",
                    text: "accepted",
                });
                outcome = Outcome::Ok;
                (LOGIN_ACCEPTED, "login_accepted")
            }
        };
        let operation = operation(code, name, OperationClass::Auth);
        tell(operation, sender, 0, &objects, odd, outcome, emit);
    }

    /// A command (RFC 854), with its option (RFC 855).
    fn command(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        match *input.bytes {
            // An octet of data that is 255.
            [IAC, IAC, ..] => {
                self.octet(b'?', input.sender, emit);
                Parsed::Consumed(2)
            }
            [IAC, SB, option, ref rest @ ..] => subnegotiation(option, rest, input, emit),
            [IAC, command @ 251..=254, option, ..] => {
                option_command(command, option, &[], AnomalySet::EMPTY, 3, input, emit);
                Parsed::Consumed(3)
            }
            [IAC, SB | 251..=254] => unfinished(3, input, emit),
            [IAC, command, ..] => {
                let name = codes::command_name(command);
                let odd = name.map_or(AnomalySet::of(Anomaly::ReservedCode), |_| AnomalySet::EMPTY);
                let operation = operation(
                    u32::from(command),
                    name.unwrap_or("unknown"),
                    OperationClass::Session,
                );
                tell(operation, input.sender, 2, &[], odd, Outcome::None, emit);
                Parsed::Consumed(2)
            }
            _ => unfinished(2, input, emit),
        }
    }
}

/// Octets up to IAC SE. An octet of 255 is doubled in them.
fn subnegotiation(option: u8, rest: &[u8], input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
    const IS: u8 = 0;
    const BEFORE: usize = 3;
    let (end, behind, mut odd) = match end_of(rest) {
        End::At(end) => (end, 2, AnomalySet::EMPTY),
        End::Command(end) => (end, 0, AnomalySet::of(Anomaly::BadValue)),
        End::Open if rest.len() > limits::TELNET_SUBNEGOTIATION_BYTES => {
            (rest.len(), 0, AnomalySet::of(Anomaly::LimitReached))
        }
        End::Open => return unfinished(input.bytes.len().saturating_add(1), input, emit),
    };
    let body = rest.get(..end).unwrap_or(rest);
    let terminal = match (option, body) {
        (codes::TERMINAL_TYPE, [IS, name @ ..]) => printable(name, limits::TELNET_USER_BYTES),
        _ => printable(&[], 0),
    };
    if terminal.odd {
        odd.insert(Anomaly::BadValue);
    }
    let size = end.saturating_add(BEFORE).saturating_add(behind);
    let mut objects: SmallVec<[Object<'_>; 1]> = SmallVec::new();
    if !terminal.kept.is_empty() {
        objects.push(Object::Text {
            kind: "terminal_type",
            text: terminal.kept,
        });
    }
    option_command(SB, option, &objects, odd, size, input, emit);
    Parsed::Consumed(size)
}

/// Where a subnegotiation ends.
enum End {
    At(usize),
    /// Another command stands in it.
    Command(usize),
    Open,
}

fn end_of(rest: &[u8]) -> End {
    let mut from = 0_usize;
    while let Some(at) = rest.get(from..).and_then(|rest| memchr::memchr(IAC, rest)) {
        let at = at.saturating_add(from);
        match rest.get(at.saturating_add(1)) {
            Some(&SE) => return End::At(at),
            Some(&IAC) => from = at.saturating_add(2),
            Some(_) => return End::Command(at),
            None => return End::Open,
        }
    }
    End::Open
}

fn option_command(
    command: u8,
    option: u8,
    more: &[Object<'_>],
    mut odd: AnomalySet,
    size: usize,
    input: &Input<'_>,
    emit: &mut Emit<'_>,
) {
    let name = codes::command_name(command).unwrap_or("unknown");
    let mut objects: SmallVec<[Object<'_>; 2]> = SmallVec::new();
    match codes::option_name(option) {
        Some(text) => objects.push(Object::Text {
            kind: "option",
            text,
        }),
        None => odd.insert(Anomaly::ReservedCode),
    }
    objects.extend(more.iter().copied());
    let operation = Operation {
        sub: Some(u32::from(option)),
        ..operation(u32::from(command), name, OperationClass::Session)
    };
    tell(
        operation,
        input.sender,
        size,
        &objects,
        odd,
        Outcome::None,
        emit,
    );
}

fn unfinished(need: usize, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
    if !input.last && !input.cut {
        return Parsed::Incomplete { need };
    }
    if input.last {
        let operation = operation(
            u32::from(IAC),
            "incomplete_message",
            OperationClass::Unknown,
        );
        let odd = AnomalySet::of(Anomaly::Truncated);
        tell(
            operation,
            input.sender,
            input.bytes.len(),
            &[],
            odd,
            Outcome::None,
            emit,
        );
    }
    Parsed::Consumed(input.bytes.len())
}

const fn operation(code: u32, name: &'static str, class: OperationClass) -> Operation {
    Operation {
        code,
        sub: None,
        name,
        class,
    }
}

fn tell(
    operation: Operation,
    sender: Role,
    size: usize,
    objects: &[Object<'_>],
    odd: AnomalySet,
    outcome: Outcome,
    emit: &mut Emit<'_>,
) {
    let direction = match (sender, outcome) {
        (Role::Server, Outcome::Ok | Outcome::Error { .. }) => Direction::Response,
        _ => Direction::OneWay,
    };
    let length = long_line(size);
    let mut facts = MessageFacts::new(Protocol::Telnet, direction, operation);
    // What is long has no objects: only text has no bound.
    facts.objects = if objects.is_empty() {
        length.as_slice()
    } else {
        objects
    };
    facts.anomalies = odd;
    facts.outcome = outcome;
    facts.size = size;
    emit(&facts);
}

impl Dissector for Telnet {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if input.bytes.first() == Some(&IAC) {
            self.command(input, emit)
        } else {
            self.text(input, emit)
        }
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        if dropped > 0 || lost > 0 {
            *self.side(sender) = Side::default();
            self.login.lost();
        }
    }
}
