//! KNXnet/IP: building automation over IP, and the telegrams of the KNX bus in it.
//!
//! Sources: ISO 22510:2019 (KNX 3/8: core, device management, tunnelling, routing, remote diagnosis); KNX 3/6/3 for
//! cEMI, 3/3/7 for the services of the application layer. Checked with tshark, as there is no capture.
//!
//! # What comes out
//! - `operation.code` is the service. A telegram in it has as `operation.sub` the service of the application layer, and
//!   name and class of that: a group write is `write`, a restart `control`.
//! - `objects`: `group_address` or `individual_address` of the destination, `source_address`, ranges of `memory`,
//!   `object` and `property`, the `channel` of a connection. `values`: the data of a telegram.
//! - `outcome`: `Error` with the status of a response or acknowledgement. The confirmation of a telegram or property
//!   is a response, with whether it was done; it has the operation of what it confirms.
//! - `identity`: name and serial number of a device that describes itself; its MAC address is in `objects`.
//! - Responses and acknowledgements answer the request on their channel.
//!
//! # Limits
//! Keys of authorisation are not kept. What KNX IP Secure wraps is told as `secure_wrapper`. Additional information of
//! a telegram is passed over. Raw frames are told as such (`write` where they are sent), their contents are not read.

mod cemi;
mod codes;
#[cfg(test)]
mod tests;

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole, named};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::row;
use super::message::text::Text;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, Outcome, Protocol, Transport};
use codes::service;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Knx,
    hints: &[Hint::Udp(3671), Hint::Tcp(3671)],
    anywhere: &[Transport::Udp],
    probe,
    create: || Box::<Framed<Knx>>::default(),
};

/// Octets of the header; its first octet.
const HEADER: u8 = 6;
const VERSION: u8 = 0x10;

fn probe(input: &ProbeInput<'_>) -> Probe {
    match Knx::measure(input.bytes, input.transport) {
        Measure::Total(total) => {
            let whole = usize::try_from(total).is_ok_and(|total| total == input.bytes.len());
            let code = match input.bytes {
                [_, _, high, low, ..] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            };
            let known = row(codes::SERVICES, code).is_some();
            if known && (whole || input.transport == Transport::Tcp) || input.hinted {
                Probe::Recognised(input.sender.or(codes::sender(code)))
            } else {
                Probe::Unrecognised
            }
        }
        Measure::Need(_) => Probe::Incomplete,
        Measure::Foreign => Probe::Unrecognised,
    }
}

/// One flow.
#[derive(Debug, Default)]
struct Knx {
    exchanges: Exchanges,
}

impl Spoken for Knx {
    const PROTOCOL: Protocol = Protocol::Knx;
    const MOST: usize = limits::KNX_FRAME;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let mut cursor = Cursor::new(bytes);
        match cursor.array() {
            Ok([HEADER, VERSION, _, _, high, low]) => {
                let total = u16::from_be_bytes([high, low]);
                if total < u16::from(HEADER) {
                    Measure::Foreign
                } else {
                    Measure::Total(u64::from(total))
                }
            }
            Ok(_) => Measure::Foreign,
            Err(_) if !bytes.is_empty() && !bytes.starts_with(&[HEADER]) => Measure::Foreign,
            Err(_) => Measure::Need(usize::from(HEADER)),
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Knx, Direction::OneWay);
        let mut cursor = Cursor::new(whole.bytes);
        let mut described = Described::default();
        let read = cursor.skip(2).and_then(|()| {
            let service = cursor.u16_be()?;
            cursor.skip(2)?;
            named(&mut message, codes::SERVICES, service);
            body(service, &mut cursor, &mut message, &mut described)?;
            Ok(service)
        });
        message.read(read.map(|_| ()));
        message.identity.serial = described.serial.as_str();
        message.identity.model = described.name.as_str();
        let channel = described.channel.map_or(0, u64::from);
        let service = u16::try_from(message.operation.code).unwrap_or(0);
        if let Some(asked) = codes::asked_by(service) {
            message.direction = Direction::Response;
            self.exchanges
                .answer(key(asked, channel), &mut message, input);
        } else if codes::is_asked(service) {
            // A confirmation of a telegram is acknowledged as a telegram is, but asks for nothing.
            message.direction = match message.outcome {
                Outcome::None => Direction::Request,
                Outcome::Ok | Outcome::Error { .. } => Direction::Response,
            };
            self.exchanges
                .ask(key(service, channel), &mut message, input);
        }
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// Key of an exchange. Before a connection there is no channel.
fn key(service: u16, channel: u64) -> u64 {
    let channel = if matches!(service, service::CONNECT_REQUEST) {
        0
    } else {
        channel
    };
    u64::from(service) << 16 | channel
}

/// What a frame tells beside its objects.
#[derive(Default)]
struct Described {
    channel: Option<u8>,
    serial: Text<12>,
    name: Text<60>,
}

type Message<'a> = super::message::Message<'a>;

fn body<'a>(
    service: u16,
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    described: &mut Described,
) -> Result<(), Short> {
    match service {
        service::SEARCH_RESPONSE | service::SEARCH_RESPONSE_EXTENDED => {
            endpoint(cursor)?;
            descriptions(cursor, message, described)?;
        }
        service::DESCRIPTION_RESPONSE => descriptions(cursor, message, described)?,
        service::CONNECT_REQUEST => {
            endpoint(cursor)?;
            endpoint(cursor)?;
            cursor.skip(1)?;
            message.id("connection_type", cursor.u8()?);
        }
        service::CONNECT_RESPONSE | service::STATE_RESPONSE | service::DISCONNECT_RESPONSE => {
            channel(cursor, message, described)?;
            status(cursor.u8()?, message);
        }
        service::STATE_REQUEST | service::DISCONNECT_REQUEST => {
            channel(cursor, message, described)?;
        }
        service::CONFIGURATION_REQUEST | service::TUNNELLING_REQUEST => {
            connection(cursor, message, described)?;
            cemi::read(cursor, message)?;
        }
        service::CONFIGURATION_ACK | service::TUNNELLING_ACK => {
            status(connection(cursor, message, described)?, message);
        }
        service::ROUTING_INDICATION | service::ROUTING_SYSTEM_BROADCAST => {
            cemi::read(cursor, message)?;
        }
        service::ROUTING_LOST => {
            cursor.skip(2)?;
            message.id("lost_messages", cursor.u16_be()?);
        }
        service::SECURE_WRAPPER => message.id("session", cursor.u16_be()?),
        service::SESSION_STATUS => {
            let code = cursor.u8()?;
            let name = super::tables::name_of(codes::SESSION_REFUSALS, u16::from(code));
            if code == 0 || name.is_some() {
                message.ended(u32::from(code), 0, name.unwrap_or("unknown"));
            }
        }
        _ => {}
    }
    Ok(())
}

