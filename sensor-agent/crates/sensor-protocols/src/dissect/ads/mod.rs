//! ADS over AMS: what TwinCAT controllers of Beckhoff are read, written and controlled with, and the
//! routes between them.
//!
//! Sources: Beckhoff Information System, *TwinCAT ADS: AMS/TCP header, AMS header, ADS commands*; of the
//! discovery on UDP 48899 none is published: the layout is that of the captures and of Beckhoff's ADS
//! library (MIT).
//!
//! # What comes out
//! - `operation.code` is the ADS command; [`ROUTER`] plus the command of an AMS/TCP header that is not 0,
//!   [`DISCOVERY`] plus the service of a datagram. `operation.sub` of `write_control` is the ADS state
//!   that is set, and its name says it.
//! - `objects`: `ams_net_id` of the server, `index_group`, then the offset with the number of octets in the table that the group
//!   is (`plc_memory_byte`, `symbol_value_by_name` …; `index_offset` where the group is not known). Offsets that are
//!   handles are left out. Names of symbols and files that are written. A response repeats the first
//!   object of its request. [`AMS_ERROR`] where the header has an error.
//! - `station` is the AMS port of the server.
//! - `outcome`: error of the header, else the result of the command.
//! - `identity`: TwinCAT version and host name from discovery, the version of the system service from
//!   `read_device_info`. Of other servers name and version are objects, for they differ within a device.
//! - Routes that are added: host, route name and user name as names; `password_octets` says that there is a
//!   password.
//! - Requests and responses are paired by ports and invoke identifier.
//!
//! # Limits
//! [`limits::ADS_BYTES`], [`limits::ADS_TAGS`]; see [`super::message`]. Values of notifications and parts of sum commands
//! are kept as sent.

mod errors;
mod groups;
mod observe;
mod routes;
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

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Ads,
    hints: &[Hint::Tcp(48_898), Hint::Udp(48_899)],
    anywhere: &[Transport::Tcp, Transport::Udp],
    probe,
    create: || Box::<Framed<Ads>>::default(),
};

/// Added to the command of an AMS/TCP header that is not 0.
pub const ROUTER: u32 = 0x1_0000;

/// Added to the service of a datagram.
pub const DISCOVERY: u32 = 0x2_0000;

/// Kind of the object that is the error of an AMS header.
pub const AMS_ERROR: &str = "ams_error";

/// First octets of a datagram.
const MAGIC: &[u8] = &[0x03, 0x66, 0x14, 0x71];

/// Octets of the AMS/TCP header, and of the AMS header behind it.
const TCP_HEADER: usize = 6;
const HEADER: usize = 32;

/// Octets that may follow the AMS/TCP header of a command of the router: each has a few. With a longer one nobody can
/// have the rest of a stream passed over.
const ROUTER_DATA: u32 = 0xffff;

/// One flow.
#[derive(Debug, Default)]
struct Ads {
    exchanges: Exchanges,
}

impl Spoken for Ads {
    const PROTOCOL: Protocol = Protocol::Ads;
    const MOST: usize = limits::ADS_BYTES;

    fn measure(bytes: &[u8], transport: Transport) -> Measure {
        if transport == Transport::Tcp {
            on_tcp_header(bytes)
        } else {
            datagram(bytes)
        }
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        if input.transport == Transport::Tcp {
            observe::message(whole, input, &mut self.exchanges, emit);
        } else {
            routes::datagram(whole, input, &mut self.exchanges, emit);
        }
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
    }
}

/// Command of the header (0 for ADS), octets that follow it.
fn on_tcp_header(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    let read = cursor
        .u16_le()
        .and_then(|command| Ok((command, cursor.u32_le()?)));
    match (read, bytes) {
        (Ok((0, length)), _) if usize::try_from(length).is_ok_and(|length| length < HEADER) => {
            Measure::Foreign
        }
        (Ok((1 | 0x1000..=0x1002, length)), _) if length > ROUTER_DATA => Measure::Foreign,
        (Ok((0 | 1 | 0x1000..=0x1002, length)), _) => {
            Measure::Total(u64::from(length).saturating_add(6))
        }
        (Ok(_), _) => Measure::Foreign,
        (Err(_), [_, second, ..]) if !matches!(second, 0 | 0x10) => Measure::Foreign,
        (Err(_), _) => Measure::Need(TCP_HEADER),
    }
}

/// A discovery fills its datagram.
fn datagram(bytes: &[u8]) -> Measure {
    let known = bytes.len().min(MAGIC.len());
    if bytes.get(..known) != MAGIC.get(..known) {
        return Measure::Foreign;
    }
    Measure::Total(u64::try_from(bytes.len().max(24)).unwrap_or(u64::MAX))
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    if input.transport == Transport::Udp {
        return match datagram(input.bytes) {
            Measure::Total(_) if input.bytes.len() >= 12 => {
                let answers = input.bytes.get(11).is_some_and(|octet| octet & 0x80 != 0);
                Probe::Recognised(Some(if answers { Role::Server } else { Role::Client }))
            }
            Measure::Total(_) | Measure::Need(_) | Measure::Foreign => Probe::Unrecognised,
        };
    }
    match (on_tcp_header(input.bytes), header(input.bytes)) {
        (Measure::Foreign, _) | (_, Ok(None)) => Probe::Unrecognised,
        (_, Err(_)) => Probe::Incomplete,
        (_, Ok(Some(role))) => Probe::Recognised(Some(role)),
    }
}

/// Who sends a message whose two lengths and command fit each other.
fn header(bytes: &[u8]) -> Result<Option<Role>, Short> {
    let mut cursor = Cursor::new(bytes);
    let reserved = cursor.u16_le()?;
    let length = cursor.u32_le()?;
    cursor.skip(16)?;
    let command = cursor.u16_le()?;
    let flags = cursor.u16_le()?;
    let data = cursor.u32_le()?;
    cursor.skip(8)?;
    let fits = reserved == 0 && length.checked_sub(32) == Some(data);
    let ads = command <= 9 && flags & observe::ADS_COMMAND != 0 && flags < 0x100;
    let response = flags & observe::RESPONSE != 0;
    Ok((fits && ads).then_some(if response { Role::Server } else { Role::Client }))
}
