//! NTP over UDP: who takes its time from whom, and who asks or changes a time server from afar.
//!
//! Source: RFC 5905 (time, modes 1 to 5), RFC 9327 (control messages, mode 6); `ntp_request.h` of the
//! reference implementation (private messages, mode 7).
//!
//! One datagram, one observation. `operation.code` is the mode of modes 0 to 5; [`CONTROL`] and the
//! operation code of a control message; [`PRIVATE`] and the request code of a private one, whose
//! implementation number is the second-level code. Objects: `version`, and of time messages `stratum`
//! and the reference: an address below stratum 1, else the four letters of the clock. A server that refuses to
//! serve (kiss-o'-death, RFC 5905, 7.4) and a failed control or private request are errors.
//!
//! `monlist` (private requests 20 and 42) is what amplification attacks use: class `Diagnostic`, like
//! all that reads; what changes the server is `Write` or `Config`.
//!
//! Pairing: a server repeats the transmit time of the request as origin; control and private messages have
//! a sequence number.
//!
//! Limits: times, authenticators, extension fields and the data of control messages are not read.

use super::collected::{Asked, Told, line, operation_of, unknown};
use super::cursor::{Cursor, Short};
use super::open_requests::OpenRequests;
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, Operation, OperationClass, Outcome, Protocol};

use OperationClass::{Config, Control, Diagnostic, Read, Session, Write};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Ntp,
    hints: &[Hint::Udp(123)],
    anywhere: &[],
    probe,
    create: || Box::<Ntp>::default(),
};

/// Added to the operation code of control messages.
pub const CONTROL: u32 = 0x600;
/// Added to the request code of private messages.
pub const PRIVATE: u32 = 0x700;

const SYMMETRIC_ACTIVE: u8 = 1;
const SYMMETRIC_PASSIVE: u8 = 2;
const CLIENT: u8 = 3;
const SERVER: u8 = 4;
const MODE_CONTROL: u8 = 6;
const MODE_PRIVATE: u8 = 7;

/// Versions in use (RFC 5905, 7.3).
const VERSIONS: std::ops::RangeInclusive<u8> = 1..=4;

/// Modes, operation codes of control messages, request codes of private messages.
const OPERATIONS: &[(u32, &str, OperationClass)] = &[
    (1, "symmetric_active", Session),
    (2, "symmetric_passive", Session),
    (3, "client", Session),
    (4, "server", Session),
    (5, "broadcast", Session),
    (CONTROL + 1, "read_status", Diagnostic),
    (CONTROL + 2, "read_variables", Diagnostic),
    (CONTROL + 3, "write_variables", Write),
    (CONTROL + 4, "read_clock_variables", Diagnostic),
    (CONTROL + 5, "write_clock_variables", Write),
    (CONTROL + 6, "set_trap", Config),
    (CONTROL + 7, "trap_response", Diagnostic),
    (CONTROL + 8, "configure", Config),
    (CONTROL + 9, "save_configuration", Config),
    (CONTROL + 10, "read_most_recently_used", Diagnostic),
    (CONTROL + 11, "read_ordered_list", Diagnostic),
    (CONTROL + 12, "request_nonce", Diagnostic),
    (CONTROL + 31, "unset_trap", Config),
    (PRIVATE, "peer_list", Diagnostic),
    (PRIVATE + 1, "peer_list_summary", Diagnostic),
    (PRIVATE + 2, "peer_information", Diagnostic),
    (PRIVATE + 3, "peer_statistics", Diagnostic),
    (PRIVATE + 4, "system_information", Diagnostic),
    (PRIVATE + 5, "system_statistics", Diagnostic),
    (PRIVATE + 6, "io_statistics", Diagnostic),
    (PRIVATE + 7, "memory_statistics", Diagnostic),
    (PRIVATE + 8, "loop_information", Diagnostic),
    (PRIVATE + 9, "timer_statistics", Diagnostic),
    (PRIVATE + 10, "configure", Config),
    (PRIVATE + 11, "unconfigure", Config),
    (PRIVATE + 12, "set_system_flag", Config),
    (PRIVATE + 13, "clear_system_flag", Config),
    (PRIVATE + 14, "monitor", Config),
    (PRIVATE + 15, "no_monitor", Config),
    (PRIVATE + 16, "restriction_list", Diagnostic),
    (PRIVATE + 17, "add_restriction", Config),
    (PRIVATE + 18, "remove_restriction", Config),
    (PRIVATE + 19, "delete_restriction", Config),
    (PRIVATE + 20, "monlist", Diagnostic),
    (PRIVATE + 21, "reset_statistics", Control),
    (PRIVATE + 22, "reset_peer_statistics", Control),
    (PRIVATE + 23, "reread_keys", Config),
    (PRIVATE + 24, "do_dirty_hack", Control),
    (PRIVATE + 25, "dont_dirty_hack", Control),
    (PRIVATE + 26, "trust_key", Config),
    (PRIVATE + 27, "untrust_key", Config),
    (PRIVATE + 28, "authentication_information", Read),
    (PRIVATE + 29, "traps", Diagnostic),
    (PRIVATE + 30, "add_trap", Config),
    (PRIVATE + 31, "clear_trap", Config),
    (PRIVATE + 32, "request_key", Config),
    (PRIVATE + 33, "control_key", Config),
    (PRIVATE + 34, "control_statistics", Diagnostic),
    (PRIVATE + 35, "leap_information", Diagnostic),
    (PRIVATE + 36, "clock_information", Diagnostic),
    (PRIVATE + 37, "set_clock_fudge", Config),
    (PRIVATE + 38, "kernel_information", Diagnostic),
    (PRIVATE + 39, "clock_debugging", Diagnostic),
    (PRIVATE + 41, "set_precision", Config),
    (PRIVATE + 42, "monlist", Diagnostic),
    (PRIVATE + 43, "host_name_association", Diagnostic),
    (PRIVATE + 44, "interface_statistics", Diagnostic),
    (PRIVATE + 45, "reload_interfaces", Control),
];

