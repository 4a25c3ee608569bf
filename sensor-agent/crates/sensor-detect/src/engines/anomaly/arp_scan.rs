//! One device asks ARP for many addresses.
//!
//! `arp_address_scan` counts different addresses, answered or not. `arp_sweep`, beyond the
//! reference and on by default, counts only those that do not exist, within a shorter time, which
//! no working client asks for. T0846. False positives: network management; give it the scanner
//! role (learn the alert).

use std::net::IpAddr;

use sensor_protocols::addr::MacAddr;

use super::failed::{list, may_scan, scanner};
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed};
use crate::state::{BoundedMap, DistinctWindow, TableStatus};

const ID: &str = "arp_address_scan";
const SWEEP: &str = "arp_sweep";
const VALUES: &[&str] = &["addresses", "address_list"];

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: ID,
            values: VALUES,
        },
        Raises {
            id: SWEEP,
            values: VALUES,
        },
    ],
    build: Build::Site {
        new: |setup| Box::new(ArpScan::new(setup)),
    },
};

#[derive(Default)]
struct Asker {
    all: DistinctWindow<IpAddr>,
    silent: DistinctWindow<IpAddr>,
}

struct ArpScan {
    alert_type: &'static AlertType,
    threshold: Threshold,
    sweep_type: &'static AlertType,
    sweep_threshold: Threshold,
    /// By MAC address: replies go back to it.
    askers: BoundedMap<MacAddr, Asker>,
    /// Addresses that answered.
    alive: BoundedMap<IpAddr, ()>,
}

impl ArpScan {
    fn new(setup: &Setup<'_>) -> Self {
        let counters = setup.limits().counters;
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            sweep_type: setup.alert(SWEEP),
            sweep_threshold: setup.threshold(SWEEP),
            askers: BoundedMap::new(counters),
            alive: BoundedMap::new(counters),
        }
    }

    fn answered(&mut self, fact: &Fact) {
        let Some(ip) = fact.source.ip else {
            return;
        };
        self.alive.entry(ip, || ());
        if let Some(asker) = self.askers.get_mut(&fact.destination.mac) {
            asker.silent.forget(ip);
        }
    }

    fn asked(&mut self, fact: &Fact, target: IpAddr, cx: &mut SiteContext<'_>) {
        let asker = self.askers.entry(fact.source.mac, Asker::default);
        let all = asker.all.record(self.threshold, fact.time, target);
        let silent = if self.alive.get(&target).is_none() {
            asker.silent.record(self.sweep_threshold, fact.time, target)
        } else {
            None
        };
        if all.is_none() && silent.is_none() || may_scan(fact, cx) {
            return;
        }
        for (alert_type, addresses) in [(self.alert_type, all), (self.sweep_type, silent)] {
            if let Some(addresses) = addresses {
                let mut finding = Finding::about(alert_type, fact);
                finding.keyed = Keyed::Source;
                finding.destination = None;
                finding.count = addresses.len() as u64;
                finding.tuple = Some(scanner(fact).tuple());
                finding.value("addresses", addresses.len() as u64);
                finding.value("address_list", list(addresses));
                cx.report.raise(finding);
            }
        }
    }
}

impl SiteRule for ArpScan {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        if fact.kind == FactKind::ArpReply {
            self.answered(fact);
        } else if let FactKind::ArpRequest {
            target: Some(target),
        } = fact.kind
            && fact.source.ip != Some(target)
        {
            self.asked(fact, target, cx);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let held = (self.threshold.count + self.sweep_threshold.count) as usize
            * size_of::<(IpAddr, u64)>();
        out.push(self.askers.status("arp_askers", held));
        out.push(self.alive.status("arp_answerers", 0));
    }
}
