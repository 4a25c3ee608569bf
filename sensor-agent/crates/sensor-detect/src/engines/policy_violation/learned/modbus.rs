//! Modbus functions, registers and refusals that were not learned.
//!
//! Function codes and sub-functions are those of the MODBUS Application Protocol, sections 6.8
//! (diagnostics), 6.13 and 6.21 (identification). T0836, T0855. False positives: rare but
//! legitimate operations that did not occur while learning: learn the alert.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::protocol_violation::exceptions::UMAS;
use crate::engines::tables::learned::{
    ExceptionRow, Kinds, Learned, ObjectRow, OperationRow, Per, Table,
};
use crate::engines::tables::{MODBUS, When};
use crate::engines::{Build, Raises, Rule};

const fn operation(id: &'static str, when: When) -> OperationRow {
    OperationRow { id, when }
}

const TABLE: Table = Table {
    operations: &[
        operation("modbus_restart_communications", When::Sub(8, 1)),
        operation("modbus_force_listen_only", When::Sub(8, 4)),
        operation("modbus_clear_counters", When::Sub(8, 10)),
        operation("modbus_clear_counters", When::Sub(8, 20)),
        operation("modbus_identification_read", When::Code(17)),
        operation("modbus_identification_read", When::Sub(43, 14)),
        operation("modbus_unpermitted_schneider_extension", When::Code(UMAS)),
        operation("modbus_unpermitted_function_code", When::Any),
    ],
    objects: &[ObjectRow {
        id: "modbus_address_range_violation",
        when: When::Any,
        kinds: Kinds::Except(&["mei_object"]),
        per: Per::Operation,
    }],
    exceptions: &[ExceptionRow {
        id: "modbus_unauthorized_exception_for_fc",
        // Refusals of UMAS have codes of their own and are no Modbus exceptions.
        when: When::Holds(|observation| observation.operation.code != UMAS),
    }],
    stations: true,
    words: &MODBUS,
    ..Table::of(Protocol::Modbus)
};

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        raises("modbus_restart_communications"),
        raises("modbus_force_listen_only"),
        raises("modbus_clear_counters"),
        raises("modbus_identification_read"),
        raises("modbus_unpermitted_schneider_extension"),
        raises("modbus_unpermitted_function_code"),
        Raises {
            id: "modbus_address_range_violation",
            values: MODBUS.object,
        },
        Raises {
            id: "modbus_unauthorized_exception_for_fc",
            values: MODBUS.errors,
        },
    ],
    build: Build::Pair {
        interest: TABLE.interest(),
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: MODBUS.operation,
    }
}
