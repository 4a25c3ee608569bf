//! PTP: which clock a network follows, and who changes that.
//!
//! Sources: IEEE 1588-2008 and 1588-2019 (version 2 and 2.1), clause 13 (messages), 15 (management),
//! annexes D to F (UDP and Ethernet); IEEE 1588-2002 (version 1), annex C.
//!
//! # What comes out
//! - `operation.code` is the message type; [`V1`] plus the control field for version 1. `operation.sub` of
//!   management is action × 65536 + identifier.
//! - `station` is the domain. `objects`: `clock` and `port` of the sender; of an announcement `grandmaster`,
//!   its two priorities, class, accuracy, time source and the steps to it. Sequence numbers and times, which
//!   differ in each message, are not told.
//! - Management is a request (GET, SET, COMMAND) or a response; all else is one-way.
//!
//! # Limits
//! See [`super::message`]. TLVs behind announcements and the data of management are kept as sent; security TLVs are not checked.
//! A master that is not the one learned is for detection to tell, by `grandmaster`.

mod management;
mod observe;
#[cfg(test)]
mod tests;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput};
use crate::observation::{Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Ptp,
    hints: &[Hint::Ethertype(0x88f7), Hint::Udp(319), Hint::Udp(320)],
    anywhere: &[],
    probe,
    create: || Box::new(Ptp),
};

/// Added to the control field of version 1.
pub const V1: u32 = 0x100;

/// Keeps nothing.
#[derive(Debug)]
struct Ptp;

impl Dissector for Ptp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        observe::message(input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    if input.transport != Transport::Udp {
        return Probe::Recognised(None);
    }
    let known = match input.bytes {
        [0, 1, 0, _, ..] => true,
        [kind, version, ..] => version & 0x0f == 2 && matches!(kind & 0x0f, 0..=3 | 8..=13),
        _ => false,
    };
    if known {
        Probe::Recognised(None)
    } else {
        Probe::Unrecognised
    }
}
