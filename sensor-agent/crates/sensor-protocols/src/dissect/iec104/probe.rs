//! Whether the first bytes of a flow are IEC 60870-5-104.
//!
//! On the port it is known by, the control information decides. Anywhere else an APDU must be
//! whole and without a single departure: random bytes pass with a chance below 2⁻³².

use super::apci::{self, Apdu, Control, Framed};
use super::asdu::Asdu;
use super::causes::cause;
use super::types::{self, Kind, Standing};
use crate::dissect::{Probe, ProbeInput, Role};

/// Looks at the first bytes of a flow.
pub(super) fn probe(input: &ProbeInput<'_>) -> Probe {
    match apci::next(input.bytes) {
        Framed::Apdu(apdu) if input.hinted || is_flawless(&apdu) => {
            Probe::Recognised(input.sender.or(sender(&apdu)))
        }
        Framed::Incomplete { .. } => incomplete(input),
        Framed::Foreign if input.hinted && input.sender.is_none() => {
            match apci::find(input.bytes) {
                Some(_) => Probe::Recognised(None),
                None => Probe::Incomplete,
            }
        }
        Framed::Foreign if input.hinted && apci::find(input.bytes).is_some() => {
            Probe::Recognised(input.sender)
        }
        Framed::Apdu(_) | Framed::Foreign => Probe::Unrecognised,
    }
}

/// An APDU that goes on beyond the bytes. Its control field is enough where it is expected.
fn incomplete(input: &ProbeInput<'_>) -> Probe {
    match Apdu::cut(input.bytes) {
        Some(_) if input.hinted => Probe::Recognised(input.sender),
        Some(apdu) if !may_become(&apdu) => Probe::Unrecognised,
        Some(_) | None => Probe::Incomplete,
    }
}

/// Whether what there is of an APDU is without fault so far.
fn may_become(apdu: &Apdu<'_>) -> bool {
    let known = match apdu.asdu.first() {
        Some(id) => types::named(*id).standing == Standing::Defined,
        None => true,
    };
    known && apdu.control_allowed && apdu.length_allowed()
}

fn is_flawless(apdu: &Apdu<'_>) -> bool {
    let body = match apdu.control {
        Control::I { .. } => {
            let asdu = Asdu::read(apdu.asdu);
            !matches!(asdu.row.kind, Kind::Unknown | Kind::Security) && asdu.anomalies.is_empty()
        }
        // Two octets of its six are free.
        Control::S { .. } => true,
        Control::U { functions } => functions.is_power_of_two(),
    };
    body && apdu.control_allowed && apdu.length_allowed()
}

/// Who can have sent an APDU.
fn sender(apdu: &Apdu<'_>) -> Option<Role> {
    match apdu.control {
        Control::S { .. } => None,
        Control::U { functions } => match functions {
            1 | 4 => Some(Role::Client),
            2 | 8 => Some(Role::Server),
            _ => None,
        },
        Control::I { .. } => {
            let asdu = Asdu::read(apdu.asdu);
            let asks = matches!(
                asdu.cause,
                cause::REQUEST | cause::ACTIVATION | cause::DEACTIVATION
            );
            match asdu.row.kind {
                Kind::Command | Kind::Process if asks => Some(Role::Client),
                Kind::Command | Kind::Process | Kind::Monitor => Some(Role::Server),
                Kind::File | Kind::Security | Kind::Unknown => None,
            }
        }
    }
}
