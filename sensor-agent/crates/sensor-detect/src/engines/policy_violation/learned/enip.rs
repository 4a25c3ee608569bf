//! Commands of EtherNet/IP, and services, classes, tags and connections of CIP, that were not
//! learned.
//!
//! Services and classes are those of CIP Volume 1, commands those of Volume 2, PCCC is that of
//! 1770-6.5.16. T0855, T0836. False positives: engineering work and rare displays that did not occur
//! while learning: learn the alert.
//!
//! An I/O connection shows in two ways: the Forward Open that names its connection points, and the
//! cyclic data on UDP, whose opening may not have been seen.

use sensor_protocols::observation::{Observation, OperationClass, Protocol};

use crate::catalogue::Engine;
use crate::engines::numbers::{ENIP_IO, PCCC};
use crate::engines::tables::learned::{Kinds, NAME, ObjectRow, OperationRow, Per, Table};
use crate::engines::tables::several::Several;
use crate::engines::tables::{COMMON, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};

/// Forward Open and Large Forward Open (3-5.5).
const FORWARD_OPEN: [u32; 2] = [0x54, 0x5b];

/// TCP and UDP port of the encapsulation.
const PORT: u16 = 44_818;

/// Whether a client gives a command. What a server sends on a connection, and bytes that are no
/// message, are none. A client may choose the port of servers for itself.
fn is_command(observation: &Observation<'_>) -> bool {
    let operation = observation.operation;
    operation.code < ENIP_IO
        && !(operation.code == 0 && operation.class == OperationClass::Unknown)
        && (observation.source.port != PORT || observation.destination.port == PORT)
}

const TABLES: &[Table] = &[
    Table {
        operations: &[
            OperationRow {
                id: "enip_new_io_connection",
                when: When::Code(ENIP_IO),
            },
            OperationRow {
                id: "enip_new_command",
                when: When::Holds(is_command),
            },
        ],
        ..Table::of(Protocol::Enip)
    },
    Table {
        operations: &[
            OperationRow {
                id: "cip_new_pccc_command",
                when: When::Holds(|observation| observation.operation.code & PCCC != 0),
            },
            OperationRow {
                id: "cip_new_class_service",
                when: When::Any,
            },
        ],
        ..Table::of(Protocol::Cip)
    },
    Table {
        objects: &[
            ObjectRow {
                id: "cip_new_class",
                when: When::Any,
                kinds: Kinds::Only(&["class"]),
                per: Per::Channel,
            },
            ObjectRow {
                id: "cip_new_symbol",
                when: When::Any,
                kinds: Kinds::Only(&[NAME]),
                per: Per::Operation,
            },
            ObjectRow {
                id: "enip_new_io_connection",
                when: When::Codes(&FORWARD_OPEN),
                kinds: Kinds::Only(&["connection_point"]),
                per: Per::Operation,
            },
        ],
        ..Table::of(Protocol::Cip)
    },
];

/// Raises each type of the tables above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        operation("enip_new_command"),
        operation("enip_new_io_connection"),
        operation("cip_new_pccc_command"),
        operation("cip_new_class_service"),
        object("cip_new_class"),
        object("cip_new_symbol"),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Enip, Protocol::Cip]),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Several::new(TABLES, setup)),
    },
};

const fn operation(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.operation,
    }
}

const fn object(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.object,
    }
}
