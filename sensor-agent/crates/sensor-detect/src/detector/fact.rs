//! What site rules see: small values that one pair of devices tells about itself.

use std::net::IpAddr;
use std::sync::Arc;

use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::observation::{
    Direction, Object, Observation, Outcome, Protocol, Repeats, Transport, conn, dns, flow,
};
use sensor_protocols::time::Timestamp;

use crate::state::Events;

/// ARP operation codes (RFC 826).
const ARP_REQUEST: u32 = 1;

/// Echo requests: ICMP type 8 (RFC 792), `ICMPv6` type 128 (RFC 4443, 4.1).
const ECHO_REQUEST: [(Protocol, u32); 2] = [(Protocol::Icmp, 8), (Protocol::Icmpv6, 128)];

/// One fact.
#[derive(Clone, Debug)]
pub struct Fact {
    pub time: Timestamp,
    pub frame: u64,
    /// How many messages or frames it stands for.
    pub count: u64,
    pub bytes: u64,
    pub flow: u64,
    pub source: Endpoint,
    pub destination: Endpoint,
    pub transport: Transport,
    pub protocol: Protocol,
    /// Times of the messages, when the kernel program only counted them.
    pub repeats: Option<Repeats>,
    pub kind: FactKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// A connection was attempted. `familiar`: something of this pair is in the baseline.
    Attempt {
        familiar: bool,
    },
    Established,
    Refused,
    Reset,
    Closed,
    /// A segment that only a scanner sends.
    Probe,
    FlowStarted,
    FlowUpdated,
    /// The sender asks who has `target`; its own address when it announces itself.
    ArpRequest {
        target: Option<IpAddr>,
    },
    ArpReply,
    /// An ICMP message; `echo` when it asks for an echo.
    Icmp {
        echo: bool,
    },
    NameQuery,
    /// A message of DHCP by its type (RFC 2132, 9.6), and the MAC address of the client it is about.
    Dhcp {
        message: u32,
        client: MacAddr,
    },
    /// A client asked in an OT protocol, first on this flow.
    OtAsked,
    /// A server answered in an OT protocol, first on this flow; source is the server.
    OtAnswered,
    /// A server refused; source is the server.
    Refusal {
        code: u32,
        error: u32,
        station: u32,
        /// First object of the request as a number, for telling refusals apart.
        object: u64,
    },
    /// What a message tells about its sender.
    Identity(Arc<IdentityFact>),
    /// A name and an address it stands for.
    Name {
        name: Arc<str>,
        address: IpAddr,
    },
    /// A GOOSE control block or a stream of sampled values, new from this source.
    Published {
        /// Tells it from others while the program runs.
        publication: u64,
        appid: u32,
    },
    /// Made by the attempt tracker: nobody answered.
    Unanswered,
    /// Made by the attempt tracker: an OT connection ended before its server said anything.
    Abandoned,
}

/// Texts of an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityFact {
    pub vendor: Option<String>,
    pub model: Option<String>,
    pub firmware: Option<String>,
    pub serial: Option<String>,
    pub hostname: Option<String>,
}

impl Fact {
    /// A fact with the parties and times of an observation.
    pub fn of(observation: &Observation<'_>, kind: FactKind) -> Self {
        Self {
            time: observation.time,
            frame: observation.frame,
            count: observation.count,
            bytes: observation.bytes,
            flow: observation.flow,
            source: observation.source,
            destination: observation.destination,
            transport: observation.transport,
            protocol: observation.protocol,
            repeats: observation.repeats.copied(),
            kind,
        }
    }

    /// The messages it stands for, as windows count them.
    pub fn events(&self) -> Events<'_> {
        Events {
            time: self.time,
            count: self.count,
            repeats: self.repeats.as_ref(),
        }
    }

    /// The same parties and times, another kind.
    #[must_use]
    pub fn as_kind(&self, kind: FactKind) -> Self {
        Self {
            kind,
            ..self.clone()
        }
    }
}

/// The fact that an observation below the application is, if any.
pub(super) fn layer_fact(observation: &Observation<'_>, familiar: bool) -> Option<FactKind> {
    Some(match observation.operation.code {
        code if code == conn::ATTEMPT.code => FactKind::Attempt { familiar },
        code if code == conn::ESTABLISHED.code => FactKind::Established,
        code if code == conn::REFUSED.code => FactKind::Refused,
        code if code == conn::CLOSED.code => FactKind::Closed,
        code if code == conn::RESET.code => FactKind::Reset,
        code if code == conn::PROBE.code => FactKind::Probe,
        code if code == flow::STARTED.code => FactKind::FlowStarted,
        code if code == flow::UPDATED.code => FactKind::FlowUpdated,
        _ => return None,
    })
}

