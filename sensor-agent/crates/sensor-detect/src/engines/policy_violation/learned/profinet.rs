//! Types of PROFINET frames between two stations that were not learned: real-time classes, alarms,
//! services of DCP, calls of context management.
//!
//! Types are those of IEC 61158-6-10. T0836. False positives: engineering work and the start of a
//! plant, when they did not occur while learning: learn the alert.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::learned::{OperationRow, Table};
use crate::engines::tables::several::Several;
use crate::engines::tables::{COMMON, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};

const ANY: &[OperationRow] = &[OperationRow {
    id: "profinet_unauthorized_frame_type",
    when: When::Any,
}];

const TABLES: &[Table] = &[
    Table {
        operations: ANY,
        // The data status, which changes with the state of the provider.
        subs: false,
        ..Table::of(Protocol::Profinet)
    },
    Table {
        operations: ANY,
        ..Table::of(Protocol::ProfinetDcp)
    },
    Table {
        operations: ANY,
        ..Table::of(Protocol::ProfinetIo)
    },
];

/// Raises the type of the tables above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "profinet_unauthorized_frame_type",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Profinet,
                Protocol::ProfinetDcp,
                Protocol::ProfinetIo,
            ]),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Several::new(TABLES, setup)),
    },
};
