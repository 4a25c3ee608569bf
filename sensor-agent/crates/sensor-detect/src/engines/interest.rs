//! Which observations a rule wants, so that most rules are never called for most messages.

use sensor_protocols::observation::{Direction, Observation, Outcome, Protocol, conn, flow};

/// A set of properties an observation can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aspects(u16);

impl Aspects {
    pub const REQUEST: Self = Self(1);
    pub const RESPONSE: Self = Self(1 << 1);
    pub const ONE_WAY: Self = Self(1 << 2);
    /// The response refuses the request.
    pub const ERROR: Self = Self(1 << 3);
    /// It departs from its specification.
    pub const ANOMALY: Self = Self(1 << 4);
    /// It tells vendor, model, firmware or name of its sender.
    pub const IDENTITY: Self = Self(1 << 5);
    /// A fact about a TCP connection.
    pub const CONNECTION: Self = Self(1 << 6);
    /// A fact about a flow.
    pub const FLOW: Self = Self(1 << 7);
    /// A byte pattern in a payload.
    pub const CONTENT: Self = Self(1 << 8);
    pub const NONE: Self = Self(0);
    pub const ANY: Self = Self(u16::MAX);

    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The aspects of an observation.
    #[inline]
    pub fn of(observation: &Observation<'_>) -> Self {
        let mut aspects = match observation.operation.code {
            code if is_layer(observation.protocol) => layer_aspect(code),
            _ => match observation.direction {
                Direction::Request => Self::REQUEST,
                Direction::Response => Self::RESPONSE,
                Direction::OneWay => Self::ONE_WAY,
            },
        };
        if matches!(observation.outcome, Outcome::Error { .. }) {
            aspects = aspects.or(Self::ERROR);
        }
        if !observation.anomalies.is_empty() {
            aspects = aspects.or(Self::ANOMALY);
        }
        if !observation.identity.is_empty() {
            aspects = aspects.or(Self::IDENTITY);
        }
        aspects
    }
}

/// Protocols whose observations are facts about flows and connections, not messages.
const fn is_layer(protocol: Protocol) -> bool {
    matches!(
        protocol,
        Protocol::Ethernet
            | Protocol::Ipv4
            | Protocol::Ipv6
            | Protocol::Tcp
            | Protocol::Udp
            | Protocol::Sctp
    )
}

fn layer_aspect(code: u32) -> Aspects {
    match code {
        _ if code == flow::CONTENT.code => Aspects::CONTENT,
        _ if code == flow::STARTED.code || code == flow::UPDATED.code => Aspects::FLOW,
        _ if (conn::ATTEMPT.code..=conn::PROBE.code).contains(&code) => Aspects::CONNECTION,
        _ => Aspects::ONE_WAY,
    }
}

/// Protocols a rule wants.
#[derive(Clone, Copy, Debug)]
pub enum Protocols {
    Any,
    /// Those that plants are controlled with.
    Ot,
    These(&'static [Protocol]),
    One(Protocol),
}

impl Protocols {
    pub(crate) fn contain(self, protocol: Protocol) -> bool {
        match self {
            Self::Any => true,
            Self::Ot => protocol.is_ot(),
            Self::These(list) => list.contains(&protocol),
            Self::One(one) => one == protocol,
        }
    }
}

/// Observations of `protocols` that have one of `aspects`.
#[derive(Clone, Copy, Debug)]
pub struct Interest {
    pub protocols: Protocols,
    pub aspects: Aspects,
}

impl Interest {
    /// What the rule wants of one protocol.
    pub fn in_protocol(&self, protocol: Protocol) -> Aspects {
        if self.protocols.contain(protocol) {
            self.aspects
        } else {
            Aspects::NONE
        }
    }
}
