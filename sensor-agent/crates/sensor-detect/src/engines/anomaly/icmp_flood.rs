//! Very many ICMP messages from one device to another.
//!
//! Why: small stacks spend all their time on answering. T0814. Off by default, as in the
//! reference. False positives: monitoring that pings once a second. Mute the pair.

use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, PartyKey};
use crate::state::{BoundedMap, EventWindow, TableStatus};

const ID: &str = "icmp_flooding";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["packets"],
    }],
    build: Build::Site {
        new: |setup| Box::new(IcmpFlood::new(setup)),
    },
};

struct IcmpFlood {
    alert_type: &'static AlertType,
    threshold: Threshold,
    pairs: BoundedMap<(PartyKey, PartyKey), EventWindow>,
}

impl IcmpFlood {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            pairs: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for IcmpFlood {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        if !matches!(fact.kind, FactKind::Icmp { .. }) {
            return;
        }
        let key = (
            PartyKey::from(&fact.source),
            PartyKey::from(&fact.destination),
        );
        let window = self.pairs.entry(key, EventWindow::default);
        if let Some(packets) = window.record_each(self.threshold, fact.events()) {
            let mut finding = Finding::about(self.alert_type, fact);
            finding.count = packets;
            finding.value("packets", packets);
            cx.report.raise(finding);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let held = self.threshold.count as usize * 16;
        out.push(self.pairs.status("icmp_pairs", held));
    }
}
