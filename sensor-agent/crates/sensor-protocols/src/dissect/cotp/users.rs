//! The protocols that use the transport service.
//!
//! Data in: whole TSDUs. Data out: each goes to the protocol whose start it has; a connection can
//! carry several, as S7-1200 controllers do with S7comm and S7comm-plus.
//!
//! # Adding a protocol
//! Implement [`User`], and add its [`Row`] to [`USERS`].

use crate::dissect::{Emit, Input, Probe, Role};
use crate::observation::AnomalySet;
use crate::time::Timestamp;

/// A whole TSDU.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tsdu<'a> {
    pub(crate) bytes: &'a [u8],
    /// Octets of the packet that completed it, TPKT header included.
    pub(crate) size: usize,
    /// The capture cut its end.
    pub(crate) cut: bool,
    /// Departures of the layers below, and what a cap took.
    pub(crate) anomalies: AnomalySet,
}

/// A protocol on one connection, both directions.
pub(crate) trait User: Send {
    /// Takes a TSDU and reports it, once.
    fn tsdu(&mut self, tsdu: &Tsdu<'_>, input: &Input<'_>, emit: &mut Emit<'_>);

    /// Messages of `sender` were not seen here. They were `captured` when the kernel program counted
    /// them, and no bytes are missing.
    fn lost(&mut self, sender: Role, captured: bool);

    /// What [`crate::dissect::Dissector::reopen`] is for: `tsdu` holds a request of the client.
    fn reopen(&mut self, tsdu: &mut [u8], tag: u32, time: Timestamp, frame: u64) -> bool {
        let _ = (tsdu, tag, time, frame);
        false
    }
}

/// How a protocol is told, and made.
pub(crate) struct Row {
    /// Whether a TSDU starts as those of the protocol do.
    pub(crate) begins: fn(&[u8]) -> bool,
    /// Who sends a TSDU; `None` where it does not tell.
    pub(crate) sender: fn(&[u8]) -> Option<Role>,
    pub(crate) create: fn() -> Box<dyn User>,
}

/// All users, in order of asking.
const USERS: [Row; 3] = [
    crate::dissect::s7comm::USER,
    crate::dissect::s7comm_plus::USER,
    crate::dissect::mms::USER,
];

/// The users of one connection.
#[derive(Default)]
pub(super) struct Users {
    made: [Option<Box<dyn User>>; USERS.len()],
}

impl Users {
    /// The user that a TSDU belongs to.
    #[inline]
    pub(super) fn of(&mut self, tsdu: &[u8]) -> Option<&mut dyn User> {
        let rows = USERS.iter().zip(&mut self.made);
        let (row, made) = rows.into_iter().find(|(row, _)| (row.begins)(tsdu))?;
        Some(made.get_or_insert_with(row.create).as_mut())
    }

    pub(super) fn lost(&mut self, sender: Role, captured: bool) {
        for user in self.made.iter_mut().flatten() {
            user.lost(sender, captured);
        }
    }
}

/// Whether a TSDU is one of a known user, and who sent it.
pub(super) fn known(tsdu: &[u8]) -> Probe {
    match USERS.iter().find(|row| (row.begins)(tsdu)) {
        Some(row) => Probe::Recognised((row.sender)(tsdu)),
        None => Probe::Unrecognised,
    }
}
