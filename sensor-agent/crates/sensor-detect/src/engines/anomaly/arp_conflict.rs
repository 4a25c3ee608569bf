//! Two devices claim one IP address.
//!
//! Why: whoever stands between two devices first takes the address of one of them. T0830. Beyond
//! the reference, which only counts ARP packets. An address that moves after a longer silence is a
//! replaced device or a new lease and raises nothing; virtual router addresses (VRRP, HSRP, CARP)
//! are made to move. False positives: clusters with failover under their own addresses; misplaced
//! static addresses, which are worth an alert anyway.

use std::net::IpAddr;
use std::time::Duration;

use sensor_protocols::addr::MacAddr;
use sensor_protocols::time::Timestamp;

use crate::catalogue::{AlertType, Engine};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::Finding;
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "arp_binding_conflict";

/// How long a claim stands: ARP caches of common systems keep an entry for minutes.
const CLAIM_STANDS: Duration = Duration::from_mins(5);

/// MAC prefixes of virtual routers: VRRP and CARP (RFC 5798, 7.3), HSRP 1 and 2, GLBP.
const VIRTUAL: &[&[u8]] = &[
    &[0x00, 0x00, 0x5e, 0x00],
    &[0x00, 0x00, 0x0c, 0x07, 0xac],
    &[0x00, 0x00, 0x0c, 0x9f],
    &[0x00, 0x07, 0xb4],
];

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["address", "mac", "previous_mac"],
    }],
    build: Build::Site {
        new: |setup| Box::new(ArpConflict::new(setup)),
    },
};

struct ArpConflict {
    alert_type: &'static AlertType,
    claims: BoundedMap<IpAddr, (MacAddr, Timestamp)>,
}

impl ArpConflict {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            claims: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for ArpConflict {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        if !matches!(fact.kind, FactKind::ArpReply | FactKind::ArpRequest { .. }) {
            return;
        }
        let (mac, Some(ip)) = (fact.source.mac, fact.source.ip) else {
            return;
        };
        if ip.is_unspecified() || mac.is_zero() || mac.is_group() || is_virtual(mac) {
            return;
        }
        let claim = self.claims.entry(ip, || (mac, fact.time));
        let (previous, since) = *claim;
        *claim = (mac, fact.time);
        if previous != mac && fact.time.since(since) <= CLAIM_STANDS {
            let mut finding = Finding::about(self.alert_type, fact);
            finding.value("address", ip);
            finding.value("mac", mac.to_string());
            finding.value("previous_mac", previous.to_string());
            cx.report.raise(finding);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.claims.status("arp_claims", 0));
    }
}

fn is_virtual(mac: MacAddr) -> bool {
    VIRTUAL.iter().any(|prefix| mac.0.starts_with(prefix))
}
