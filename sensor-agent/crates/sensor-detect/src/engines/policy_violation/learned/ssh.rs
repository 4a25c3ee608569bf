//! SSH connections of a pair that was not learned.
//!
//! T0886, T0869. False positives: maintenance that happens seldom: learn the alert.

use crate::engines::codes::ssh::IDENTIFICATION;
use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Learned, OperationRow, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{Build, Raises, Rule};

const TABLE: Table = Table {
    operations: &[OperationRow {
        id: "ssh_unauthorized_access",
        when: When::Code(IDENTIFICATION),
    }],
    ..Table::of(Protocol::Ssh)
};

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "ssh_unauthorized_access",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: TABLE.interest(),
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};
