//! MMS services, and programs that they address, that were not learned.
//!
//! Numbers are those of ISO 9506-2, `ConfirmedServiceRequest`. A control of IEC 61850 is an operation
//! of its own, apart from other writes. T0855, T0821. False positives: rare but legitimate services
//! that did not occur while learning: learn the alert.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Kinds, Learned, NAME, ObjectRow, OperationRow, Per, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{Build, Raises, Rule};

const PROGRAM: &str = "mms_unauthorized_program_access";
const SERVICE: &str = "mms_unauthorized_service";

/// Operation codes from here on are unconfirmed services and what is no service.
const UNCONFIRMED: u32 = 0x100;

/// Domains and program invocations: from `initiateDownloadSequence` to
/// `getProgramInvocationAttributes`.
const PROGRAMS: std::ops::RangeInclusive<u32> = 26..=45;

const fn operation(id: &'static str, when: fn(&Observation<'_>) -> bool) -> OperationRow {
    OperationRow {
        id,
        when: When::Holds(when),
    }
}

fn is_about_programs(observation: &Observation<'_>) -> bool {
    PROGRAMS.contains(&observation.operation.code)
}

const TABLE: Table = Table {
    operations: &[
        operation(PROGRAM, is_about_programs),
        operation(SERVICE, |observation| {
            observation.operation.code < UNCONFIRMED
        }),
    ],
    objects: &[ObjectRow {
        id: PROGRAM,
        when: When::Holds(is_about_programs),
        kinds: Kinds::Only(&[NAME]),
        per: Per::Operation,
    }],
    ..Table::of(Protocol::Mms)
};

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[raises(PROGRAM), raises(SERVICE)],
    build: Build::Pair {
        interest: TABLE.interest(),
        new: |setup| Box::new(Learned::new(&TABLE, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.operation,
    }
}
