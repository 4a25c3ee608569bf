//! SNMP operations of a pair that were not learned.
//!
//! T0842, T0885. Which objects are read is not learned: a management station walks them all.
//! False positives: a management station that is set up anew: learn the alert.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Learned, OperationRow, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{Build, Raises, Rule};

const TABLE: Table = Table {
    operations: &[OperationRow {
        id: "snmp_unauthorized_operation",
        when: When::Any,
    }],
    // The generic number of a trap.
    subs: false,
    ..Table::of(Protocol::Snmp)
};

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "snmp_unauthorized_operation",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: TABLE.interest(),
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};
