//! GE SRTP: service requests, memory and program files.
//!
//! Codes are those of the DFRWS 2017 paper (table 2).

use sensor_protocols::observation::Protocol;

use super::{is_message, object, operation};
use crate::engines::numbers::SRTP_PACKET;
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, Table};

/// Reads, writes and forces of system and task memory.
const MEMORY: When = When::Codes(&[0x04, 0x05, 0x07, 0x08, 0x44]);

/// Names of programs, program blocks, storing and loading of programs.
const FILES: When = When::Codes(&[0x03, 0x06, 0x09, 0x3f, 0x40]);

pub(super) const TABLE: Table = Table {
    operations: &[
        operation("srtp_unauthorized_memory_operation", MEMORY),
        operation("srtp_unauthorized_file_access", FILES),
        operation(
            "srtp_unauthorized_command",
            When::Holds(|observation| {
                observation.operation.code < SRTP_PACKET && is_message(observation)
            }),
        ),
    ],
    objects: &[
        object(
            "srtp_unauthorized_memory_operation",
            MEMORY,
            Kinds::Except(&["selector"]),
        ),
        object(
            "srtp_unauthorized_file_access",
            FILES,
            Kinds::Except(&["selector"]),
        ),
    ],
    ..Table::of(Protocol::GeSrtp)
};
