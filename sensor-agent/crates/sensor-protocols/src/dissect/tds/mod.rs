//! TDS, what Microsoft SQL Server (and, in its older form, Sybase) is spoken to with, on TCP port 1433.
//!
//! Source: MS-TDS (packets, streams), MS-NLMP (sign-in with NTLM).
//!
//! # What comes out
//! One observation for each message, by its first packet; later packets of a message carry rows and texts
//! that are not read.
//! - `operation.code`: type of the packet; of an answer that of its request where that was seen.
//! - `operation.sub` of a batch or a call with a statement: its kind, see [`statements`].
//! - `objects`: texts `user`, `database`, `application`, `server`, `statement` (first word of the first statement),
//!   `procedure`; numbers `password_in_clear` (a password that is only disguised), `encryption` (0 off, 1 on, 2 not
//!   supported, 3 required), `ntlm_version`.
//! - `outcome` of an answer: number of the first error; 18456 is a failed sign-in.
//! - `identity`: name of the client's computer and its application; name and version of the server.
//!
//! # What departs from the standard
//! Lengths and offsets that do not fit: `bad_length`. Types not defined: `reserved_code`.
//!
//! # Limits
//! Passwords, parameters and rows are never told. What TLS encrypts is told once as `tls`. See
//! [`crate::limits`].

mod answer;
mod login;
mod packet;
pub mod statements;
mod stream;
#[cfg(test)]
mod tests;

use super::registry::{Entry, Hint};
use crate::observation::{Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Tds,
    hints: &[Hint::Tcp(1433), Hint::Tcp(1434)],
    anywhere: &[Transport::Tcp],
    probe: packet::probe,
    create: || Box::<stream::Tds>::default(),
};
