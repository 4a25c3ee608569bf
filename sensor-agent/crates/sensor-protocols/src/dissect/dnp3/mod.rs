//! DNP3 (IEEE 1815): link layer with its CRCs, transport function, application layer.
//!
//! Source: IEEE 1815-2012, *Standard for Electric Power Systems Communications — Distributed
//! Network Protocol (DNP3)*. Clauses are named in the files.
//!
//! # What comes out
//! - One observation for each link frame: the application fragment that it completes, or the frame
//!   itself (link functions, and segments of a fragment that goes on).
//! - `operation.code` is the application function code; 256 plus the link function for a primary
//!   frame without a fragment, 512 plus the link function for a secondary one. Those have the DIR
//!   bit in `operation.sub`: 1 when a master sent them.
//! - `station` is the address of the outstation (of a broadcast, the broadcast address).
//! - `objects`: a `master_address`; for each object header an `object` (group × 256 + variation)
//!   and the points it names as ranges of the table of its group (`binary_input` …), of indices in
//!   consecutive runs; the name of a file; `internal_indications` of a response (first octet
//!   high); `link_function` 3 when the link layer is to confirm; `to_be_confirmed` 1 of a request with CON.
//! - `values`: the objects as on the wire, with their headers, where the function brings data.
//! - `outcome` of a response: `Error` with the bit of IIN2 (1 to 32), else 256 plus the status of
//!   the first control that failed, 512 plus the status of a file operation, 768 plus an error of
//!   secure authentication; else `Ok`.
//! - `identity` of the device from device attributes (group 0).
//! - A response has the class of its request. Confirmations and unsolicited responses are one-way.
//! - Bytes that are no whole frame are reported under [`UNFRAMED`], [`INCOMPLETE`] or
//!   [`BAD_HEADER`], code 0.
//!
//! # What departs from the standard
//! CRC of header or data: `bad_checksum`; the frame is then not looked into. Function codes of the
//! application or link layer that are not defined: `reserved_code`. Groups, variations,
//! qualifiers, control codes, addresses that do not exist, ranges that run backwards: `bad_value`.
//! Length too small for a header, objects that end early, data in a frame that has none:
//! `bad_length`, with `truncated` where octets are missing. A
//! segment that does not follow, a fragment begun inside another: `out_of_sequence`. A function
//! whose sender contradicts DIR: `wrong_role`. A response without a request: `unsolicited`.
//!
//! # Limits
//! See `transport` (fragments), `application` (objects), `pairing` (open requests). Confirmations
//! are not paired with what they confirm. Of secure authentication the errors are read; challenges
//! and keys stay in `values`. A frame that the capture cut is not looked into.

mod application;
mod codes;
mod link;
mod objects;
mod observe;
mod pairing;
mod probe;
mod sizes;
#[cfg(test)]
mod tests;
mod transport;

pub use application::OBJECT;
pub use observe::{INDICATIONS, LINK_FUNCTION, MASTER, TO_BE_CONFIRMED};

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{Anomaly, AnomalySet, Protocol, Transport};
use crate::time::Timestamp;
use link::Framed;
use observe::Connection;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Dnp3,
    hints: &[Hint::Tcp(20_000), Hint::Udp(20_000)],
    anywhere: &[Transport::Tcp, Transport::Udp],
    probe: probe::probe,
    create: || Box::<Dnp3>::default(),
};

/// Operation name of bytes in which no frame can start.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of a frame that its connection or datagram did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// Operation name of a frame whose header has a wrong CRC, and what follows up to the next one.
pub const BAD_HEADER: &str = "bad_link_header";

/// Set in the code of an operation that is a primary link frame.
pub const PRIMARY: u32 = 0x100;

/// Set in the code of an operation that is a secondary link frame.
pub const SECONDARY: u32 = 0x200;

/// One connection, or the datagrams between two ports.
#[derive(Debug, Default)]
pub(crate) struct Dnp3 {
    connection: Connection,
    /// A frame was seen: this is DNP3.
    spoken: bool,
    client: Side,
    server: Side,
}

/// State of one direction.
#[derive(Debug, Default)]
struct Side {
    /// Bytes were lost: the next ones may be the middle of a frame.
    seeking: bool,
}

