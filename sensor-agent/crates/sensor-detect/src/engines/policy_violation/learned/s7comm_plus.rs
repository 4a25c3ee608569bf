//! Functions of S7comm-plus that were not learned.
//!
//! What a request does to which object is not known: of S7comm-plus the header is dissected. T0855,
//! T0863. False positives: engineering work that did not occur while learning: learn the alert.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::numbers::S7_PLUS_OTHER;
use crate::engines::tables::learned::{Learned, OperationRow, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};

const TABLE: Table = Table {
    operations: &[OperationRow {
        id: "s7plus_unauthorized_operation",
        when: When::Holds(|observation| observation.operation.code < S7_PLUS_OTHER),
    }],
    // The version of the protection, which a connection raises as it goes.
    subs: false,
    ..Table::of(Protocol::S7commPlus)
};

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "s7plus_unauthorized_operation",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::S7commPlus),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};
