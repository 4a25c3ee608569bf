//! Fields of the packets.

use super::{Fixed, Mqtt, codes, connect, kind, payload};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::named;
use crate::dissect::message::Message;
use crate::dissect::message::text::printable;
use crate::dissect::{Input, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome};

/// A variable byte integer of up to four octets (5.0, 1.5.5). `None`: it has more.
pub(super) fn variable(cursor: &mut Cursor<'_>) -> Option<Result<u32, Short>> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21] {
        let octet = match cursor.u8() {
            Ok(octet) => octet,
            Err(short) => return Some(Err(short)),
        };
        value |= u32::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            return Some(Ok(value));
        }
    }
    None
}

/// Octets with their number in two octets before.
pub(super) fn octets<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Short> {
    let length = usize::from(cursor.u16_be()?);
    cursor.take(length)
}

/// A string that can be shown.
pub(super) fn text(octets: &[u8]) -> Option<&str> {
    printable(octets)
}

/// Whether the topic of a publication is within it and, as far as it is there, text.
pub(super) fn topic_fits(body: &[u8], remaining: u32) -> bool {
    let mut cursor = Cursor::new(body);
    let Ok(length) = cursor.u16_be() else {
        return true;
    };
    let within = u32::from(length).saturating_add(2) <= remaining;
    let topic = cursor
        .rest()
        .get(..usize::from(length))
        .unwrap_or(cursor.rest());
    within && !topic.iter().any(|octet| *octet < b' ')
}

/// Whether a packet whose header fits is one for sure: payloads may look like headers. A text does not have octets 0 to 1
/// where these packets have them.
pub(super) fn is_sure(fixed: &Fixed, body: &[u8]) -> bool {
    match (fixed.kind, body) {
        (kind::CONNECT, _) => connect::begins(Some(body)) == Some(true),
        (kind::CONNACK, [flags, ..]) => *flags <= 1 && fixed.remaining <= 127,
        (kind::PUBLISH, [high, low, topic @ ..]) => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let topic = topic.get(..length);
            length > 0 && topic.is_some_and(|topic| printable(topic).is_some())
        }
        // Identifier, and in version 5 reason and length of the properties.
        (kind::PUBACK..=kind::PUBCOMP | kind::UNSUBACK, _) => fixed.remaining <= 4,
        (kind::SUBSCRIBE | kind::UNSUBSCRIBE | kind::SUBACK, _) => fixed.remaining <= 127,
        (kind::PINGREQ | kind::PINGRESP, _) => true,
        _ => false,
    }
}

/// What is told of properties.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Properties<'a> {
    /// Authentication method.
    pub(super) authentication: Option<&'a [u8]>,
    pub(super) topic_alias: Option<u16>,
}

/// Properties with their length before them (5.0, 2.2.2). Those behind one that is not defined are not read.
pub(super) fn properties<'a>(cursor: &mut Cursor<'a>) -> Result<Properties<'a>, Short> {
    let mut found = Properties::default();
    let Some(length) = variable(cursor) else {
        return Ok(found);
    };
    let mut inner = cursor.sub(usize::try_from(length?).unwrap_or(usize::MAX))?;
    for _ in 0..limits::MQTT_FIELDS {
        let Ok(identifier) = inner.u8() else {
            break;
        };
        match identifier {
            0x15 => found.authentication = Some(octets(&mut inner)?),
            0x23 => found.topic_alias = Some(inner.u16_be()?),
            0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28..=0x2a => inner.skip(1)?,
            0x13 | 0x21 | 0x22 => inner.skip(2)?,
            0x02 | 0x11 | 0x18 | 0x27 => inner.skip(4)?,
            0x0b => {
                if variable(&mut inner).is_none() {
                    break;
                }
            }
            0x03 | 0x08 | 0x09 | 0x12 | 0x16 | 0x1a | 0x1c | 0x1f => {
                octets(&mut inner)?;
            }
            0x26 => {
                octets(&mut inner)?;
                octets(&mut inner)?;
            }
            _ => break,
        }
    }
    Ok(found)
}

/// Key of the exchange that a packet of the type with an identifier opens.
fn key(kind: u8, identifier: u16) -> u64 {
    u64::from(kind) << 16 | u64::from(identifier)
}