/// Errors of control messages (RFC 9327, 3.1, table 5).
const CONTROL_ERRORS: [&str; 8] = [
    "unspecified",
    "authentication_failure",
    "invalid_length_or_format",
    "invalid_operation_code",
    "unknown_association",
    "unknown_variable",
    "invalid_variable_value",
    "administratively_prohibited",
];

/// Errors of private messages (`ntp_request.h`).
const PRIVATE_ERRORS: [&str; 8] = [
    "none",
    "implementation",
    "request",
    "format",
    "no_data",
    "unknown",
    "unknown",
    "authentication",
];

fn probe(input: &ProbeInput<'_>) -> Probe {
    match input.bytes.first() {
        Some(first) => Probe::Recognised(role(*first)),
        None => Probe::Incomplete,
    }
}

fn role(first: u8) -> Option<Role> {
    match first & 7 {
        CLIENT | SYMMETRIC_ACTIVE => Some(Role::Client),
        SERVER | SYMMETRIC_PASSIVE => Some(Role::Server),
        _ => None,
    }
}

/// NTP between two ports.
#[derive(Default)]
struct Ntp {
    /// Mode, and transmit time or sequence number.
    open: OpenRequests<Asked<(Role, u8, u64)>, { limits::IT_OPEN_REQUESTS }>,
}

/// What is known of a message so far.
struct Message {
    mode: u8,
    direction: Direction,
    operation: Operation,
    /// What a response repeats of its request.
    key: u64,
}

impl Dissector for Ntp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        let mode = input.bytes.first().copied().unwrap_or_default() & 7;
        let mut message = Message {
            mode,
            direction: Direction::OneWay,
            operation: operation_of(OPERATIONS, u32::from(mode))
                .unwrap_or(unknown(u32::from(mode))),
            key: 0,
        };
        let whole = read(input.bytes, &mut message, &mut told).is_ok();
        if !whole {
            told.ended_early(input);
        }
        if message.operation.class == OperationClass::Unknown {
            told.flag(Anomaly::ReservedCode);
        }
        self.pair(&message, input, &mut told);
        // Of a response that is not all there nobody knows that it was no refusal.
        let answers = message.direction == Direction::Response;
        if answers && whole && told.outcome == Outcome::None {
            told.outcome = Outcome::Ok;
        }
        told.emit(
            Protocol::Ntp,
            message.direction,
            message.operation,
            input,
            emit,
        );
        Parsed::Consumed(input.bytes.len())
    }
}

impl Ntp {
    fn pair(&mut self, message: &Message, input: &Input<'_>, told: &mut Told<'_>) {
        // Without a transmit time nothing tells what is answered.
        let (mode, key) = (message.mode, message.key);
        match message.direction {
            Direction::Request if key != 0 || mode >= MODE_CONTROL => {
                self.open.keep(Asked::new((input.sender, mode, key), input));
            }
            Direction::Response => {
                let asked_mode = match mode {
                    SERVER => CLIENT,
                    SYMMETRIC_PASSIVE => SYMMETRIC_ACTIVE,
                    mode => mode,
                };
                let key = (input.sender.peer(), asked_mode, key);
                let asked = self.open.take(|asked| asked.key == key);
                told.request = asked.map(|asked| asked.answered(input));
            }
            Direction::Request | Direction::OneWay => {}
        }
    }
}

