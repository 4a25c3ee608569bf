//! Devices that are not part of the baseline.
//!
//! `new_asset_detected` is raised for every device that sends something and was neither seen while
//! learning nor authorised; where OT subnets are known, only for devices in them. `field_device_
//! unexpected` is raised when such a device serves an OT protocol. T0848, T0864.
//! False positives: spare parts and maintenance laptops: learn the alert.

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed, PartyKey};
use crate::inventory::Role;
use crate::state::{BoundedMap, TableStatus};
use sensor_protocols::addr::Endpoint;

const ASSET: &str = "new_asset_detected";
const FIELD: &str = "field_device_unexpected";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: ASSET,
            values: &["mac"],
        },
        Raises {
            id: FIELD,
            values: &["mac"],
        },
    ],
    build: Build::Site {
        new: |setup| {
            Box::new(NewDevice {
                asset: setup.alert(ASSET),
                field: setup.alert(FIELD),
                reported: BoundedMap::new(setup.limits().devices),
            })
        },
    },
};

struct NewDevice {
    asset: &'static AlertType,
    field: &'static AlertType,
    /// By device id: the address it is reported under.
    reported: BoundedMap<u64, PartyKey>,
}

impl SiteRule for NewDevice {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        let serves = fact.kind == FactKind::OtAnswered;
        let sends = matches!(
            fact.kind,
            FactKind::FlowStarted
                | FactKind::FlowUpdated
                | FactKind::ArpRequest { .. }
                | FactKind::ArpReply
        );
        // A flow without IP, or from a public address, makes no device known; its first request
        // does.
        let local = |ip| !cx.addresses.is_internet(ip);
        let asks = fact.kind == FactKind::OtAsked && !fact.source.ip.is_some_and(local);
        if !serves && !sends && !asks {
            return;
        }
        let Some(device) = cx.inventory.find(&fact.source) else {
            return;
        };
        let (id, is_new) = (device.id, device.first_seen == fact.time);
        let Some(party) = device.party().filter(|_| !device.authorised) else {
            return;
        };
        if asks && self.reported.get(&id).is_some() {
            return;
        }
        // A device keeps the name under which it was first reported.
        let party = *self.reported.entry(id, || party);
        if is_known(party, fact, cx) {
            return;
        }
        if is_new {
            cx.report.newcomer(party, fact.time);
        }
        self.unknown(party, serves, fact, cx);
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.reported.status("reported_devices", 0));
    }
}

impl NewDevice {
    fn unknown(&self, party: PartyKey, serves: bool, fact: &Fact, cx: &mut SiteContext<'_>) {
        let outside =
            cx.addresses.knows_ot() && !fact.source.ip.is_some_and(|ip| cx.addresses.is_ot(ip));
        if serves && !cx.report.is_learning_of(self.field, None, fact.time) {
            cx.report.raise(about(self.field, party, fact));
        }
        if outside && !cx.report.is_learning_of(self.asset, None, fact.time) {
            return;
        }
        let item = PartyItem::role(TupleKind::Device, party);
        let mut finding = about(self.asset, party, fact);
        finding.tuple = Some(item.tuple());
        // A newcomer's own appearance is reported; only its traffic is learned.
        cx.unlearned_party(&item, None, finding);
        if cx.parties.contains(&item) {
            cx.inventory.set_role(party, Role::Authorised, true);
        }
    }
}

/// Whether the baseline holds the device under any of its addresses.
fn is_known(party: PartyKey, fact: &Fact, cx: &mut SiteContext<'_>) -> bool {
    let ways = [
        party,
        PartyKey::from(&fact.source),
        PartyKey::Mac(fact.source.mac),
    ];
    let known = ways.into_iter().any(|way| {
        let item = PartyItem::role(TupleKind::Device, way);
        cx.parties.permits(&item, fact.time, fact.count)
    });
    if known {
        cx.inventory.set_role(party, Role::Authorised, true);
    }
    known
}

fn about(alert_type: &'static AlertType, party: PartyKey, fact: &Fact) -> Finding {
    let mut finding = Finding::about(alert_type, fact);
    finding.source = Some(Endpoint {
        ip: match party {
            PartyKey::Ip(ip) => Some(ip),
            PartyKey::Mac(_) => None,
        },
        port: 0,
        ..fact.source
    });
    finding.keyed = Keyed::Source;
    finding.destination = None;
    finding.value("mac", fact.source.mac.to_string());
    finding
}
