//! Messages of telecontrol in unusual numbers, one row each.
//!
//! Why: a storm of unsolicited responses drowns what the control centre has to see, and messages that
//! do not follow from those before are what an intruder leaves who breaks into a session. T0814,
//! T0830, T0856. False positives: a disturbance in the plant that changes very many points; mirror
//! ports that lose frames. Mute the pair.
//!
//! A single message out of sequence is common where frames are lost, so several within a while count.

use sensor_protocols::observation::{Anomaly, Protocol};

use crate::catalogue::Engine;
use crate::engines::iec61850;
use crate::engines::tables::{COUNT_VALUES, CountRow, CountRule, Messages, When};
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

/// Unsolicited response (IEEE 1815-2012, 4.4).
const UNSOLICITED: u32 = 130;

const TABLE: &[CountRow] = &[
    CountRow {
        id: "dnp3_unsolicited_response_storm",
        messages: &[Messages::any(Protocol::Dnp3, When::Code(UNSOLICITED))],
        keyed: Keyed::Source,
    },
    out_of_sequence("dnp3_out_of_sequence", &[odd(Protocol::Dnp3)]),
    out_of_sequence("iec104_out_of_sequence", &[odd(Protocol::Iec104)]),
    out_of_sequence("goose_out_of_sequence", &[odd(Protocol::Goose)]),
    out_of_sequence("sv_out_of_sequence", &[odd(Protocol::SampledValues)]),
];

const fn out_of_sequence(id: &'static str, messages: &'static [Messages]) -> CountRow {
    CountRow {
        id,
        messages,
        keyed: Keyed::Pair,
    }
}

const fn odd(protocol: Protocol) -> Messages {
    Messages::any(
        protocol,
        When::Holds(|message| {
            // A publisher that starts anew is no departure.
            message.anomalies.contains(Anomaly::OutOfSequence) && !iec61850::starts(message)
        }),
    )
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        raises("dnp3_unsolicited_response_storm"),
        raises("dnp3_out_of_sequence"),
        raises("iec104_out_of_sequence"),
        raises("goose_out_of_sequence"),
        raises("sv_out_of_sequence"),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Dnp3,
                Protocol::Iec104,
                Protocol::Goose,
                Protocol::SampledValues,
            ]),
            aspects: Aspects::ONE_WAY.or(Aspects::ANOMALY),
        },
        new: |setup| Box::new(CountRule::new(TABLE, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: COUNT_VALUES,
    }
}
