//! A finding: one thing an engine holds against the traffic.
//!
//! Findings are small and carry values, not prose: the same finding can come a hundred thousand
//! times a second, and text is made only when the alert stage opens an alert.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::observation::{Observation, Protocol};
use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::baseline::Tuple;
use crate::catalogue::AlertType;
use crate::detector::Fact;

/// A party as alerts and tuples name it: by IP address where there is one, else by MAC address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKey {
    Ip(IpAddr),
    Mac(MacAddr),
}

impl From<&Endpoint> for PartyKey {
    fn from(end: &Endpoint) -> Self {
        end.ip.map_or(Self::Mac(end.mac), Self::Ip)
    }
}

impl fmt::Display for PartyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Mac(mac) => mac.fmt(f),
        }
    }
}

/// A value inside a finding, for message templates (`{name}`) and for evidence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Number(u64),
    Fixed(&'static str),
    Text(Arc<str>),
    Address(IpAddr),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => n.fmt(f),
            Self::Fixed(s) => f.write_str(s),
            Self::Text(s) => f.write_str(s),
            Self::Address(a) => a.fmt(f),
        }
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(u64::from(number))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(u64::from(number))
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Self::Text(text)
    }
}

impl From<IpAddr> for Value {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

/// Named values in the order they are to be shown.
pub type Values = SmallVec<[(&'static str, Value); 4]>;

/// Which parties make two findings "the same alert" (DESIGN 3.5: "same traffic again").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keyed {
    /// Source and destination.
    Pair,
    /// The source alone: scans, header content, floods from one sender.
    Source,
    /// The destination alone: denial of service, an unresponsive device.
    Destination,
    /// The sensor itself.
    Sensor,
}

/// What an engine reports.
#[derive(Clone, Debug)]
pub struct Finding {
    pub alert_type: &'static AlertType,
    /// When the traffic was seen.
    pub time: Timestamp,
    /// Frame number of the evidence; 0 when no single frame is (silence, ticks).
    pub frame: u64,
    /// How many messages this stands for.
    pub count: u64,
    pub source: Option<Endpoint>,
    pub destination: Option<Endpoint>,
    pub protocol: Protocol,
    pub keyed: Keyed,
    /// Separates violations under one alert of an aggregating type, and alerts of one pair for the
    /// others where the catalogue says so (an exception code, a function code); `0` when unused.
    pub discriminator: u64,
    pub values: Values,
    /// What *learn* would put into the baseline; `None` for types that cannot be learned.
    pub tuple: Option<Tuple>,
}

/// Identity of an alert: two findings with equal keys are the same traffic.
///
/// Its text form (`Display`) is stored and ordered; it never changes for a given traffic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AlertKey {
    pub type_id: Arc<str>,
    pub source: Option<PartyKey>,
    pub destination: Option<PartyKey>,
    /// 0 for aggregating types, whose violations share one alert.
    pub discriminator: u64,
}

impl fmt::Display for AlertKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|", self.type_id)?;
        if let Some(party) = &self.source {
            party.fmt(f)?;
        }
        f.write_str("|")?;
        if let Some(party) = &self.destination {
            party.fmt(f)?;
        }
        write!(f, "|{:x}", self.discriminator)
    }
}

impl Finding {
    /// A finding about one observation, keyed by its two parties, without values.
    pub fn of(alert_type: &'static AlertType, observation: &Observation<'_>) -> Self {
        Self {
            alert_type,
            time: observation.time,
            frame: observation.frame,
            count: observation.count,
            source: Some(observation.source),
            destination: Some(observation.destination),
            protocol: observation.protocol,
            keyed: Keyed::Pair,
            discriminator: 0,
            values: Values::new(),
            tuple: None,
        }
    }

    /// A finding about one fact, keyed by its two parties, without values.
    pub fn about(alert_type: &'static AlertType, fact: &Fact) -> Self {
        Self {
            alert_type,
            time: fact.time,
            frame: fact.frame,
            count: fact.count,
            source: Some(fact.source),
            destination: Some(fact.destination),
            protocol: fact.protocol,
            keyed: Keyed::Pair,
            discriminator: 0,
            values: Values::new(),
            tuple: None,
        }
    }

    /// Adds a value for the message and the evidence.
    pub fn value(&mut self, name: &'static str, value: impl Into<Value>) {
        self.values.push((name, value.into()));
    }

    /// The value with this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Client and server in the order of the request, for findings about a response.
    pub fn as_asked(&mut self) {
        std::mem::swap(&mut self.source, &mut self.destination);
    }

    /// The alert this finding belongs to.
    pub fn key(&self) -> AlertKey {
        let source = self.source.as_ref().map(PartyKey::from);
        let destination = self.destination.as_ref().map(PartyKey::from);
        let (source, destination) = match self.keyed {
            Keyed::Pair => (source, destination),
            Keyed::Source => (source, None),
            Keyed::Destination => (None, destination),
            Keyed::Sensor => (None, None),
        };
        AlertKey {
            type_id: Arc::clone(&self.alert_type.id),
            source,
            destination,
            discriminator: if self.alert_type.aggregated {
                0
            } else {
                self.discriminator
            },
        }
    }
}
