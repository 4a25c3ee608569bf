//! Devices that ask for an address over DHCP and get none.
//!
//! A client that asks again and has no DHCPACK a minute after it asked first got none; clients repeat within
//! 64 seconds (RFC 2131, 4.1). T0842, T0814. False positives: a mirror port that shows broadcasts but not the
//! answers to one client. Mute the device.

use std::collections::VecDeque;
use std::time::Duration;

use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::time::Timestamp;

use crate::catalogue::{AlertType, Engine};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed};
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "dhcp_address_not_received";

/// Time within which a client gets an address.
const PATIENCE: Duration = Duration::from_mins(1);

/// Messages that a client without an address sends at least: the first one may be lost.
const TRIES: u32 = 2;

// Message types (RFC 2132, 9.6).
const DISCOVER: u32 = 1;
const REQUEST: u32 = 3;
const DECLINE: u32 = 4;
const ACK: u32 = 5;
const RELEASE: u32 = 7;

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["client", "tries"],
    }],
    build: Build::Site {
        new: |setup| Box::new(DhcpAddress::new(setup)),
    },
};

struct Waiting {
    since: Timestamp,
    tries: u32,
    last: Fact,
}

struct DhcpAddress {
    alert_type: &'static AlertType,
    clients: BoundedMap<MacAddr, Waiting>,
    /// Since when which client waits, oldest first.
    order: VecDeque<(Timestamp, MacAddr)>,
    most: usize,
}

impl DhcpAddress {
    fn new(setup: &Setup<'_>) -> Self {
        let most = setup.limits().counters;
        Self {
            alert_type: setup.alert(ID),
            clients: BoundedMap::new(most),
            order: VecDeque::new(),
            most: most.saturating_mul(2),
        }
    }

    fn asked(&mut self, client: MacAddr, fact: &Fact) {
        if self.clients.get(&client).is_none() {
            if self.order.len() >= self.most {
                self.order.pop_front();
            }
            self.order.push_back((fact.time, client));
        }
        let waiting = self.clients.entry(client, || Waiting {
            since: fact.time,
            tries: 0,
            last: fact.clone(),
        });
        waiting.tries = waiting.tries.saturating_add(1);
        waiting.last = fact.clone();
    }

    fn overdue(&mut self, since: Timestamp, client: MacAddr, cx: &mut SiteContext<'_>) {
        let still = self
            .clients
            .get(&client)
            .is_some_and(|waiting| waiting.since == since);
        if !still {
            // It got one, or asks anew since then.
            return;
        }
        let Some(waiting) = self.clients.remove(&client) else {
            return;
        };
        if waiting.tries < TRIES {
            return;
        }
        let mut finding = Finding::about(self.alert_type, &waiting.last);
        finding.keyed = Keyed::Source;
        finding.count = u64::from(waiting.tries);
        finding.source = Some(Endpoint {
            mac: client,
            ip: None,
            ..waiting.last.source
        });
        finding.value("client", client.to_string());
        finding.value("tries", waiting.tries);
        cx.report.raise(finding);
    }
}

impl SiteRule for DhcpAddress {
    fn fact(&mut self, fact: &Fact, _cx: &mut SiteContext<'_>) {
        let FactKind::Dhcp { message, client } = fact.kind else {
            return;
        };
        match message {
            DISCOVER | REQUEST => self.asked(client, fact),
            ACK | DECLINE | RELEASE => drop(self.clients.remove(&client)),
            _ => {}
        }
    }

    fn tick(&mut self, now: Timestamp, cx: &mut SiteContext<'_>) {
        while let Some(&(since, client)) = self.order.front() {
            // A time that lies ahead is that of another capture.
            if since <= now && now.since(since) < PATIENCE {
                break;
            }
            self.order.pop_front();
            self.overdue(since, client, cx);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.clients.status("dhcp_clients", 0));
    }
}
