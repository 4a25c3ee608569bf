//! Commands that an IEC 60870-5-104 station rejects as unknown to it, one row for each cause.
//!
//! Causes of transmission 44 to 47 (IEC 60870-5-101, 7.2.3). Why: whoever does not know a station
//! tries types and addresses until one is accepted. T0855, T0836. False positives: control centres
//! whose data base does not fit the station. Mute the pair.

use sensor_protocols::observation::Protocol;

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, ErrorRow, ErrorRule};
use crate::engines::{Build, Raises, Rule};

const TABLE: &[ErrorRow] = &[
    row("iec104_illegal_asdu_type", &[44]),
    row("iec104_illegal_cot", &[45]),
    row("iec104_illegal_common_address", &[46]),
    row("iec104_illegal_ioa", &[47]),
];

const fn row(id: &'static str, errors: &'static [u32]) -> ErrorRow {
    ErrorRow {
        id,
        protocol: Protocol::Iec104,
        errors,
        except: &[],
    }
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[
        raises("iec104_illegal_asdu_type"),
        raises("iec104_illegal_cot"),
        raises("iec104_illegal_common_address"),
        raises("iec104_illegal_ioa"),
    ],
    build: Build::Pair {
        interest: ErrorRule::interest(&[Protocol::Iec104]),
        new: |setup| Box::new(ErrorRule::new(TABLE, &COMMON, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.errors,
    }
}
