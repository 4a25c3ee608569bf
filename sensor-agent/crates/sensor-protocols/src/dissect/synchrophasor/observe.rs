//! A frame told.

use super::{SHORTEST, configuration};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::Whole;
use crate::dissect::message::Message;
use crate::dissect::message::exchange::Exchanges;
use crate::dissect::message::text::printable;
use crate::dissect::{Emit, Input};
use crate::observation::{Anomaly, Direction, Identity, OperationClass, Outcome, Protocol};

/// Frame types (6.2).
const DATA: u8 = 0;
const HEADER: u8 = 1;
const CONFIGURATION_1: u8 = 2;
const CONFIGURATION_2: u8 = 3;
const COMMAND: u8 = 4;
const CONFIGURATION_3: u8 = 5;

/// CRC-CCITT, started with ones (annex B).
static CHECK_WORD: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740);

/// Whether the check word of a frame fits.
pub(super) fn checks(frame: &[u8]) -> bool {
    let Some((covered, word)) = frame.split_last_chunk::<2>() else {
        return false;
    };
    CHECK_WORD.checksum(covered) == u16::from_be_bytes(*word)
}

/// Tells a frame.
pub(super) fn frame(
    whole: &Whole<'_>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    emit: &mut Emit<'_>,
) {
    let mut message = whole.begin(Protocol::Synchrophasor, Direction::OneWay);
    let mut station = None;
    let result = read(whole.bytes, input, exchanges, &mut message, &mut station);
    message.read(result);
    message.identity = Identity {
        hostname: station,
        ..Identity::NONE
    };
    message.emit(whole.size, emit);
}

fn read<'a>(
    bytes: &'a [u8],
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    message: &mut Message<'a>,
    station: &mut Option<&'a str>,
) -> Result<(), Short> {
    let mut cursor = Cursor::new(bytes);
    cursor.skip(1)?;
    let kind = cursor.u8()?;
    let (version, kind) = (kind & 0x0f, kind >> 4 & 7);
    message.expect(matches!(version, 1 | 2), Anomaly::BadVersion);
    named(kind, message);
    cursor.skip(2)?; // octets of the frame
    let stream = cursor.u16_be()?;
    message.station = Some(u32::from(stream));
    cursor.skip(8)?; // time
    let key = u64::from(stream);
    if !message.cut {
        let fits = checks(bytes);
        message.expect(fits, Anomaly::BadChecksum);
        if !fits {
            return Ok(());
        }
    }
    let data = cursor.remaining().saturating_sub(2);
    let mut data = if message.cut {
        cursor
    } else {
        cursor.sub(data)?
    };
    message.values = data.rest();
    match kind {
        COMMAND => {
            let asked = command(&mut data, message)?;
            if let Some(kind) = asked {
                exchanges.ask(key << 8 | u64::from(kind), message, input);
            }
            return Ok(());
        }
        CONFIGURATION_1 | CONFIGURATION_2 => configuration::read(&mut data, message, station)?,
        CONFIGURATION_3 => configuration::read_3(&mut data, message, station)?,
        HEADER => message.name(printable(data.rest())),
        _ => return Ok(()),
    }
    // They are also sent without being asked for (6.4).
    let key = key << 8 | u64::from(kind);
    if exchanges.answer_if_asked(key, message, input).is_some() {
        message.direction = Direction::Response;
        message.outcome = Outcome::Ok;
    }
    Ok(())
}

fn named(kind: u8, message: &mut Message<'_>) {
    let code = u32::from(kind);
    match kind {
        DATA => message.is(code, "data", OperationClass::Event),
        HEADER => message.is(code, "header", OperationClass::Discovery),
        CONFIGURATION_1 => message.is(code, "configuration_1", OperationClass::Discovery),
        CONFIGURATION_2 => message.is(code, "configuration_2", OperationClass::Discovery),
        COMMAND => message.is(code, "command", OperationClass::Control),
        CONFIGURATION_3 => message.is(code, "configuration_3", OperationClass::Discovery),
        _ => message.is_unknown(code),
    }
}

/// Reads a command; answers the type of the frame that it asks for (6.6, table 15).
fn command<'a>(data: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<Option<u8>, Short> {
    use OperationClass::{Control, Discovery};
    let number = data.u16_be()?;
    message.direction = Direction::Request;
    message.operation.sub = Some(u32::from(number));
    let code = u32::from(COMMAND);
    let (name, class, asked) = match number {
        1 => ("turn_off_transmission", Control, None),
        2 => ("turn_on_transmission", Control, None),
        3 => ("send_header", Discovery, Some(HEADER)),
        4 => ("send_configuration_1", Discovery, Some(CONFIGURATION_1)),
        5 => ("send_configuration_2", Discovery, Some(CONFIGURATION_2)),
        6 => ("send_configuration_3", Discovery, Some(CONFIGURATION_3)),
        8 => ("extended_frame", Control, None),
        0x0100..=0x0fff => ("user_command", Control, None),
        _ => {
            message.is_unknown(code);
            return Ok(None);
        }
    };
    message.is(code, name, class);
    message.values = data.rest();
    message.expect(number == 8 || data.is_empty(), Anomaly::TrailingBytes);
    if asked.is_none() {
        message.direction = Direction::OneWay;
    }
    Ok(asked)
}

/// A frame without data is its header and its check word.
const _: () = assert!(SHORTEST == 14 + 2);
