//! DNP3 messages that their sender should not send, one row each.
//!
//! Function codes 15 and 19 are obsolete (IEEE 1815-2012, 4.4); a master does not ask for
//! confirmations by the application layer (4.2.2.4.3). T0855, T0866, T0869. False positives: masters
//! from before 2000, and equipment that departs from the standard every day. Mute the pair.

use sensor_protocols::observation::{Anomaly, Observation, Protocol};

use crate::catalogue::Engine;
use crate::engines::dnp3;
use crate::engines::tables::{COMMON, MessageRow, MessageRule, Messages, When};
use crate::engines::told::number;
use crate::engines::{Aspects, Build, Interest, Protocols, Raises, Rule};
use crate::finding::Keyed;

const TABLE: &[MessageRow] = &[
    row("dnp3_obsolete_initialize_data", When::Code(15)),
    row("dnp3_obsolete_save_config", When::Code(19)),
    row(
        "dnp3_master_requested_app_confirm",
        When::Holds(|request| number(request, dnp3::TO_BE_CONFIRMED).is_some()),
    ),
    any("dnp3_illegal_operation", is_no_valid_request),
    any("dnp3_improper_formatting", |message| {
        let role = !message.anomalies.contains(Anomaly::WrongRole);
        dnp3::is_response(message) && role && message.anomalies.is_malformed()
    }),
];

const fn row(id: &'static str, when: When) -> MessageRow {
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

/// A request that departs from the standard, one that comes from an outstation by its link header, or
/// a response that comes from a master.
fn is_no_valid_request(message: &Observation<'_>) -> bool {
    if message.station.is_none() || message.operation.code >= dnp3::FUNCTIONS {
        return false;
    }
    let malformed = !dnp3::is_response(message) && message.anomalies.is_malformed();
    malformed || message.anomalies.contains(Anomaly::WrongRole)
}

/// Raises each type of the table above.
pub const RULE: Rule = Rule {
    engine: Engine::ProtocolViolation,
    raises: &[
        raises("dnp3_obsolete_initialize_data"),
        raises("dnp3_obsolete_save_config"),
        raises("dnp3_master_requested_app_confirm"),
        raises("dnp3_illegal_operation"),
        raises("dnp3_improper_formatting"),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::REQUEST.or(Aspects::ANOMALY),
        },
        new: |setup| Box::new(MessageRule::new(TABLE, setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.operation,
    }
}
