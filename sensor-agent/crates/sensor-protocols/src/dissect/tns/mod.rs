//! TNS, what Oracle databases are spoken to with, on TCP port 1521.
//!
//! Sources: none is published. The layout is that of the dissector of Wireshark (`packet-tns.c`) and of Oracle's
//! documentation of connect descriptors (Net Services Reference, Local Naming Parameters) and errors (Database
//! Error Messages).
//!
//! # What comes out
//! One observation for each packet.
//! - `operation.code`: type of the packet; `operation.sub` of data: the function, and of a user function ([`USER`])
//!   that times 256 plus its number.
//! - `objects` of a connect: texts `service`, `sid`, `user`, `host`, `program` of the connect descriptor; of a
//!   redirect text `address`; number `version` of a connect or an accept.
//! - `outcome`: Oracle error of a refusal, or the first `ORA-` error that data of the server show; 1017 is a
//!   failed sign-in. Answers to a connect are joined with it.
//!
//! # What departs from the layout
//! Lengths and offsets that do not fit: `bad_length`. Types not known: `reserved_code`.
//!
//! # Limits
//! Data are looked at in their first [`crate::limits::TNS_DATA_BYTES`]; statements, parameters, user names and
//! proofs within the two-task protocol are not read. No capture was at hand.

mod descriptor;
mod packet;
mod stream;
#[cfg(test)]
mod tests;

use super::registry::{Entry, Hint};
use crate::observation::{Protocol, Transport};

/// The function of data that calls one of the user's functions.
pub const USER: u32 = 3;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Tns,
    hints: &[Hint::Tcp(1521), Hint::Tcp(1526)],
    anywhere: &[Transport::Tcp],
    probe: packet::probe,
    create: || Box::<stream::Tns>::default(),
};
