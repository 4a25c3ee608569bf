//! A message told.

use super::{V1, management};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::{Emit, Input};
use crate::observation::{Anomaly, Direction, OperationClass, Protocol, Transport};

/// Message types (IEEE 1588-2019, table 36).
const ANNOUNCE: u8 = 11;
const MANAGEMENT: u8 = 13;

/// Octets of a header.
const HEADER: usize = 34;

/// Tells a message.
pub(super) fn message(input: &Input<'_>, emit: &mut Emit<'_>) {
    let mut message = Message::new(Protocol::Ptp, Direction::OneWay);
    message.cut = input.cut;
    let mut cursor = Cursor::new(input.bytes);
    // Version 1 has its version in front of all else.
    let result = if input.bytes.first() == Some(&0) && input.bytes.get(1) == Some(&1) {
        version_1(&mut cursor, &mut message)
    } else {
        version_2(&mut cursor, input.transport, &mut message)
    };
    message.read(result);
    message.emit(input.bytes.len(), emit);
}

fn version_2<'a>(
    cursor: &mut Cursor<'a>,
    transport: Transport,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let kind = cursor.u8()? & 0x0f;
    named(kind, message);
    let version = cursor.u8()? & 0x0f;
    message.expect(version == 2, Anomaly::BadVersion);
    let length = usize::from(cursor.u16_be()?);
    message.expect(length >= HEADER, Anomaly::BadLength);
    let rest = length.saturating_sub(4);
    let short = rest > cursor.remaining();
    if rest < cursor.remaining() && transport == Transport::Udp {
        // Over UDP a sender may add two octets, to keep the checksum (annex C.2).
        let padding = cursor.remaining().saturating_sub(rest);
        message.expect(padding <= 2, Anomaly::TrailingBytes);
    }
    let mut body = cursor.sub(rest.min(cursor.remaining()))?;
    message.station = Some(u32::from(body.u8()?));
    body.skip(1 + 2 + 8 + 4)?; // sdo identifier, flags, correction, type-specific
    message.id("clock", body.u64_be()?);
    message.id("port", body.u16_be()?);
    body.skip(2 + 1 + 1)?; // sequence, control, interval
    match kind {
        ANNOUNCE => announce(&mut body, message)?,
        MANAGEMENT => management::read(&mut body, message)?,
        // Each has a time or more behind its header.
        _ => body.skip(10)?,
    }
    if short {
        message.ends_early();
    }
    Ok(())
}

fn named(kind: u8, message: &mut Message<'_>) {
    use OperationClass::{Config, Event, Session};
    let code = u32::from(kind);
    match kind {
        0 => message.is(code, "sync", Event),
        1 => message.is(code, "delay_request", Event),
        2 => message.is(code, "peer_delay_request", Event),
        3 => message.is(code, "peer_delay_response", Event),
        8 => message.is(code, "follow_up", Event),
        9 => message.is(code, "delay_response", Event),
        10 => message.is(code, "peer_delay_response_follow_up", Event),
        ANNOUNCE => message.is(code, "announce", Event),
        12 => message.is(code, "signaling", Session),
        MANAGEMENT => message.is(code, "management", Config),
        _ => message.is_unknown(code),
    }
}

/// The clock that is announced as the best (13.5).
fn announce(body: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    body.skip(10 + 2 + 1)?; // time, offset to UTC, reserved
    let priority_1 = body.u8()?;
    let class = body.u8()?;
    let accuracy = body.u8()?;
    body.skip(2)?; // variance
    let priority_2 = body.u8()?;
    message.id("grandmaster", body.u64_be()?);
    message.id("priority_1", priority_1);
    message.id("clock_class", class);
    message.id("clock_accuracy", accuracy);
    message.id("priority_2", priority_2);
    message.id("steps_removed", body.u16_be()?);
    message.id("time_source", body.u8()?);
    Ok(())
}

/// IEEE 1588-2002, annex C.
fn version_1(cursor: &mut Cursor<'_>, message: &mut Message<'_>) -> Result<(), Short> {
    message.is(V1, "version_1", OperationClass::Event);
    cursor.skip(2 + 2 + 16)?; // versions, subdomain
    let kind = cursor.u8()?;
    message.expect(matches!(kind, 1 | 2), Anomaly::BadValue);
    cursor.skip(1)?; // communication technology
    let [a, b, c, d, e, f] = cursor.array()?;
    let clock = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    message.id("clock", clock);
    message.id("port", cursor.u16_be()?);
    cursor.skip(2)?; // sequence
    let control = cursor.u8()?;
    let code = V1 | u32::from(control);
    let name = match control {
        0 => "sync",
        1 => "delay_request",
        2 => "follow_up",
        3 => "delay_response",
        4 => "management",
        _ => {
            message.is_unknown(code);
            return Ok(());
        }
    };
    let class = if control == 4 {
        OperationClass::Config
    } else {
        OperationClass::Event
    };
    message.is(code, name, class);
    cursor.skip(1 + 2 + 4)?; // reserved, flags, reserved
    if control > 1 {
        return Ok(());
    }
    cursor.skip(8 + 2 + 2 + 1 + 1)?; // time, epoch, offset, reserved, technology
    let [a, b, c, d, e, f] = cursor.array()?;
    let grandmaster = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    message.id("grandmaster", grandmaster);
    cursor.skip(2 + 2 + 3)?; // port, sequence, reserved
    message.id("stratum", cursor.u8()?);
    Ok(())
}