fn read<'a>(bytes: &'a [u8], message: &mut Message, told: &mut Told<'a>) -> Result<(), Short> {
    let mut c = Cursor::new(bytes);
    let first = c.u8()?;
    let version = first >> 3 & 7;
    told.id("version", version);
    if !VERSIONS.contains(&version) {
        told.flag(Anomaly::BadVersion);
    }
    match message.mode {
        MODE_CONTROL => control(&mut c, message, told),
        MODE_PRIVATE => private(first, &mut c, message, told),
        _ => time(&mut c, message, told),
    }
}

/// A time message (RFC 5905, 7.3).
fn time<'a>(c: &mut Cursor<'a>, message: &mut Message, told: &mut Told<'a>) -> Result<(), Short> {
    const KEY_OR_EXTENSION: usize = 4;
    message.direction = match message.mode {
        CLIENT | SYMMETRIC_ACTIVE => Direction::Request,
        SERVER | SYMMETRIC_PASSIVE => Direction::Response,
        _ => Direction::OneWay,
    };
    let stratum = c.u8()?;
    told.id("stratum", stratum);
    c.skip(2 + 8)?; // poll, precision, root delay and dispersion
    let reference = c.take(4)?;
    if stratum < 2 {
        told.text("reference", stratum, line(reference));
    } else if let Ok(address) = Cursor::new(reference).array::<4>() {
        told.address(std::net::Ipv4Addr::from(address));
    }
    if stratum == 0 && message.mode == SERVER {
        told.outcome = Outcome::Error {
            code: 0,
            name: "kiss_of_death",
        };
    }
    c.skip(8)?; // reference time
    let origin = c.u64_be()?;
    c.skip(8)?; // receive time
    let transmit = c.u64_be()?;
    message.key = match message.direction {
        Direction::Response => origin,
        Direction::Request | Direction::OneWay => transmit,
    };
    if !c.remaining().is_multiple_of(KEY_OR_EXTENSION) {
        told.flag(Anomaly::BadLength);
    }
    Ok(())
}

/// A control message (RFC 9327, 2).
fn control<'a>(
    c: &mut Cursor<'a>,
    message: &mut Message,
    told: &mut Told<'a>,
) -> Result<(), Short> {
    const RESPONSE: u8 = 0x80;
    const ERROR: u8 = 0x40;
    const OPERATION: u8 = 0x1f;
    let flags = c.u8()?;
    message.direction = if flags & RESPONSE != 0 {
        Direction::Response
    } else {
        Direction::Request
    };
    let code = CONTROL | u32::from(flags & OPERATION);
    message.operation = operation_of(OPERATIONS, code).unwrap_or(unknown(code));
    message.key = u64::from(c.u16_be()?);
    let [error, _] = c.array()?;
    let association = c.u16_be()?;
    if association != 0 {
        told.id("association", association);
    }
    c.skip(2)?; // offset
    let count = usize::from(c.u16_be()?);
    if flags & (RESPONSE | ERROR) == RESPONSE | ERROR {
        told.outcome = failed(error, &CONTROL_ERRORS);
    }
    c.skip(count)
}

/// A private message (`ntp_request.h`): flags, sequence number, implementation, request code, error and
/// number of items, size of an item.
fn private<'a>(
    first: u8,
    c: &mut Cursor<'a>,
    message: &mut Message,
    told: &mut Told<'a>,
) -> Result<(), Short> {
    const RESPONSE: u8 = 0x80;
    message.direction = if first & RESPONSE != 0 {
        Direction::Response
    } else {
        Direction::Request
    };
    let [_sequence, implementation, request] = c.array()?;
    let code = PRIVATE | u32::from(request);
    message.operation = Operation {
        sub: Some(u32::from(implementation)),
        ..operation_of(OPERATIONS, code).unwrap_or(unknown(code))
    };
    // Responses in several parts count up; their request has number 0: the request code joins them.
    message.key = u64::from(request);
    let items = c.u16_be()?;
    let size = usize::from(c.u16_be()? & 0x0fff);
    let error = u8::try_from(items >> 12).unwrap_or_default();
    if message.direction == Direction::Response {
        if error != 0 {
            told.outcome = failed(error, &PRIVATE_ERRORS);
        }
        told.id("items", items & 0x0fff);
        return c.skip(usize::from(items & 0x0fff).saturating_mul(size));
    }
    Ok(())
}

fn failed(code: u8, names: &[&'static str]) -> Outcome {
    Outcome::Error {
        code: u32::from(code),
        name: names.get(usize::from(code)).copied().unwrap_or("unknown"),
    }
}

#[cfg(test)]
mod tests;
