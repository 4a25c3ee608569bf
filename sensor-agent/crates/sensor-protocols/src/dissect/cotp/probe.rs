//! Whether the first bytes of a flow are the ISO transport over TCP.
//!
//! On port 102 the TPKT header decides. Anywhere else there must be a TPDU without fault: a
//! connection request or confirm with TSAP identifiers, or data of a known user. Connections that
//! begin as those of the Remote Desktop Protocol do, which has TPKT and a TPDU as well, are left
//! alone.

use super::tpdu::{Tpdu, code};
use super::tpkt::{self, Framed, Packet};
use super::users;
use crate::dissect::{Probe, ProbeInput, Role};

/// Looks at the first bytes of a flow.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    match tpkt::next(input.bytes) {
        Framed::Packet(packet) => match judge(&packet) {
            Probe::Recognised(role) => Probe::Recognised(input.sender.or(role)),
            Probe::Unrecognised | Probe::Incomplete
                if input.hinted && tpkt::plausible(input.bytes) =>
            {
                Probe::Recognised(input.sender)
            }
            Probe::Unrecognised | Probe::Incomplete => Probe::Unrecognised,
        },
        Framed::Incomplete { .. } if input.bytes.len() >= tpkt::LOOKED_AT => {
            match tpkt::plausible(input.bytes) {
                true if input.hinted => Probe::Recognised(input.sender),
                true => Probe::Incomplete,
                false => Probe::Unrecognised,
            }
        }
        Framed::Incomplete { .. } => Probe::Incomplete,
        Framed::Foreign if input.hinted && tpkt::find(input.bytes).is_some() => {
            Probe::Recognised(input.sender)
        }
        // A capture that starts inside a connection may start inside a packet.
        Framed::Foreign if input.hinted && input.sender.is_none() => Probe::Incomplete,
        Framed::Foreign => Probe::Unrecognised,
    }
}

/// Who sent a packet, when it is without fault and says enough to be recognised by.
fn judge(packet: &Packet<'_>) -> Probe {
    let tpdu = Tpdu::read(packet.tpdu);
    if !packet.reserved_is_zero || !tpdu.anomalies.is_empty() {
        return Probe::Unrecognised;
    }
    let addressed = !tpdu.calling.is_empty() && !tpdu.called.is_empty();
    match tpdu.code {
        code::CONNECTION_REQUEST if addressed => Probe::Recognised(Some(Role::Client)),
        code::CONNECTION_CONFIRM if addressed => Probe::Recognised(Some(Role::Server)),
        code::DATA => users::known(tpdu.data),
        _ => Probe::Unrecognised,
    }
}
