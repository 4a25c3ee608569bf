//! Values written outside of the range that was learned for their object.
//!
//! Why: a client that is allowed to write a set point can still write one that harms the process;
//! what was written while learning shows which values are meant. T0836, T0831. Beyond the reference.
//! False positives: counters and clocks in registers, seasonal set points: learn the alert, or put a
//! range for the object into the baseline by hand.
//!
//! Learned is, for each pair and object, the range from the lowest to the highest value seen while
//! learning; ranges that an operator puts into the baseline (kind *object*, see [`decode`] for
//! tables and numbers) permit their values as well. An object without any range is not judged: that
//! it is written at all is for the types about objects.
//!
//! Limits: registers of Modbus functions 6, 16 and 23; single numbers of S7 writes (one, two or four
//! octets), no arrays, bits and strings. Ranges are tuples of the baseline and count against its
//! caps; a table of a pair holds [`crate::baseline::RANGES_PER_SET`] of them.

mod decode;

use sensor_protocols::observation::{Observation, Protocol};

use crate::baseline::{Item, Span};
use crate::catalogue::{AlertType, Engine};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use decode::{Written, written};

const ID: &str = "written_value_out_of_range";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: &["object", "value", "lowest", "highest"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Modbus, Protocol::S7comm]),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(WrittenValues::new(setup)),
    },
};

struct WrittenValues {
    alert_type: &'static AlertType,
}

impl WrittenValues {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
        }
    }

    fn judge(&self, value: &Written, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let span = Span {
            station: value.object,
            first: value.number,
            last: value.number,
        };
        let item = value.item(span);
        if cx.permits(item, observation) {
            return;
        }
        if cx.report.is_learning(self.alert_type, observation) {
            // A range up to what is no value would hold every value there is.
            if value.is_no_number() {
                return;
            }
            cx.report.widen(
                self.alert_type,
                cx.channel,
                (value.table, span),
                observation,
            );
            return;
        }
        let Some((lowest, highest)) =
            cx.channel
                .baseline
                .bounds(Item::ANY_OPERATION, value.table, value.object)
        else {
            return;
        };
        cx.unlearned(self.alert_type, item, observation, |finding| {
            finding.discriminator = u64::from(value.object);
            finding.value("object", value.name(observation));
            finding.value("value", value.text(value.number));
            finding.value("lowest", value.text(lowest));
            finding.value("highest", value.text(highest));
        });
    }
}

impl PairRule for WrittenValues {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        written(observation, |value| self.judge(value, observation, cx));
    }
}
