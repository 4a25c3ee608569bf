//! DNP3 messages that tell of a change or of a failure, one row each.
//!
//! Function codes and status codes are those of IEEE 1815-2012, 4.4, 11 and Annex A. T0857,
//! T0855, T0859. False positives: maintenance and commissioning. Mute the pair.

use sensor_protocols::observation::{Direction, Object, Observation, Outcome, Protocol};

use crate::catalogue::Engine;
use crate::engines::dnp3::OBJECT;
use crate::engines::tables::{COMMON, MessageRow, MessageRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// Save configuration, assign class, activate configuration.
const CHANGES: &[u32] = &[19, 22, 31];

/// Where the dissector puts statuses: of controls and of files, and errors of secure authentication.
const STATUSES: std::ops::RangeInclusive<u32> = 0x101..=0x2ff;
const AUTHENTICATION_ERRORS: std::ops::RangeInclusive<u32> = 0x301..=0x3ff;

/// Group 120, variation 7: either end tells the other why authentication failed.
const AUTHENTICATION_ERROR: u64 = 120 << 8 | 7;

const TABLE: &[MessageRow] = &[
    requests("outstation_configuration_changed", When::Codes(CHANGES)),
    any("dnp3_operation_failed", |observation| {
        failed(observation, &STATUSES)
    }),
    any("dnp3_authentication_error", |observation| {
        failed(observation, &AUTHENTICATION_ERRORS)
            || observation.direction != Direction::Response && tells_error(observation)
    }),
];

const fn requests(id: &'static str, when: When) -> MessageRow {
    MessageRow {
        id,
        messages: Messages::requests(Protocol::Dnp3, when),
        keyed: Keyed::Pair,
    }
}

const fn any(id: &'static str, holds: fn(&Observation<'_>) -> bool) -> MessageRow {
    MessageRow {
        id,
        messages: Messages::any(Protocol::Dnp3, When::Holds(holds)),
        keyed: Keyed::Pair,
    }
}

fn failed(observation: &Observation<'_>, errors: &std::ops::RangeInclusive<u32>) -> bool {
    matches!(observation.outcome, Outcome::Error { code, .. } if errors.contains(&code))
}

fn tells_error(observation: &Observation<'_>) -> bool {
    let error = Object::Id {
        kind: OBJECT,
        id: AUTHENTICATION_ERROR,
    };
    observation.objects.contains(&error)
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[
        raises("outstation_configuration_changed", COMMON.operation),
        raises("dnp3_operation_failed", COMMON.errors),
        raises("dnp3_authentication_error", COMMON.operation),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY).or(Aspects::ERROR),
        },
        new: |setup| Box::new(MessageRule::new(TABLE, setup)),
    },
};

const fn raises(id: &'static str, values: &'static [&'static str]) -> Raises {
    Raises { id, values }
}
