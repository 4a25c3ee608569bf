//! One device tries many others.
//!
//! `address_scan` and `address_scan_long` count different addresses of one /16 (IPv6: /64) that
//! were tried over TCP, UDP or by ICMP echo, answered or not, except pairs of the baseline.
//! `address_scan_unanswered`, beyond the reference, finds slow scans: different addresses tried on
//! one TCP port, all in vain, none of them tried again and again as a client does whose server is
//! down. T0846. False positives: network management and a SCADA server that starts without a
//! baseline; give scanners the scanner role (learn the alert).

use std::net::{IpAddr, Ipv6Addr};

use super::failed::{is_failed_connection, list, may_scan, scanner};
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed, PartyKey};
use crate::inventory::AddressKind;
use crate::state::{BoundedMap, DistinctWindow, TableStatus};

const ID: &str = "address_scan";
const LONG: &str = "address_scan_long";
const UNANSWERED: &str = "address_scan_unanswered";
const VALUES: &[&str] = &["addresses", "address_list", "port"];

/// Attempts after which a target counts as the server of a persistent client.
const PERSISTENT: u8 = 3;
/// Targets per source and port whose attempts are counted.
const TARGETS: usize = 64;

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: ID,
            values: VALUES,
        },
        Raises {
            id: LONG,
            values: VALUES,
        },
        Raises {
            id: UNANSWERED,
            values: VALUES,
        },
    ],
    build: Build::Site {
        new: |setup| Box::new(AddressScan::new(setup)),
    },
};

#[derive(Default)]
struct Network {
    short: DistinctWindow<IpAddr>,
    long: DistinctWindow<IpAddr>,
}

/// What one source tried on one port.
#[derive(Default)]
struct Tried {
    window: DistinctWindow<IpAddr>,
    attempts: Vec<(IpAddr, u8)>,
}

impl Tried {
    /// Counts an attempt; `true` while the target was tried too rarely for a persistent client.
    fn attempt(&mut self, target: IpAddr) -> bool {
        if let Some((_, attempts)) = self.attempts.iter_mut().find(|(known, _)| *known == target) {
            *attempts = attempts.saturating_add(1);
            *attempts < PERSISTENT
        } else {
            if self.attempts.len() >= TARGETS {
                self.attempts.remove(0);
            }
            self.attempts.push((target, 1));
            true
        }
    }
}

struct AddressScan {
    types: [(&'static AlertType, Threshold); 3],
    networks: BoundedMap<(PartyKey, IpAddr), Network>,
    tried: BoundedMap<(PartyKey, u16), Tried>,
}

impl AddressScan {
    fn new(setup: &Setup<'_>) -> Self {
        let counters = setup.limits().counters;
        Self {
            types: [ID, LONG, UNANSWERED].map(|id| (setup.alert(id), setup.threshold(id))),
            networks: BoundedMap::new(counters),
            tried: BoundedMap::new(counters),
        }
    }

    fn tried(&mut self, fact: &Fact, target: IpAddr) -> [Option<Vec<IpAddr>>; 2] {
        let [(_, short), (_, long), _] = self.types;
        let key = (PartyKey::from(&fact.source), network(target));
        let network = self.networks.entry(key, Network::default);
        [
            network.short.record(short, fact.time, target),
            network.long.record(long, fact.time, target),
        ]
    }

    fn failed(&mut self, fact: &Fact, target: IpAddr) -> Option<Vec<IpAddr>> {
        let key = (PartyKey::from(&fact.source), fact.destination.port);
        let tried = self.tried.entry(key, Tried::default);
        if tried.attempt(target) {
            tried.window.record(self.types[2].1, fact.time, target)
        } else {
            tried.window.forget(target);
            None
        }
    }
}

impl SiteRule for AddressScan {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        let Some(target) = fact.destination.ip else {
            return;
        };
        if cx.addresses.kind(target) == AddressKind::Group || fact.destination.mac.is_group() {
            return;
        }
        let attempt = matches!(
            fact.kind,
            FactKind::Attempt { familiar: false } | FactKind::Icmp { echo: true } | FactKind::Probe
        );
        let [short, long] = if attempt {
            self.tried(fact, target)
        } else {
            [None, None]
        };
        let in_vain = if is_failed_connection(fact) {
            self.failed(fact, target)
        } else {
            None
        };
        let crossed = [short, long, in_vain];
        if crossed.iter().all(Option::is_none) || may_scan(fact, cx) {
            return;
        }
        for ((alert_type, _), addresses) in self.types.iter().zip(crossed) {
            if let Some(addresses) = addresses {
                cx.report.raise(scan(alert_type, fact, addresses));
            }
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let [(_, short), (_, long), (_, slow)] = self.types;
        let held = (short.count + long.count) as usize * size_of::<(IpAddr, u64)>();
        out.push(self.networks.status("address_scan_networks", held));
        let held = (slow.count as usize + TARGETS) * size_of::<(IpAddr, u64)>();
        out.push(self.tried.status("address_scan_ports", held));
    }
}

/// The network that addresses are counted in: /16, as the reference counts, or /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            IpAddr::from([a, b, 0, 0])
        }
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

fn scan(alert_type: &'static AlertType, fact: &Fact, addresses: Vec<IpAddr>) -> Finding {
    let mut finding = Finding::about(alert_type, fact);
    finding.keyed = Keyed::Source;
    finding.count = addresses.len() as u64;
    finding.tuple = Some(scanner(fact).tuple());
    finding.value("addresses", addresses.len() as u64);
    finding.value("address_list", list(addresses));
    finding.value("port", fact.destination.port);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_those_the_reference_counts_in() {
        let net = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(net("10.10.222.208"), "10.10.0.0");
        assert_eq!(net("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
