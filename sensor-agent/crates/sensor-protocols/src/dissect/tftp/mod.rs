//! TFTP over UDP: who reads and writes which file.
//!
//! Source: RFC 1350, RFC 2347 (options).
//!
//! One datagram, one observation. `operation.code` is the opcode. Objects: the name of the file, and the
//! size that the options tell. An error has its code as outcome.
//!
//! Limits: the server answers from a port of its own, so the blocks of a transfer are on another flow,
//! which nothing tells from others: what is seen is what goes to the port of the service, the
//! request. Who wants the file has it by name there.

use super::collected::{Told, operation_of, unknown};
use super::cursor::{Cursor, Short};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Anomaly, Direction, OperationClass, Outcome, Protocol};

use OperationClass::{File, Session};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Tftp,
    hints: &[Hint::Udp(69)],
    anywhere: &[],
    probe,
    create: || Box::new(Tftp),
};

const READ: u16 = 1;
const WRITE: u16 = 2;
const ERROR: u16 = 5;
const OPTIONS: u16 = 6;

const OPERATIONS: &[(u32, &str, OperationClass)] = &[
    (1, "read_request", File),
    (2, "write_request", File),
    (3, "data", File),
    (4, "acknowledgment", Session),
    (5, "error", Session),
    (6, "option_acknowledgment", Session),
];

/// Errors by number (RFC 1350, 5; RFC 2347).
const ERRORS: [&str; 9] = [
    "not_defined",
    "file_not_found",
    "access_violation",
    "disk_full",
    "illegal_operation",
    "unknown_transfer",
    "file_exists",
    "no_such_user",
    "options_refused",
];

fn probe(input: &ProbeInput<'_>) -> Probe {
    match Cursor::new(input.bytes).u16_be() {
        Ok(READ | WRITE) => Probe::Recognised(Some(Role::Client)),
        Ok(3..=6) => Probe::Recognised(None),
        _ => Probe::Unrecognised,
    }
}

struct Tftp;

impl Dissector for Tftp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let mut told = Told::default();
        let code = Cursor::new(input.bytes).u16_be().unwrap_or_default();
        let operation = operation_of(OPERATIONS, u32::from(code)).unwrap_or_else(|| {
            told.flag(Anomaly::ReservedCode);
            unknown(u32::from(code))
        });
        if read(input.bytes, code, &mut told).is_err() {
            told.ended_early(input);
        }
        let direction = match code {
            READ | WRITE => Direction::Request,
            _ => Direction::OneWay,
        };
        told.emit(Protocol::Tftp, direction, operation, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

fn read<'a>(bytes: &'a [u8], code: u16, told: &mut Told<'a>) -> Result<(), Short> {
    let mut c = Cursor::new(bytes);
    c.skip(2)?;
    match code {
        READ | WRITE => {
            let file = string(&mut c)?;
            let file = told.line(file);
            told.text("file", code, file);
            string(&mut c)?; // mode
            options(&mut c, told)
        }
        OPTIONS => options(&mut c, told),
        3 | 4 => {
            told.id("block", c.u16_be()?);
            Ok(())
        }
        ERROR => {
            let code = c.u16_be()?;
            told.outcome = Outcome::Error {
                code: u32::from(code),
                name: ERRORS.get(usize::from(code)).copied().unwrap_or("unknown"),
            };
            string(&mut c).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Octets up to a zero, which is not part of them.
fn string<'a>(c: &mut Cursor<'a>) -> Result<&'a [u8], Short> {
    let length = c.rest().iter().position(|octet| *octet == 0);
    // Without an end it is as short as can be.
    let text = c.take(length.unwrap_or_else(|| c.remaining()))?;
    c.skip(1)?;
    Ok(text)
}

/// Names and values of options.
fn options(c: &mut Cursor<'_>, told: &mut Told<'_>) -> Result<(), Short> {
    for _ in 0..limits::IT_ELEMENTS {
        if c.is_empty() {
            return Ok(());
        }
        let name = string(c)?;
        let value = string(c)?;
        let number = std::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse::<u64>().ok());
        if let Some(size) = number.filter(|_| name.eq_ignore_ascii_case(b"tsize")) {
            told.id("file_size", size);
        }
    }
    told.flag(Anomaly::LimitReached);
    Ok(())
}

#[cfg(test)]
mod tests;
