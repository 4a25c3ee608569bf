//! Lines and heads of text protocols that are far too long.
//!
//! Why: no program sends a line of tens of thousands of octets; exploits do. The threshold counts octets of one
//! line, or of one head of HTTP. Dissectors tell the length of lines from 4096 octets on. T0866. False positives: web applications with very large cookies. Mute the pair.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::told::number;
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};

const ID: &str = "unexpected_message_length";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["length"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Http,
                Protocol::Ftp,
                Protocol::Telnet,
                Protocol::Ssh,
            ]),
            aspects: Aspects::REQUEST.or(Aspects::RESPONSE).or(Aspects::ONE_WAY),
        },
        new: |setup| {
            Box::new(LongText {
                alert_type: setup.alert(ID),
                octets: u64::from(setup.threshold(ID).count),
            })
        },
    },
};

struct LongText {
    alert_type: &'static AlertType,
    octets: u64,
}

impl PairRule for LongText {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        // A message cannot be longer than the frames that carried it.
        if observation.bytes < self.octets {
            return;
        }
        let length = number(observation, "header_bytes").or(number(observation, "line_bytes"));
        if let Some(length) = length.filter(|length| *length >= self.octets) {
            cx.violation(self.alert_type, observation, |finding| {
                finding.value("length", length);
            });
        }
    }
}
