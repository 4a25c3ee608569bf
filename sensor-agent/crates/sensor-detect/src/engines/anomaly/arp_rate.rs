//! One device sends very many ARP replies and announcements.
//!
//! Why: who keeps another's ARP tables poisoned has to repeat itself. T0830. Off by default, as in
//! the reference; [`super::arp_conflict`] looks at what is said instead of how often.
//! False positives: address conflict detection and clusters that fail over. Mute the source.

use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed};
use crate::state::{BoundedMap, EventWindow, TableStatus};
use sensor_protocols::addr::MacAddr;

const ID: &str = "arp_spoofing";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["packets"],
    }],
    build: Build::Site {
        new: |setup| Box::new(ArpRate::new(setup)),
    },
};

struct ArpRate {
    alert_type: &'static AlertType,
    threshold: Threshold,
    senders: BoundedMap<MacAddr, EventWindow>,
}

impl ArpRate {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            senders: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for ArpRate {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        let announces = matches!(fact.kind, FactKind::ArpRequest { target: Some(target) }
            if fact.source.ip == Some(target));
        if fact.kind != FactKind::ArpReply && !announces {
            return;
        }
        let window = self.senders.entry(fact.source.mac, EventWindow::default);
        if let Some(packets) = window.record_each(self.threshold, fact.events()) {
            let mut finding = Finding::about(self.alert_type, fact);
            finding.keyed = Keyed::Source;
            finding.count = packets;
            finding.value("packets", packets);
            cx.report.raise(finding);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let held = self.threshold.count as usize * 16;
        out.push(self.senders.status("arp_senders", held));
    }
}
