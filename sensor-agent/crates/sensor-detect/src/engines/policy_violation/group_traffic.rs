//! Devices that send to multicast and broadcast groups that they did not send to before.
//!
//! Why: discovery, name services and publishers of process data reach every device of a network; one
//! that starts looks around or pretends to be a publisher. T0842. ARP is not counted, which every
//! device needs. False positives: services that start seldom: learn the alert.

use sensor_protocols::addr::Endpoint;
use sensor_protocols::observation::{Observation, Protocol, flow};

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::PartyKey;
use crate::inventory::{AddressBook, AddressKind};

const ID: &str = "multicast_broadcast_unauthorized";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: &["group", "port"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Ethernet,
                Protocol::Ipv4,
                Protocol::Ipv6,
                Protocol::Udp,
            ]),
            aspects: Aspects::FLOW,
        },
        new: |setup| {
            Box::new(Groups {
                alert_type: setup.alert(ID),
            })
        },
    },
};

struct Groups {
    alert_type: &'static AlertType,
}

impl PairRule for Groups {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let group = &observation.destination;
        if observation.operation.code != flow::STARTED.code || !is_group(group, cx.addresses) {
            return;
        }
        let item = PartyItem {
            kind: TupleKind::Group,
            source: PartyKey::from(&observation.source),
            destination: Some(PartyKey::from(group)),
            protocol: observation.protocol,
            text: None,
        };
        if cx
            .parties
            .permits(&item, observation.time, observation.count)
        {
            return;
        }
        cx.unlearned_party(self.alert_type, &item, observation, |finding| {
            finding.value("group", PartyKey::from(group).to_string());
            finding.value("port", group.port);
        });
    }
}

/// Broadcasts of a subnet show by their MAC address only.
fn is_group(end: &Endpoint, addresses: &AddressBook) -> bool {
    end.mac.is_group()
        || end
            .ip
            .is_some_and(|ip| addresses.kind(ip) == AddressKind::Group)
}
