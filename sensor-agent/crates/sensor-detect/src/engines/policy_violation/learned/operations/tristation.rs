//! `TriStation`: programs that are loaded into safety controllers, and everything else.
//!
//! Why: TRITON put a program of its own into the controller, which then no longer protected the
//! plant. Codes are those of the dissector's sources (Nozomi Networks, CISA MAR-17-352-01).

use sensor_protocols::observation::Protocol;

use super::{MESSAGE, UNLEARNED_OPERATION, operation};
use crate::engines::tables::When;
use crate::engines::tables::learned::Table;

/// What changes the program: downloads and their ends, allocations of programs, functions, networks
/// and symbols, conversion tables, initial values, download mode.
const DOWNLOADS: &[u32] = &[
    0, 1, 5, 6, 10, 11, 43, 48, 49, 50, 55, 56, 58, 59, 60, 63, 68, 72, 80,
];

pub(super) const TABLE: Table = Table {
    operations: &[
        operation("tristation_program_download", When::Codes(DOWNLOADS)),
        operation(UNLEARNED_OPERATION, MESSAGE),
    ],
    ..Table::of(Protocol::TriStation)
};
