//! Sign-ins that servers refused: each one over FTP, two within five minutes at a database.
//!
//! T0812, T0811, T0869. False positives: people who mistype, services whose password was changed.
//! Mute the pair.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::sign_ins;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::PartyKey;
use crate::state::{BoundedMap, EventWindow, Events, TableStatus};

const FTP: &str = "ftp_login_failed";
const DATABASE: &str = "database_login_failed";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: FTP,
            values: &["error"],
        },
        Raises {
            id: DATABASE,
            values: &["failures"],
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Ftp, Protocol::Tds, Protocol::Tns]),
            aspects: Aspects::ERROR,
        },
        new: |setup| Box::new(Failed::new(setup)),
    },
};

struct Failed {
    ftp: &'static AlertType,
    database: &'static AlertType,
    threshold: Threshold,
    pairs: BoundedMap<(PartyKey, PartyKey), EventWindow>,
}

impl Failed {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            ftp: setup.alert(FTP),
            database: setup.alert(DATABASE),
            threshold: setup.threshold(DATABASE),
            pairs: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for Failed {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if !sign_ins::of(observation).refused {
            return;
        }
        if observation.protocol == Protocol::Ftp {
            cx.violation(self.ftp, observation, |finding| {
                finding.as_asked();
                finding.value("error", observation.operation.sub.unwrap_or_default());
            });
            return;
        }
        let (client, server) = sign_ins::parties(observation);
        let key = (PartyKey::from(&client), PartyKey::from(&server));
        let window = self.pairs.entry(key, EventWindow::default);
        if let Some(failures) = window.record_each(self.threshold, Events::of(observation)) {
            cx.crossed(self.database, observation, |finding| {
                finding.as_asked();
                finding.count = failures;
                finding.value("failures", failures);
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let held = self.threshold.count as usize * 16;
        out.push(self.pairs.status("failed_database_sign_ins", held));
    }
}