impl Mqtt {
    /// Tells a packet; the cursor stands behind its fixed header.
    pub(super) fn packet<'a>(
        &mut self,
        fixed: &Fixed,
        mut cursor: Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        named(message, codes::PACKETS, u16::from(fixed.kind));
        match fixed.kind {
            kind::CONNECT => {
                message.direction = Direction::Request;
                let read = connect::read(&mut cursor, message, &mut self.level);
                self.exchanges.ask(key(kind::CONNECT, 0), message, input);
                read?;
            }
            kind::CONNACK => {
                let read = self.connack(&mut cursor, message);
                self.answers(kind::CONNECT, 0, message, input);
                read?;
            }
            kind::PUBLISH => return self.publish(fixed, cursor, message, input),
            kind::PUBACK..=kind::PUBCOMP => {
                self.acknowledge(fixed.kind, &mut cursor, message, input)?;
            }
            kind::SUBSCRIBE | kind::UNSUBSCRIBE => {
                self.subscribe(fixed.kind, &mut cursor, message, input)?;
            }
            kind::SUBACK | kind::UNSUBACK => {
                self.subscribed(fixed.kind, &mut cursor, message, input)?;
            }
            kind::PINGREQ => {
                message.direction = Direction::Request;
                self.exchanges.ask(key(kind::PINGREQ, 0), message, input);
            }
            kind::PINGRESP => {
                message.outcome = Outcome::Ok;
                self.answers(kind::PINGREQ, 0, message, input);
            }
            _ => reasoned(fixed.kind, &mut cursor, message)?,
        }
        message.expect(message.cut || cursor.is_empty(), Anomaly::TrailingBytes);
        Ok(())
    }

    fn answers(
        &mut self,
        asked: u8,
        identifier: u16,
        message: &mut Message<'_>,
        input: &Input<'_>,
    ) {
        message.direction = Direction::Response;
        self.exchanges
            .answer(key(asked, identifier), message, input);
    }

    fn connack(&self, cursor: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
        let flags = cursor.u8()?;
        message.expect(flags <= 1, Anomaly::BadValue);
        let code = cursor.u8()?;
        if !self.has_properties() {
            message.outcome = codes::returned(code);
            if self.level.is_none() {
                // Of a connection whose start was not seen: properties may follow.
                cursor.take_rest();
            }
            return Ok(());
        }
        message.outcome = codes::reason(code);
        properties(cursor).map(|_| ())
    }

    fn publish<'a>(
        &mut self,
        fixed: &Fixed,
        mut cursor: Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let topic = octets(&mut cursor)?;
        message.expect(
            !topic.iter().any(|octet| matches!(octet, b'#' | b'+' | 0)),
            Anomaly::BadValue,
        );
        let topic = text(topic);
        message.text("topic", topic);
        message.operation.class = match input.sender {
            Role::Client => OperationClass::Write,
            Role::Server => OperationClass::Event,
        };
        let quality = fixed.flags >> 1 & 3;
        if quality > 0 {
            message.direction = Direction::Request;
            let identifier = identifier(&mut cursor, message)?;
            self.exchanges
                .ask(key(kind::PUBLISH, identifier), message, input);
        }
        if self.has_properties() {
            let found = properties(&mut cursor)?;
            if let Some(alias) = found.topic_alias {
                message.id("topic_alias", alias);
            }
        }
        match topic.and_then(payload::sparkplug) {
            Some((name, sub, class)) => {
                message.operation.sub = Some(sub);
                message.operation.name = name;
                message.operation.class = class;
                payload::read(cursor, message);
            }
            None => message.values = cursor.rest(),
        }
        Ok(())
    }

    /// PUBACK, PUBREC, PUBREL and PUBCOMP (5.0, 3.4 to 3.7).
    fn acknowledge(
        &mut self,
        kind: u8,
        cursor: &mut Cursor<'_>,
        message: &mut Message<'_>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let identifier = identifier(cursor, message)?;
        let mut reason = 0;
        if self.has_properties() && !cursor.is_empty() {
            reason = cursor.u8()?;
            if !cursor.is_empty() {
                properties(cursor)?;
            }
        }
        if kind == kind::PUBREL {
            message.direction = Direction::Request;
            self.exchanges
                .ask(key(kind::PUBREL, identifier), message, input);
            return Ok(());
        }
        message.outcome = codes::reason(reason);
        let asked = if kind == kind::PUBCOMP {
            kind::PUBREL
        } else {
            kind::PUBLISH
        };
        self.answers(asked, identifier, message, input);
        Ok(())
    }

    fn subscribe<'a>(
        &mut self,
        kind: u8,
        cursor: &mut Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        message.direction = Direction::Request;
        let identifier = identifier(cursor, message)?;
        if self.has_properties() {
            properties(cursor)?;
        }
        for at in 0..=limits::MQTT_TOPICS {
            if cursor.is_empty() {
                break;
            }
            if at == limits::MQTT_TOPICS {
                message.flag(Anomaly::LimitReached);
                cursor.take_rest();
                break;
            }
            message.text("topic_filter", text(octets(cursor)?));
            if kind == kind::SUBSCRIBE {
                cursor.skip(1)?; // options
            }
        }
        self.exchanges.ask(key(kind, identifier), message, input);
        Ok(())
    }

    fn subscribed(
        &mut self,
        kind: u8,
        cursor: &mut Cursor<'_>,
        message: &mut Message<'_>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        let identifier = identifier(cursor, message)?;
        if self.has_properties() {
            properties(cursor)?;
        }
        let worst = cursor.take_rest().iter().copied().max().unwrap_or(0);
        message.outcome = codes::reason(worst);
        let asked = if kind == kind::SUBACK {
            kind::SUBSCRIBE
        } else {
            kind::UNSUBSCRIBE
        };
        self.answers(asked, identifier, message, input);
        Ok(())
    }
}

/// A packet identifier, which is never 0.
fn identifier(cursor: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<u16, Short> {
    let identifier = cursor.u16_be()?;
    message.expect(identifier != 0, Anomaly::BadValue);
    Ok(identifier)
}

/// DISCONNECT and AUTH (5.0, 3.14 and 3.15).
fn reasoned<'a>(kind: u8, cursor: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    if cursor.is_empty() {
        return Ok(());
    }
    let reason = cursor.u8()?;
    if reason >= 0x80 {
        message.outcome = codes::reason(reason);
    }
    if !cursor.is_empty() {
        let found = properties(cursor)?;
        if kind == kind::AUTH {
            message.text("authentication_method", found.authentication.and_then(text));
        }
    }
    Ok(())
}
