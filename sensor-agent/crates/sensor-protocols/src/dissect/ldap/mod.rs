//! LDAP, what directories of users and computers are read and changed with, over TCP (389, 3268) and, of
//! domain controllers, over UDP (389).
//!
//! Sources: RFC 4511 (messages), RFC 4513 (bind), RFC 2830 (`StartTLS`), MS-ADTS 3.1.1.3 (Active Directory,
//! connectionless LDAP), MS-NLMP (sign-in with NTLM).
//!
//! # What comes out
//! One observation for each message.
//! - `operation.code`: tag of the operation; of a result that of its request. [`WRAPPED`]: a message that is
//!   signed or encrypted by the mechanism of the bind.
//! - `objects`: distinguished name (bind, base of a search, what is changed); texts `mechanism` (of a bind:
//!   `simple`, or the one of SASL), `user` (NTLM), `filter` and `attribute` (names of attributes), `oid`; numbers
//!   `scope`, `anonymous`, `password_in_clear`, `ntlm_version`. A result repeats the name of its request.
//! - `outcome`: result code. A bind that goes on has none.
//! - `identity`: computer and operating system, from NTLM.
//!
//! # What departs from the standard
//! Lengths that do not fit: `bad_length`. Members that are missing or of another type: `bad_value`. Operations
//! not defined: `reserved_code`. Results to no request: `unsolicited`.
//!
//! # Limits
//! Messages of more than [`crate::limits::LDAP_MESSAGE_BYTES`] are told by their first
//! [`crate::limits::LDAP_HEAD_BYTES`]; more see [`crate::limits`]. Passwords and values are never told; entries
//! are told by their name. What follows `StartTLS` is not read.

mod codes;
mod operations;
mod probe;
mod stream;
#[cfg(test)]
mod tests;

use super::registry::{Entry, Hint};
use crate::observation::{Protocol, Transport};

/// Operation code of what the mechanism of the bind protects.
pub const WRAPPED: u32 = 0x100;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Ldap,
    hints: &[Hint::Tcp(389), Hint::Tcp(3268), Hint::Udp(389)],
    anywhere: &[Transport::Tcp],
    probe: probe::probe,
    create: || Box::<stream::Ldap>::default(),
};
