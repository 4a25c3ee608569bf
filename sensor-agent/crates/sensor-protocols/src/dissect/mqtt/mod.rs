//! MQTT 3.1, 3.1.1 and 5.0, and Sparkplug B in it.
//!
//! Sources: OASIS, *MQTT Version 3.1.1* (2014) and *MQTT Version 5.0* (2019); IBM, *MQTT V3.1 Protocol
//! Specification*; Eclipse, *Sparkplug 3.0.0* (topics and payload).
//!
//! # What comes out
//! - `operation.code` is the packet type. A publication under a Sparkplug topic has as `operation.sub` the
//!   number of its message in [`sparkplug`], and its name and class: commands are `control`. Others are `write`
//!   to the broker and `event` from it.
//! - `objects`: topics, topic filters; of a connection the client identifier, user name and topic of the will; of
//!   a Sparkplug payload the `metric`s by name, or by alias.
//! - `clear_text_password` where a connection carries one; the password itself is not kept. Extended
//!   authentication: its method.
//! - `outcome`: `Error` with a return or reason code from 0x80 up, and those of CONNACK in versions 3.
//! - `values`: the payload of a publication that is no Sparkplug message.
//! - An acknowledgement answers the packet with its identifier.
//!
//! # What departs from the specification
//! Flags that are reserved, quality of service 3 and lengths that packets of the type cannot have make no packet:
//! what comes is told as `unframed_bytes` up to the next one. Identifier 0, wildcards in a topic: `bad_value`.
//! Protocol names and versions that are none: `bad_version`. What only the other end may send: `wrong_role`.
//! Behind lost bytes only packets are taken for one that their contents are not likely to look like: a publication with
//! its whole topic, an acknowledgement of the usual length.
//!
//! # Limits
//! [`limits::MQTT_PACKET`] octets of a packet are looked at. Topic aliases are told as numbers. MQTT over TLS and
//! over WebSocket is not seen here. Without its CONNECT a connection is taken for version 3.1.1.

mod codes;
mod connect;
mod packet;
mod payload;
#[cfg(test)]
mod tests;

use super::cursor::Cursor;
use super::framed::{Framed, Spoken, Whole};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, Protocol, Transport};

pub use codes::sparkplug;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Mqtt,
    hints: &[Hint::Tcp(1883)],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Framed<Mqtt>>::default(),
};

/// Packet types (5.0, table 2-1).
pub(crate) mod kind {
    pub(crate) const CONNECT: u8 = 1;
    pub(crate) const CONNACK: u8 = 2;
    pub(crate) const PUBLISH: u8 = 3;
    pub(crate) const PUBACK: u8 = 4;
    pub(crate) const PUBREL: u8 = 6;
    pub(crate) const PUBCOMP: u8 = 7;
    pub(crate) const SUBSCRIBE: u8 = 8;
    pub(crate) const SUBACK: u8 = 9;
    pub(crate) const UNSUBSCRIBE: u8 = 10;
    pub(crate) const UNSUBACK: u8 = 11;
    pub(crate) const PINGREQ: u8 = 12;
    pub(crate) const PINGRESP: u8 = 13;
    pub(crate) const DISCONNECT: u8 = 14;
    pub(crate) const AUTH: u8 = 15;
}

/// Type, flags and remaining length.
#[derive(Clone, Copy, Debug)]
struct Fixed {
    kind: u8,
    flags: u8,
    /// Octets behind the fixed header.
    remaining: u32,
    /// Octets of the fixed header.
    header: usize,
}

impl Fixed {
    /// `Err` holds how to go on when it cannot be read.
    fn read(bytes: &[u8]) -> Result<Self, Measure> {
        let mut cursor = Cursor::new(bytes);
        let need = Measure::Need(bytes.len().saturating_add(1));
        let first = cursor.u8().map_err(|_| need)?;
        let remaining = packet::variable(&mut cursor).ok_or(Measure::Foreign)?;
        let remaining = remaining.map_err(|_| need)?;
        let kind = first >> 4;
        if kind == 0 {
            return Err(Measure::Foreign);
        }
        Ok(Self {
            kind,
            flags: first & 0x0f,
            remaining,
            header: cursor.offset(),
        })
    }

