//! SMB sign-ins of a pair that was not learned.
//!
//! T0859, T0886. False positives: a share that is used for the first time: learn the alert.

use crate::engines::codes::smb::SMB2;
use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Learned, OperationRow, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{Build, Raises, Rule};

/// Session setup of SMB1 and of SMB2.
const SESSION_SETUPS: &[u32] = &[0x73, SMB2 + 1];

const TABLE: Table = Table {
    operations: &[OperationRow {
        id: "smb_unauthorized_login",
        when: When::Codes(SESSION_SETUPS),
    }],
    // The round of the sign-in.
    subs: false,
    ..Table::of(Protocol::Smb)
};

/// Raises the type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: "smb_unauthorized_login",
        values: COMMON.operation,
    }],
    build: Build::Pair {
        interest: TABLE.interest(),
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};
