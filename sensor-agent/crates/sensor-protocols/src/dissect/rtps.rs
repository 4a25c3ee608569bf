//! RTPS: the wire protocol of DDS, which robots, vehicles and some controllers publish with.
//!
//! Source: OMG, *The Real-time Publish-Subscribe Protocol DDS Interoperability Wire Protocol*, 2.5 (formal/2022-04-01):
//! 8.3.3 (header, submessages), 9.4 (layout), 9.6.2 (discovery), tables 9.13 and 9.14 (parameters, entities).
//!
//! # What comes out
//! One observation for each submessage that is no context for others (those with time, source and destination).
//! - `operation.code` is the submessage; data of the discovery are told as `participant_discovery`,
//!   `publication_discovery` and `subscription_discovery`, with the entity of the writer as `operation.sub`.
//! - `objects`: `guid_prefix` (first eight of its octets), `writer`; of discovery the names of participant, topic and
//!   type. `values`: the data of a sample.
//! - `identity`: the vendor of the implementation.
//!
//! # Limits
//! [`limits::RTPS_SUBMESSAGES`] submessages of a message. Fragments are not put together. Parameter lists of another
//! encapsulation than CDR are not read. RTPS over TCP is not seen. DDS Security shows as secured submessages.

mod codes;

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole};
use super::message::framing::Measure;
use super::message::text::printable;
use super::message::{Message, row};
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput};
use crate::limits;
use crate::observation::OperationClass::Discovery;
use crate::observation::{Anomaly, Direction, Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Rtps,
    hints: &[
        Hint::Udp(7400),
        Hint::Udp(7401),
        Hint::Udp(7410),
        Hint::Udp(7411),
    ],
    anywhere: &[Transport::Udp],
    probe: |input: &ProbeInput<'_>| match Rtps::measure(input.bytes, input.transport) {
        Measure::Total(_) => Probe::Recognised(None),
        Measure::Need(_) | Measure::Foreign => Probe::Unrecognised,
    },
    create: || Box::<Framed<Rtps>>::default(),
};

/// Octets of the header.
const HEADER: usize = 20;

/// Flags of a submessage.
mod flag {
    pub(super) const LITTLE: u8 = 1;
    pub(super) const INLINE_QOS: u8 = 2;
    pub(super) const DATA: u8 = 4;
}

/// One flow. Nothing is kept.
#[derive(Debug, Default)]
struct Rtps;

impl Spoken for Rtps {
    const PROTOCOL: Protocol = Protocol::Rtps;
    const MOST: usize = limits::RTPS_MESSAGE;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        match bytes {
            [b'R', b'T', b'P', b'S', 1..=2, ..] => {
                Measure::Total(u64::try_from(bytes.len().max(HEADER)).unwrap_or(u64::MAX))
            }
            _ if bytes.len() < 5 => Measure::Need(HEADER),
            _ => Measure::Foreign,
        }
    }

    fn message(&mut self, whole: &Whole<'_>, _: &Input<'_>, emit: &mut Emit<'_>) {
        let mut told = Told::default();
        let mut cursor = Cursor::new(whole.bytes);
        let header = header(&mut cursor);
        let result = header.and_then(|header| told.submessages(&header, cursor, whole, emit));
        if result.is_err() || told.count == 0 || told.hidden {
            let mut message = whole.begin(Protocol::Rtps, Direction::OneWay);
            message.is(
                0,
                "no_submessage",
                crate::observation::OperationClass::Session,
            );
            if let Ok(header) = header {
                header.tell(&mut message);
            }
            message.read(result);
            message.expect(!told.hidden, Anomaly::LimitReached);
            if whole.bytes.len() <= HEADER {
                message.ends_early();
            }
            message.emit(whole.size, emit);
        }
    }
}

/// What the header of a message tells.
#[derive(Clone, Copy)]
struct Header {
    vendor: u16,
    prefix: u64,
}

impl Header {
    fn tell(&self, message: &mut Message<'_>) {
        message.identity.vendor = super::tables::name_of(codes::VENDORS, self.vendor);
        message.id("guid_prefix", self.prefix);
    }
}

fn header(cursor: &mut Cursor<'_>) -> Result<Header, Short> {
    cursor.skip(6)?; // magic, version
    let vendor = cursor.u16_be()?;
    let prefix = cursor.u64_be()?;
    cursor.skip(4)?; // rest of the prefix
    Ok(Header { vendor, prefix })
}

/// What was told of a message.
#[derive(Default)]
struct Told {
    count: usize,
    /// There is more behind the last submessage that was walked over, and that one was not told.
    hidden: bool,
}

