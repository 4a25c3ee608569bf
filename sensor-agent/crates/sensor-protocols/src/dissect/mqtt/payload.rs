//! Sparkplug B: its topics and the metrics of its payload.
//!
//! Sources: Sparkplug 3.0.0, 4.1 (topics) and 6.4 (payload); Protocol Buffers, *Encoding*.
//!
//! Data in: a topic; a payload as far as it is looked at. Data out: which message it is; names and aliases of
//! metrics.
//!
//! Limits: [`limits::MQTT_TOPICS`] metrics; [`limits::MQTT_FIELDS`] fields of a payload, and of a metric.

use super::codes::sparkplug::{MESSAGES, NAMESPACE};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::message::text::printable;
use crate::limits;
use crate::observation::{Anomaly, OperationClass};

/// Numbers of fields.
mod field {
    pub(super) const METRICS: u64 = 2;
    pub(super) const NAME: u64 = 1;
    pub(super) const ALIAS: u64 = 2;
}

/// The message that a topic names: `spBv1.0/group/NCMD/node` and so on.
pub(super) fn sparkplug(topic: &str) -> Option<(&'static str, u32, OperationClass)> {
    let mut parts = topic.split('/');
    if parts.next() != Some(NAMESPACE) {
        return None;
    }
    let second = parts.next()?;
    let word = if second == "STATE" {
        second
    } else {
        parts.next()?
    };
    MESSAGES.iter().find(|(known, ..)| *known == word).copied()
}

/// One field of a message of Protocol Buffers.
enum Value<'a> {
    Number(u64),
    Octets(&'a [u8]),
    Passed,
}

fn number(cursor: &mut Cursor<'_>) -> Result<u64, Short> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let octet = cursor.u8()?;
        value |= u64::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            break;
        }
    }
    Ok(value)
}

/// The next field; `None` at the end, and where none can be read.
fn next<'a>(cursor: &mut Cursor<'a>) -> Option<(u64, Value<'a>)> {
    let tag = number(cursor).ok()?;
    let value = match tag & 7 {
        0 => Value::Number(number(cursor).ok()?),
        1 => cursor.skip(8).map(|()| Value::Passed).ok()?,
        2 => {
            let length = usize::try_from(number(cursor).ok()?).ok()?;
            Value::Octets(cursor.take(length).ok()?)
        }
        5 => cursor.skip(4).map(|()| Value::Passed).ok()?,
        _ => return None,
    };
    Some((tag >> 3, value))
}

/// Tells the metrics of a payload.
pub(super) fn read<'a>(mut cursor: Cursor<'a>, message: &mut Message<'a>) {
    let mut metrics = 0_usize;
    for _ in 0..limits::MQTT_FIELDS {
        match next(&mut cursor) {
            Some((field::METRICS, Value::Octets(metric))) => {
                metrics = metrics.saturating_add(1);
                if metrics > limits::MQTT_TOPICS {
                    return message.flag(Anomaly::LimitReached);
                }
                tell(metric, message);
            }
            Some(_) => {}
            None => return,
        }
    }
    message.flag(Anomaly::LimitReached);
}

/// A metric goes by its name, or by its alias.
fn tell<'a>(metric: &'a [u8], message: &mut Message<'a>) {
    let mut cursor = Cursor::new(metric);
    let mut alias = None;
    for _ in 0..limits::MQTT_FIELDS {
        match next(&mut cursor) {
            Some((field::NAME, Value::Octets(name))) => {
                if let Some(name) = printable(name) {
                    return message.text("metric", Some(name));
                }
            }
            Some((field::ALIAS, Value::Number(number))) => alias = Some(number),
            Some(_) => {}
            None => break,
        }
    }
    if let Some(alias) = alias {
        message.id("metric_alias", alias);
    }
}
