//! A device does not answer connection attempts on an OT port any more.
//!
//! Why: a controller that went silent controls nothing. T0881. An answer starts the count anew.
//! False positives: equipment that is switched off by plan. Mute the device.

use sensor_protocols::observation::Transport;

use super::super::anomaly::is_ot_port;
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed, PartyKey};
use crate::state::{BoundedMap, EventWindow, TableStatus};

const ID: &str = "device_unresponsive";

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["attempts", "port"],
    }],
    build: Build::Site {
        new: |setup| Box::new(Unresponsive::new(setup)),
    },
};

struct Unresponsive {
    alert_type: &'static AlertType,
    threshold: Threshold,
    devices: BoundedMap<PartyKey, EventWindow>,
}

impl Unresponsive {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            devices: BoundedMap::new(setup.limits().counters),
        }
    }

    fn unanswered(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        let ot = is_ot_port(fact.destination.port)
            || cx
                .inventory
                .find(&fact.destination)
                .is_some_and(|device| device.ot);
        if !ot || fact.transport != Transport::Tcp {
            return;
        }
        let device = PartyKey::from(&fact.destination);
        let window = self.devices.entry(device, EventWindow::default);
        if let Some(attempts) = window.record_each(self.threshold, fact.events()) {
            let mut finding = Finding::about(self.alert_type, fact);
            finding.keyed = Keyed::Destination;
            finding.count = attempts;
            finding.value("attempts", attempts);
            finding.value("port", fact.destination.port);
            cx.report.raise(finding);
        }
    }
}

impl SiteRule for Unresponsive {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        if fact.kind == FactKind::Unanswered {
            self.unanswered(fact, cx);
        } else if matches!(fact.kind, FactKind::Established | FactKind::Refused) {
            self.devices.remove(&PartyKey::from(&fact.destination));
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let held = self.threshold.count as usize * 16;
        out.push(self.devices.status("unresponsive_devices", held));
    }
}
