//! ASDU types of IEC 60870-5-104 that were not learned.
//!
//! T0855. False positives: rare but legitimate commands that did not occur while learning: learn
//! the alert.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Learned, OperationRow, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{Build, Raises, Rule};

/// Type identifications are octets; what is above stands for APDUs without an ASDU.
const TYPES: u32 = 256;

const TABLE: Table = Table {
    operations: &[OperationRow {
        id: "iec104_unpermitted_asdu_type",
        when: When::Holds(|observation| observation.operation.code < TYPES),
    }],
    // Bytes that are no APDU have no common address; neither have the formats without an ASDU.
    stations: true,
    // The cause of transmission: every type has several.
    subs: false,
    ..Table::of(Protocol::Iec104)
};

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "iec104_unpermitted_asdu_type",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: TABLE.interest(),
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};
