//! Name queries that were not learned.
//!
//! Why: a plant asks for the same few names; another name is a new program or a tunnel. T0884.
//! Queries to groups (multicast DNS) and of Internet addresses do not count. Letter case does not
//! matter (RFC 4343). False positives: operating systems that look for updates: mute the source.

use sensor_protocols::observation::{Direction, Object, Observation, Protocol, dns};
use smallvec::SmallVec;

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine};
use crate::engines::{Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule};
use crate::finding::PartyKey;
use crate::inventory::AddressKind;

const ID: &str = "name_query_unauthorized";

/// Room for the longest name in text form (255 octets, RFC 1035, 2.3.4) without allocating.
const NAME: usize = 256;

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[Raises {
        id: ID,
        values: &["name"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Dns,
                Protocol::Mdns,
                Protocol::Llmnr,
                Protocol::Nbns,
            ]),
            aspects: Aspects::REQUEST,
        },
        new: |setup| {
            Box::new(NameQuery {
                alert_type: setup.alert(ID),
            })
        },
    },
};

struct NameQuery {
    alert_type: &'static AlertType,
}

impl PairRule for NameQuery {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.direction != Direction::Request
            || observation.operation.code != dns::QUERY
            || observation.anomalies.is_malformed()
            || !is_query_of_the_site(observation, cx)
        {
            return;
        }
        for object in observation.objects {
            if let Object::Name(name) = object {
                self.asked(name, observation, cx);
            }
        }
    }
}

impl NameQuery {
    fn asked(&self, name: &str, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let lower: SmallVec<[u8; NAME]> = name.bytes().map(|b| b.to_ascii_lowercase()).collect();
        let text = std::str::from_utf8(&lower).unwrap_or(name);
        let item = PartyItem {
            kind: TupleKind::Name,
            source: PartyKey::from(&observation.source),
            destination: None,
            protocol: observation.protocol,
            text: Some(text),
        };
        if !cx
            .parties
            .permits(&item, observation.time, observation.count)
        {
            cx.unlearned_party(self.alert_type, &item, observation, |finding| {
                finding.discriminator = text.bytes().fold(0, |sum: u64, b| {
                    sum.wrapping_mul(31).wrapping_add(u64::from(b))
                });
                finding.value("name", text.to_owned());
            });
        }
    }
}

fn is_query_of_the_site(observation: &Observation<'_>, cx: &PairContext<'_>) -> bool {
    let kind = |end: &sensor_protocols::addr::Endpoint| end.ip.map(|ip| cx.addresses.kind(ip));
    kind(&observation.source) == Some(AddressKind::Internal)
        && kind(&observation.destination) != Some(AddressKind::Group)
        && !observation.destination.mac.is_group()
}
