//! An MMS service that failed.
//!
//! Errors, rejects and variables that could not be read or written (ISO 9506-2). T0855. False
//! positives: clients that try out what a server has. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, ErrorRow, ErrorRule};
use crate::engines::{Build, Raises, Rule};

const TABLE: &[ErrorRow] = &[ErrorRow {
    id: "mms_service_failed",
    protocol: Protocol::Mms,
    errors: &[],
    except: &[],
}];

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: "mms_service_failed",
        values: COMMON.errors,
    }],
    build: Build::Pair {
        interest: ErrorRule::interest(&[Protocol::Mms]),
        new: |setup| Box::new(ErrorRule::new(TABLE, &COMMON, setup)),
    },
};
