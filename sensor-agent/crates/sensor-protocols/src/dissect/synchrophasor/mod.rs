//! Synchrophasors: measurements of the grid, their configuration, and who starts and stops them.
//!
//! Sources: IEEE C37.118.2-2011, clause 6 (frames, commands), annex A (TCP and UDP); C37.118-2005.
//!
//! # What comes out
//! - `operation.code` is the frame type, `operation.sub` of a command the command.
//! - `station` is the identifier of the data stream. `objects`: of a configuration the stations by name
//!   (`station_name`) and identifier (`pmu`), and the data rate; nothing of measurements.
//! - Commands are requests; the frame that a command asks for is the response.
//! - `identity` of a configuration with one station: its name as host name.
//!
//! # What departs from the standard
//! A wrong check word: `bad_checksum`, and the frame is not looked into. Counts that do not fit: `truncated`,
//! `trailing_bytes`. Versions other than 1 and 2: `bad_version`.
//!
//! # Limits
//! [`limits::SYNCHROPHASOR_STATIONS`]; see [`super::message`]. Measurements are kept as sent. A configuration 3 in several frames
//! is told frame by frame, stations of the first one.

mod configuration;
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
    protocol: Protocol::Synchrophasor,
    hints: &[
        Hint::Tcp(4712),
        Hint::Udp(4713),
        Hint::Tcp(4713),
        Hint::Udp(4712),
    ],
    anywhere: &[Transport::Tcp, Transport::Udp],
    probe,
    create: || Box::<Framed<Synchrophasor>>::default(),
};

/// First octet of every frame.
const SYNC: u8 = 0xaa;

/// Octets of a frame without its data.
const SHORTEST: u16 = 16;

/// Frame types.
const COMMAND: u8 = 4;

/// One flow.
#[derive(Debug, Default)]
struct Synchrophasor {
    exchanges: Exchanges,
}

impl Spoken for Synchrophasor {
    const PROTOCOL: Protocol = Protocol::Synchrophasor;
    const MOST: usize = limits::SYNCHROPHASOR_BYTES;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        measure(bytes)
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        observe::frame(whole, input, &mut self.exchanges, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// SYNC, type and version, octets of the frame.
fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    match (cursor.u8(), cursor.u8()) {
        (Ok(SYNC), Ok(kind)) if kind >> 4 <= 5 && kind & 0x0f != 0 => {}
        (Ok(SYNC), Err(_)) => return Measure::Need(4),
        _ => return Measure::Foreign,
    }
    match cursor.u16_be() {
        Err(_) => Measure::Need(4),
        Ok(size) if size < SHORTEST => Measure::Foreign,
        Ok(size) => Measure::Total(u64::from(size)),
    }
}

/// Elsewhere than on its ports the check word decides.
fn probe(input: &ProbeInput<'_>) -> Probe {
    let Measure::Total(total) = measure(input.bytes) else {
        return match measure(input.bytes) {
            Measure::Need(_) => Probe::Incomplete,
            Measure::Total(_) | Measure::Foreign => Probe::Unrecognised,
        };
    };
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    let role = if input.bytes.get(1).is_some_and(|kind| kind >> 4 == COMMAND) {
        Role::Client
    } else {
        Role::Server
    };
    let certain = match input.bytes.get(..total) {
        _ if input.hinted => true,
        Some(frame) => observe::checks(frame),
        None if total <= limits::PROBE_BYTES => return Probe::Incomplete,
        None => false,
    };
    if certain {
        Probe::Recognised(Some(role))
    } else {
        Probe::Unrecognised
    }
}
