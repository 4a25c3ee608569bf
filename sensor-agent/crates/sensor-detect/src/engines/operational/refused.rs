//! Requests that an EtherNet/IP or PROFINET device could not or would not carry out, one row each.
//!
//! Why: a refusal in steady traffic means that a client asks for what is not there: a wrong
//! configuration, a changed device, or somebody trying. T0855, T0801. False positives: engineering
//! tools that probe what a device can do. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, ErrorRow, ErrorRule};
use crate::engines::{Build, Raises, Rule};

const TABLE: &[ErrorRow] = &[
    row("cip_service_failed", Protocol::Cip),
    row("enip_command_failed", Protocol::Enip),
    row("profinet_dcp_failed", Protocol::ProfinetDcp),
];

const fn row(id: &'static str, protocol: Protocol) -> ErrorRow {
    ErrorRow {
        id,
        protocol,
        errors: &[],
        except: &[],
    }
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[
        raises("cip_service_failed"),
        raises("enip_command_failed"),
        raises("profinet_dcp_failed"),
    ],
    build: Build::Pair {
        interest: ErrorRule::interest(&[Protocol::Cip, Protocol::Enip, Protocol::ProfinetDcp]),
        new: |setup| Box::new(ErrorRule::new(TABLE, &COMMON, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.errors,
    }
}