    /// Whether the flags are those that the specification prescribes (5.0, 2.1.3).
    const fn flags_are_right(&self) -> bool {
        match self.kind {
            kind::PUBLISH => self.flags & 0x06 != 0x06,
            kind::PUBREL | kind::SUBSCRIBE | kind::UNSUBSCRIBE => self.flags == 2,
            _ => self.flags == 0,
        }
    }

    /// Whether the length is one that packets of the type can have.
    const fn length_is_right(&self) -> bool {
        match self.kind {
            kind::PINGREQ | kind::PINGRESP => self.remaining == 0,
            kind::DISCONNECT | kind::AUTH => true,
            kind::CONNECT => self.remaining >= 10,
            kind::SUBSCRIBE | kind::UNSUBSCRIBE => self.remaining >= 5,
            kind::SUBACK => self.remaining >= 3,
            _ => self.remaining >= 2,
        }
    }

    /// Who sends packets of the type, where only one end may.
    const fn sender(&self) -> Option<Role> {
        match self.kind {
            kind::CONNECT | kind::SUBSCRIBE | kind::UNSUBSCRIBE | kind::PINGREQ => {
                Some(Role::Client)
            }
            kind::CONNACK | kind::SUBACK | kind::UNSUBACK | kind::PINGRESP => Some(Role::Server),
            _ => None,
        }
    }
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    let fixed = match Fixed::read(input.bytes) {
        Ok(fixed) => fixed,
        Err(Measure::Need(_)) => return Probe::Incomplete,
        Err(_) => return Probe::Unrecognised,
    };
    if !fixed.flags_are_right() || !fixed.length_is_right() {
        return Probe::Unrecognised;
    }
    let role = input.sender.or(fixed.sender());
    match fixed.kind {
        kind::CONNECT => match connect::begins(input.bytes.get(fixed.header..)) {
            Some(true) => Probe::Recognised(Some(Role::Client)),
            Some(false) => Probe::Unrecognised,
            None => Probe::Incomplete,
        },
        _ if input.hinted => Probe::Recognised(role),
        _ => Probe::Unrecognised,
    }
}

/// One connection.
#[derive(Debug, Default)]
struct Mqtt {
    exchanges: Exchanges,
    /// Protocol level that the client asked for.
    level: Option<u8>,
}

impl Mqtt {
    /// Version 5 has properties and reason codes.
    fn has_properties(&self) -> bool {
        self.level == Some(5)
    }
}

impl Spoken for Mqtt {
    const PROTOCOL: Protocol = Protocol::Mqtt;
    const MOST: usize = limits::MQTT_PACKET;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        match Fixed::read(bytes) {
            Ok(fixed) if fixed.flags_are_right() && fixed.length_is_right() => {
                let body = bytes.get(fixed.header..).unwrap_or_default();
                if fixed.kind == kind::PUBLISH && !packet::topic_fits(body, fixed.remaining) {
                    return Measure::Foreign;
                }
                let header = u64::try_from(fixed.header).unwrap_or(u64::MAX);
                Measure::Total(header.saturating_add(u64::from(fixed.remaining)))
            }
            Ok(_) => Measure::Foreign,
            Err(measure) => measure,
        }
    }

    fn begins(bytes: &[u8], transport: Transport) -> Measure {
        match (Fixed::read(bytes), Self::measure(bytes, transport)) {
            (Ok(fixed), Measure::Total(total)) => {
                let body = bytes.get(fixed.header..).unwrap_or_default();
                if packet::is_sure(&fixed, body) {
                    Measure::Total(total)
                } else {
                    Measure::Foreign
                }
            }
            (_, measure) => measure,
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut message = whole.begin(Protocol::Mqtt, Direction::OneWay);
        if let Ok(fixed) = Fixed::read(whole.bytes) {
            let wrong = fixed.sender().is_some_and(|role| role != input.sender);
            message.expect(!wrong, Anomaly::WrongRole);
            let body = whole.bytes.get(fixed.header..).unwrap_or_default();
            let read = self.packet(&fixed, Cursor::new(body), &mut message, input);
            message.read(read);
        } else {
            let kind = whole.bytes.first().copied().unwrap_or(0) >> 4;
            super::framed::named(&mut message, codes::PACKETS, u16::from(kind));
            message.ends_early();
        }
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}
