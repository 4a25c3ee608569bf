//! DNP3 functions that were not learned.
//!
//! T0836. False positives: rare but legitimate functions that did not occur while learning: learn
//! the alert.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Learned, OperationRow, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{Build, Raises, Rule};

const CONFIRM: u32 = 0;
/// Functions from here on are those of outstations (IEEE 1815-2012, 4.4).
const OF_OUTSTATIONS: u32 = 128;

const TABLE: Table = Table {
    operations: &[OperationRow {
        id: "dnp3_unpermitted_function_code",
        // Link frames carry no function, and a confirmation asks for nothing.
        when: When::Holds(|observation| {
            let code = observation.operation.code;
            code != CONFIRM && code < OF_OUTSTATIONS
        }),
    }],
    stations: true,
    ..Table::of(Protocol::Dnp3)
};

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "dnp3_unpermitted_function_code",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: TABLE.interest(),
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};