impl Told {
    fn submessages(
        &mut self,
        header: &Header,
        mut cursor: Cursor<'_>,
        whole: &Whole<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<(), Short> {
        for walked in 0..limits::RTPS_SUBMESSAGES {
            if cursor.is_empty() {
                return Ok(());
            }
            let [kind, flags] = cursor.array()?;
            let little = flags & flag::LITTLE != 0;
            let length = cursor.array().map(|octets| number16(octets, little))?;
            // The last one may say 0 and go on to the end (8.3.3.2.3), but those without contents.
            let to_end = length == 0 && !matches!(kind, codes::PAD | codes::INFO_TS);
            let size = if to_end {
                cursor.remaining()
            } else {
                usize::from(length)
            };
            let short = size > cursor.remaining();
            let body = cursor.sub(size.min(cursor.remaining()))?;
            let last = walked == limits::RTPS_SUBMESSAGES - 1;
            let cut_off = last && !cursor.is_empty();
            if codes::is_context(kind) {
                self.hidden = cut_off;
            } else {
                let mut message = whole.begin(Protocol::Rtps, Direction::OneWay);
                if short {
                    message.ends_early();
                }
                header.tell(&mut message);
                message.expect(!cut_off, Anomaly::LimitReached);
                submessage(kind, flags, body, &mut message);
                self.count = self.count.saturating_add(1);
                message.emit(body.remaining().saturating_add(4), emit);
            }
        }
        Ok(())
    }
}

const fn number16(octets: [u8; 2], little: bool) -> u16 {
    if little {
        u16::from_le_bytes(octets)
    } else {
        u16::from_be_bytes(octets)
    }
}

fn submessage<'a>(kind: u8, flags: u8, mut body: Cursor<'a>, message: &mut Message<'a>) {
    match row(codes::SUBMESSAGES, u16::from(kind)) {
        Some((_, name, class)) => message.is(u32::from(kind), name, *class),
        // From 0x80 up they are the vendor's own (8.3.3.2.1).
        None if kind >= 0x80 => {
            message.is(
                u32::from(kind),
                "vendor_specific",
                crate::observation::OperationClass::Session,
            );
        }
        None => message.is_unknown(u32::from(kind)),
    }
    let read = match kind {
        codes::DATA => data(flags, &mut body, message),
        codes::DATA_FRAG => fragment(&mut body, message),
        codes::ACKNACK
        | codes::HEARTBEAT
        | codes::GAP
        | codes::NACK_FRAG
        | codes::HEARTBEAT_FRAG => writer(&mut body, message).map(|_| ()),
        _ => Ok(()),
    };
    message.read(read);
}

/// Entities of reader and writer; answers the writer's.
fn writer(body: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<u32, Short> {
    body.skip(4)?;
    let writer = body.u32_be()?;
    message.id("writer", writer);
    Ok(writer)
}

fn fragment(body: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    body.skip(4)?; // flags, where the parameters begin
    writer(body, message).map(|_| ())
}

/// DATA (9.4.5.3).
fn data<'a>(flags: u8, body: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let little = flags & flag::LITTLE != 0;
    body.skip(2)?;
    let to_parameters = usize::from(number16(body.array()?, little));
    let mut skipped = *body;
    let writer = writer(body, message)?;
    skipped.skip(to_parameters)?;
    *body = skipped;
    if let Some((name, _)) = codes::discovery(writer) {
        message.is(u32::from(codes::DATA), name, Discovery);
        message.operation.sub = Some(writer);
    }
    if flags & flag::INLINE_QOS != 0 {
        parameters(body, little, message, false)?;
    }
    if flags & flag::DATA == 0 {
        return Ok(());
    }
    message.values = body.rest();
    if codes::discovery(writer).is_some() {
        let encapsulation = body.u16_be()?;
        body.skip(2)?;
        match encapsulation {
            codes::PARAMETERS_BIG => parameters(body, false, message, true)?,
            codes::PARAMETERS_LITTLE => parameters(body, true, message, true)?,
            _ => {}
        }
    }
    Ok(())
}

/// A list of parameters (9.4.2.11): names among them are told.
fn parameters<'a>(
    body: &mut Cursor<'a>,
    little: bool,
    message: &mut Message<'a>,
    tell: bool,
) -> Result<(), Short> {
    for _ in 0..limits::RTPS_PARAMETERS {
        let kind = number16(body.array()?, little);
        let length = usize::from(number16(body.array()?, little));
        if kind == codes::SENTINEL {
            return Ok(());
        }
        let mut value = body.sub(length)?;
        if let Some(name) = codes::name(kind).filter(|_| tell) {
            let count: [u8; 4] = value.array()?;
            let count = if little {
                u32::from_le_bytes(count)
            } else {
                u32::from_be_bytes(count)
            };
            let text = value.take(usize::try_from(count).unwrap_or(usize::MAX))?;
            message.text(name, printable(text));
        }
    }
    message.flag(Anomaly::LimitReached);
    Ok(())
}

#[cfg(test)]
mod tests;
