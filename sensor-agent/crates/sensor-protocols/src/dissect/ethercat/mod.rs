//! EtherCAT: what a master reads and writes in the devices of its segment, and their mailboxes.
//!
//! Sources: IEC 61158-4-12 and 61158-6-12 (ETG.1000.4 and ETG.1000.6), registers of the EtherCAT slave
//! controller (ETG.1000.4, annex A); ETG.1020 for file access.
//!
//! # What comes out
//! One message for each datagram of a frame:
//! - `operation.code` is the command of the datagram, plus the mailbox type × 256 when it carries one;
//!   [`NETWORK_VARIABLES`] and [`GATEWAY`] for frames of these types. `operation.sub` is the AL state that
//!   is written, or what the mailbox message does.
//! - `operation.name`: the command; for writes to registers that act on a device what they do
//!   (`al_control op`, `sii_write`, `reset` …); the service of a mailbox message (`sdo_download_request` …).
//! - `objects`: `register` or `memory` with the number of octets, or `logical_octet`; `position` of a device that is
//!   addressed by it, as far as the frame was not processed yet; `sdo` (index × 256 + subindex), `idn`, files.
//! - `station` is the configured address. A datagram with a working counter is a response: a device has
//!   processed it.
//! - Passwords of file access are not kept: `password_octets` says that there is one.
//!
//! # Limits
//! [`limits::ETHERCAT_DATAGRAMS`]; see [`super::message`]. A frame that comes back from an empty segment looks like one
//! that goes out. Process data are kept as sent. The content of Ethernet over EtherCAT is not dissected. What a device says of
//! itself has the address of the master on the wire: it is told as objects, not as an identity.

mod commands;
mod mailbox;
mod observe;
#[cfg(test)]
mod tests;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe, ProbeInput};
use crate::dissect::cursor::Cursor;
use crate::observation::{Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Ethercat,
    hints: &[Hint::Ethertype(0x88a4), Hint::Udp(34_980)],
    anywhere: &[],
    probe,
    create: || Box::new(Ethercat),
};

/// Operation code of a frame with network variables.
pub const NETWORK_VARIABLES: u32 = 0x1_0000;

/// Added to the mailbox type × 256 of a mailbox message without a datagram.
pub const GATEWAY: u32 = 0x2_0000;

/// Operation code of a frame of another type: this plus the type.
pub const OTHER: u32 = 0x3_0000;

/// Mailbox type of an operation code, 0 for none.
#[must_use]
pub const fn mailbox_type(code: u32) -> u32 {
    code >> 8 & 0xff
}

/// Types of frames.
const DATAGRAMS: u16 = 1;
const VARIABLES: u16 = 4;
const MAILBOX: u16 = 5;

/// Keeps nothing: every datagram says all of itself.
#[derive(Debug)]
struct Ethercat;

impl Dissector for Ethercat {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        observe::frame(input, emit);
        Parsed::Consumed(input.bytes.len())
    }
}

fn probe(input: &ProbeInput<'_>) -> Probe {
    if input.transport != Transport::Udp {
        return Probe::Recognised(None);
    }
    let mut cursor = Cursor::new(input.bytes);
    let Ok(header) = cursor.u16_le() else {
        return Probe::Unrecognised;
    };
    let length = usize::from(header & 0x7ff);
    let known = matches!(header >> 12, DATAGRAMS | VARIABLES | MAILBOX);
    if known && length > 0 && length <= cursor.remaining() {
        Probe::Recognised(None)
    } else {
        Probe::Unrecognised
    }
}
