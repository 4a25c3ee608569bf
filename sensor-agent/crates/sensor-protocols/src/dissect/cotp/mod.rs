//! ISO transport over TCP: TPKT (RFC 1006) and the transport protocol of ISO 8073, class 0, which
//! S7comm, S7comm-plus and MMS run on.
//!
//! Sources: RFC 1006 (TPKT), ISO/IEC 8073:1997 = ITU-T X.224 (TPDUs). Clauses are named in the
//! files.
//!
//! # What comes out
//! - Whole TSDUs go to the protocol that uses the transport service (`users`), which reports them
//!   under its own name: one observation for the TPDU that completes a TSDU.
//! - Every other TPDU is an observation of this protocol. `operation.code` is the TPDU code (the
//!   high four bits), `operation.name` its abbreviation: CR, CC, DR, ER, DT. A DT here is part of a
//!   TSDU that goes on, empty, or of a user that is not dissected; then `values` are its data.
//! - `objects` of CR and CC: calling and called TSAP (a name when it is text), `rack` and `slot`
//!   where the called TSAP has them, `tpdu_size` in octets.
//! - A CC answers its CR; a DR or ER may refuse it, with the reason as error.
//! - Bytes that are no whole packet are reported under [`UNFRAMED`] or [`INCOMPLETE`], code 0.
//!
//! # What departs from the standard
//! TPKT version: `bad_version`; a length that cannot be: `bad_length`. Reserved octet, TPDU number,
//! class, reasons and sizes that do not exist, TPDUs that class 0 does not have: `bad_value`. TPDU
//! codes not defined: `reserved_code`. Length indicators and parameters that do not fit:
//! `bad_length`. CR of the server, CC of the client: `wrong_role`.
//!
//! # Limits
//! See `segments` (TSDU), `tpdu` (parameters). Class 2 (RFC 2126) is connected but its numbered data
//! is `bad_length`. One open CR per connection.

mod observe;
mod probe;
mod segments;
#[cfg(test)]
pub(super) mod tests;
mod tpdu;
mod tpkt;
pub(super) mod users;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{Anomaly, AnomalySet, Protocol, Transport};
use crate::time::Timestamp;
use observe::Connection;
use segments::{Reassembly, Segment};
use tpdu::{Tpdu, code};
use tpkt::{Framed, Packet};
use users::{Tsdu, Users};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Cotp,
    hints: &[Hint::Tcp(102)],
    anywhere: &[Transport::Tcp],
    probe: probe::probe,
    create: || Box::<Cotp>::default(),
};

/// Operation name of bytes in which no packet can start.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of a packet that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// One connection.
#[derive(Default)]
pub(crate) struct Cotp {
    connection: Connection,
    users: Users,
    /// A packet was seen: this is the ISO transport.
    spoken: bool,
    client: Side,
    server: Side,
}

/// State of one direction.
#[derive(Debug, Default)]
struct Side {
    /// Bytes were lost: the next ones may be the middle of a packet.
    seeking: bool,
    reassembly: Reassembly,
}

impl Cotp {
    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Finds the next packet after a loss. The last octets may be the start of its header.
    fn seek(&mut self, input: &Input<'_>) -> Option<Parsed> {
        const HELD: usize = tpkt::LOOKED_AT - 1;
        if !self.side(input.sender).seeking {
            return None;
        }
        let found = tpkt::find(input.bytes);
        if found.is_some() {
            self.side(input.sender).seeking = false;
        }
        match found {
            Some(0) => None,
            Some(at) => Some(Parsed::Consumed(at)),
            None if input.last || input.cut => Some(Parsed::Consumed(input.bytes.len())),
            None => match input.bytes.len().checked_sub(HELD) {
                Some(skipped) if skipped > 0 => Some(Parsed::Consumed(skipped)),
                _ => Some(Parsed::Incomplete {
                    need: tpkt::LOOKED_AT,
                }),
            },
        }
    }

