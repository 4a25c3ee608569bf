//! BSAP over IP: how Bristol (Emerson) controllers of pipelines and waterworks are polled.
//!
//! Sources: Emerson, D301401X012 (*BSAP*), for application functions and the remote data base; the header over IP,
//! which is not published, as ICSNPP found it (bsap-protocol.pac, by students of BYU Idaho) and as its capture shows.
//!
//! ```text
//!  0         2          4          6          10                 header
//! ├─────────┼──────────┼──────────┼──────────┼──────────────────┼─────────────────────────────┤
//! │ header, │ messages │ function │ sequence │ sequence that is │ length, 0CH, sequence, then │
//! │ octets  │          │          │          │ acknowledged     │ function or status …        │
//! └─────────┴──────────┴──────────┴──────────┴──────────────────┴─────────────────────────────┘
//! ```
//! Numbers are sent with their low octet first. The length of a message counts itself.
//!
//! # What comes out
//! One observation for each message, or one for a datagram without any.
//! - `operation.code` is the function of the remote data base; of other application functions [`APPLICATION`] plus
//!   their number; of a datagram without messages [`DATAGRAM`] plus its function. A response has the operation of
//!   the request with its sequence number, or [`RESPONSE`].
//! - `objects`: names of signals as they are asked for, addresses of signals as `signal`; of several that are written the
//!   first one, with `signals`, how many there are. `values`: the data.
//! - The extension of the remote data base resets and configures the system: it is `control`, with the number of its
//!   function as `operation.sub`.
//! - `outcome`: `Error` with a status that is not 0.
//!
//! # Limits
//! [`limits::BSAP_MESSAGES`] messages of a datagram. Values are not told signal by signal: their types are not in the
//! answer. Serial BSAP behind a terminal server is not read. The capture has reads by name and writes by address alone: the
//! numbers of other functions are those of ICSNPP (consts.pac, consts.zeek), the layouts of a write by name, a read by
//! address and the extension were never seen.

use super::cursor::{Cursor, Short};
use super::framed::{Framed, Spoken, Whole};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::message::text::printable;
use super::message::{Message, Row, row};
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::OperationClass::{
    Config, Control, Diagnostic, Program, Read, Session, Write,
};
use crate::observation::{Anomaly, Direction, Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Bsap,
    hints: &[Hint::Udp(1234), Hint::Udp(1235)],
    anywhere: &[],
    probe,
    create: || Box::<Framed<Bsap>>::default(),
};

/// Operation code of a response whose request was not seen.
const RESPONSE: u32 = 0x4_0000;

/// Added to an application function that is not the remote data base.
const APPLICATION: u32 = 0x1_0000;

/// Added to the function of a datagram without messages.
const DATAGRAM: u32 = 0x2_0000;

/// Functions of a datagram.
mod function {
    pub(super) const RESPONSE: u16 = 5;
    pub(super) const REQUESTS: [u16; 3] = [0x06, 0x84, 0x86];
}

/// Application function of the remote data base, and of its extension.
const RDB: u8 = 0xa0;
const RDB_EXTENSION: u8 = 0xa1;

/// Functions of a datagram that are known.
const DATAGRAMS: &[Row] = &[
    (0x00, "poll", Session),
    (0x01, "response_count", Session),
    (0x05, "response", Session),
    (0x06, "request", Session),
    (0x84, "request", Session),
    (0x86, "request", Session),
];

/// Application functions.
const APPLICATIONS: &[Row] = &[
    (0x03, "programming_interface", Program),
    (0x70, "diagnostic", Diagnostic),
    (0x78, "flash_download", Program),
    (0x79, "flash_configuration", Config),
    (0xa0, "remote_data_base", Read),
    (0xa1, "remote_data_base_extension", Control),
    (0xa8, "report_by_exception_firmware", Session),
    (0xa9, "report_by_exception_manager", Session),
];

/// Functions of the remote data base.
const FUNCTIONS: &[Row] = &[
    (0x00, "read_signal_by_address", Read),
    (0x02, "read_logical_by_address", Read),
    (0x04, "read_signal_by_name", Read),
    (0x06, "read_logical_by_name", Read),
    (0x0c, "read_signal_by_list_start", Read),
    (0x0d, "read_signal_by_list_continue", Read),
    (0x0e, "read_logical_by_list_start", Read),
    (0x0f, "read_logical_by_list_continue", Read),
    (0x80, "write_signal_by_address", Write),
    (0x84, "write_signal_by_name", Write),
    (0x8c, "write_signal_by_list_start", Write),
    (0x8d, "write_signal_by_list_continue", Write),
];

fn probe(input: &ProbeInput<'_>) -> Probe {
    match Bsap::measure(input.bytes, input.transport) {
        Measure::Total(total) if usize::try_from(total).is_ok_and(|n| n == input.bytes.len()) => {
            let function = input.bytes.get(4).copied().map_or(0, u16::from);
            Probe::Recognised(Some(sender(function)))
        }
        Measure::Total(_) | Measure::Need(_) | Measure::Foreign => Probe::Unrecognised,
    }
}

const fn sender(function: u16) -> Role {
    match function {
        function::RESPONSE => Role::Server,
        _ => Role::Client,
    }
}

/// One flow. Requests are joined by who sent them, whatever the role: both ends use one port.
#[derive(Debug, Default)]
struct Bsap {
    exchanges: Exchanges,
}

