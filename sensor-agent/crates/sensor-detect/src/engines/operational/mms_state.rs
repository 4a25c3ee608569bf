//! An MMS device says that it is not, or only partly, operational.
//!
//! `vmdPhysicalStatus` of a status response or of an unsolicited status (ISO 9506-2). Clients ask for it
//! over and over: each change to a bad state is reported once. T0814. False positives: maintenance. Mute
//! the device.
//!
//! Limits: one entry for each device that was in a bad state, in a bounded table.

use sensor_protocols::observation::{Direction, Observation, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::told::number;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::{Keyed, PartyKey};
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "mms_bad_device_state";

/// Kind of the object that is `vmdPhysicalStatus`.
const PHYSICAL_STATUS: &str = "vmd_physical_status";

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["state"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Mms),
            aspects: Aspects::RESPONSE.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(States::new(setup)),
    },
};

struct States {
    alert_type: &'static AlertType,
    bad: BoundedMap<PartyKey, u64>,
}

impl States {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            bad: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for States {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.direction == Direction::Request || observation.anomalies.is_malformed() {
            return;
        }
        let Some(status) = number(observation, PHYSICAL_STATUS) else {
            return;
        };
        let device = PartyKey::from(&observation.source);
        if status == 0 {
            self.bad.remove(&device);
            return;
        }
        let before = std::mem::replace(self.bad.entry(device, || 0), status);
        if before != status {
            cx.crossed(self.alert_type, observation, |finding| {
                finding.count = 1;
                finding.keyed = Keyed::Source;
                finding.discriminator = status;
                finding.value("state", name(status));
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.bad.status("mms_bad_states", 0));
    }
}

const fn name(status: u64) -> &'static str {
    match status {
        1 => "partially operational",
        2 => "inoperable",
        3 => "in need of commissioning",
        _ => "in a state that the standard does not define",
    }
}
