//! CODESYS V3: how controllers with a runtime of CODESYS are programmed, observed and found.
//!
//! Sources: the protocol has no published specification. Layers as described in the *CODESYS Control V3 Manual* (block
//! driver, router, channel management, services); layouts and numbers as published by Kaspersky ICS CERT (*Security
//! research: CODESYS Runtime*, 2019), Tenable (TRA-2020-04) and Microsoft (ICS forensics tools). There is no capture.
//!
//! ```text
//!  TCP: E8170100H, length      router: C5H, lengths …, service, addresses     channel: type, flags, channel,
//! ├───────────────────────────┼──────────────────────────────────────────────┼─ block, acknowledged, size, CRC ─┤
//! services: CD55H, header, group, command, session, size, tags with their length
//! ```
//! Numbers are sent with their low octet first.
//!
//! # What comes out
//! - `operation.code` is the group of the service, `operation.sub` its command. [`CHANNEL`] plus the type of a channel
//!   message, [`NAME_SERVICE`] plus the command, [`ROUTER`] plus the service for what has none.
//! - `objects`: `channel`, `session`; the user of a login, and `password_hash` where it has one, which is not kept.
//! - `outcome` of a login in clear: its result. Other responses have none: where their result stands is not known.
//! - `identity`: node name, device name, vendor, firmware and serial number of a device that answers the name service.
//!
//! # Limits
//! Of a service in several blocks the first one is read. Secured services (7557H) are told with their group and
//! command, their tags are not read. [`limits::CODESYS_TAGS`] tags are walked over.

mod codes;
mod tags;
#[cfg(test)]
mod tests;

use std::fmt;

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::text::{Text, printable};
use super::message::{Message, row};
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome, Protocol, Transport};
use codes::{channel, name_service, router};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Codesys,
    hints: &[
        Hint::Tcp(11_740),
        Hint::Tcp(11_741),
        Hint::Tcp(11_742),
        Hint::Tcp(11_743),
        Hint::Tcp(1217),
        Hint::Udp(1740),
        Hint::Udp(1741),
        Hint::Udp(1742),
        Hint::Udp(1743),
    ],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Framed<Codesys>>::default(),
};

/// Added to the type of a channel message.
pub const CHANNEL: u32 = 0x1_0000;
/// Added to the command of the name service.
pub const NAME_SERVICE: u32 = 0x2_0000;
/// Added to a service of the router.
pub const ROUTER: u32 = 0x4_0000;

/// First octets over TCP, and first octet of the router's header.
const BLOCK: [u8; 4] = [0x00, 0x01, 0x17, 0xe8];
const DATAGRAM: u8 = 0xc5;

/// Octets of the header over TCP.
const BLOCK_HEADER: u32 = 8;

fn probe(input: &ProbeInput<'_>) -> Probe {
    match Codesys::measure(input.bytes, input.transport) {
        Measure::Total(_) => Probe::Recognised(input.sender),
        Measure::Need(_) => Probe::Incomplete,
        Measure::Foreign => Probe::Unrecognised,
    }
}

/// One flow.
#[derive(Debug, Default)]
struct Codesys {
    exchanges: Exchanges,
}

impl Spoken for Codesys {
    const PROTOCOL: Protocol = Protocol::Codesys;
    const MOST: usize = limits::CODESYS_BLOCK;

