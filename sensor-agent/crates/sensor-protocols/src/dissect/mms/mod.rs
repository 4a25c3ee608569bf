//! MMS (ISO 9506), what IEC 61850 devices and other controllers are read, written, commanded and
//! programmed with, over the session, presentation and association layers of OSI.
//!
//! Sources: ISO 9506-2:2003 (PDUs and services), IEC 61850-8-1 (names of control attributes and
//! reports); the layers in `osi`.
//!
//! # What comes out
//! One observation for each TSDU.
//! - `operation.code`: number of a confirmed service, of the request and of every answer to it;
//!   [`UNCONFIRMED`] plus the number of an unconfirmed service; [`PDU`] plus the tag of a PDU without
//!   service (initiate, conclude, cancel; error and reject whose request is not known); without a PDU
//!   [`ASSOCIATION`] plus the tag of an APDU, or [`SESSION`] plus the identifier of an SPDU.
//! - A write of `Oper`, `SBOw` or `Cancel` and a read of `SBO` below the functional constraint CO is
//!   named after the service of IEC 61850-7-2, class control, with `operation.sub` 1 to 4.
//! - `objects`: variables as `domain/item` (the item as IEC 61850-8-1 writes it:
//!   `LN$FC$DO$DA`), or `item` where there is no domain; lists of variables, domains, program
//!   invocations, files; the identifier of a report; what was proposed when the association starts;
//!   the status of the device ([`LOGICAL_STATUS`], [`PHYSICAL_STATUS`]); [`PDU_KIND`] where an answer is an error (2) or a reject (4); [`NO_SESSION`].
//! - `values`: the data of a write, the results of a read, write or report, BER as on the wire.
//! - `outcome`: the first variable that failed (`DataAccessError`); else class × 256 + code of a
//!   confirmed error; 10000H + kind × 256 + code of a reject.
//! - `identity` from an identify answer: vendor, model, revision.
//!
//! # What departs from the standard
//! Lengths that do not fit: `bad_length`, with `truncated` or `trailing_bytes`. Missing or impossible
//! members: `bad_value`. Services not defined: `reserved_code`. An answer of another service:
//! `mismatch`; of no request: `unsolicited`.
//!
//! # Limits
//! See `osi`, `reader`, `body` (objects) and `pairing`. Values are not told apart. A TSDU is kept up to
//! [`crate::limits::COTP_TSDU_BYTES`]; longer messages are told as far as that.

mod body;
mod errors;
mod layout;
mod observe;
mod osi;
mod pairing;
mod reader;
mod response;
mod services;
#[cfg(test)]
mod tests;

pub use response::{LOGICAL_STATUS, PHYSICAL_STATUS};

use super::cotp::users::{Row, Tsdu, User};
use super::{Emit, Input, Role};
use pairing::Pairing;

/// How the transport service tells the protocol.
pub(super) const USER: Row = Row {
    begins: osi::begins,
    sender: |tsdu| match tsdu.first() {
        Some(13 | 0xa8 | 0xa0) => Some(Role::Client),
        Some(14 | 0xa9 | 0xa1 | 0xa2) => Some(Role::Server),
        _ => None,
    },
    create: || Box::<Mms>::default(),
};

/// Added to the number of an unconfirmed service in the code of an operation.
pub const UNCONFIRMED: u32 = 0x100;

/// Added to the tag of a PDU that carries no service.
pub const PDU: u32 = 0x200;

/// Added to the tag of an APDU of association control.
pub const ASSOCIATION: u32 = 0x300;

/// Added to the identifier of an SPDU.
pub const SESSION: u32 = 0x400;

/// Kind of the object that is the tag of a PDU, where an answer goes by the service of its request.
pub const PDU_KIND: &str = "mms_pdu";

/// Kind of the object, 1, of a PDU that the transport carries without a session layer in between.
pub const NO_SESSION: &str = "no_session_layer";

/// One connection.
#[derive(Debug, Default)]
struct Mms {
    pairing: Pairing,
}

impl User for Mms {
    fn tsdu(&mut self, tsdu: &Tsdu<'_>, input: &Input<'_>, emit: &mut Emit<'_>) {
        observe::tsdu(tsdu, input, &mut self.pairing, emit);
    }

    fn lost(&mut self, sender: Role, _captured: bool) {
        self.pairing.lost(sender);
    }
}
