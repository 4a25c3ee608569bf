//! S7comm: what Siemens S7-300 and S7-400 controllers, and compatible ones, are read, written,
//! programmed and diagnosed with.
//!
//! Sources: the protocol has no published specification. Layouts follow those that Wireshark, Snap7
//! and libnodave document and the captures of `tests/captures/s7comm` show; names of blocks, lists
//! and errors are those of Siemens, *System Software for S7-300/400, System and Standard Functions*
//! (A5E02789976).
//!
//! # What comes out
//! - `operation.code` is the function code of a job and of its acknowledgement; [`USERDATA`] plus
//!   the function group of userdata, `operation.sub` then being the subfunction; [`UNKNOWN`] plus the
//!   ROSCTR when that is not defined. Of a PI service, `operation.sub` is its number in `codes`.
//! - `objects`: octets of an area that items touch (`data_block_byte` …, see `items`), timers and
//!   counters; symbols as numbers; the block of a transfer by its kind and number; arguments and
//!   names as names; `szl_id` and `szl_index`; what was agreed on setup. An answer repeats the first
//!   object of its job. [`ROSCTR`] and [`USERDATA_TYPE`] where the direction does not tell them.
//! - `values`: the data part as on the wire ([`return_codes`] finds its return codes). Of a password
//!   only the head.
//! - `outcome` of an answer: `Error` with class and code of the header or the error field of userdata
//!   (two octets), else with the first return code that is not success (one octet), else `Ok`.
//! - `identity` of a module from the lists *module identification* and *component identification*.
//! - Jobs of the server, which a controller gives to fetch a download, and their acknowledgements are
//!   one-way, as are indications.
//!
//! # What departs from the layouts
//! Lengths, counts and items that do not fit: `bad_length`, with `truncated` or `trailing_bytes`.
//! Areas, transport sizes, addresses and return codes that do not exist: `bad_value`. Functions,
//! groups and kinds of PDU that are not known: `reserved_code`. An acknowledgement of another
//! function or number of items than its job: `mismatch`; of no job: `unsolicited`.
//!
//! # Limits
//! See `pairing` (open jobs; a side that lost bytes three times is not judged any more), `body` (objects), `szl` (lists in several PDUs), `userdata`. The values
//! of items are not told apart. Rack and slot are objects of the connection request.

mod blocks;
mod body;
mod codes;
mod data;
mod header;
mod items;
mod job;
mod observe;
mod pairing;
mod returned;
mod szl;
#[cfg(test)]
mod tests;
mod userdata;
mod vartab;

pub use returned::return_codes;

use super::cotp::users::{Row, Tsdu, User};
use super::{Emit, Input, Role};
use crate::time::Timestamp;
use header::rosctr;
use pairing::Pairing;

/// How the transport service tells the protocol.
pub(super) const USER: Row = Row {
    begins: |tsdu| tsdu.first() == Some(&IDENTIFIER),
    sender,
    create: || Box::<S7comm>::default(),
};

/// First octet of every PDU.
const IDENTIFIER: u8 = 0x32;

/// Added to the function group of userdata in the code of an operation.
pub const USERDATA: u32 = 0x100;

/// Added to a ROSCTR that is not defined in the code of an operation.
pub const UNKNOWN: u32 = 0x200;

/// Kind of the object that is the kind of a PDU, where the direction does not tell it.
pub const ROSCTR: &str = "rosctr";

/// Kind of the object that is the type of userdata, where the direction does not tell it.
pub const USERDATA_TYPE: &str = "userdata_type";

/// One connection.
#[derive(Debug, Default)]
struct S7comm {
    pairing: Pairing,
    /// Number of the answer that goes on in another PDU, 0 for none.
    going: u8,
}

impl User for S7comm {
    fn tsdu(&mut self, tsdu: &Tsdu<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        observe::pdu(tsdu, input, self, emit);
    }

    fn lost(&mut self, sender: Role, captured: bool) {
        self.pairing.lost(sender, captured);
        self.going = 0;
    }

    /// The tag is the PDU reference.
    fn reopen(&mut self, tsdu: &mut [u8], tag: u32, time: Timestamp, frame: u64) -> bool {
        let [.., high, low] = tag.to_be_bytes();
        let Some(reference) = tsdu.get_mut(header::REFERENCE) else {
            return false;
        };
        reference.copy_from_slice(&[high, low]);
        observe::reopen(tsdu, (time, frame), &mut self.pairing)
    }
}

/// Who sends a PDU: clients give jobs, and servers acknowledge them; but a controller fetches a
/// download with jobs of its own.
fn sender(tsdu: &[u8]) -> Option<Role> {
    const PARAMETER: usize = 10;
    const GROUP: usize = PARAMETER + 5;
    match tsdu.get(1)? {
        &rosctr::JOB => match tsdu.get(PARAMETER)? {
            0x1b | 0x1c => Some(Role::Server),
            _ => Some(Role::Client),
        },
        &rosctr::ACK | &rosctr::ACK_DATA => match tsdu.get(PARAMETER.saturating_add(2)) {
            Some(0x1b | 0x1c) => Some(Role::Client),
            _ => Some(Role::Server),
        },
        &rosctr::USERDATA => match tsdu.get(GROUP)? >> 4 {
            4 => Some(Role::Client),
            0 | 8 => Some(Role::Server),
            _ => None,
        },
        _ => None,
    }
}
