//! Niagara Fox: how Tridium's stations, workbenches and supervisors talk to each other.
//!
//! Sources: the protocol has no published specification. Layout and keys are those of the script `fox-info` of
//! nmap (S. Hilt, 2014), of Zeek's package for Fox, and of the capture `fox/quickdraw_fox_info.pcap`.
//!
//! ```text
//! fox a 0 -1 fox hello          kind, number, number answered or -1, channel, command
//! {
//! hostName=s:station7           key, type, value; binary values say how many octets they have
//! };;
//! ```
//!
//! # What comes out
//! - `operation.code` is 1 for a greeting, 2 for a challenge, [`OTHER`] for everything else, which has its
//!   channel and command as `objects`.
//! - A greeting tells the `identity` of its sender (brand, program, version, host name, host identifier, operating system), and as
//!   `objects` the station, the version of the operating system and the virtual machine. A challenge has the
//!   method of authentication.
//! - The greeting of a station answers that of its client.
//!
//! # Limits
//! [`limits::FOX_MESSAGE`] octets of a message. Credentials are not read. Fox over TLS (port 4911) is TLS.

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole, direction};
use super::message::Message;
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::text::printable;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::OperationClass::{Auth, Discovery, Session};
use crate::observation::{Anomaly, Direction, Outcome, Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Fox,
    hints: &[Hint::Tcp(1911)],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Framed<Fox>>::default(),
};

/// Operation code of what is neither greeting nor challenge.
pub(super) const OTHER: u32 = 0x100;

/// What a message begins with.
const START: &[u8] = b"fox ";
/// What it ends with.
const END: &[u8] = b"};;\n";
/// Octets of the longest first line, or key with type, that makes sense.
const LINE: usize = 1024;

fn probe(input: &ProbeInput<'_>) -> Probe {
    let have = input.bytes.len().min(START.len());
    if input.bytes.get(..have) != START.get(..have) {
        return Probe::Unrecognised;
    }
    match Head::read(input.bytes) {
        Ok(_) => Probe::Recognised(input.sender),
        Err(Stop::Short) => Probe::Incomplete,
        Err(Stop::Foreign) => Probe::Unrecognised,
    }
}

/// Why a message cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Short,
    Foreign,
}

impl From<Short> for Stop {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

/// The octets up to one of value `end`, which is passed over.
fn until<'a>(cursor: &mut Cursor<'a>, end: u8) -> Result<&'a [u8], Stop> {
    let window = cursor.rest();
    match memchr::memchr(end, window.get(..LINE).unwrap_or(window)) {
        Some(at) => {
            let found = cursor.take(at)?;
            cursor.skip(1)?;
            Ok(found)
        }
        None if window.len() < LINE => Err(Stop::Short),
        None => Err(Stop::Foreign),
    }
}

/// First line of a message.
#[derive(Clone, Copy)]
struct Head<'a> {
    channel: &'a str,
    command: &'a str,
    body: Cursor<'a>,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Stop> {
        let mut cursor = Cursor::new(bytes);
        if cursor.take(START.len())? != START {
            return Err(Stop::Foreign);
        }
        let line = std::str::from_utf8(until(&mut cursor, b'\n')?).map_err(|_| Stop::Foreign)?;
        let mut words = line.split(' ');
        let kind = words.next().filter(|kind| kind.len() == 1);
        let number = words.next().and_then(|word| word.parse::<i64>().ok());
        let answered = words.next().and_then(|word| word.parse::<i64>().ok());
        let (channel, command) = words.next().zip(words.next()).ok_or(Stop::Foreign)?;
        if kind.is_none() || number.is_none() || answered.is_none() {
            return Err(Stop::Foreign);
        }
        if cursor.take(2)? != b"{\n" {
            return Err(Stop::Foreign);
        }
        Ok(Self {
            channel,
            command,
            body: cursor,
        })
    }
}

/// Key and value of a line.
type Field<'a> = (&'a [u8], &'a [u8]);

