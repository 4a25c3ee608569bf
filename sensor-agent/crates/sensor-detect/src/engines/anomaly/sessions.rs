//! Very many connections of one client to one server.
//!
//! Why: brute force and broken clients use up the few sessions a controller has. T0812, T0806.
//! False positives: clients that open a connection per request, as some web and OPC clients do.
//! Mute the pair.

use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, PartyKey};
use crate::state::{BoundedMap, EventWindow, TableStatus};

const ID: &str = "excessive_sessions";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["sessions", "port"],
    }],
    build: Build::Site {
        new: |setup| Box::new(Sessions::new(setup)),
    },
};

struct Sessions {
    alert_type: &'static AlertType,
    threshold: Threshold,
    pairs: BoundedMap<(PartyKey, PartyKey), EventWindow>,
}

impl Sessions {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            pairs: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for Sessions {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        if fact.kind != FactKind::Established {
            return;
        }
        let key = (
            PartyKey::from(&fact.source),
            PartyKey::from(&fact.destination),
        );
        let window = self.pairs.entry(key, EventWindow::default);
        if let Some(sessions) = window.record_each(self.threshold, fact.events()) {
            let mut finding = Finding::about(self.alert_type, fact);
            finding.count = sessions;
            finding.value("sessions", sessions);
            finding.value("port", fact.destination.port);
            cx.report.raise(finding);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let held = self.threshold.count as usize * 16;
        out.push(self.pairs.status("session_pairs", held));
    }
}
