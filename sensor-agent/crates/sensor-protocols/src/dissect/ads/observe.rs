//! An AMS message told.

use super::groups::{self, Group, SYSTEM_SERVICE};
use super::{AMS_ERROR, ROUTER, errors};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::Whole;
use crate::dissect::message::Message;
use crate::dissect::message::exchange::{Asked, Exchanges};
use crate::dissect::message::text::{Text, printable};
use crate::dissect::{Emit, Input};
use crate::observation::{Anomaly, Direction, Identity, OperationClass, Outcome, Protocol};

/// Flags of the AMS header.
pub(super) const RESPONSE: u16 = 0x0001;
pub(super) const ADS_COMMAND: u16 = 0x0004;

/// ADS commands.
const READ_DEVICE_INFO: u16 = 1;
const READ: u16 = 2;
const WRITE: u16 = 3;
const READ_STATE: u16 = 4;
const WRITE_CONTROL: u16 = 5;
const ADD_NOTIFICATION: u16 = 6;
const DELETE_NOTIFICATION: u16 = 7;
const NOTIFICATION: u16 = 8;
const READ_WRITE: u16 = 9;

/// The header of AMS.
struct Header {
    target: (u64, u16),
    source: (u64, u16),
    command: u16,
    flags: u16,
    length: u32,
    error: u32,
    invoke: u32,
}

impl Header {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        Ok(Self {
            target: address(cursor)?,
            source: address(cursor)?,
            command: cursor.u16_le()?,
            flags: cursor.u16_le()?,
            length: cursor.u32_le()?,
            error: cursor.u32_le()?,
            invoke: cursor.u32_le()?,
        })
    }
}

/// Net identifier and port.
pub(super) fn address(cursor: &mut Cursor<'_>) -> Result<(u64, u16), Short> {
    let [a, b, c, d, e, f] = cursor.array()?;
    let net_id = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    Ok((net_id, cursor.u16_le()?))
}

/// Version and name of the system service.
#[derive(Default)]
struct Texts<'a> {
    version: Text<16>,
    name: Option<&'a str>,
}

/// Tells a message of AMS/TCP.
pub(super) fn message(
    whole: &Whole<'_>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    emit: &mut Emit<'_>,
) {
    let mut texts = Texts::default();
    let mut message = whole.begin(Protocol::Ads, Direction::OneWay);
    let result = read(whole.bytes, input, exchanges, &mut message, &mut texts);
    message.read(result);
    if let Some(version) = texts.version.as_str() {
        message.identity = Identity {
            vendor: Some("Beckhoff"),
            model: texts.name,
            firmware: Some(version),
            ..Identity::NONE
        };
    }
    message.emit(whole.size, emit);
}

fn read<'a>(
    bytes: &'a [u8],
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    message: &mut Message<'a>,
    texts: &mut Texts<'a>,
) -> Result<(), Short> {
    let mut cursor = Cursor::new(bytes);
    let router = cursor.u16_le()?;
    let length = cursor.u32_le()?;
    if router != 0 {
        router_command(router, message);
        message.values = cursor.rest();
        return Ok(());
    }
    let header = Header::read(&mut cursor)?;
    message.expect(
        length.checked_sub(32) == Some(header.length),
        Anomaly::BadLength,
    );
    let response = header.flags & RESPONSE != 0;
    let ((net_id, port), (_, peer)) = if response {
        (header.source, header.target)
    } else {
        (header.target, header.source)
    };
    message.station = Some(u32::from(port));
    command(&header, message);
    let key = u64::from(header.invoke) | u64::from(port) << 32 | u64::from(peer) << 48;
    if header.command == NOTIFICATION {
        message.id("ams_net_id", net_id);
        message.values = cursor.rest();
        return Ok(());
    }
    if response {
        message.direction = Direction::Response;
        let asked = exchanges.answer(key, message, input);
        message.id("ams_net_id", net_id);
        return answer(&header, port, cursor, asked.as_ref(), (message, texts));
    }
    message.direction = Direction::Request;
    let result = request(&header, port, cursor, message);
    message.id("ams_net_id", net_id);
    if header.error != 0 {
        message.id(AMS_ERROR, header.error);
    }
    exchanges.ask(key, message, input);
    result
}

fn router_command(router: u16, message: &mut Message<'_>) {
    let code = ROUTER.saturating_add(u32::from(router));
    let session = OperationClass::Session;
    match router {
        0x0001 => message.is(code, "port_close", session),
        0x1000 => message.is(code, "port_connect", session),
        0x1001 => message.is(code, "router_note", session),
        0x1002 => message.is(code, "get_local_net_id", session),
        _ => message.is_unknown(code),
    }
}

/// Says which command a message is.
fn command(header: &Header, message: &mut Message<'_>) {
    use OperationClass::{Control, Diagnostic, Discovery, Event, Read, Session, Write};
    let code = u32::from(header.command);
    match header.command {
        READ_DEVICE_INFO => message.is(code, "read_device_info", Discovery),
        READ => message.is(code, "read", Read),
        WRITE => message.is(code, "write", Write),
        READ_STATE => message.is(code, "read_state", Diagnostic),
        WRITE_CONTROL => message.is(code, "write_control", Control),
        ADD_NOTIFICATION => message.is(code, "add_notification", Session),
        DELETE_NOTIFICATION => message.is(code, "delete_notification", Session),
        NOTIFICATION => message.is(code, "notification", Event),
        READ_WRITE => message.is(code, "read_write", Read),
        _ => message.is_unknown(code),
    }
    message.expect(header.flags & ADS_COMMAND != 0, Anomaly::BadValue);
}

