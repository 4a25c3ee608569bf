//! Databases: sign-ins of a pair that was not learned, and statements that change the structure, the
//! permissions or the server and were not learned.
//!
//! Statements that read and change rows are what applications do all day; they are not learned. Of TNS
//! no statement is read, so that of Oracle only sign-ins are told. T0811, T0859, T0855.
//! False positives: migrations of an application: learn the alert.

use crate::engines::codes::statements::{ADMINISTRATION, DEFINITION, PERMISSION};
use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Kinds, ObjectRow, OperationRow, Per, Table};
use crate::engines::tables::several::Several;
use crate::engines::tables::{COMMON, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};

/// `LOGIN` of TDS before version 7, `LOGIN7`, and a sign-in within TLS.
const TDS_SIGN_INS: &[u32] = &[2, 16, 23];
/// `CONNECT` of TNS.
const TNS_CONNECT: u32 = 1;

const TDS: Table = Table {
    operations: &[OperationRow {
        id: "database_unauthorized_login",
        when: When::Codes(TDS_SIGN_INS),
    }],
    ..Table::of(Protocol::Tds)
};

const TNS: Table = Table {
    operations: &[OperationRow {
        id: "database_unauthorized_login",
        when: When::Code(TNS_CONNECT),
    }],
    ..Table::of(Protocol::Tns)
};

const STATEMENTS: Table = Table {
    objects: &[ObjectRow {
        id: "database_unauthorized_operation",
        when: When::Holds(changes_the_database),
        kinds: Kinds::Only(&["statement"]),
        per: Per::Channel,
    }],
    ..Table::of(Protocol::Tds)
};

fn changes_the_database(observation: &Observation<'_>) -> bool {
    const KINDS: [u32; 3] = [DEFINITION, PERMISSION, ADMINISTRATION];
    observation
        .operation
        .sub
        .is_some_and(|kind| KINDS.contains(&kind))
}

const TABLES: &[Table] = &[TDS, TNS, STATEMENTS];

/// Raises each type of the tables above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: "database_unauthorized_login",
            values: COMMON.operation,
        },
        Raises {
            id: "database_unauthorized_operation",
            values: COMMON.object,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Tds, Protocol::Tns]),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Several::new(TABLES, setup)),
    },
};
