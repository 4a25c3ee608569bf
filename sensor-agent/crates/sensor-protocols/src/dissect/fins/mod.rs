//! FINS: what Omron controllers are read, written, programmed and controlled with.
//!
//! Sources: Omron W342 (CS/CJ communications commands reference), W420 (Ethernet units: FINS/UDP and
//! FINS/TCP). The manuals were not at hand: tables and layouts are from memory. Commands, end codes, errors and the memory
//! areas that Wireshark's dissector names agree with it (4.0); what its captures have was compared field by field.
//!
//! # What comes out
//! - `operation.code` is the command (main code × 256 + sub code); of the header of FINS/TCP
//!   [`TCP`] plus its command. `operation.sub` is the mode of `run`, the parameter of a file command, what
//!   is forced first.
//! - `objects`: elements of memory areas (`dm_word`, `cio_bit` … ; a bit is word × 16 + bit, words of
//!   expansion memory are bank × 65536 + word), parameter areas, programs, disks, files. A response
//!   repeats the first object of its request. [`RELAY_ERROR`] and the two errors of the CPU are flags
//!   of an end code.
//! - `station` is the node that serves. `outcome` is the end code without its flags.
//! - `identity`: model and version of the controller, from `controller_data_read`.
//! - Requests and responses are paired by the unit of the client and the service identifier: its node may be another
//!   in the response.
//!
//! Passwords of program areas are not kept: `password_octets` says that there is one.
//!
//! # Limits
//! [`limits::FINS_BYTES`]; see [`super::message`]. Data link tables, index and status of links and the
//! content of files are kept as sent.

mod areas;
mod codes;
mod errors;
mod fields;
mod observe;
#[cfg(test)]
mod tests;

use super::framed::{Framed, Spoken, Whole};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Protocol, Transport};

const PORT: u16 = 9600;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Fins,
    hints: &[Hint::Udp(PORT), Hint::Tcp(PORT)],
    anywhere: &[Transport::Tcp, Transport::Udp],
    probe,
    create: || Box::<Framed<Fins>>::default(),
};

/// Added to the command of a FINS/TCP header in the code of an operation.
pub const TCP: u32 = 0x1_0000;

/// Kind of the object that says a relaying node failed; the number is its network × 256 + node.
pub const RELAY_ERROR: &str = "relay_error";

/// Kind of the object that says the CPU has an error that stops it.
pub const FATAL_CPU_ERROR: &str = "fatal_cpu_error";

/// The same for one that does not.
pub const NON_FATAL_CPU_ERROR: &str = "non_fatal_cpu_error";

/// First octets of FINS/TCP.
const MAGIC: &[u8] = b"FINS";

/// Octets of a FINS header.
const HEADER: usize = 10;

/// Command of a FINS/TCP header that carries a frame.
const FRAME_SEND: u32 = 2;

/// Octets of a header of FINS/TCP.
const TCP_HEADER: usize = 16;

/// Octets that may be said to follow the length in a header of FINS/TCP: a server refuses longer ones (error 2), and
/// so nobody can have the rest of a stream passed over.
const LONGEST: u32 = 0xffff;

/// One flow.
#[derive(Debug, Default)]
struct Fins {
    exchanges: Exchanges,
}

impl Spoken for Fins {
    const PROTOCOL: Protocol = Protocol::Fins;
    const MOST: usize = limits::FINS_BYTES;

    fn measure(bytes: &[u8], transport: Transport) -> Measure {
        if transport == Transport::Tcp {
            header_on_tcp(bytes)
        } else {
            datagram(bytes)
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        if input.transport == Transport::Tcp {
            observe::on_tcp(whole, input, &mut self.exchanges, emit);
        } else {
            observe::frame(whole, whole.bytes, input, &mut self.exchanges, emit);
        }
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// A frame fills its datagram.
fn datagram(bytes: &[u8]) -> Measure {
    let shortest = HEADER.saturating_add(2);
    if bytes.len() < shortest {
        return Measure::Need(shortest);
    }
    Measure::Total(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
}

/// Magic, length of what follows it, command.
fn header_on_tcp(bytes: &[u8]) -> Measure {
    let known = bytes.len().min(MAGIC.len());
    if bytes.get(..known) != MAGIC.get(..known) {
        return Measure::Foreign;
    }
    let mut cursor = Cursor::new(bytes);
    match cursor.skip(MAGIC.len()).and_then(|()| cursor.u32_be()) {
        Err(_) => Measure::Need(8),
        Ok(length) if length > LONGEST => Measure::Foreign,
        // The length counts command and error code.
        Ok(length) => Measure::Total(u64::from(length).max(8).saturating_add(8)),
    }
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    if input.transport == Transport::Udp {
        return match shape(input.bytes, input.hinted) {
            Ok(Some(role)) => Probe::Recognised(Some(role)),
            Ok(None) | Err(_) => Probe::Unrecognised,
        };
    }
    match header_on_tcp(input.bytes) {
        Measure::Need(_) if input.hinted && input.bytes.len() >= MAGIC.len() => {
            Probe::Recognised(None)
        }
        Measure::Need(_) => Probe::Incomplete,
        Measure::Total(total) if u16::try_from(total).is_ok() => {
            Probe::Recognised(role_on_tcp(input.bytes))
        }
        Measure::Total(_) | Measure::Foreign => Probe::Unrecognised,
    }
}

fn role_on_tcp(bytes: &[u8]) -> Option<Role> {
    match bytes.get(11)? {
        0 => Some(Role::Client),
        1 => Some(Role::Server),
        2 => shape(bytes.get(TCP_HEADER..)?, true).ok().flatten(),
        _ => None,
    }
}

/// Who sends a frame; `None` when it is none. Elsewhere than on its port all that is constant must fit.
fn shape(bytes: &[u8], hinted: bool) -> Result<Option<Role>, Short> {
    let mut cursor = Cursor::new(bytes);
    let control = cursor.u8()?;
    let reserved = cursor.u8()?;
    let gateways = cursor.u8()?;
    cursor.skip(HEADER.saturating_sub(3))?;
    let command = cursor.u16_be()?;
    let constant = control & 0x3e == 0 && reserved == 0 && gateways <= 7;
    let strict =
        control & 0x80 != 0 && matches!(gateways, 2 | 7) && codes::command(command).is_some();
    if !constant || !(hinted || strict) {
        return Ok(None);
    }
    let response = control & observe::RESPONSE != 0;
    if response {
        cursor.u16_be()?;
    }
    Ok(Some(if response { Role::Server } else { Role::Client }))
}