fn request<'a>(
    header: &Header,
    port: u16,
    mut cursor: Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    match header.command {
        READ | WRITE | READ_WRITE | ADD_NOTIFICATION => {
            let number = cursor.u32_le()?;
            let offset = cursor.u32_le()?;
            let length = cursor.u32_le()?;
            let group = groups::named(port, number);
            addressed((number, group), offset, length, message);
            classify(header.command, group, message);
            if header.command == READ_WRITE {
                return read_write((port, number, offset), group, &mut cursor, message);
            }
            data(header.command, (port, number), length, &mut cursor, message)
        }
        WRITE_CONTROL => {
            let state = cursor.u16_le()?;
            let device = cursor.u16_le()?;
            message.operation.sub = Some(u32::from(state));
            match groups::control(state) {
                Some(name) => message.operation.name = name,
                None => message.flag(Anomaly::BadValue),
            }
            message.id("ads_state", state);
            message.id("device_state", device);
            let length = cursor.u32_le()?;
            whole(length, &cursor, message);
            message.values = cursor.rest();
            Ok(())
        }
        DELETE_NOTIFICATION => cursor.skip(4),
        READ_DEVICE_INFO | READ_STATE => {
            message.expect(cursor.is_empty(), Anomaly::TrailingBytes);
            Ok(())
        }
        _ => {
            message.values = cursor.rest();
            Ok(())
        }
    }
}

/// The index group, and where in it.
fn addressed(
    (number, group): (u32, Option<Group>),
    offset: u32,
    length: u32,
    message: &mut Message<'_>,
) {
    message.id("index_group", number);
    match group {
        Some(group) if group.by_handle => {}
        Some(group) => message.range(group.table, offset, length),
        None => message.range("index_offset", offset, length),
    }
}

/// A group can say more of what is done than the command.
fn classify(command: u16, group: Option<Group>, message: &mut Message<'_>) {
    let group = group.map(|group| (group.reads, group.writes));
    let Some((reads, writes)) = group else {
        return;
    };
    message.operation.class = match command {
        READ | READ_WRITE => reads,
        WRITE => writes,
        _ => message.operation.class,
    };
}

/// A command that writes first: calls of methods and values by handle go this way too, so it reads only where what is
/// written can do nothing else.
fn read_write<'a>(
    (port, number, offset): (u16, u32, u32),
    group: Option<Group>,
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    let written = cursor.u32_le()?;
    whole(written, cursor, message);
    message.values = cursor.rest();
    if written > 0 && !groups::only_asks(port, number, offset, cursor.rest()) {
        message.operation.class = group.map_or(OperationClass::Write, |group| group.writes);
    }
    if groups::is_by_name(port, number) {
        message.name(printable(cursor.rest()));
    }
    Ok(())
}

fn data<'a>(
    command: u16,
    (port, number): (u16, u32),
    length: u32,
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
) -> Result<(), Short> {
    match command {
        READ => {
            message.expect(cursor.is_empty(), Anomaly::TrailingBytes);
            return Ok(());
        }
        ADD_NOTIFICATION => {
            message.id("transmission_mode", cursor.u32_le()?);
            return cursor.skip(24);
        }
        _ => whole(length, cursor, message),
    }
    message.values = cursor.rest();
    if groups::is_by_name(port, number) {
        message.name(printable(cursor.rest()));
    }
    Ok(())
}

/// As many octets are there as are said to be.
fn whole(length: u32, cursor: &Cursor<'_>, message: &mut Message<'_>) {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if cursor.remaining() < length {
        message.ends_early();
    } else if !message.cut {
        message.expect(cursor.remaining() == length, Anomaly::TrailingBytes);
    }
}

fn answer<'a>(
    header: &Header,
    port: u16,
    mut cursor: Cursor<'a>,
    asked: Option<&Asked>,
    (message, texts): (&mut Message<'a>, &mut Texts<'a>),
) -> Result<(), Short> {
    if let Some(asked) = asked {
        if asked.operation.code == message.operation.code {
            message.operation = asked.operation;
        } else {
            message.flag(Anomaly::Mismatch);
        }
        if let Some(object) = asked.object
            && !message.objects.list().contains(&object)
        {
            message.object(object);
        }
    }
    if header.error != 0 {
        message.id(AMS_ERROR, header.error);
        message.ended(header.error, 0, errors::name(header.error));
        return Ok(());
    }
    let result = cursor.u32_le()?;
    message.ended(result, 0, errors::name(result));
    match header.command {
        _ if message.outcome != Outcome::Ok => {}
        READ | READ_WRITE => {
            let length = cursor.u32_le()?;
            whole(length, &cursor, message);
            message.values = cursor.rest();
        }
        READ_STATE => {
            message.id("ads_state", cursor.u16_le()?);
            message.id("device_state", cursor.u16_le()?);
        }
        READ_DEVICE_INFO => return device_info(port, &mut cursor, message, texts),
        ADD_NOTIFICATION => cursor.skip(4)?,
        _ => {}
    }
    Ok(())
}

fn device_info<'a>(
    port: u16,
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    texts: &mut Texts<'a>,
) -> Result<(), Short> {
    const NAME: usize = 16;
    let (major, minor) = (cursor.u8()?, cursor.u8()?);
    let build = cursor.u16_le()?;
    let name = printable(cursor.take(NAME)?);
    message.name(name);
    let version = u32::from_be_bytes([major, minor, 0, 0]) | u32::from(build);
    message.id("version", version);
    if port == SYSTEM_SERVICE {
        texts.version = Text::of(format_args!("{major}.{minor}.{build}"));
        texts.name = name;
    }
    Ok(())
}
