//! Functions and data blocks of S7comm that were not learned.
//!
//! Function codes and groups are those of the dissector's tables. T0855, T0836. False positives:
//! engineering work and rare displays that did not occur while learning: learn the alert.

use sensor_protocols::observation::{Direction, Protocol};

use crate::catalogue::Engine;
use crate::engines::numbers::{S7_OTHER, S7_USERDATA};
use crate::engines::tables::learned::{Kinds, ObjectRow, OperationRow, Per, Table};
use crate::engines::tables::several::Several;
use crate::engines::tables::{COMMON, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};

/// Jobs that are no control functions: read, write and setup of the connection.
const PLAIN_JOBS: [u32; 3] = [0x04, 0x05, 0xf0];

/// Jobs whose objects are areas of memory and symbols.
const READ_AND_WRITE: [u32; 2] = [0x04, 0x05];

const TABLES: &[Table] = &[
    Table {
        operations: &[
            OperationRow {
                id: "s7_unauthorized_control_function",
                when: When::Holds(|observation| {
                    let code = observation.operation.code;
                    // What a controller fetches during a download goes one way.
                    observation.direction == Direction::Request
                        && code < S7_USERDATA
                        && !PLAIN_JOBS.contains(&code)
                }),
            },
            OperationRow {
                id: "s7_unauthorized_user_function",
                when: When::Holds(|observation| {
                    observation.direction == Direction::Request
                        && (S7_USERDATA..S7_OTHER).contains(&observation.operation.code)
                }),
            },
        ],
        ..Table::of(Protocol::S7comm)
    },
    Table {
        objects: &[
            ObjectRow {
                id: "s7_unauthorized_data_block_access",
                when: When::Holds(|observation| observation.direction == Direction::Request),
                kinds: Kinds::Only(&["data_block_byte", "instance_data_block_byte"]),
                per: Per::Operation,
            },
            ObjectRow {
                id: "s7_unauthorized_memory_access",
                when: When::Codes(&READ_AND_WRITE),
                kinds: Kinds::Except(&["variable_specification"]),
                per: Per::Operation,
            },
        ],
        ..Table::of(Protocol::S7comm)
    },
];

/// Raises each type of the tables above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: "s7_unauthorized_control_function",
            values: COMMON.operation,
        },
        Raises {
            id: "s7_unauthorized_user_function",
            values: COMMON.operation,
        },
        Raises {
            id: "s7_unauthorized_data_block_access",
            values: COMMON.object,
        },
        Raises {
            id: "s7_unauthorized_memory_access",
            values: COMMON.object,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::S7comm),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Several::new(TABLES, setup)),
    },
};
