//! EtherNet/IP: the encapsulation protocol on TCP and UDP, CIP in it, PCCC in that, and I/O on UDP.
//!
//! Sources (named in the code by volume and clause; clauses without a volume are of the file's source):
//! - ODVA, *The CIP Networks Library*: Volume 1 *Common Industrial Protocol*, Volume 2 *`EtherNet/IP`
//!   Adaptation of CIP*, Volume 5 *CIP Safety* and Volume 8 *CIP Security* for names
//! - Rockwell Automation 1756-PM020, *Logix5000 Data Access*, for tags and PCCC
//! - Allen-Bradley 1770-6.5.16, *DF1 Protocol and Command Set*, for PCCC
//!
//! # What comes out
//! Each layer is told once, outer ones first: the command of the encapsulation, then the CIP service
//! it carries, then the services or the PCCC command inside of that.
//!
//! Protocol `enip`:
//! - `operation.code` is the command, [`IO`] for implicit messages; `operation.sub` is absent.
//! - `outcome` is `Error` with a status other than 0. Send Unit Data, NOP and Unregister Session are
//!   one-way.
//! - `identity` of the reply to List Identity: vendor, product name, revision, serial number.
//! - `objects` of implicit messages: `connection`; `values`: the data as sent.
//!
//! Protocol `cip`:
//! - `operation.code` is the service, without the bit that marks a reply; `operation.sub` is the class
//!   it is asked of, absent where a symbol is addressed.
//! - PCCC: `operation.code` is [`PCCC`] plus the command, `operation.sub` the function.
//! - `station` is the link address at the end of a route: the slot on a backplane.
//! - `objects`: `class`, the instance under the name of its class, `attribute`, `member`,
//!   `connected_class`, `connected_instance` and `connection_point` of a connection that is opened or closed, the symbol as
//!   engineers write it. A reply has those of the request that it answers.
//! - `values`: the data of the service as sent.
//! - `outcome` of a reply: `Error` with the general status, but for a transfer that goes on.
//! - `identity` of the identity object, read as a whole without a route.
//! - Bytes that are no whole message are reported under [`UNFRAMED`] or [`INCOMPLETE`], code 0.
//!
//! # What departs from the standard
//! Options, versions, statuses, items and segments that do not exist: `bad_value`, `bad_version`.
//! Lengths, counts and offsets that do not fit: `truncated`, `trailing_bytes`, `bad_length`,
//! `bad_pointer`. Commands and services not defined: `reserved_code`. A session handle that the target
//! did not give, a reply with another service than its request: `mismatch`. A reply without a request:
//! `unsolicited`. A sequence number of I/O that is not later: `out_of_sequence`.
//!
//! # Limits
//! See `pairing` (open requests), `observe_cip` (depth, services), `path`, `cpf`, `io`. Devices on the
//! way of a route are not told apart. CIP Security (TLS, DTLS) is not seen here. Whether an I/O
//! connection was opened cannot be told: that happened on another flow.

mod cip;
mod classes;
mod commands;
mod cpf;
mod encap;
mod identity;
mod io;
mod objects;
mod observe;
mod observe_cip;
mod observe_pccc;
mod pairing;
mod path;
mod pccc;
mod probe;
mod services;
mod status;
#[cfg(test)]
mod tests;
mod vendors;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{Anomaly, Protocol, Transport};
use crate::time::Timestamp;
use encap::Framed;
use observe::Connection;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Enip,
    hints: &[Hint::Tcp(44_818), Hint::Udp(44_818), Hint::Udp(2222)],
    anywhere: &[Transport::Tcp, Transport::Udp],
    probe: probe::probe,
    create: || Box::<Enip>::default(),
};

/// Operation code of implicit messages, which have no command.
pub const IO: u32 = 0x1_0000;

/// Operation codes of the commands that carry CIP: Send RR Data and Send Unit Data.
pub(crate) const CARRIERS: [u32; 2] = [0x6f, 0x70];

/// Bit of an operation code of CIP that marks a PCCC command.
pub const PCCC: u32 = 0x1_0000;

/// Object of a reply that is part of a longer one: its general status, which is no error.
pub const GENERAL_STATUS: &str = "general_status";

/// Operation name of bytes in which no message can start.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of a message that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// One connection, or one flow of datagrams.
#[derive(Debug, Default)]
pub(crate) struct Enip {
    connection: Connection,
    implicit: io::Implicit,
    /// A message was seen: this is EtherNet/IP.
    spoken: bool,
    client: Side,
    server: Side,
}

