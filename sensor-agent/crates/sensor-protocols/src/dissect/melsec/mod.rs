//! MELSEC communication: SLMP frames 3E and 4E, binary and ASCII, and the MELSOFT protocol of engineering
//! tools.
//!
//! Sources: Mitsubishi SH-080008 (MELSEC communication protocol), SH-080956 (SLMP); device codes, commands
//! and end codes are theirs. MELSOFT has no published specification: its frame and the names of its commands are those
//! that Nozomi Networks published (blackhat23-melsoft) and `iti_melsoft_129.pcap` shows.
//!
//! # What comes out
//! - `operation.code` is the command, [`MELSOFT`] plus the command of MELSOFT. `operation.sub` is the
//!   subcommand. A response has the operation of its request; one whose request was not seen has
//!   [`RESPONSE`] as its code.
//! - `objects`: devices (`data_register`, `input` …) with first number and points; names of files.
//! - `station` is the station number of the access route. `outcome` is the end code.
//! - `identity`: model of the CPU, from `read_type_name`; version after the latest update of the firmware, where
//!   special register 919 of an iQ-R CPU is read.
//! - Pairing: 4E by serial number, MELSOFT by its reference, 3E in order.
//!
//! Passwords of unlock and lock, and what a MELSOFT login holds, are not kept.
//!
//! # Limits
//! [`limits::MELSEC_BYTES`]; see [`super::message`]. Labels, blocks of several devices behind the first, and the
//! data of MELSOFT are kept as sent. Commands of MELSOFT without a known name are told by number and not flagged, since
//! no list of them is published.

mod codes;
mod devices;
mod melsoft;
mod observe;
mod slmp;
#[cfg(test)]
mod tests;

use super::message::exchange::Exchanges;
use super::message::framing::{Framing, Measure, Next};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Melsec,
    // The ports that modules have at delivery. The others of 5000 to 5010 are of anybody: content tells.
    hints: &[
        Hint::Tcp(5007),
        Hint::Udp(5006),
        Hint::Tcp(5562),
        Hint::Udp(5560),
    ],
    anywhere: &[Transport::Tcp, Transport::Udp],
    probe,
    create: || Box::<Melsec>::default(),
};

/// Added to the command of MELSOFT in the code of an operation.
pub const MELSOFT: u32 = 0x1_0000;

/// Operation code of a response whose request was not seen.
pub const RESPONSE: u32 = 0x2_0000;

/// One flow.
#[derive(Debug, Default)]
struct Melsec {
    framing: Framing,
    exchanges: Exchanges,
    /// Requests and responses of frame 3E, which have no number.
    asked: u32,
    answered: u32,
}

impl Dissector for Melsec {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        match self.framing.next(input, limits::MELSEC_BYTES, measure) {
            Next::Answer(answer) => answer,
            Next::Message {
                bytes,
                take,
                anomalies,
                cut,
            } => {
                let carried = observe::Carried {
                    bytes,
                    anomalies,
                    cut: cut || input.cut,
                    take,
                };
                observe::message(&carried, input, self, emit);
                Parsed::Consumed(take)
            }
        }
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        self.framing.gap(sender, dropped, lost);
        self.exchanges.lost(sender);
        // Nobody knows which of the open ones the next response answers.
        self.answered = self.asked;
    }
}

fn measure(bytes: &[u8]) -> Measure {
    match bytes {
        [0x57 | 0xd7, ..] => melsoft::measure(bytes),
        [0x50 | 0x54 | 0xd0 | 0xd4 | b'D' | b'5', ..] => slmp::measure(bytes),
        _ => Measure::Foreign,
    }
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    match measure(input.bytes) {
        Measure::Foreign => return Probe::Unrecognised,
        Measure::Need(_) => return Probe::Incomplete,
        Measure::Total(_) => {}
    }
    let shape = match input.bytes {
        [0x57 | 0xd7, ..] => melsoft::shape(input.bytes),
        _ => slmp::shape(input.bytes, input.hinted),
    };
    match shape {
        Ok(Some(role)) => Probe::Recognised(Some(role)),
        Err(_) if input.transport == Transport::Tcp => Probe::Incomplete,
        Ok(None) | Err(_) => Probe::Unrecognised,
    }
}
