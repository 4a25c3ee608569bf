//! Certificates that are shown outside the time they are valid for.
//!
//! Why: clients that check it stop to connect, and those that do not accept any certificate. T0830. False
//! positives: devices whose clock was wrong when they made their certificate. Mute the device.

use crate::engines::codes::tls::HANDSHAKE_UNIT;
use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::told::{number, text};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::Keyed;

const ID: &str = "tls_certificate_expired";
const CERTIFICATE: u32 = HANDSHAKE_UNIT + 11;
const NANOSECONDS: u64 = 1_000_000_000;
const DAY: u64 = 86_400;

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["subject", "days", "when"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Tls),
            aspects: Aspects::ONE_WAY,
        },
        new: |setup| Box::new(Expired(setup.alert(ID))),
    },
};

struct Expired(&'static AlertType);

impl PairRule for Expired {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.operation.code != CERTIFICATE {
            return;
        }
        let now = observation.time.as_nanos() / NANOSECONDS;
        let over = number(observation, "not_after").and_then(|end| now.checked_sub(end));
        let early = number(observation, "not_before").and_then(|start| start.checked_sub(now));
        let outside = [(over, "too old"), (early, "too early")];
        let Some((days, when)) = outside
            .into_iter()
            .find_map(|(seconds, when)| Some((seconds.filter(|s| *s > 0)?.div_ceil(DAY), when)))
        else {
            return;
        };
        cx.violation(self.0, observation, |finding| {
            finding.keyed = Keyed::Source;
            let subject = text(observation, "subject").unwrap_or("nobody");
            finding.value("subject", subject.to_owned());
            finding.value("days", days);
            finding.value("when", when);
        });
    }
}