    fn packet(&mut self, packet: &Packet<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        self.spoken = true;
        let tpdu = Tpdu::read(packet.tpdu);
        let mut anomalies = tpdu.anomalies;
        if !packet.reserved_is_zero {
            anomalies.insert(Anomaly::BadValue);
        }
        let cut = !packet.whole;
        if cut {
            anomalies = AnomalySet::EMPTY;
        }
        let Self {
            connection,
            users,
            client,
            server,
            ..
        } = self;
        let reassembly = match input.sender {
            Role::Client => &mut client.reassembly,
            Role::Server => &mut server.reassembly,
        };
        let kept;
        let unit = if tpdu.code == code::DATA {
            match reassembly.segment(tpdu.data, tpdu.end) {
                Segment::Whole(unit) => unit,
                Segment::Completed => {
                    let (unit, limited) = reassembly.take();
                    if limited {
                        anomalies.insert(Anomaly::LimitReached);
                    }
                    kept = unit;
                    &kept
                }
                Segment::Pending | Segment::Headless => &[],
            }
        } else {
            &[]
        };
        match users.of(unit) {
            Some(user) => {
                let tsdu = Tsdu {
                    bytes: unit,
                    size: packet.size,
                    cut,
                    anomalies,
                };
                user.tsdu(&tsdu, input, emit);
            }
            None => observe::tpdu(&tpdu, anomalies, packet.size, input, connection, emit),
        }
    }

    /// A packet that goes on beyond the bytes: wait, or take what there will ever be.
    fn incomplete(&mut self, input: &Input<'_>, need: usize, emit: &mut Emit<'_>) -> Parsed {
        if !input.cut && !input.last {
            return Parsed::Incomplete { need };
        }
        if !input.cut {
            let anomalies = AnomalySet::of(Anomaly::Truncated);
            observe::fragment(INCOMPLETE, input.bytes, anomalies, emit);
        } else if let Some(packet) = Packet::cut(input.bytes) {
            self.packet(&packet, input, emit);
        }
        Parsed::Consumed(input.bytes.len())
    }

    /// Bytes in which no packet starts. On a connection that has spoken the protocol they are
    /// reported up to the next packet; where there is neither this is another protocol.
    fn foreign(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let next = tpkt::find(input.bytes);
        if next.is_none() && !self.spoken {
            return Parsed::NotThisProtocol;
        }
        let end = next.unwrap_or(input.bytes.len());
        let skipped = input.bytes.get(..end).unwrap_or(input.bytes);
        self.side(input.sender).reassembly.lost();
        if self.spoken {
            let anomalies = AnomalySet::of(tpkt::why_foreign(input.bytes));
            observe::fragment(UNFRAMED, skipped, anomalies, emit);
        }
        Parsed::Consumed(skipped.len())
    }
}

impl Dissector for Cotp {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Some(parsed) = self.seek(input) {
            return parsed;
        }
        match tpkt::next(input.bytes) {
            Framed::Packet(packet) => {
                self.packet(&packet, input, emit);
                Parsed::Consumed(packet.size)
            }
            Framed::Incomplete { need } => self.incomplete(input, need, emit),
            Framed::Foreign => self.foreign(input, emit),
        }
    }

    fn held(&self) -> usize {
        self.client
            .reassembly
            .held()
            .saturating_add(self.server.reassembly.held())
    }

    fn shed(&mut self) {
        self.client.reassembly.lost();
        self.server.reassembly.lost();
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        let captured = dropped == 0 && lost == 0;
        let side = self.side(sender);
        if !captured {
            side.seeking = true;
            side.reassembly.lost();
        }
        self.users.lost(sender, captured);
    }

    /// The request is a TSDU in one packet.
    fn reopen(&mut self, message: &mut [u8], tag: u32, time: Timestamp, frame: u64) -> bool {
        let Framed::Packet(packet) = tpkt::next(message) else {
            return false;
        };
        let tpdu = Tpdu::read(packet.tpdu);
        if packet.size != message.len() || tpdu.code != code::DATA || !tpdu.end {
            return false;
        }
        let at = packet.size.saturating_sub(tpdu.data.len());
        let Some(tsdu) = message.get_mut(at..) else {
            return false;
        };
        let user = self.users.of(tsdu);
        user.is_some_and(|user| user.reopen(tsdu, tag, time, frame))
    }
}
