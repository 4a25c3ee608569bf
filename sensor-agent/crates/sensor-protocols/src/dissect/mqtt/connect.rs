//! CONNECT: who connects, and with what (5.0, 3.1; 3.1.1, 3.1).

use super::packet::{Properties, octets, properties, text};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::observation::Anomaly;

/// Flags of a connection (5.0, 3.1.2.3).
mod flag {
    pub(super) const RESERVED: u8 = 0x01;
    pub(super) const WILL: u8 = 0x04;
    pub(super) const PASSWORD: u8 = 0x40;
    pub(super) const USER: u8 = 0x80;
}

/// Protocol names with the levels that they have.
const NAMES: [(&[u8], &[u8]); 2] = [(b"MQTT", &[4, 5]), (b"MQIsdp", &[3])];

/// Whether what stands behind the fixed header begins with a name and level of the protocol; `None` when there
/// is too little to tell. Bridges set the high bit of the level.
pub(super) fn begins(body: Option<&[u8]>) -> Option<bool> {
    let mut cursor = Cursor::new(body?);
    let name = match octets(&mut cursor) {
        Ok(name) => name,
        Err(short) if short.need > 6 => return Some(false),
        Err(_) => return None,
    };
    let level = cursor.u8().ok()? & 0x7f;
    Some(
        NAMES
            .iter()
            .any(|(known, levels)| *known == name && levels.contains(&level)),
    )
}

/// Reads a CONNECT; answers the protocol level.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    level: &mut Option<u8>,
) -> Result<(), Short> {
    let name = octets(cursor)?;
    let version = cursor.u8()? & 0x7f;
    *level = Some(version);
    let known = NAMES
        .iter()
        .any(|(known, levels)| *known == name && levels.contains(&version));
    message.expect(known, Anomaly::BadVersion);
    message.operation.sub = Some(u32::from(version));
    let flags = cursor.u8()?;
    message.expect(flags & flag::RESERVED == 0, Anomaly::BadValue);
    cursor.skip(2)?; // keep alive
    let of = |cursor: &mut Cursor<'a>| match version {
        5 => properties(cursor),
        _ => Ok(Properties::default()),
    };
    let method = of(cursor)?.authentication;
    message.text("client_id", text(octets(cursor)?));
    let will = if flags & flag::WILL == 0 {
        None
    } else {
        of(cursor)?;
        let topic = octets(cursor)?;
        octets(cursor)?;
        text(topic)
    };
    if flags & flag::USER != 0 {
        message.text("user", text(octets(cursor)?));
    }
    message.text("will_topic", will);
    message.text("authentication_method", method.and_then(text));
    if flags & flag::PASSWORD != 0 {
        message.id("clear_text_password", 1_u8);
        octets(cursor)?;
    }
    Ok(())
}
