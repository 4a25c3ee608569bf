//! IEC 60870-5-104: telecontrol over TCP, with the ASDUs of IEC 60870-5-101.
//!
//! Sources (named in the code as 104 and 101, clauses without a name are of the file's source):
//! - 104: IEC 60870-5-104 ed. 2 (2006), *Network access for IEC 60870-5-101 using standard
//!   transport profiles*
//! - 101: IEC 60870-5-101 ed. 2 (2003), *Companion standard for basic telecontrol tasks*
//! - IEC TS 60870-5-7 (2013) for the type identifications of secure authentication
//!
//! # What comes out
//! - `operation.code` is the type identification of an ASDU, 256 for the S format, and for the U
//!   format 512 plus the function bits (first control octet shifted right by two).
//! - `operation.name` is the type as the standard abbreviates it, `C_SC_NA_1`; with ` select`
//!   behind it when the command selects only.
//! - `operation.sub` is the octet of the cause of transmission as on the wire ([`cause_name`] in the
//!   low six bits, then P/N and test bit), plus 256 with the select bit of a command; absent when
//!   the ASDU ends before it.
//! - `station` is the common address.
//! - `objects`: ranges `information_object` of consecutive addresses. Address 0, which means
//!   "irrelevant", is no object.
//! - `values`: the information elements as on the wire, quality descriptors and time tags
//!   included; with their addresses where an ASDU lists several objects.
//! - `outcome` of a response: `Error` with the P/N bit set or one of the causes 44 to 47, else `Ok`.
//! - Direction: commands with cause 5, 6 or 8 ask, as do STARTDT, STOPDT and TESTFR of the client;
//!   their confirmations and terminations, and process information that was interrogated or
//!   requested, answer; everything else is one-way.
//! - Bytes that are no whole APDU are reported under [`UNFRAMED`] or [`INCOMPLETE`], code 0.
//!
//! # What departs from the standard
//! Start octet missing, reserved bits of the control field, times and qualifiers that do not
//! exist, numbers of objects, addresses and causes that are not used: `bad_value`. Length field or
//! number of objects that contradicts the element length of the type: `bad_length`, with
//! `truncated` or `trailing_bytes`. Types not defined: `reserved_code`. N(S) that does not follow,
//! N(R) of what was not sent, information while transfer is stopped: `out_of_sequence`.
//! Confirmation with another value than its command: `mismatch`; without a command:
//! `unsolicited`. STARTDT and STOPDT of the controlled station: `wrong_role`.
//!
//! # Limits
//! See `pairing` (open commands), `asdu` (objects), `sequence`. Either station may command the
//! other (reverse direction), so a command of the server is no departure. The originator address
//! has no place in an observation. Encrypted connections (IEC 62351-3) are TLS and not seen here.

mod apci;
mod asdu;
mod causes;
mod elements;
mod observe;
mod pairing;
mod probe;
mod sequence;
#[cfg(test)]
mod tests;
mod types;

pub use causes::cause_name;

use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Role};
use crate::observation::{Anomaly, Protocol, Transport};
use apci::{Apdu, Framed};
use observe::Connection;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Iec104,
    hints: &[Hint::Tcp(2404)],
    anywhere: &[Transport::Tcp],
    probe: probe::probe,
    create: || Box::<Iec104>::default(),
};

/// Operation name of bytes in which no APDU can start.
pub const UNFRAMED: &str = "unframed_bytes";

/// Operation name of an APDU that its connection did not finish.
pub const INCOMPLETE: &str = "incomplete_message";

/// Bit of `operation.sub` that is the negative confirmation (P/N) of the cause of transmission.
pub const NEGATIVE_BIT: u32 = 6;

/// Bit of `operation.sub` that is the test bit (T) of the cause of transmission.
pub const TEST_BIT: u32 = 7;

/// Bit of `operation.sub` that is the select bit (S/E) of a command.
pub const SELECT_BIT: u32 = 8;

