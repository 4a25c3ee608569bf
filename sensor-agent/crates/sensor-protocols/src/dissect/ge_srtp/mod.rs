//! GE SRTP: what controllers of GE (Series 90, PACSystems) are read, written, programmed and stopped with.
//!
//! Sources: the protocol has no published specification. Denton, Karpisek, Breitinger, Baggili,
//! *Leveraging the SRTP protocol for over-the-network memory acquisition of a GE Fanuc Series 90-30*, DFRWS
//! 2017 (layouts, service codes, selectors); GE Fanuc GFK-0529 (SNP: status word, errors); ICSNPP-GE-SRTP
//! (BSD-3-Clause) and packet-ge-srtp (BSD-3-Clause) for the messages with a text buffer. No capture was at hand.
//!
//! # What comes out
//! - `operation.code` is the service request code, a response has that of its request; [`PACKET`] plus the
//!   type for a message that is neither request nor response. `operation.sub` of `set_plc_run_or_stop` is
//!   the state that is asked for.
//! - `objects`: elements of a memory (`register`, `discrete_input_bit` …) with start and number; of a response
//!   `plc_state` (0 and 1 run, 2 to 6 stop, GFK-0529 table 3-8) and `privilege_level`.
//! - `outcome`: major × 256 + minor status.
//! - What a controller says of its type: the name of the CPU as `controller_id`.
//! - Requests and responses are paired by sequence number. Passwords of a logon are not kept.
//!
//! # Limits
//! [`limits::GE_SRTP_BYTES`]; see [`super::message`]. Programs, fault tables and clocks are kept as sent. Which of the values of
//! `set_plc_run_or_stop` stops a controller is not published; it is told as the number it is.

mod codes;
mod observe;
#[cfg(test)]
mod tests;

use super::framed::{Framed, Spoken, Whole};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::dissect::cursor::Cursor;
use crate::limits;
use crate::observation::{Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::GeSrtp,
    hints: &[Hint::Tcp(18_245)],
    anywhere: &[Transport::Tcp],
    probe,
    create: || Box::<Framed<GeSrtp>>::default(),
};

/// Added to the type of a message that is neither request nor response.
pub const PACKET: u32 = 0x100;

/// Octets of a message without its text.
const HEADER: usize = 56;

/// Types of messages.
const INIT: u16 = 0;
const INIT_RESPONSE: u16 = 1;
const REQUEST: u16 = 2;
const RESPONSE: u16 = 3;
/// Seen of robots; what it does is not known.
const OTHER: u16 = 8;

/// One connection.
#[derive(Debug, Default)]
struct GeSrtp {
    exchanges: Exchanges,
}

impl Spoken for GeSrtp {
    const PROTOCOL: Protocol = Protocol::GeSrtp;
    const MOST: usize = limits::GE_SRTP_BYTES;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        measure(bytes)
    }

    /// Zeros are the start of a connection, and may be any data: behind lost octets a request or a response is looked for.
    fn begins(bytes: &[u8], _: Transport) -> Measure {
        let measured = measure(bytes);
        if matches!(measured, Measure::Total(_)) && !is_exchange(bytes) {
            return Measure::Foreign;
        }
        measured
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        observe::message(whole, input, &mut self.exchanges, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// Where the message type of a request or a response is.
const FORM: usize = 31;

/// Whether a header is that of a request or a response with a known message type.
fn is_exchange(bytes: &[u8]) -> bool {
    let form = bytes.get(FORM);
    match bytes.first().copied().map(u16::from) {
        Some(REQUEST) => matches!(form, Some(0xc0 | 0x80)),
        Some(RESPONSE) => matches!(form, Some(0xd4 | 0x94 | 0xd1)),
        _ => false,
    }
}

fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    let kind = cursor.u16_le();
    if !matches!(kind, Ok(INIT..=RESPONSE | OTHER) | Err(_)) || bytes.first() > Some(&8) {
        return Measure::Foreign;
    }
    let read = cursor.u16_le().and_then(|_| cursor.u16_le());
    match read {
        Err(_) => Measure::Need(HEADER),
        Ok(_) if bytes.len() < HEADER => Measure::Need(HEADER),
        Ok(text) => {
            let header = u64::try_from(HEADER).unwrap_or(u64::MAX);
            Measure::Total(header.saturating_add(u64::from(text)))
        }
    }
}

/// Requests and responses have one of five message types. Zeros start a connection on the known port only.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let kind = match measure(input.bytes) {
        Measure::Foreign => return Probe::Unrecognised,
        Measure::Need(_) => {
            return if input.hinted {
                Probe::Incomplete
            } else {
                Probe::Unrecognised
            };
        }
        Measure::Total(_) => input.bytes.first().copied().map(u16::from),
    };
    let numbers = input.bytes.get(40..42).unwrap_or_default();
    let (role, fits) = match kind {
        Some(REQUEST) => (Role::Client, is_exchange(input.bytes)),
        Some(RESPONSE) => (Role::Server, is_exchange(input.bytes)),
        Some(INIT) => (
            Role::Client,
            input.hinted && input.bytes.iter().take(HEADER).all(|octet| *octet == 0),
        ),
        Some(INIT_RESPONSE) => (Role::Server, input.hinted),
        _ => (Role::Client, false),
    };
    let numbered = input.hinted || numbers.iter().all(|number| *number > 0);
    if fits && numbered {
        Probe::Recognised(Some(role))
    } else {
        Probe::Unrecognised
    }
}