/// The fact that a message of a service protocol is, if any.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "these are the services whose messages are counted; a new protocol is none of them"
)]
pub(super) fn service_fact(observation: &Observation<'_>) -> Option<FactKind> {
    let code = observation.operation.code;
    match observation.protocol {
        Protocol::Arp if code == ARP_REQUEST => Some(FactKind::ArpRequest {
            target: target(observation),
        }),
        Protocol::Arp => Some(FactKind::ArpReply),
        Protocol::Icmp | Protocol::Icmpv6 => Some(FactKind::Icmp {
            echo: ECHO_REQUEST.contains(&(observation.protocol, code)),
        }),
        Protocol::Dns | Protocol::Mdns | Protocol::Llmnr | Protocol::Nbns
            if code == dns::QUERY && observation.direction == Direction::Request =>
        {
            Some(FactKind::NameQuery)
        }
        Protocol::Dhcp => dhcp(observation),
        _ => None,
    }
}

/// The client of a DHCP message is told by its MAC address, since it has no other yet.
fn dhcp(observation: &Observation<'_>) -> Option<FactKind> {
    let client = observation.objects.iter().find_map(|object| match object {
        Object::Id {
            kind: "client_mac",
            id,
        } => Some(*id),
        Object::Id { .. }
        | Object::Range { .. }
        | Object::Address(_)
        | Object::Name(_)
        | Object::Text { .. } => None,
    })?;
    let [_, _, mac @ ..] = client.to_be_bytes();
    Some(FactKind::Dhcp {
        message: observation.operation.code,
        client: MacAddr(mac),
    })
}

fn target(observation: &Observation<'_>) -> Option<IpAddr> {
    observation.objects.iter().find_map(|object| match object {
        Object::Address(address) => Some(*address),
        Object::Range { .. } | Object::Id { .. } | Object::Name(_) | Object::Text { .. } => None,
    })
}

/// The refusal that an OT response is.
pub(super) fn refusal(observation: &Observation<'_>) -> Option<FactKind> {
    let Outcome::Error { code: error, .. } = observation.outcome else {
        return None;
    };
    let object = observation.objects.first().map_or(0, number);
    Some(FactKind::Refusal {
        code: observation.operation.code,
        error,
        station: observation.station.unwrap_or(0),
        object,
    })
}

/// A number that tells the objects of one device apart.
fn number(object: &Object<'_>) -> u64 {
    match object {
        Object::Range { table, start, .. } => {
            let table = table
                .bytes()
                .fold(0_u64, |sum, b| sum.wrapping_mul(31) + u64::from(b));
            (table & 0xffff) << 32 | u64::from(*start)
        }
        Object::Id { id, .. } => *id,
        Object::Name(name) | Object::Text { text: name, .. } => name
            .bytes()
            .fold(7, |sum, b| sum.wrapping_mul(31) ^ u64::from(b)),
        Object::Address(_) => 0,
    }
}

/// Names with addresses in a DNS answer: every address stands for the name asked about.
pub(super) fn names(observation: &Observation<'_>) -> Vec<FactKind> {
    let name = observation.objects.iter().find_map(|object| match object {
        Object::Name(name) => Some(Arc::<str>::from(*name)),
        Object::Range { .. } | Object::Id { .. } | Object::Address(_) | Object::Text { .. } => None,
    });
    let Some(name) = name else {
        return Vec::new();
    };
    observation
        .objects
        .iter()
        .filter_map(|object| match object {
            Object::Address(address) => Some(FactKind::Name {
                name: Arc::clone(&name),
                address: *address,
            }),
            Object::Range { .. } | Object::Id { .. } | Object::Name(_) | Object::Text { .. } => {
                None
            }
        })
        .collect()
}

/// The identity that a message tells.
pub(super) fn identity(observation: &Observation<'_>) -> FactKind {
    let own = |text: Option<&str>| text.map(str::to_owned);
    let identity = &observation.identity;
    FactKind::Identity(Arc::new(IdentityFact {
        vendor: own(identity.vendor),
        model: own(identity.model),
        firmware: own(identity.firmware),
        serial: own(identity.serial),
        hostname: own(identity.hostname),
    }))
}
