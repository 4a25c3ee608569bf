//! Modbus/TCP: every message of the MODBUS Application Protocol, and UMAS in its envelope.
//!
//! Sources (named in the code as MAP and MSG):
//! - MAP: *MODBUS Application Protocol Specification* V1.1b3,
//!   <https://modbus.org/docs/Modbus_Application_Protocol_V1_1b3.pdf>
//! - MSG: *MODBUS Messaging on TCP/IP Implementation Guide* V1.0b,
//!   <https://modbus.org/docs/Modbus_Messaging_Implementation_Guide_V1_0b.pdf>
//! - UMAS has no public specification; `umas` names what is relied on.
//!
//! # What comes out
//! - `operation.code` is the function code. A response that refuses keeps the code of its request
//!   and has the exception in `outcome`; a *request* with the exception bit (128 and above) keeps
//!   the code as sent and has [`Anomaly::WrongRole`].
//! - `operation.sub` is the diagnostics sub-function, the encapsulated interface type or the UMAS
//!   function.
//! - `station` is the unit identifier.
//! - `objects`: `coil`, `discrete_input`, `input_register`, `holding_register` ranges with
//!   addresses as on the wire (0-based); `file_record` (file number × 65536 + record number);
//!   `fifo_queue`; `mei_object`. Function 23 has the range read first, then the range written.
//!   A response has the objects of its request.
//!   A wrong protocol identifier adds a `protocol_identifier`.
//! - `values`: the data part as on the wire, in requests that write and responses that bring data.
//! - `identity` of the device: from read device identification (43/14) and UMAS `READ_ID`.
//! - Bytes that are no whole message are reported under [`UNFRAMED`] (no message can start there)
//!   or [`INCOMPLETE`] (the connection ended inside a message), code 0.
//!
//! # What departs from the specification
//! Protocol identifier not 0: `bad_version`. Length field or byte count out of bounds or not what
//! the function needs: `bad_length`, with `truncated` or `trailing_bytes`. Quantity, address,
//! coil value, sub-field out of bounds: `bad_value`. Codes reserved or not assigned:
//! `reserved_code`. Response that contradicts its request: `mismatch`; that answers none:
//! `unsolicited`.
//!
//! # Limits
//! See `pairing` (open requests), `pdu` (objects) and `mbap` (length). Modbus RTU and ASCII inside
//! TCP are other framings around the same PDUs: they would stand beside `mbap`. What a response to
//! a file record read brings is not attributed to the single references.

mod codes;
mod mbap;
mod observe;
mod pairing;
mod pdu;
mod pdu_device;
mod pdu_file;
mod pdu_read;
mod pdu_write;
mod probe;
#[cfg(test)]
mod tests;
mod umas;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{Anomaly, Protocol, Transport};
use crate::time::Timestamp;
use mbap::{Adu, Framed};
use pairing::{Asked, Pairing};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Modbus,
    hints: &[Hint::Tcp(502), Hint::Udp(502)],
    anywhere: &[Transport::Tcp],
    probe: probe::probe,
    create: || Box::<Modbus>::default(),
};

/// Operation name of bytes in which no message can start.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of a message that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// One Modbus connection, or the datagrams between two ports.
#[derive(Debug, Default)]
pub(crate) struct Modbus {
    pairing: Pairing,
    /// A message with the right protocol identifier was seen: this is Modbus.
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

impl Modbus {
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
        match mbap::find(input.bytes) {
            Some(0) => {
                self.side(input.sender).seeking = false;
                None
            }
            Some(at) => {
                self.side(input.sender).seeking = false;
                Some(Parsed::Consumed(at))
            }
            None if input.bytes.len() < mbap::SHORTEST && !input.last => Some(Parsed::Incomplete {
                need: mbap::SHORTEST,
            }),
            None => Some(Parsed::Consumed(input.bytes.len())),
        }
    }

    /// A message that goes on beyond the bytes: wait, or take what there will ever be.
    fn incomplete(&mut self, input: &Input<'_>, need: usize, emit: &mut Emit<'_>) -> Parsed {
        let datagram = input.transport != Transport::Tcp;
        self.side(input.sender).need = need.saturating_sub(input.bytes.len());
        if (input.cut || datagram)
            && let Some(adu) = Adu::cut(input.bytes)
        {
            observe::message(&adu, input, &mut self.pairing, emit);
        } else if input.last || (datagram && !input.cut) {
            observe::fragment(
                INCOMPLETE,
                input.bytes,
                Anomaly::Truncated,
                input.sender,
                emit,
            );
        } else if !input.cut {
            self.side(input.sender).need = need;
            return Parsed::Incomplete { need };
        }
        Parsed::Consumed(input.bytes.len())
    }

    /// Bytes in which no message starts. On a connection that has spoken Modbus, or whose header
    /// is one but for its length, they are reported up to the next message; where there is
    /// neither this is another protocol.
    fn foreign(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let next = mbap::find(input.bytes);
        let ours = self.spoken || mbap::begins(input.bytes);
        if next.is_none() && !ours {
            return Parsed::NotThisProtocol;
        }
        let (skipped, _) = next
            .and_then(|at| input.bytes.split_at_checked(at))
            .unwrap_or((input.bytes, &[]));
        if ours {
            let anomaly = mbap::why_foreign(input.bytes);
            observe::fragment(UNFRAMED, skipped, anomaly, input.sender, emit);
        }
        Parsed::Consumed(skipped.len())
    }
}

impl Dissector for Modbus {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Some(parsed) = self.seek(input) {
            return parsed;
        }
        match mbap::next(input.bytes) {
            Framed::Message(adu) => {
                self.spoken |= adu.protocol == 0;
                self.side(input.sender).need = 0;
                observe::message(&adu, input, &mut self.pairing, emit);
                Parsed::Consumed(adu.size)
            }
            Framed::Incomplete { need } => self.incomplete(input, need, emit),
            Framed::Foreign => self.foreign(input, emit),
        }
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        self.side(sender).lost(dropped, lost);
        if sender == Role::Client {
            self.pairing.requests_lost();
        }
    }

    /// The tag is the transaction identifier (MSG 3.1.3).
    fn reopen(&mut self, message: &mut [u8], tag: u32, time: Timestamp, frame: u64) -> bool {
        let [.., high, low] = tag.to_be_bytes();
        let Some(transaction) = message.first_chunk_mut::<2>() else {
            return false;
        };
        *transaction = [high, low];
        let Framed::Message(adu) = mbap::next(message) else {
            return false;
        };
        let asked = Asked::new(adu.transaction, adu.unit, adu.pdu, time, frame);
        self.pairing.request(asked);
        true
    }
}