impl Dnp3 {
    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Finds the next frame after a loss. The last octets may be the start of its header.
    fn seek(&mut self, input: &Input<'_>) -> Option<Parsed> {
        const HELD: usize = link::HEADER - 1;
        if !self.side(input.sender).seeking {
            return None;
        }
        let found = link::find(input.bytes);
        if found.is_some() {
            self.side(input.sender).seeking = false;
        }
        match found {
            Some(0) => None,
            Some(at) => Some(Parsed::Consumed(at)),
            None if input.last || input.cut || input.transport != Transport::Tcp => {
                Some(Parsed::Consumed(input.bytes.len()))
            }
            None => match input.bytes.len().checked_sub(HELD) {
                Some(skipped) if skipped > 0 => Some(Parsed::Consumed(skipped)),
                _ => Some(Parsed::Incomplete { need: link::HEADER }),
            },
        }
    }

    /// A frame that goes on beyond the bytes: wait, or say that it is not finished.
    fn incomplete(&mut self, input: &Input<'_>, need: usize, emit: &mut Emit<'_>) -> Parsed {
        let datagram = input.transport != Transport::Tcp;
        if !input.cut && !input.last && !datagram {
            return Parsed::Incomplete { need };
        }
        let anomalies = if input.cut {
            AnomalySet::EMPTY
        } else {
            AnomalySet::of(Anomaly::Truncated)
        };
        self.connection.reassembly(input.sender).reset();
        observe::fragment(INCOMPLETE, input.bytes, anomalies, input.sender, emit);
        Parsed::Consumed(input.bytes.len())
    }

    /// Bytes up to the next frame, of which `name` says what they are.
    fn skip(
        &mut self,
        name: &'static str,
        anomaly: Anomaly,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) -> Parsed {
        let next = link::find(input.bytes);
        let end = next.unwrap_or(input.bytes.len());
        let skipped = input.bytes.get(..end).unwrap_or(input.bytes);
        self.side(input.sender).seeking = next.is_none() && name == BAD_HEADER;
        self.connection.reassembly(input.sender).reset();
        if self.spoken || name == BAD_HEADER {
            let anomalies = AnomalySet::of(anomaly);
            observe::fragment(name, skipped, anomalies, input.sender, emit);
        }
        Parsed::Consumed(skipped.len())
    }
}

impl Dissector for Dnp3 {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Some(parsed) = self.seek(input) {
            return parsed;
        }
        match link::next(input.bytes) {
            Framed::Frame(frame) => {
                self.spoken = true;
                observe::frame(&frame, input, &mut self.connection, emit);
                Parsed::Consumed(frame.size)
            }
            Framed::Incomplete { need } => self.incomplete(input, need, emit),
            Framed::BadHeader => self.skip(BAD_HEADER, Anomaly::BadChecksum, input, emit),
            Framed::Foreign if link::begins(input.bytes) => {
                self.spoken = true;
                self.skip(UNFRAMED, Anomaly::BadLength, input, emit)
            }
            Framed::Foreign if !self.spoken && link::find(input.bytes).is_none() => {
                Parsed::NotThisProtocol
            }
            Framed::Foreign => self.skip(UNFRAMED, Anomaly::BadValue, input, emit),
        }
    }

    fn held(&self) -> usize {
        let Connection { client, server, .. } = &self.connection;
        client.held().saturating_add(server.held())
    }

    fn shed(&mut self) {
        self.connection.client.reset();
        self.connection.server.reset();
    }

    fn gap(&mut self, sender: Role, _: usize, _: u64) {
        self.side(sender).seeking = true;
        self.connection.reassembly(sender).reset();
        self.connection.pairing.requests_lost();
    }

    /// The tag holds the application sequence number in its first octet, and the octet of the
    /// transport function in its second one.
    fn reopen(&mut self, message: &mut [u8], tag: u32, time: Timestamp, frame: u64) -> bool {
        let [.., transport, application] = tag.to_be_bytes();
        let renumbered = link::renumber(message, |first, control| {
            *first = transport;
            *control = *control & 0xf0 | application & 0x0f;
        });
        renumbered.is_some() && observe::reopen(message, (time, frame), &mut self.connection)
    }

    fn passed(&mut self, sender: Role) {
        self.side(sender).seeking = false;
        self.connection.reassembly(sender).passed();
    }
}
