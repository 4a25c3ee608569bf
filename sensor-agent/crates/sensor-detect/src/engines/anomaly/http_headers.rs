//! Heads of web messages that are longer, or have more fields, than any that was learned, and illegal ones.
//!
//! Why: overflows in parsers of headers are how web servers of devices are broken into. Lengths and counts are
//! learned in steps of powers of two, from 512 octets and 16 fields, so that a profile is complete soon; a
//! message below a learned step is permitted. T0866, T0869. False positives: cookies that grow, uploads of a
//! new program: learn the alert. Illegal content: clients that put other characters into headers than RFC
//! 9110, 5.5 allows: mute the source.

use sensor_protocols::observation::{Anomaly, Direction, Observation, Protocol};

use crate::baseline::Item;
use crate::catalogue::{AlertType, Engine};
use crate::engines::told::number;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::Keyed;

const LENGTH: &str = "http_abnormal_header_length";
const FIELDS: &str = "http_abnormal_header_param_count";
const CONTENT: &str = "http_illegal_header_content";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: LENGTH,
            values: &["length", "step"],
        },
        Raises {
            id: FIELDS,
            values: &["fields", "step"],
        },
        Raises {
            id: CONTENT,
            values: &["departures"],
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Http),
            aspects: Aspects::REQUEST.or(Aspects::RESPONSE),
        },
        new: |setup| Box::new(Headers::new(setup)),
    },
};

/// What is measured of a head.
struct Measure {
    /// How the dissector names it.
    told: &'static str,
    /// Names in the baseline, of requests and of responses.
    learned: [&'static str; 2],
    /// Name of the value in the finding.
    value: &'static str,
    /// The lowest step.
    least: u64,
}

const LENGTHS: Measure = Measure {
    told: "header_bytes",
    learned: ["request_header_bytes", "response_header_bytes"],
    value: "length",
    least: 512,
};

const COUNTS: Measure = Measure {
    told: "header_fields",
    learned: ["request_header_fields", "response_header_fields"],
    value: "fields",
    least: 16,
};

/// Steps that are looked through: from 512 octets to beyond the longest head that is waited for.
const STEPS: u32 = 12;

struct Headers {
    length: &'static AlertType,
    fields: &'static AlertType,
    content: &'static AlertType,
}

impl Headers {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            length: setup.alert(LENGTH),
            fields: setup.alert(FIELDS),
            content: setup.alert(CONTENT),
        }
    }
}

impl Measure {
    fn check(
        &self,
        alert_type: &'static AlertType,
        observation: &Observation<'_>,
        cx: &mut PairContext<'_>,
    ) {
        let Some(measured) = number(observation, self.told) else {
            return;
        };
        let [request, response] = self.learned;
        let kind = if observation.direction == Direction::Response {
            response
        } else {
            request
        };
        let step = measured.max(self.least).next_power_of_two();
        let item = |step| Item::Id {
            code: Item::ANY_OPERATION,
            kind,
            id: step,
        };
        let permitted = (0..STEPS)
            .filter_map(|higher| step.checked_shl(higher))
            .any(|step| cx.permits(item(step), observation));
        if permitted {
            return;
        }
        cx.unlearned(alert_type, item(step), observation, |finding| {
            finding.discriminator = step << 1 | u64::from(kind == response);
            finding.value(self.value, measured);
            finding.value("step", step);
        });
    }
}

impl PairRule for Headers {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        LENGTHS.check(self.length, observation, cx);
        COUNTS.check(self.fields, observation, cx);
        let anomalies = observation.anomalies;
        let illegal =
            anomalies.contains(Anomaly::BadValue) || anomalies.contains(Anomaly::BadLength);
        if illegal {
            cx.violation(self.content, observation, |finding| {
                finding.keyed = Keyed::Source;
                let departures = crate::engines::tables::departures(anomalies);
                finding.value("departures", departures);
            });
        }
    }
}
