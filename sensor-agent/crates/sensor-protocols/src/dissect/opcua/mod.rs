//! OPC UA over its binary protocol: UA TCP, UA secure conversation, UA binary.
//!
//! Sources: OPC 10000-6 (encoding, secure conversation, transport), OPC 10000-4 (services), tables `NodeIds.csv` and
//! `StatusCode.csv` of the OPC Foundation's UA-Nodeset repository. Clauses are named in the files.
//!
//! # What comes out
//! One observation for each chunk; that of the last chunk of a message tells the message.
//! - `operation.code`: number of the request of a service (binary encoding), of its response too, and of a fault
//!   that answers it. From 10001H on, messages without a service (`transport::code`): `hello` (HEL and ACK), `error`,
//!   `reverse_hello`, `message_chunk` (one that another follows), `abort`, `encrypted_message`,
//!   `unreadable_message` (of a channel that was open before). Of the last four `operation.sub` is the kind of the chunk
//!   (67 C, 70 F, 65 A).
//! - `objects`: nodes as the standard writes them (`ns=2;s=Pump`), of a call the object and then the `method`;
//!   [`ATTRIBUTE`](layout::ATTRIBUTE) behind a node where it is not its value; addresses, applications, policies and modes; kind and
//!   name of a user; subscriptions and monitored items; what a server tells its subscribers. Of a response
//!   [`FAILED_ITEM`] where one item of several failed, [`SERVICE_RESULT`] where the result is good and says
//!   more, [`SERVICE_FAULT`]. [`ENCRYPTED`] where an OPN or CLO cannot be read.
//! - `values`: what is written and what was read, as on the wire.
//! - `outcome` of a response: the result of the service where it is bad, else the first item that failed, else
//!   `Ok`. Of an error or abort its code.
//! - `identity`: product and application of the sender when it opens a session or tells its endpoints; from
//!   reads of the server's build information manufacturer, product and version.
//!
//! # What departs from the standard
//! What ends early: `truncated` with `bad_length`. What the encoding does not allow: `bad_value`. Chunks longer than what was
//! agreed: `bad_length`. Services, attributes and status codes that are not defined: `reserved_code`. Sequence numbers
//! that do not follow, chunks of two messages mixed: `out_of_sequence`. Responses to no request:
//! `unsolicited`; of another service, number of items or channel: `mismatch`. Requests of the server:
//! `wrong_role`.
//!
//! # Limits
//! See `framing`, `chunks`, `pairing`, `body`, `reader`. Encrypted bodies are not read. Authentication tokens, nonces,
//! passwords and certificates are passed over. XML and JSON encodings, and calls without a session, are
//! not known.

mod body;
mod channel;
mod chunks;
mod connection;
mod framing;
mod layout;
mod message;
mod observe;
mod pairing;
mod probe;
mod reader;
mod services;
mod status;
#[cfg(test)]
mod tests;
mod transport;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{Anomaly, AnomalySet, Protocol, Transport};
use channel::Security;
use chunks::Assembly;
use framing::{Chunk, Framed, Kind};
use pairing::Pairing;
use transport::Agreed;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::OpcUa,
    hints: &[Hint::Tcp(4840)],
    anywhere: &[Transport::Tcp],
    probe: probe::probe,
    create: || Box::<Opcua>::default(),
};

/// Operation name of bytes in which no chunk can start.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of a chunk that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// Kind of the object that is the number, from 0 on, of the first item of a response that failed, where its
/// service did not.
pub const FAILED_ITEM: &str = "failed_item";

/// Kind of the object that is the result of a service, where it is neither bad nor simply good.
pub const SERVICE_RESULT: &str = "service_result";

/// Kind of the object, the number of its type, of a response that is a service fault.
pub const SERVICE_FAULT: &str = "service_fault";

/// Kind of the object, 1, of an OPN or CLO whose body cannot be read.
pub const ENCRYPTED: &str = "encrypted";

pub use layout::notification::{EVENT_SEVERITY, NOTIFICATION};
pub use layout::session::POLICY;

pub use transport::code as codes;

/// Number of the type that is sent as the response to the request with the number `request`.
pub fn response_type(request: u32) -> Option<u32> {
    match services::sent(request)? {
        services::Sent::Request(service) => Some(u32::from(service.response)),
        services::Sent::Response(_) | services::Sent::Fault => None,
    }
}

/// One connection.
#[derive(Debug, Default)]
pub(crate) struct Opcua {
    /// A chunk was seen: this is OPC UA.
    spoken: bool,
    /// The server opened the connection (OPC 10000-6, 7.1.3).
    reversed: bool,
    security: Security,
    /// Number of the secure channel.
    channel: Option<u32>,
    agreed: Agreed,
    client: Side,
    server: Side,
    pairing: Pairing,
}

/// State of one direction.
#[derive(Debug, Default)]
struct Side {
    /// Bytes were lost: the next ones may be the middle of a chunk.
    seeking: bool,
    /// Octets still to come of a chunk that is not looked at any further.
    passing: u64,
    /// Sequence number of the chunk before.
    sequence: Option<u32>,
    assembly: Assembly,
}

