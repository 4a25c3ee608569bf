//! Refusals of a Modbus server, and the ways a client asked for them.
//!
//! Why: a refusal in steady traffic means that a client asks for what is not there: a wrong
//! configuration, a changed device, or somebody trying. T0814, T0836.
//! False positives: masters that poll optional functions or addresses by design. Mute the pair.
//! UMAS refusals (function 90) have codes of their own and are no Modbus exceptions.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{ErrorRow, ErrorRule, MODBUS};
use crate::engines::{Build, Raises, Rule};

/// Function code of the UMAS envelope.
pub(crate) const UMAS: u32 = 90;

const TABLE: &[ErrorRow] = &[
    modbus("modbus_exception", &[]),
    modbus("modbus_illegal_function_code", &[1]),
    modbus("modbus_illegal_data_address", &[2]),
    modbus("modbus_illegal_data_value", &[3]),
];

const fn modbus(id: &'static str, errors: &'static [u32]) -> ErrorRow {
    ErrorRow {
        id,
        protocol: Protocol::Modbus,
        errors,
        except: &[UMAS],
    }
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[
        raises("modbus_exception"),
        raises("modbus_illegal_function_code"),
        raises("modbus_illegal_data_address"),
        raises("modbus_illegal_data_value"),
    ],
    build: Build::Pair {
        interest: ErrorRule::interest(&[Protocol::Modbus]),
        new: |setup| Box::new(ErrorRule::new(TABLE, &MODBUS, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: MODBUS.errors,
    }
}
