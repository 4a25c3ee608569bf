//! Requests that a device refused or failed to carry out, one row for each protocol.
//!
//! Why: a refusal in steady traffic means that something changed, on the device or on the side that
//! asks. T0855. False positives: clients that try optional services by design. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, ErrorRow, ErrorRule};
use crate::engines::{Build, Raises, Rule};

/// For protocols without a type of their own.
const REFUSED: &str = "ot_request_refused";

const TABLE: &[ErrorRow] = &[
    row("bacnet_operation_failed", Protocol::Bacnet),
    row("opcua_service_failed", Protocol::OpcUa),
    row("srtp_command_failed", Protocol::GeSrtp),
    row(REFUSED, Protocol::Ads),
    row(REFUSED, Protocol::Bsap),
    row(REFUSED, Protocol::C1222),
    row(REFUSED, Protocol::Codesys),
    row(REFUSED, Protocol::Fins),
    row(REFUSED, Protocol::HartIp),
    row(REFUSED, Protocol::Hse),
    row(REFUSED, Protocol::Knx),
    row(REFUSED, Protocol::Lontalk),
    row(REFUSED, Protocol::Melsec),
    row(REFUSED, Protocol::Mqtt),
    row(REFUSED, Protocol::Roc),
    row(REFUSED, Protocol::Sbus),
    row(REFUSED, Protocol::TriStation),
];

/// The protocols of the table above.
const PROTOCOLS: &[Protocol] = &{
    let mut protocols = [Protocol::Bacnet; TABLE.len()];
    let mut at = 0;
    while at < TABLE.len() {
        protocols[at] = TABLE[at].protocol;
        at += 1;
    }
    protocols
};

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
        raises("bacnet_operation_failed"),
        raises("opcua_service_failed"),
        raises("srtp_command_failed"),
        raises(REFUSED),
    ],
    build: Build::Pair {
        interest: ErrorRule::interest(PROTOCOLS),
        new: |setup| Box::new(ErrorRule::new(TABLE, &COMMON, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.errors,
    }
}