impl Spoken for Bsap {
    const PROTOCOL: Protocol = Protocol::Bsap;
    const MOST: usize = limits::BSAP_DATAGRAM;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        let mut cursor = Cursor::new(bytes);
        let fields = (cursor.u16_le(), cursor.u16_le(), cursor.u16_le());
        let (Ok(header), Ok(messages), Ok(function)) = fields else {
            return Measure::Need(14);
        };
        let known = matches!(header, 0x0e | 0x16)
            && usize::from(messages) <= limits::BSAP_MESSAGES
            && row(DATAGRAMS, function).is_some();
        if !known {
            return Measure::Foreign;
        }
        let mut total = u64::from(header);
        let _ = cursor.skip(usize::from(header).saturating_sub(6));
        for _ in 0..messages {
            // A length that is not there, or that does not count itself, ends the walk: the message is short.
            let Ok(length) = cursor.u32_le() else {
                return Measure::Total(total.saturating_add(4));
            };
            total = total.saturating_add(u64::from(length.max(4)));
            let rest = usize::try_from(length.saturating_sub(4)).unwrap_or(usize::MAX);
            if cursor.skip(rest).is_err() {
                break;
            }
        }
        Measure::Total(total)
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        let mut cursor = Cursor::new(whole.bytes);
        let mut told = false;
        let read = self.messages(&mut cursor, whole, input, emit, &mut told);
        if told && read.is_ok() {
            return;
        }
        let mut message = whole.begin(Protocol::Bsap, Direction::OneWay);
        let function = whole.bytes.get(4).copied().map_or(0, u16::from);
        match row(DATAGRAMS, function) {
            Some((_, name, class)) => message.is(DATAGRAM | u32::from(function), name, *class),
            None => message.is_unknown(DATAGRAM | u32::from(function)),
        }
        message.read(read);
        message.emit(whole.size, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

impl Bsap {
    fn messages(
        &mut self,
        cursor: &mut Cursor<'_>,
        whole: &Whole<'_>,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
        told: &mut bool,
    ) -> Result<(), Short> {
        let header = usize::from(cursor.u16_le()?);
        let messages = cursor.u16_le()?;
        let function = cursor.u16_le()?;
        cursor.skip(header.saturating_sub(6))?;
        for _ in 0..messages {
            let length = usize::try_from(cursor.u32_le()?).unwrap_or(usize::MAX);
            let wanted = length.saturating_sub(4);
            let mut body = cursor.sub(wanted.min(cursor.remaining()))?;
            let mut message = whole.begin(Protocol::Bsap, Direction::OneWay);
            message.expect(length >= 4, Anomaly::BadLength);
            let read = self.one(function, &mut body, &mut message, input);
            message.read(read);
            message.emit(length, emit);
            *told = true;
        }
        Ok(())
    }

    fn one<'a>(
        &mut self,
        function: u16,
        body: &mut Cursor<'a>,
        message: &mut Message<'a>,
        input: &Input<'_>,
    ) -> Result<(), Short> {
        message.is(DATAGRAM | u32::from(function), "message", Session);
        body.skip(1)?; // octets up to the data
        let sequence = u64::from(body.u32_le()?);
        if function == function::RESPONSE {
            message.is(RESPONSE, "response", Session);
            message.direction = Direction::Response;
            let status = body.u8()?;
            message.ended(u32::from(status), 0, "refused");
            if let Some(asked) = self.exchanges.answer(sequence, message, input) {
                message.operation = asked.operation;
            }
            message.values = body.rest();
        } else if function::REQUESTS.contains(&function) {
            message.direction = Direction::Request;
            let read = request(body, message);
            self.exchanges.ask(sequence, message, input);
            read?;
        }
        Ok(())
    }
}

fn request<'a>(body: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    let application = body.u8()?;
    let code = APPLICATION | u32::from(application);
    match row(APPLICATIONS, u16::from(application)) {
        Some((_, name, class)) => message.is(code, name, *class),
        None => message.is_unknown(code),
    }
    match application {
        RDB => remote_data_base(body, message),
        RDB_EXTENSION => {
            body.skip(1)?; // node status
            message.operation.sub = Some(u32::from(body.u16_le()?));
            message.values = body.rest();
            Ok(())
        }
        _ => Ok(()),
    }
}

fn remote_data_base<'a>(body: &mut Cursor<'a>, message: &mut Message<'a>) -> Result<(), Short> {
    body.skip(1)?; // node status
    let function = body.u8()?;
    super::framed::named(message, FUNCTIONS, u16::from(function));
    message.values = body.rest();
    match function {
        // What is asked for each signal in four octets, how many signals, their names.
        0x04 | 0x06 => {
            body.skip(4)?;
            let count = body.u8()?;
            names(count, body, message);
        }
        // How many, then names each with what is written behind it.
        0x84 => {
            body.skip(1)?;
            let count = body.u8()?;
            names(count.min(1), body, message);
            several(count, message);
        }
        // Version of the load, security, how many, then addresses each with what is written behind it.
        0x80 => {
            body.skip(3)?;
            let count = body.u8()?;
            if count > 0 {
                message.id("signal", body.u16_le()?);
            }
            several(count, message);
        }
        // What is asked for, version of the load, how many, their addresses.
        0x00 | 0x02 => {
            body.skip(5)?;
            for _ in 0..body.u8()? {
                message.id("signal", body.u16_le()?);
            }
        }
        _ => {}
    }
    Ok(())
}

/// How many signals are written, where there are more than the one that is told.
fn several(count: u8, message: &mut Message<'_>) {
    if count > 1 {
        message.id("signals", count);
    }
}

/// Names, each with an octet of 0 behind it.
fn names<'a>(count: u8, body: &mut Cursor<'a>, message: &mut Message<'a>) {
    for _ in 0..count {
        let rest = body.rest();
        let end = memchr::memchr(0, rest).unwrap_or(rest.len());
        let Ok(name) = body.take(end) else { return };
        message.name(printable(name));
        if body.skip(1).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
