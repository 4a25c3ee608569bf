//! IEC 60870-5-104 messages that tell of a restart or of a failure, one row each.
//!
//! IEC 60870-5-101, 7.2.1 (types) and 7.2.3 (causes, P/N). T0816, T0855. False positives: maintenance,
//! interlocks. Mute the pair.

use sensor_protocols::observation::{Outcome, Protocol};

use crate::catalogue::Engine;
use crate::engines::tables::{COMMON, MessageRow, MessageRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// `C_RP_NA_1`.
const RESET_PROCESS: u32 = 105;

/// Causes by which a station rejects what it does not know have types of their own.
const UNKNOWN_TO_IT: std::ops::RangeInclusive<u32> = 44..=47;

const TABLE: &[MessageRow] = &[
    MessageRow {
        id: "iec104_reset_process",
        messages: Messages::requests(Protocol::Iec104, When::Code(RESET_PROCESS)),
        keyed: Keyed::Pair,
    },
    MessageRow {
        id: "iec104_command_refused",
        messages: Messages::any(
            Protocol::Iec104,
            When::Holds(
                |observation| matches!(observation.outcome, Outcome::Error { code, .. } if !UNKNOWN_TO_IT.contains(&code)),
            ),
        ),
        keyed: Keyed::Pair,
    },
];

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[
        Raises {
            id: "iec104_reset_process",
            values: COMMON.operation,
        },
        Raises {
            id: "iec104_command_refused",
            values: COMMON.errors,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Iec104),
            aspects: Aspects::REQUEST.or(Aspects::ERROR),
        },
        new: |setup| Box::new(MessageRule::new(TABLE, setup)),
    },
};
