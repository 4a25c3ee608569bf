//! Function codes that a request may not carry: zero, codes of responses, reserved codes.
//!
//! Why: no correct client sends them; fuzzers and scanners do. T0866, T0836.
//! False positives: legacy Modicon equipment uses codes that the specification reserves. Mute the
//! pair.

use sensor_protocols::observation::{Anomaly, Observation, Protocol};

use super::exceptions::UMAS;
use crate::catalogue::{AlertType, Engine};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

const EXCEPTION_BY_MASTER: &str = "modbus_exception_by_master";
const ZERO: &str = "modbus_function_code_zero";
const RESERVED: &str = "reserved_function_code";
const VALUES: &[&str] = &["unit", "function", "function_name"];

/// Bit of a function code that marks a refusal (MODBUS Application Protocol 4.1).
const EXCEPTION_BIT: u32 = 0x80;

pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[raises(EXCEPTION_BY_MASTER), raises(ZERO), raises(RESERVED)],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            // Every such request is flagged by its dissector.
            aspects: Aspects::ANOMALY,
        },
        new: |setup| Box::new(FunctionCode::new(setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises { id, values: VALUES }
}

struct FunctionCode {
    exception_by_master: &'static AlertType,
    zero: &'static AlertType,
    reserved: &'static AlertType,
}

impl FunctionCode {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            exception_by_master: setup.alert(EXCEPTION_BY_MASTER),
            zero: setup.alert(ZERO),
            reserved: setup.alert(RESERVED),
        }
    }

    /// The type that the request's code raises. Bytes that are no message have no station.
    fn judge(&self, observation: &Observation<'_>) -> Option<&'static AlertType> {
        let code = observation.operation.code;
        let modbus = observation.protocol == Protocol::Modbus;
        observation.station?;
        if modbus && code & EXCEPTION_BIT != 0 {
            Some(self.exception_by_master)
        } else if modbus && code == 0 {
            Some(self.zero)
        } else if observation.anomalies.contains(Anomaly::ReservedCode) && code != UMAS {
            Some(self.reserved)
        } else {
            None
        }
    }
}

impl PairRule for FunctionCode {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        use sensor_protocols::observation::Direction;
        if observation.direction == Direction::Response {
            return;
        }
        let Some(alert_type) = self.judge(observation) else {
            return;
        };
        cx.violation(alert_type, observation, |finding| {
            finding.value("unit", observation.station.unwrap_or(0));
            finding.value("function", observation.operation.code);
            finding.value("function_name", observation.operation.name);
        });
    }
}
