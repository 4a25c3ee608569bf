//! Internal indications that were not learned.
//!
//! Each is learned by itself, for outstation and master. It is reported when it begins, not with
//! each response that repeats it. T0842. Off by default, as in the reference. False positives: rare
//! indications that did not occur while learning: learn the alert.

use sensor_protocols::observation::{Observation, Protocol};

use crate::baseline::Item;
use crate::catalogue::{AlertType, Engine};
use crate::engines::dnp3::{self, Outstations};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::state::TableStatus;

const ID: &str = "dnp3_unpermitted_iin";

/// Kind of the learned thing; its number is that of the bit.
const KIND: &str = "internal_indication";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: &["station", "indication"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Dnp3),
            aspects: Aspects::RESPONSE.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Unpermitted::new(setup)),
    },
};

struct Unpermitted {
    alert_type: &'static AlertType,
    outstations: Outstations,
}

impl Unpermitted {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            outstations: Outstations::new(u16::MAX, setup.limits().counters),
        }
    }
}

impl PairRule for Unpermitted {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let Some(indications) = dnp3::indications(observation) else {
            return;
        };
        let begun = self.outstations.begin(observation, indications);
        for number in 0..u16::BITS {
            let bit = 1_u16 << number;
            if indications & bit == 0 {
                continue;
            }
            let item = Item::Id {
                code: Item::ANY_OPERATION,
                kind: KIND,
                id: u64::from(bit),
            };
            if cx.permits(item, observation) {
                continue;
            }
            if begun & bit != 0 || cx.report.is_learning(self.alert_type, observation) {
                cx.unlearned(self.alert_type, item, observation, |finding| {
                    finding.discriminator = u64::from(bit);
                    finding.value("station", observation.station.unwrap_or(0));
                    finding.value("indication", dnp3::name(bit));
                });
            }
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.outstations.status("unpermitted_indications"));
    }
}
