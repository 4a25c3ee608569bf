//! Names of the values that findings of table rules carry.
//!
//! Templates of messages use these names in braces; they say what the field calls a station and an
//! operation of its protocol.

use sensor_protocols::observation::{Observation, Outcome};

use crate::finding::Finding;

/// One set of names. The values themselves are the same for every protocol.
pub(crate) struct Words {
    /// Names of station, operation code and operation name.
    pub operation: &'static [&'static str; 3],
    /// The same and the name of the object.
    pub object: &'static [&'static str; 4],
    /// The same as `operation` and names of error code and error name.
    pub errors: &'static [&'static str; 5],
}

/// What Modbus calls them.
pub(crate) const MODBUS: Words = Words {
    operation: &["unit", "function", "function_name"],
    object: &["unit", "function", "function_name", "object"],
    errors: &[
        "unit",
        "function",
        "function_name",
        "exception",
        "exception_name",
    ],
};

/// What fits every protocol.
pub(crate) const COMMON: Words = Words {
    operation: &["station", "operation", "operation_name"],
    object: &["station", "operation", "operation_name", "object"],
    errors: &[
        "station",
        "operation",
        "operation_name",
        "error",
        "error_name",
    ],
};

impl Words {
    /// Puts station, operation and, of a refusal, its error into the finding.
    pub(crate) fn describe(&self, finding: &mut Finding, observation: &Observation<'_>) {
        let [station, code, name, error, error_name] = *self.errors;
        let operation = observation.operation;
        finding.value(station, observation.station.unwrap_or(0));
        finding.value(code, operation.code);
        finding.value(name, operation.name);
        if let Some(sub) = operation.sub {
            finding.value("sub_function", sub);
        }
        if let Outcome::Error { code, name } = observation.outcome {
            finding.value(error, code);
            finding.value(error_name, name);
        }
    }
}
