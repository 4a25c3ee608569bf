//! One device.

use std::collections::BTreeSet;
use std::net::IpAddr;

use sensor_protocols::addr::MacAddr;
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::PartyKey;

/// What a device is, judged by its behaviour.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    #[default]
    Unknown,
    /// Serves an OT protocol: controller, remote terminal unit, outstation.
    Controller,
    /// Asks controllers: operator station, SCADA server, historian.
    OtClient,
    /// Asks and serves: gateway, data concentrator.
    OtGateway,
    /// Its MAC address carries the traffic of other networks.
    Router,
}

/// A device of the site. Internet addresses never become devices.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent properties an operator filters by"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// 1, 2, 3 … in the order of first appearance; never reused.
    pub id: u64,
    /// `None` for devices behind a router and on links without MAC addresses.
    pub mac: Option<MacAddr>,
    /// Empty for devices that do not speak IP.
    pub ips: BTreeSet<IpAddr>,
    /// VLAN it was first seen in.
    pub vlan: Option<u16>,
    /// Host names from DNS answers and from the device itself.
    pub names: BTreeSet<String>,
    pub vendor: Option<String>,
    pub model: Option<String>,
    pub firmware: Option<String>,
    pub serial: Option<String>,
    pub kind: DeviceKind,
    pub protocols: BTreeSet<Protocol>,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// Part of the baseline: seen while learning, or authorised by an operator.
    pub authorised: bool,
    /// May scan.
    pub scanner: bool,
    /// May program controllers.
    pub programming: bool,
    /// Stands in an OT subnet or speaks an OT protocol.
    pub ot: bool,
    /// Frames it sent.
    pub packets: u64,
    /// Bytes it sent, headers included.
    pub bytes: u64,
}

impl Device {
    /// The name alerts give it: its first IP address, else its MAC address.
    pub fn party(&self) -> Option<PartyKey> {
        self.ips
            .first()
            .map(|ip| PartyKey::Ip(*ip))
            .or(self.mac.map(PartyKey::Mac))
    }
}
