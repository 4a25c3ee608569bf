//! What GOOSE and sampled values of IEC 61850 share: the header on Ethernet, the session header of
//! the routable profile, and the table of publishers.
//!
//! Sources (named in the code by clause):
//! - IEC 61850-8-1:2011, annexes A and C: GOOSE
//! - IEC 61850-9-2:2011, clause 8 and annex A: sampled values
//! - IEC TR 61850-90-5:2012, clause 11: both over IP, on UDP port 102
//! - IEC 62351-6: the extension behind an APDU
//!
//! Data in: one frame payload or datagram. Data out: [`Carried`] APDUs for
//! [`super::goose`] and [`super::sv`].
//!
//! # Limits
//! [`crate::limits::IEC61850_PUBLISHERS`] control blocks or streams on one flow,
//! [`crate::limits::IEC61850_PAYLOADS`] payload elements of a datagram.

mod link;
pub(super) mod objects;
pub(super) mod publishers;
mod routed;
mod session;
#[cfg(test)]
pub(super) mod tests;
mod unknown;

pub(super) use link::carried;
pub(super) use routed::ENTRY as ROUTED;
pub(super) use unknown::unknown;

use super::cursor::Cursor;
use crate::observation::AnomalySet;

/// An APDU and what its carrier says about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried<'a> {
    /// Application identifier; not unique in itself.
    pub appid: u16,
    /// The carrier marks the message as simulated.
    pub simulated: bool,
    /// Octets of the APDU, and of what its carrier lets follow.
    pub apdu: Cursor<'a>,
    /// Something that is no part of the APDU may follow it: the extension of IEC 62351-6.
    pub extended: bool,
    /// The capture cut off the end.
    pub cut: bool,
    /// What is wrong with the carrier.
    pub anomalies: AnomalySet,
    /// Octets of the message, header included.
    pub size: usize,
}
