//! Two PROFINET stations that have one name.
//!
//! Why: a controller finds its devices by name; whoever takes the name of one is driven in its
//! place. T0830, T0849. Beyond the reference. A name that moves after a longer silence is a replaced
//! device and raises nothing. False positives: names given twice by mistake, which stop the devices
//! and are worth an alert anyway.
//!
//! Limits: names as hashes, in a bounded table that counts what it evicts.

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::fast::RandomState;
use sensor_protocols::addr::MacAddr;
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

use crate::catalogue::{AlertType, Engine};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed};
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "profinet_name_conflict";

/// How long a station stands for its name after it gave it: answers to an Identify come within
/// seconds, and engineering tools repeat it every minute.
const NAME_STANDS: Duration = Duration::from_mins(5);

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["name", "mac", "previous_mac"],
    }],
    build: Build::Site {
        new: |setup| Box::new(Names::new(setup)),
    },
};

struct Names {
    alert_type: &'static AlertType,
    /// Makes the keys; keyed anew in every run, so that nobody can aim at them.
    hasher: RandomState,
    stations: BoundedMap<u64, (MacAddr, Timestamp)>,
}

impl Names {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            hasher: RandomState::default(),
            stations: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for Names {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        let FactKind::Identity(identity) = &fact.kind else {
            return;
        };
        let (Protocol::ProfinetDcp, Some(name)) = (fact.protocol, &identity.hostname) else {
            return;
        };
        let mac = fact.source.mac;
        let key = self.hasher.hash_one(name.to_ascii_lowercase());
        let station = self.stations.entry(key, || (mac, fact.time));
        let (previous, since) = *station;
        *station = (mac, fact.time);
        if previous != mac && fact.time.since(since) <= NAME_STANDS {
            let mut finding = Finding::about(self.alert_type, fact);
            finding.keyed = Keyed::Source;
            finding.value("name", name.clone());
            finding.value("mac", mac.to_string());
            finding.value("previous_mac", previous.to_string());
            cx.report.raise(finding);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.stations.status("station_names", 0));
    }
}
