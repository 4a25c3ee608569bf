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
//! Passwords of unlock and lock and of files are not kept, nor what MELSOFT commands hold other than those that write,
//! control or transfer files.
//!
//! # Limits
//! [`limits::MELSEC_BYTES`]; see [`super::message`]. Labels, blocks of several devices behind the first, devices with an
//! extended specification (subcommand 008x) and the data of MELSOFT are kept as sent. A request in frame 3E over UDP that is
//! never answered shifts the pairing of those behind it until the client waits for [`limits::MELSEC_WAIT`]; after octets that
//! were lost or are no frame responses in frame 3E are told without their request until it does. Commands of MELSOFT without a known name are told by number and not flagged, since
//! no list of them is published.

mod codes;
mod devices;
mod melsoft;
mod observe;
mod slmp;
#[cfg(test)]
mod tests;

use super::framed::{Framed, Spoken, Whole};
use super::message::exchange::Exchanges;
use super::message::framing::Measure;
use super::registry::{Entry, Hint};
use super::{Emit, Input, Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::{Protocol, Transport};
use crate::time::Timestamp;

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
    create: || Box::<Framed<Melsec>>::default(),
};

/// Added to the command of MELSOFT in the code of an operation.
pub const MELSOFT: u32 = 0x1_0000;

/// Operation code of a response whose request was not seen.
pub const RESPONSE: u32 = 0x2_0000;

/// Above the number in the keys of requests in frame 4E, in frame 3E, of MELSOFT.
const NUMBERED: u64 = 1;
const UNNUMBERED: u64 = 2;
const REFERENCED: u64 = 3;

/// One flow.
#[derive(Debug, Default)]
struct Melsec {
    exchanges: Exchanges,
    /// Of the requests of the client, and of those of the server.
    numbers: [Numbers; 2],
}

/// Requests of one end in frame 3E, which have no number, and responses to them.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    asked: u32,
    answered: u32,
    /// When the latest that was seen was sent; `None` when another one may have been missed since.
    latest: Option<Timestamp>,
    /// A response may come whose request was not seen: nobody knows which one the next response answers.
    unsure: bool,
}

impl Melsec {
    const fn numbers(&mut self, asker: Role) -> &mut Numbers {
        let [client, server] = &mut self.numbers;
        match asker {
            Role::Client => client,
            Role::Server => server,
        }
    }

    /// The open requests in frame 3E of an end stay without an answer.
    fn give_up(&mut self, asker: Role) {
        let numbers = self.numbers(asker);
        numbers.answered = numbers.asked;
        self.exchanges.give_up(asker, |key| key >> 32 == UNNUMBERED);
    }
}

impl Spoken for Melsec {
    const PROTOCOL: Protocol = Protocol::Melsec;
    const MOST: usize = limits::MELSEC_BYTES;

    fn measure(bytes: &[u8], _: Transport) -> Measure {
        measure(bytes)
    }

    fn message(&mut self, whole: &Whole<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        observe::message(whole, input, self, emit);
    }

    fn lost(&mut self, sender: Role) {
        self.exchanges.lost(sender);
        for asker in [Role::Client, Role::Server] {
            self.give_up(asker);
            let numbers = self.numbers(asker);
            numbers.unsure = true;
            numbers.latest = None;
        }
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