/// One connection.
#[derive(Debug, Default)]
pub(crate) struct Iec104 {
    connection: Connection,
    /// An APDU was seen: this is IEC 60870-5-104.
    spoken: bool,
    client: Side,
    server: Side,
}

/// State of one direction.
#[derive(Debug, Default)]
struct Side {
    /// Bytes were lost: the next ones may be the middle of an APDU.
    seeking: bool,
    /// Octets from the first one not consumed to the end of the APDU they belong to.
    need: usize,
    /// Octets that belong to an APDU of which others were lost.
    skip: usize,
}

impl Side {
    /// Where the stream goes on after a loss. Within the APDU that was waited for its length
    /// tells; beyond it an APDU has to be found.
    fn lost(&mut self, dropped: usize, lost: u64) {
        let missing = std::mem::take(&mut self.need)
            .saturating_sub(dropped)
            .saturating_add(self.skip);
        let lost = usize::try_from(lost).unwrap_or(usize::MAX);
        self.seeking = lost > missing;
        self.skip = missing.saturating_sub(lost);
    }
}

impl Iec104 {
    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Finds the next APDU after a loss. What lies before it is the rest of one whose start is not
    /// there.
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
        match apci::find(input.bytes) {
            Some(0) => {
                side.seeking = false;
                None
            }
            Some(at) => {
                side.seeking = false;
                Some(Parsed::Consumed(at))
            }
            None if input.bytes.len() < apci::HEADER && !input.last => {
                Some(Parsed::Incomplete { need: apci::HEADER })
            }
            None => Some(Parsed::Consumed(input.bytes.len())),
        }
    }

    /// An APDU that goes on beyond the bytes: wait, or take what there will ever be.
    fn incomplete(&mut self, input: &Input<'_>, need: usize, emit: &mut Emit<'_>) -> Parsed {
        self.side(input.sender).need = need.saturating_sub(input.bytes.len());
        if input.cut
            && let Some(apdu) = Apdu::cut(input.bytes)
        {
            observe::apdu(&apdu, input, &mut self.connection, emit);
        } else if input.last {
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

    /// Bytes in which no APDU starts. On a connection that has spoken the protocol they are
    /// reported up to the next APDU; where there is neither this is another protocol.
    fn foreign(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let next = apci::find(input.bytes);
        if next.is_none() && !self.spoken {
            return Parsed::NotThisProtocol;
        }
        let (skipped, _) = next
            .and_then(|at| input.bytes.split_at_checked(at))
            .unwrap_or((input.bytes, &[]));
        if self.spoken {
            let anomaly = apci::why_foreign(input.bytes);
            observe::fragment(UNFRAMED, skipped, anomaly, input.sender, emit);
        }
        Parsed::Consumed(skipped.len())
    }
}

impl Dissector for Iec104 {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        if let Some(parsed) = self.seek(input) {
            return parsed;
        }
        match apci::next(input.bytes) {
            Framed::Apdu(apdu) => {
                self.spoken = true;
                self.side(input.sender).need = 0;
                observe::apdu(&apdu, input, &mut self.connection, emit);
                Parsed::Consumed(apdu.size)
            }
            Framed::Incomplete { need } => self.incomplete(input, need, emit),
            Framed::Foreign => self.foreign(input, emit),
        }
    }

    fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        self.side(sender).lost(dropped, lost);
        self.connection.sequence.lost(sender);
        if sender == Role::Client {
            self.connection.pairing.commands_lost();
        }
    }

    /// The number is N(S), in the low 16 bits; N(R) of what was withheld was that of the one before.
    fn resume(&mut self, sender: Role, due: Option<u32>) {
        let [low, high, ..] = due.unwrap_or_default().to_le_bytes();
        let due = due.map(|_| u16::from_le_bytes([low, high]));
        self.connection.sequence.resume(sender, due);
    }
}
