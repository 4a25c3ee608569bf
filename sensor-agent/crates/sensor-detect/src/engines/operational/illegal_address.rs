//! Packets from addresses that no sender may use.
//!
//! Why: they come from broken or spoofing senders. T0849. False positives: devices that start
//! without an address and send more than DHCP.

use sensor_protocols::observation::Anomaly;

use crate::catalogue::Engine;
use crate::engines::tables::{ANOMALY_VALUES, AnomalyRow, AnomalyRule};
use crate::engines::{Build, Protocols, Raises, Rule};

const TABLE: &[AnomalyRow] = &[AnomalyRow {
    id: "illegal_ip_address",
    protocols: Protocols::Any,
    when: |anomalies| anomalies.contains(Anomaly::IllegalAddress),
}];

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: "illegal_ip_address",
        values: ANOMALY_VALUES,
    }],
    build: Build::Pair {
        interest: AnomalyRule::INTEREST,
        new: |setup| Box::new(AnomalyRule::new(TABLE, setup)),
    },
};