impl Side {
    /// Whether a sequence number follows the one before (OPC 10000-6, 6.7.2.4): by one, or to the start again
    /// from the last 1024.
    fn follows(&mut self, number: u32) -> bool {
        const EDGE: u32 = 1024;
        let before = self.sequence.replace(number);
        before.is_none_or(|before| {
            number == before.wrapping_add(1)
                || (before >= u32::MAX.saturating_sub(EDGE) && number < EDGE)
        })
    }

    fn lost(&mut self) {
        *self = Self {
            seeking: true,
            ..Self::default()
        };
        self.assembly.lost();
    }
}

impl Opcua {
    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Whether this end is the one that asks.
    fn asks(&self, role: Role) -> bool {
        (role == Role::Client) != self.reversed
    }

    /// A connection begins.
    fn begin(&mut self) {
        *self = Self {
            spoken: true,
            reversed: self.reversed,
            ..Self::default()
        };
        self.pairing.begin();
    }

    /// Passes over the rest of a long chunk, and finds the next one after a loss. The last octets may be the
    /// start of its header.
    fn seek(&mut self, input: &Input<'_>) -> Option<Parsed> {
        const HELD: usize = framing::LOOKED_AT - 1;
        let side = self.side(input.sender);
        if side.passing > 0 {
            let passed = usize::try_from(side.passing)
                .unwrap_or(usize::MAX)
                .min(input.bytes.len());
            side.passing = side.passing.saturating_sub(passed as u64);
            return Some(Parsed::Consumed(passed));
        }
        if !side.seeking {
            return None;
        }
        let found = framing::find(input.bytes);
        if found.is_some() {
            side.seeking = false;
        }
        match found {
            Some(0) => None,
            Some(at) => Some(Parsed::Consumed(at)),
            None if input.last || input.cut => Some(Parsed::Consumed(input.bytes.len())),
            None => match input.bytes.len().checked_sub(HELD) {
                Some(skipped) if skipped > 0 => Some(Parsed::Consumed(skipped)),
                _ => Some(Parsed::Incomplete {
                    need: framing::LOOKED_AT,
                }),
            },
        }
    }

    #[inline]
    fn chunk(&mut self, chunk: &Chunk<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        self.spoken = true;
        match chunk.kind {
            Kind::Hello | Kind::Acknowledge | Kind::Error | Kind::ReverseHello => {
                connection::transport(self, chunk, input, emit);
            }
            Kind::Open | Kind::Close | Kind::Message => {
                observe::secured(self, chunk, input, emit);
            }
        }
        if !input.cut {
            self.side(input.sender).passing = chunk.missing();
        }
    }

    /// A chunk that goes on beyond the bytes: wait, or take what there will ever be.
    fn incomplete(&mut self, input: &Input<'_>, need: usize, emit: &mut Emit<'_>) -> Parsed {
        if !input.cut && !input.last {
            return Parsed::Incomplete { need };
        }
        if !input.cut {
            let anomalies = AnomalySet::of(Anomaly::Truncated);
            observe::fragment(INCOMPLETE, input.bytes, anomalies, emit);
        } else if let Some(chunk) = Chunk::cut(input.bytes) {
            self.chunk(&chunk, input, emit);
        }
        Parsed::Consumed(input.bytes.len())
    }

    /// Bytes in which no chunk starts. On a connection that has spoken the protocol they are reported up to the
    /// next chunk; where there is neither this is another protocol.
    fn foreign(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let next = framing::find(input.bytes);
        if next.is_none() && !self.spoken {
            return Parsed::NotThisProtocol;
        }
        let end = next.unwrap_or(input.bytes.len());
        let skipped = input.bytes.get(..end).unwrap_or(input.bytes);
        self.side(input.sender).lost();
        self.side(input.sender).seeking = false;
        if self.spoken {
            let anomalies = AnomalySet::of(framing::why_foreign(input.bytes));
            observe::fragment(UNFRAMED, skipped, anomalies, emit);
        }
        Parsed::Consumed(skipped.len())
    }
}

impl Dissector for Opcua {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Some(parsed) = self.seek(input) {
            return parsed;
        }
        match framing::next(input.bytes) {
            Framed::Chunk(chunk) => {
                self.chunk(&chunk, input, emit);
                Parsed::Consumed(chunk.here)
            }
            Framed::Incomplete { need } => self.incomplete(input, need, emit),
            Framed::Foreign => self.foreign(input, emit),
        }
    }

    fn held(&self) -> usize {
        self.client
            .assembly
            .held()
            .saturating_add(self.server.assembly.held())
    }

    fn shed(&mut self) {
        self.client.assembly.lost();
        self.server.assembly.lost();
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        if self.asks(sender) {
            self.pairing.lost();
        }
        let side = self.side(sender);
        let gone = lost.saturating_add(dropped as u64);
        if gone == 0 {
            side.sequence = None;
        } else if side.passing >= gone {
            // Nobody looks at what is lost.
            side.passing = side.passing.saturating_sub(gone);
        } else {
            side.lost();
        }
    }
}
