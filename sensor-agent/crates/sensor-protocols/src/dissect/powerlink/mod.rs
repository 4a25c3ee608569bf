//! Ethernet POWERLINK: the cycle of a managing node, and what is commanded and configured between cycles.
//!
//! Source: EPSG DS 301 V1.3.0, 4.6 (frames), 6.3 (SDO), 7.3 (NMT).
//!
//! # What comes out
//! - `operation.code` is the message type, plus the service × 256 of an asynchronous message. `operation.sub` is
//!   the NMT command, the SDO command, or the service that is asked for.
//! - `station` is the node that is addressed, or that sends a response. `objects`: `nmt_state`, `sdo` (index × 256 + subindex),
//!   `requested_node` of a start of the asynchronous phase. Times and counters, which differ in each frame, are not told.
//! - `identity` of an IdentResponse: vendor, product, revision, serial number, host name.
//! - A poll is a request and its response one; they are not joined, since each cycle has its own.
//!
//! # Limits
//! See [`super::message`]. Process data are kept as sent. SDO segments are told one by one; requests and responses are joined by the
//! transaction.

mod codes;
mod ident;
mod observe;
mod sdo;
#[cfg(test)]
mod tests;

use super::message::exchange::Exchanges;
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput};
use crate::observation::{Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Powerlink,
    hints: &[Hint::Ethertype(0x88ab), Hint::Udp(3819)],
    anywhere: &[],
    probe,
    create: || Box::<Powerlink>::default(),
};

/// Message types.
const SOC: u8 = 1;
const PREQ: u8 = 3;
const PRES: u8 = 4;
const SOA: u8 = 5;
const ASND: u8 = 6;
const AMNI: u8 = 7;
const AINV: u8 = 13;

/// Services of an asynchronous message.
const SDO: u8 = 5;

/// One flow.
#[derive(Debug, Default)]
struct Powerlink {
    exchanges: Exchanges,
}

impl Dissector for Powerlink {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        observe::frame(input, &mut self.exchanges, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

/// Over UDP only SDO is sent.
fn probe(input: &ProbeInput<'_>) -> Probe {
    if input.transport != Transport::Udp || matches!(input.bytes, [ASND, _, _, SDO, ..]) {
        Probe::Recognised(None)
    } else {
        Probe::Unrecognised
    }
}