/// State of one direction.
#[derive(Debug, Default)]
struct Side {
    /// Bytes were lost: the next ones may be the middle of a message.
    seeking: bool,
    /// Octets from the first one not consumed to the end of the message they belong to.
    need: usize,
    /// Octets that belong to a message of which others were lost.
    skip: usize,
}

impl Side {
    /// Where the stream goes on after a loss. Within the message that was waited for its length
    /// tells; beyond it a message has to be found.
    fn lost(&mut self, dropped: usize, lost: u64) {
        let missing = std::mem::take(&mut self.need)
            .saturating_sub(dropped)
            .saturating_add(self.skip);
        let lost = usize::try_from(lost).unwrap_or(usize::MAX);
        self.seeking = lost > missing;
        self.skip = missing.saturating_sub(lost);
    }
}

impl Enip {
    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Finds the next message after a loss. What lies before it is the rest of one whose start is
    /// not there.
    fn seek(&mut self, input: &Input<'_>) -> Option<Parsed> {
        let side = self.side(input.sender);
        if side.skip > 0 {
            let skipped = side.skip.min(input.bytes.len());
            side.skip = side.skip.saturating_sub(skipped);
            return Some(Parsed::Consumed(skipped));
        }
        if !side.seeking {
            return None;
        }
        match encap::find(input.bytes) {
            Some(0) => {
                side.seeking = false;
                None
            }
            Some(at) => {
                side.seeking = false;
                Some(Parsed::Consumed(at))
            }
            None if input.bytes.len() < encap::HEADER && !input.last => Some(Parsed::Incomplete {
                need: encap::HEADER,
            }),
            None => Some(Parsed::Consumed(input.bytes.len())),
        }
    }

    /// A message that goes on beyond the bytes: wait, or take what there will ever be.
    fn incomplete(&mut self, input: &Input<'_>, need: usize, emit: &mut Emit<'_>) -> Parsed {
        let no_more = input.cut || input.last || input.transport != Transport::Tcp;
        if !no_more {
            self.side(input.sender).need = need;
            return Parsed::Incomplete { need };
        }
        self.side(input.sender).need = need.saturating_sub(input.bytes.len());
        let datagram = input.transport != Transport::Tcp;
        match encap::cut(input.bytes) {
            Some(message) if input.cut || datagram => {
                observe::message(&message, input, &mut self.connection, emit);
            }
            _ if !input.cut => observe::fragment(
                INCOMPLETE,
                input.bytes,
                Anomaly::Truncated,
                input.sender,
                emit,
            ),
            _ => {}
        }
        Parsed::Consumed(input.bytes.len())
    }

    /// Bytes in which no message starts. On a connection that has spoken the protocol they are
    /// reported up to the next message; where there is neither this is another protocol.
    fn foreign(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let next = encap::find(input.bytes);
        if next.is_none() && !self.spoken {
            return Parsed::NotThisProtocol;
        }
        let (skipped, _) = next
            .and_then(|at| input.bytes.split_at_checked(at))
            .unwrap_or((input.bytes, &[]));
        if self.spoken {
            observe::fragment(UNFRAMED, skipped, Anomaly::BadValue, input.sender, emit);
        }
        Parsed::Consumed(skipped.len())
    }
}

impl Dissector for Enip {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if input.transport == Transport::Udp && io::is_implicit(input.bytes) {
            self.spoken = true;
            self.implicit.datagram(input.bytes, input.cut, emit);
            return Parsed::Consumed(input.bytes.len());
        }
        if let Some(parsed) = self.seek(input) {
            return parsed;
        }
        match encap::next(input.bytes) {
            Framed::Message(message) => {
                self.spoken = true;
                self.side(input.sender).need = 0;
                observe::message(&message, input, &mut self.connection, emit);
                Parsed::Consumed(message.size())
            }
            Framed::Incomplete { need } => self.incomplete(input, need, emit),
            Framed::Foreign => self.foreign(input, emit),
        }
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        if dropped > 0 || lost > 0 {
            self.side(sender).lost(dropped, lost);
        }
        // Either end may have asked.
        self.connection.pairing.requests_lost();
    }

    /// The tag is the sequence count of the connection, or the first half of the sender context.
    fn reopen(&mut self, message: &mut [u8], tag: u32, time: Timestamp, frame: u64) -> bool {
        let tag = tag.to_le_bytes();
        let Some(at) = observe::tag(message) else {
            return false;
        };
        let Some((place, tag)) = message.get_mut(at.clone()).zip(tag.get(..at.len())) else {
            return false;
        };
        place.copy_from_slice(tag);
        observe::reopen(message, (time, frame), &mut self.connection)
    }
}
