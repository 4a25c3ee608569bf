//! Traffic between the site and the Internet.
//!
//! - `internet_access_detected`: a device of the site tried to reach an Internet address.
//! - `internet_connectivity_unauthorized`: one of the two reached the other.
//! - `external_address_internet_comm`: two Internet addresses talk on this network.
//!
//! Learning any of them lets the pair talk. T0883. False positives: public addresses used inside
//! the site: list them as internal subnets.

use sensor_protocols::addr::Endpoint;
use sensor_protocols::observation::{Observation, Protocol, conn, flow};

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::PartyKey;
use crate::inventory::{AddressBook, AddressKind};
use crate::state::BoundedMap;

const ACCESS: &str = "internet_access_detected";
const CONNECTIVITY: &str = "internet_connectivity_unauthorized";
const EXTERNAL: &str = "external_address_internet_comm";
const VALUES: &[&str] = &["port", "transport"];

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: ACCESS,
            values: VALUES,
        },
        Raises {
            id: CONNECTIVITY,
            values: VALUES,
        },
        Raises {
            id: EXTERNAL,
            values: VALUES,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Tcp, Protocol::Udp]),
            aspects: Aspects::CONNECTION.or(Aspects::FLOW),
        },
        new: |setup| Box::new(Internet::new(setup)),
    },
};

/// Which of two stations stand on the Internet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// Neither, or one of them is no station.
    Inside,
    Outward,
    Inward,
    Outside,
}

/// How far an exchange came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Tried,
    Answered,
}

struct Internet {
    access: &'static AlertType,
    connectivity: &'static AlertType,
    external: &'static AlertType,
    /// UDP flows of which one direction was seen.
    begun: BoundedMap<u64, ()>,
}

impl Internet {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            access: setup.alert(ACCESS),
            connectivity: setup.alert(CONNECTIVITY),
            external: setup.alert(EXTERNAL),
            begun: BoundedMap::new(setup.limits().counters),
        }
    }

    /// Client, server and stage of an exchange that this observation brings forward.
    fn exchange(&mut self, observation: &Observation<'_>) -> Option<(Endpoint, Endpoint, Stage)> {
        let (source, destination) = (observation.source, observation.destination);
        let code = observation.operation.code;
        if code == conn::ATTEMPT.code {
            Some((source, destination, Stage::Tried))
        } else if code == conn::ESTABLISHED.code {
            Some((source, destination, Stage::Answered))
        } else if observation.protocol == Protocol::Udp && code == flow::STARTED.code {
            if self.begun.remove(&observation.flow).is_some() {
                return Some((destination, source, Stage::Answered));
            }
            self.begun.entry(observation.flow, || ());
            Some((source, destination, Stage::Tried))
        } else {
            None
        }
    }

    fn alert_type(&self, ends: Ends, stage: Stage) -> Option<&'static AlertType> {
        match (ends, stage) {
            (Ends::Outward, Stage::Tried) => Some(self.access),
            (Ends::Outward | Ends::Inward, Stage::Answered) => Some(self.connectivity),
            (Ends::Outside, Stage::Tried) => Some(self.external),
            (Ends::Inside, _) | (Ends::Inward, Stage::Tried) | (Ends::Outside, Stage::Answered) => {
                None
            }
        }
    }
}

impl PairRule for Internet {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let ends = ends(&observation.source, &observation.destination, cx.addresses);
        if ends == Ends::Inside {
            return;
        }
        let Some((client, server, stage)) = self.exchange(observation) else {
            return;
        };
        let ends = self::ends(&client, &server, cx.addresses);
        let Some(alert_type) = self.alert_type(ends, stage) else {
            return;
        };
        let item = PartyItem {
            kind: TupleKind::Internet,
            source: PartyKey::from(&client),
            destination: Some(PartyKey::from(&server)),
            protocol: observation.protocol,
            text: None,
        };
        if cx
            .parties
            .permits(&item, observation.time, observation.count)
        {
            return;
        }
        cx.unlearned_party(alert_type, &item, observation, |finding| {
            finding.source = Some(client);
            finding.destination = Some(server);
            finding.value("port", server.port);
            finding.value("transport", observation.protocol.title());
        });
    }
}

fn ends(client: &Endpoint, server: &Endpoint, addresses: &AddressBook) -> Ends {
    let kind = |end: &Endpoint| end.ip.map(|ip| addresses.kind(ip));
    let (Some(client), Some(server)) = (kind(client), kind(server)) else {
        return Ends::Inside;
    };
    match (client, server) {
        (AddressKind::Internal, AddressKind::Internet) => Ends::Outward,
        (AddressKind::Internet, AddressKind::Internal) => Ends::Inward,
        (AddressKind::Internet, AddressKind::Internet) => Ends::Outside,
        (AddressKind::Group | AddressKind::Nobody, _)
        | (_, AddressKind::Group | AddressKind::Nobody)
        | (AddressKind::Internal, AddressKind::Internal) => Ends::Inside,
    }
}
