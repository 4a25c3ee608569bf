//! Kerberos 5: who asks for a ticket to what, and how it is answered, over UDP and TCP port 88.
//!
//! Sources: RFC 4120 (messages, errors), RFC 3961 and 8009 (encryption types), RFC 4757 (RC4), RFC 4556
//! (errors of PKINIT), RFC 4120 7.2.2 (TCP: a length of 32 bits before each message).
//!
//! # What comes out
//! One observation for each message.
//! - `operation.code`: tag of the message; of an error that of its request where that was seen.
//! - `objects`: texts `client` (`name@REALM`) and `service` (`name/instance@REALM`); numbers `preauthentication`
//!   (1: the request proves who asks), `encryption` (types a client takes, best first), `ticket_encryption`,
//!   `reply_encryption`, and `weak_encryption` (1) where one of these two is DES or RC4.
//! - `outcome` of an answer: error code.
//!
//! # What departs from the standard
//! Lengths that do not fit: `bad_length`. Members that are missing or of another type: `bad_value`. Another
//! version: `bad_version`. Messages not defined: `reserved_code`.
//!
//! # Limits
//! Names only: tickets, authenticators and what is encrypted are not looked into. See [`crate::limits`].

mod body;
mod codes;
mod stream;
#[cfg(test)]
mod tests;

use super::registry::{Entry, Hint};
use crate::observation::{Protocol, Transport};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Kerberos,
    hints: &[Hint::Tcp(88), Hint::Udp(88)],
    anywhere: &[Transport::Tcp, Transport::Udp],
    probe: stream::probe,
    create: || Box::<stream::Kerberos>::default(),
};
