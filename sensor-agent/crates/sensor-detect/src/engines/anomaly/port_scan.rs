//! One device tries many ports of another.
//!
//! `port_scan` counts different ports that were refused, not answered or left without a word, over
//! TCP and UDP. `port_scan_unanswered`, beyond the reference, needs fewer, but all of them TCP and
//! none of the source's attempts on the target answered meanwhile, which working clients never
//! show. T0846. False positives: vulnerability scanners and asset management; give them the
//! scanner role (learn the alert).

use sensor_protocols::observation::Transport;

use super::failed::{is_failed, is_failed_connection, list, may_scan, scanner};
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed, PartyKey};
use crate::state::{BoundedMap, DistinctWindow, TableStatus};

const ID: &str = "port_scan";
const UNANSWERED: &str = "port_scan_unanswered";
const VALUES: &[&str] = &["ports", "port_list"];

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: ID,
            values: VALUES,
        },
        Raises {
            id: UNANSWERED,
            values: VALUES,
        },
    ],
    build: Build::Site {
        new: |setup| Box::new(PortScan::new(setup)),
    },
};

type Port = (Transport, u16);

#[derive(Default)]
struct Pair {
    all: DistinctWindow<Port>,
    unanswered: DistinctWindow<Port>,
}

struct PortScan {
    alert_type: &'static AlertType,
    threshold: Threshold,
    unanswered_type: &'static AlertType,
    unanswered_threshold: Threshold,
    pairs: BoundedMap<(PartyKey, PartyKey), Pair>,
}

impl PortScan {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            unanswered_type: setup.alert(UNANSWERED),
            unanswered_threshold: setup.threshold(UNANSWERED),
            pairs: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for PortScan {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        let key = (
            PartyKey::from(&fact.source),
            PartyKey::from(&fact.destination),
        );
        if fact.kind == FactKind::Established {
            if let Some(pair) = self.pairs.get_mut(&key) {
                pair.unanswered = DistinctWindow::default();
            }
            return;
        }
        if !is_failed(fact) {
            return;
        }
        let port = (fact.transport, fact.destination.port);
        let pair = self.pairs.entry(key, Pair::default);
        let many = pair.all.record(self.threshold, fact.time, port);
        let few = if is_failed_connection(fact) {
            pair.unanswered
                .record(self.unanswered_threshold, fact.time, port)
        } else {
            None
        };
        if many.is_none() && few.is_none() || may_scan(fact, cx) {
            return;
        }
        for (alert_type, ports) in [(self.alert_type, many), (self.unanswered_type, few)] {
            if let Some(ports) = ports {
                cx.report.raise(scan(alert_type, fact, &ports));
            }
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let held = (self.threshold.count + self.unanswered_threshold.count) as usize * 16;
        out.push(self.pairs.status("port_scan_pairs", held));
    }
}

fn scan(alert_type: &'static AlertType, fact: &Fact, ports: &[Port]) -> Finding {
    let mut finding = Finding::about(alert_type, fact);
    finding.keyed = Keyed::Source;
    finding.count = ports.len() as u64;
    finding.tuple = Some(scanner(fact).tuple());
    finding.value("ports", ports.len() as u64);
    finding.value(
        "port_list",
        list(ports.iter().map(|(_, port)| *port).collect()),
    );
    finding
}
