//! Reads and writes of a controller's configuration by devices that are not marked as programming
//! devices.
//!
//! Why: whoever reads the configuration prepares to change it; whoever changes it can stop the
//! process. T0801, T0889. False positives: asset management and displays: learn the alert, which
//! permits the pair what it did.

use sensor_protocols::observation::Observation;

use crate::baseline::{Item, PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine};
use crate::engines::commands::is_given;
use crate::engines::configuration::{PROTOCOLS, READS, Table, WRITES};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::PartyKey;

const READ: &str = "plc_unauthorized_config_read";
const WRITE: &str = "plc_unauthorized_config_write";

/// Kind of what is learned: that the pair may do this, with any operation.
const ACTIVITY: &str = "activity";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[raises(READ), raises(WRITE)],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(PROTOCOLS),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Configuration::new(setup)),
    },
};

const fn raises(id: &'static str) -> Raises {
    Raises {
        id,
        values: &["function_name"],
    }
}

struct Configuration {
    kinds: [(Table, &'static str, &'static AlertType); 2],
}

impl Configuration {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            kinds: [
                (Table::of(READS), "configuration read", setup.alert(READ)),
                (Table::of(WRITES), "configuration write", setup.alert(WRITE)),
            ],
        }
    }
}

impl PairRule for Configuration {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if !is_given(observation) {
            return;
        }
        let named = |(table, ..): &&(Table, _, _)| table.names(observation);
        let Some((_, activity, alert_type)) = self.kinds.iter().find(named) else {
            return;
        };
        let item = Item::Text {
            code: Item::ANY_OPERATION,
            kind: ACTIVITY,
            text: activity,
        };
        let source = PartyKey::from(&observation.source);
        let role = PartyItem::role(TupleKind::ProgrammingDevice, source);
        let (time, count) = (observation.time, observation.count);
        if cx.permits(item, observation) || cx.parties.permits(&role, time, count) {
            return;
        }
        cx.unlearned(alert_type, item, observation, |finding| {
            finding.value("function_name", observation.operation.name);
        });
    }
}