    fn measure(bytes: &[u8], transport: Transport) -> Measure {
        if transport != Transport::Tcp {
            return match bytes {
                [DATAGRAM, second, _, service, ..]
                    if second & 7 >= 3 && row(codes::ROUTER, u16::from(*service)).is_some() =>
                {
                    Measure::Total(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
                }
                _ if bytes.len() < 4 => Measure::Need(6),
                _ => Measure::Foreign,
            };
        }
        let have = bytes.len().min(BLOCK.len());
        if bytes.get(..have) != BLOCK.get(..have) {
            return Measure::Foreign;
        }
        let mut cursor = Cursor::new(bytes);
        match cursor.skip(4).and_then(|()| cursor.u32_le()) {
            Ok(length) if length >= BLOCK_HEADER => Measure::Total(u64::from(length)),
            Ok(_) => Measure::Foreign,
            Err(_) => Measure::Need(8),
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Codesys, Direction::OneWay);
        let mut texts = Texts::default();
        let mut cursor = Cursor::new(whole.bytes);
        let read = self.router(&mut cursor, &mut message, &mut texts, input);
        message.read(read);
        message.identity.hostname = texts.node.as_str();
        message.identity.model = texts.device.as_str();
        message.identity.vendor = texts.vendor.as_str();
        message.identity.firmware = texts.firmware.as_str();
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// Texts of an identity that have to be put together.
#[derive(Default)]
struct Texts {
    node: Text<64>,
    device: Text<64>,
    vendor: Text<64>,
    firmware: Text<16>,
}

impl Codesys {
    /// Header of the router; what it carries begins at a multiple of four octets.
    fn router<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        message: &mut Message<'a>,
        texts: &mut Texts,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        message.is(ROUTER, "datagram", OperationClass::Session);
        if input.transport == Transport::Tcp {
            cursor.skip(8)?;
        }
        let [magic, lengths, _, service, _, addresses] = cursor.array()?;
        message.expect(magic == DATAGRAM, Anomaly::BadVersion);
        let code = ROUTER | u32::from(service);
        match row(codes::ROUTER, u16::from(service)) {
            Some((_, name, class)) => message.is(code, name, *class),
            None => message.is_unknown(code),
        }
        let more = usize::from(lengths & 7).saturating_mul(2).saturating_sub(6);
        cursor.skip(more)?;
        let receiver = usize::from(addresses & 0x0f).saturating_mul(2);
        let sender = usize::from(addresses >> 4).saturating_mul(2);
        cursor.skip(receiver.saturating_add(sender))?;
        cursor.skip(cursor.offset().wrapping_neg() & 3)?;
        match service {
            router::NAME_SERVER | router::NAME_CLIENT => {
                self.name_service(cursor, message, texts, input)
            }
            router::CHANNEL => self.channel(cursor, message, input),
            _ => Ok(()),
        }
    }

    fn name_service<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        message: &mut Message<'a>,
        texts: &mut Texts,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let command = cursor.u16_le()?;
        cursor.skip(2)?; // version
        let number = u64::from(cursor.u32_le()?) | 1 << 40;
        let code = NAME_SERVICE | u32::from(command);
        match row(codes::NAME_SERVICE, command) {
            Some((_, name, class)) => message.is(code, name, *class),
            None => message.is_unknown(code),
        }
        if command == name_service::DEVICE_INFORMATION {
            message.direction = Direction::Response;
            message.outcome = Outcome::Ok;
            self.exchanges.answer(number, message, input);
            return device(cursor, message, texts);
        }
        message.direction = Direction::Request;
        self.exchanges.ask(number, message, input);
        Ok(())
    }

    fn channel<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let kind = cursor.u8()?;
        let flags = cursor.u8()?;
        let code = CHANNEL | u32::from(kind);
        match row(codes::CHANNEL, u16::from(kind)) {
            Some((_, name, class)) => message.is(code, name, *class),
            None => message.is_unknown(code),
        }
        match kind {
            channel::BLOCK => {
                let channel = cursor.u16_le()?;
                message.id("channel", channel);
                cursor.skip(8)?;
                if flags & 1 == 0 {
                    message.is(code, "continued_block", OperationClass::Session);
                    return Ok(());
                }
                cursor.skip(8)?; // size of all blocks, checksum
                self.service(channel, cursor, message, input)
            }
            channel::ACKNOWLEDGE | channel::KEEP_ALIVE => {
                message.id("channel", cursor.u16_le()?);
                Ok(())
            }
            channel::OPEN => {
                cursor.skip(6)?;
                let number = u64::from(cursor.u32_le()?) | 1 << 41;
                message.direction = Direction::Request;
                self.exchanges.ask(number, message, input);
                Ok(())
            }
            channel::OPENED => {
                cursor.skip(6)?;
                let number = u64::from(cursor.u32_le()?) | 1 << 41;
                message.direction = Direction::Response;
                message.ended(u32::from(cursor.u16_le()?), 0, "refused");
                message.id("channel", cursor.u16_le()?);
                self.exchanges.answer(number, message, input);
                Ok(())
            }
            channel::CLOSE => {
                cursor.skip(6)?;
                message.id("channel", cursor.u16_le()?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn service<'a>(
        &mut self,
        channel: u16,
        cursor: &mut Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let protocol = cursor.u16_le()?;
        message.expect(codes::is_protocol(protocol), Anomaly::BadVersion);
        let header = usize::from(cursor.u16_le()?);
        let group = cursor.u16_le()?;
        let command = cursor.u16_le()?;
        let session = cursor.u32_le()?;
        let (response, group) = (group & 0x80 != 0, group & !0x80);
        let (name, class) = codes::service(group, command);
        message.operation.sub = Some(u32::from(command));
        message.is(u32::from(group), name, class);
        message.expect(class != OperationClass::Unknown, Anomaly::ReservedCode);
        if session != 0 {
            message.id("session", session);
        }
        // Size of the contents, and what else the header has.
        cursor.skip(header.saturating_sub(8))?;
        let key = u64::from(channel) << 24 | u64::from(group) << 8 | u64::from(command & 0xff);
        if response {
            // Whether it was done stands in tags that are known of the login alone.
            message.direction = Direction::Response;
            self.exchanges.answer(key, message, input);
        } else {
            message.direction = Direction::Request;
            self.exchanges.ask(key, message, input);
        }
        if codes::is_login(group, command) && protocol == codes::PLAIN {
            tags::login(cursor, response, message);
        }
        Ok(())
    }
}

/// Text of UTF-16 with its low octet first.
struct Wide<'a>(&'a [u8]);

impl fmt::Display for Wide<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.0.chunks_exact(2).map(|pair| match pair {
            [low, high] => u16::from_le_bytes([*low, *high]),
            _ => 0,
        });
        for c in char::decode_utf16(units) {
            match c {
                Ok(c) if !c.is_control() => fmt::Write::write_char(f, c)?,
                _ => break,
            }
        }
        Ok(())
    }
}

/// What a device says of itself; the texts stand behind each other, each with an end.
fn device<'a>(
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    texts: &mut Texts,
) -> Result<(), Short> {
    cursor.skip(4)?; // channels, byte order
    let offset = usize::from(cursor.u16_le()?);
    let node = usize::from(cursor.u16_le()?);
    let device = usize::from(cursor.u16_le()?);
    let vendor = usize::from(cursor.u16_le()?);
    cursor.skip(8)?; // target
    let [build, patch, minor, major] = cursor.array()?;
    cursor.skip(4)?;
    let serial = usize::from(cursor.u8()?);
    cursor.skip(3)?;
    texts.firmware = Text::of(format_args!("{major}.{minor}.{patch}.{build}"));
    cursor.skip(offset)?;
    for (length, text) in [
        (node, &mut texts.node),
        (device, &mut texts.device),
        (vendor, &mut texts.vendor),
    ] {
        *text = Text::of(format_args!(
            "{}",
            Wide(cursor.take(length.saturating_mul(2))?)
        ));
        cursor.skip(2)?;
    }
    message.identity.serial = printable(cursor.take(serial)?);
    Ok(())
}
