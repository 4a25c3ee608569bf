//! A port that is reserved for one protocol carries another.
//!
//! Why: tunnels hide behind ports that firewalls let through. T0885. Off by default, as in the
//! reference; on ports of OT protocols
//! [`foreign_protocol_on_ot_port`](crate::engines::protocol_violation::malformed) is on.
//! False positives: services moved to another port. Mute the pair.

use sensor_protocols::observation::Anomaly;

use crate::catalogue::Engine;
use crate::engines::tables::{ANOMALY_VALUES, AnomalyRow, AnomalyRule};
use crate::engines::{Build, Protocols, Raises, Rule};

const TABLE: &[AnomalyRow] = &[AnomalyRow {
    id: "unexpected_protocol_on_port",
    protocols: Protocols::Any,
    when: |anomalies| anomalies.contains(Anomaly::NotThisProtocol),
}];

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: "unexpected_protocol_on_port",
        values: ANOMALY_VALUES,
    }],
    build: Build::Pair {
        interest: AnomalyRule::INTEREST,
        new: |setup| Box::new(AnomalyRule::new(TABLE, setup)),
    },
};
