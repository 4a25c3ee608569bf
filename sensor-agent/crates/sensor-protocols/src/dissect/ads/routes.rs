//! Discovery of TwinCAT and routes between systems, on UDP 48899.
//!
//! Data in: a datagram: magic, invoke identifier, service, net identifier and port of the sender, then
//! tags with their lengths. Data out: one message; identity of who answers.
//!
//! Limits: [`limits::ADS_TAGS`] tags.

use super::observe;
use super::{DISCOVERY, errors};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::framed::Whole;
use crate::dissect::message::Message;
use crate::dissect::message::exchange::Exchanges;
use crate::dissect::message::text::{Text, printable};
use crate::dissect::{Emit, Input};
use crate::limits;
use crate::observation::{Anomaly, Direction, Identity, OperationClass, Outcome, Protocol};

/// Bit of the service that marks a response.
const RESPONSE: u32 = 0x8000_0000;

const SERVER_INFO: u32 = 1;
const ADD_ROUTE: u32 = 6;

/// Tags.
const STATUS: u16 = 1;
const PASSWORD: u16 = 2;
const TWINCAT_VERSION: u16 = 3;
const OS_VERSION: u16 = 4;
const HOST: u16 = 5;
const NET_ID: u16 = 7;
const ROUTE_NAME: u16 = 12;
const USER_NAME: u16 = 13;

#[derive(Default)]
struct Told<'a> {
    version: Text<16>,
    system: Text<48>,
    host: Option<&'a str>,
}

/// Tells a datagram.
pub(super) fn datagram(
    whole: &Whole<'_>,
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    emit: &mut Emit<'_>,
) {
    let mut told = Told::default();
    let mut message = whole.begin(Protocol::Ads, Direction::OneWay);
    let result = read(whole.bytes, input, exchanges, &mut message, &mut told);
    message.read(result);
    if message.direction == Direction::Response {
        let version = told.version.as_str();
        message.identity = Identity {
            vendor: version.map(|_| "Beckhoff"),
            firmware: version,
            hostname: told.host,
            os: told.system.as_str(),
            ..Identity::NONE
        };
    } else {
        message.text("host", told.host);
    }
    message.emit(whole.size, emit);
}

fn read<'a>(
    bytes: &'a [u8],
    input: &Input<'_>,
    exchanges: &mut Exchanges,
    message: &mut Message<'a>,
    told: &mut Told<'a>,
) -> Result<(), Short> {
    let mut cursor = Cursor::new(bytes);
    cursor.skip(4)?; // magic
    let invoke = cursor.u32_le()?;
    let service = cursor.u32_le()?;
    let code = DISCOVERY | (service & 0xffff);
    match service & !RESPONSE {
        SERVER_INFO => message.is(code, "server_info", OperationClass::Discovery),
        ADD_ROUTE => message.is(code, "add_route", OperationClass::Config),
        _ => message.is_unknown(code),
    }
    let (net_id, port) = observe::address(&mut cursor)?;
    message.station = Some(u32::from(port));
    message.id("ams_net_id", net_id);
    let key = u64::from(invoke) | u64::from(service & 0xffff) << 32;
    if service & RESPONSE == 0 {
        message.direction = Direction::Request;
        exchanges.ask(key, message, input);
    } else {
        message.direction = Direction::Response;
        // Whether a route was added its status says; of the others nobody knows.
        if service & !RESPONSE == SERVER_INFO {
            message.outcome = Outcome::Ok;
        }
        exchanges.answer(key, message, input);
    }
    let tags = cursor.u32_le()?;
    for _ in 0..tags.min(limits::ADS_TAGS) {
        let tag = cursor.u16_le()?;
        let length = usize::from(cursor.u16_le()?);
        read_tag(tag, cursor.sub(length)?, message, told)?;
    }
    if tags > limits::ADS_TAGS {
        message.flag(Anomaly::LimitReached);
    } else {
        message.expect(cursor.is_empty(), Anomaly::TrailingBytes);
    }
    Ok(())
}

fn read_tag<'a>(
    tag: u16,
    mut data: Cursor<'a>,
    message: &mut Message<'a>,
    told: &mut Told<'a>,
) -> Result<(), Short> {
    match tag {
        STATUS => {
            let status = data.u32_le()?;
            message.ended(status, 0, errors::name(status));
        }
        PASSWORD => {
            let octets = data.rest().iter().take_while(|octet| **octet != 0).count();
            message.id("password_octets", u64::try_from(octets).unwrap_or(u64::MAX));
        }
        TWINCAT_VERSION => {
            let (major, minor, build) = (data.u8()?, data.u8()?, data.u16_le()?);
            told.version = Text::of(format_args!("{major}.{minor}.{build}"));
        }
        OS_VERSION => {
            data.skip(4)?; // octets of the structure
            let (major, minor, build) = (data.u32_le()?, data.u32_le()?, data.u32_le()?);
            // Platforms of `OSVERSIONINFO`.
            let system = match data.u32_le()? {
                1 => "Windows",
                2 => "Windows NT",
                3 => "Windows CE",
                _ => "unknown system",
            };
            told.system = Text::of(format_args!("{system} {major}.{minor}.{build}"));
        }
        HOST => told.host = printable(data.rest()),
        NET_ID => {
            let [a, b, c, d, e, f] = data.array()?;
            let net_id = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
            message.id("route_net_id", net_id);
        }
        ROUTE_NAME => message.text("route_name", printable(data.rest())),
        USER_NAME => message.text("user_name", printable(data.rest())),
        _ => {}
    }
    Ok(())
}
