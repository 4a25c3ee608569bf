//! A server says that it failed beyond recovery.
//!
//! Why: the process value it was asked for is not there. T0814. Off by default, as in the
//! reference. False positives: gateways that answer so for a device that is switched off.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::{ErrorRow, ErrorRule, MODBUS};
use crate::engines::{Build, Raises, Rule};

const TABLE: &[ErrorRow] = &[ErrorRow {
    id: "slave_unrecoverable_failure",
    protocol: Protocol::Modbus,
    errors: &[4],
    except: &[UMAS],
}];

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: "slave_unrecoverable_failure",
        values: MODBUS.errors,
    }],
    build: Build::Pair {
        interest: ErrorRule::interest(&[Protocol::Modbus]),
        new: |setup| Box::new(ErrorRule::new(TABLE, &MODBUS, setup)),
    },
};
