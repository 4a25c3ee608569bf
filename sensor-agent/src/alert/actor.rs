//! Who did something.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The person or program behind an action, as the timeline names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// Name of the token that authorised the call, or [`Actor::SENSOR`].
    pub name: String,
    /// Where the call came from.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// Name under which the sensor itself acts: auto-close, retention, expiry.
    pub const SENSOR: &'static str = "sensor";

    pub fn new(name: impl Into<String>, address: Option<IpAddr>) -> Self {
        Self {
            name: name.into(),
            address,
        }
    }

    /// The sensor itself.
    pub fn sensor() -> Self {
        Self::new(Self::SENSOR, None)
    }

    /// Whether a person or program outside the sensor acted.
    pub fn is_user(&self) -> bool {
        self.name != Self::SENSOR || self.address.is_some()
    }
}