/// A host protocol address (HPAI).
fn endpoint(cursor: &mut Cursor<'_>) -> Result<(), Short> {
    let length = usize::from(cursor.u8()?);
    cursor.skip(length.saturating_sub(1))
}

fn channel(
    cursor: &mut Cursor<'_>,
    message: &mut Message<'_>,
    described: &mut Described,
) -> Result<(), Short> {
    let channel = cursor.u8()?;
    described.channel = Some(channel);
    message.id("channel", channel);
    Ok(())
}

/// A connection header: its length, channel, sequence counter, and an octet that is a status in
/// acknowledgements.
fn connection(
    cursor: &mut Cursor<'_>,
    message: &mut Message<'_>,
    described: &mut Described,
) -> Result<u8, Short> {
    let length = cursor.u8()?;
    message.expect(length == 4, Anomaly::BadLength);
    channel(cursor, message, described)?;
    cursor.skip(1)?;
    cursor.u8()
}

fn status(code: u8, message: &mut Message<'_>) {
    let name = super::tables::name_of(codes::STATUSES, u16::from(code));
    message.ended(u32::from(code), 0, name.unwrap_or("unknown"));
}

/// Description blocks of a device (3/8/2, 7.5.4).
fn descriptions<'a>(
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    described: &mut Described,
) -> Result<(), Short> {
    message.ended(0, 0, "");
    for _ in 0..limits::KNX_DESCRIPTIONS {
        if cursor.is_empty() {
            return Ok(());
        }
        let length = usize::from(cursor.u8()?);
        let mut block = cursor.sub(length.saturating_sub(1))?;
        if length < 2 {
            message.flag(Anomaly::BadLength);
            return Ok(());
        }
        if block.u8()? == codes::DEVICE_INFORMATION {
            device(&mut block, message, described)?;
        }
    }
    message.flag(Anomaly::LimitReached);
    Ok(())
}

fn device(
    block: &mut Cursor<'_>,
    message: &mut Message<'_>,
    described: &mut Described,
) -> Result<(), Short> {
    block.skip(2)?; // medium, status
    message.id("individual_address", block.u16_be()?);
    block.skip(2)?; // project
    let serial: [u8; 6] = block.array()?;
    block.skip(4)?; // multicast address
    let [a, b, c, d, e, f] = block.array()?;
    message.id("mac", u64::from_be_bytes([0, 0, a, b, c, d, e, f]));
    let [g, h, i, j, k, l] = serial;
    let number = u64::from_be_bytes([0, 0, g, h, i, j, k, l]);
    if number != 0 {
        described.serial = Text::of(format_args!("{number:012x}"));
    }
    described.name = Text::latin1(block.take(30.min(block.remaining()))?);
    Ok(())
}