/// One line of the body; `None` at the end of the message.
fn field<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Field<'a>>, Stop> {
    if cursor.peek_u8() == Some(b'}') {
        return if cursor.take(END.len())? == END {
            Ok(None)
        } else {
            Err(Stop::Foreign)
        };
    }
    let key = until(cursor, b'=')?;
    // No key goes over lines. What begins like a message within one is not walked over from each of its starts.
    if key.iter().any(u8::is_ascii_control) {
        return Err(Stop::Foreign);
    }
    let kind = cursor.u8()?;
    if cursor.u8()? != b':' {
        return Err(Stop::Foreign);
    }
    let value = match kind {
        b'b' | b'o' => counted(cursor)?,
        _ => until(cursor, b'\n')?,
    };
    Ok(Some((key, value)))
}

/// A value such as `bog 61[…]`: how many octets there are stands before them.
fn counted<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Stop> {
    let head = until(cursor, b'[')?;
    let digits = head.rsplit(|octet| *octet == b' ').next();
    let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    let count = digits.and_then(|digits| digits.parse::<usize>().ok());
    let value = cursor.take(count.ok_or(Stop::Foreign)?)?;
    if cursor.take(2)? != b"]\n" {
        return Err(Stop::Foreign);
    }
    Ok(value)
}

/// One connection.
#[derive(Debug, Default)]
struct Fox {
    exchanges: Exchanges,
}

impl Spoken for Fox {
    const PROTOCOL: Protocol = Protocol::Fox;
    const MOST: usize = limits::FOX_MESSAGE;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let looked_at = bytes.get(..limits::FOX_MESSAGE).unwrap_or(bytes);
        let end = Head::read(looked_at).and_then(|mut head| {
            while field(&mut head.body)?.is_some() {}
            Ok(head.body.offset())
        });
        match end {
            Ok(end) => Measure::Total(u64::try_from(end).unwrap_or(u64::MAX)),
            Err(Stop::Foreign) => Measure::Foreign,
            Err(Stop::Short) if bytes.len() < limits::FOX_MESSAGE => {
                Measure::Need(bytes.len().saturating_add(1))
            }
            Err(Stop::Short) => Measure::Total(u64::try_from(looked_at.len()).unwrap_or(u64::MAX)),
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Fox, Direction::OneWay);
        let ended = whole.bytes.ends_with(END);
        if !ended && whole.bytes.len() >= limits::FOX_MESSAGE {
            message.flag(Anomaly::LimitReached);
        }
        match Head::read(whole.bytes) {
            Ok(head) => self.tell(head, &mut message, input),
            Err(_) => message.is(OTHER, "message", Session),
        }
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

impl Fox {
    fn tell<'a>(&mut self, head: Head<'a>, message: &mut Message<'a>, input: &Input<'_>) {
        match (head.channel, head.command) {
            ("fox", "hello") => {
                message.is(1, "hello", Discovery);
                greeting(head.body, message);
                message.direction = direction(input.sender);
                if input.sender == Role::Client {
                    self.exchanges.ask(1, message, input);
                } else {
                    message.outcome = Outcome::Ok;
                    self.exchanges.answer(1, message, input);
                }
            }
            ("fox", "challenge") => {
                message.is(2, "challenge", Auth);
                let mut body = head.body;
                while let Ok(Some((key, value))) = field(&mut body) {
                    if key == b"method" {
                        message.text("method", printable(value));
                    }
                }
            }
            (channel, command) => {
                message.is(OTHER, "message", Session);
                message.text("channel", printable(channel.as_bytes()));
                message.text("command", printable(command.as_bytes()));
            }
        }
    }
}

/// What a greeting tells of its sender.
fn greeting<'a>(mut body: Cursor<'a>, message: &mut Message<'a>) {
    while let Ok(Some((key, value))) = field(&mut body) {
        let text = printable(value);
        let identity = &mut message.identity;
        match key {
            b"hostName" => identity.hostname = text,
            b"app.name" => identity.model = text,
            b"app.version" => identity.firmware = text,
            b"hostId" => identity.serial = text,
            b"brandId" => identity.vendor = text,
            b"os.name" => identity.os = text,
            b"station.name" => message.text("station", text),
            b"os.version" => message.text("os_version", text),
            b"vm.name" => message.text("virtual_machine", text),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
