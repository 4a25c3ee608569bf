//! Very many sign-ins at one server.
//!
//! - `excessive_login_attempts`: over any protocol but SMB, which has a threshold of its own.
//! - `smb_excessive_login`: over SMB.
//! - `password_guessing`: over any protocol.
//!
//! Tries of all clients count together, since guessing is often spread. T0812, T0806. False positives: servers
//! that many people sign in to at the start of a shift. Mute the server, or raise the threshold.

use sensor_protocols::observation::{Observation, Protocol};

use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::sign_ins;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::{Keyed, PartyKey};
use crate::state::{BoundedMap, EventWindow, Events, TableStatus};

const EXCESSIVE: &str = "excessive_login_attempts";
const SMB: &str = "smb_excessive_login";
const GUESSING: &str = "password_guessing";
const VALUES: &[&str] = &["attempts"];

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: EXCESSIVE,
            values: VALUES,
        },
        Raises {
            id: SMB,
            values: VALUES,
        },
        Raises {
            id: GUESSING,
            values: VALUES,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(sign_ins::PROTOCOLS),
            aspects: Aspects::REQUEST.or(Aspects::RESPONSE).or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(SignInRate::new(setup)),
    },
};

/// A type, its threshold and the protocols it counts.
struct Row {
    alert_type: &'static AlertType,
    threshold: Threshold,
    counts: fn(Protocol) -> bool,
}

struct SignInRate {
    rows: [Row; 3],
    servers: BoundedMap<(usize, PartyKey), EventWindow>,
}

impl SignInRate {
    fn new(setup: &Setup<'_>) -> Self {
        let row = |id, counts: fn(Protocol) -> bool| Row {
            alert_type: setup.alert(id),
            threshold: setup.threshold(id),
            counts,
        };
        Self {
            rows: [
                row(EXCESSIVE, |protocol| protocol != Protocol::Smb),
                row(SMB, |protocol| protocol == Protocol::Smb),
                row(GUESSING, |_| true),
            ],
            servers: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl PairRule for SignInRate {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if !sign_ins::of(observation).tried {
            return;
        }
        let (client, server) = sign_ins::parties(observation);
        for (at, row) in self.rows.iter().enumerate() {
            if !(row.counts)(observation.protocol) {
                continue;
            }
            let key = (at, PartyKey::from(&server));
            let window = self.servers.entry(key, EventWindow::default);
            let Some(attempts) = window.record_each(row.threshold, Events::of(observation)) else {
                continue;
            };
            cx.crossed(row.alert_type, observation, |finding| {
                finding.keyed = Keyed::Destination;
                finding.source = Some(client);
                finding.destination = Some(server);
                finding.count = attempts;
                finding.value("attempts", attempts);
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.servers.status("sign_ins", 32 * 16));
    }
}
