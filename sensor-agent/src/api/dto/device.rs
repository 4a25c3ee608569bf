//! Devices of the inventory.

use sensor_detect::detector;
use serde::Serialize;
use utoipa::ToSchema;

use super::Word;
use super::term::{DeviceKindTerm, ProtocolTerm};
use super::time::UtcTime;

/// A device of the site, as far as its traffic tells.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent properties that clients filter by"
)]
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Device {
    /// Number of the device, from 1 in the order of first appearance; never used twice.
    #[schema(example = 4, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub id: u64,
    /// MAC address; null behind a router and on links without MAC addresses.
    #[schema(example = "00:1b:1b:0a:0b:0c", max_length = 17)]
    pub mac: Option<String>,
    /// IP addresses it was seen with.
    #[schema(inline, value_type = Vec<Word>, example = json!(["10.1.0.20"]), max_items = 10000)]
    pub ips: Vec<String>,
    /// VLAN it was first seen in.
    #[schema(example = 12, minimum = 0, maximum = 4095)]
    pub vlan: Option<u16>,
    /// Names from DNS and from the device itself.
    #[schema(inline, value_type = Vec<Word>, example = json!(["plc-boiler-1"]), max_items = 10000)]
    pub names: Vec<String>,
    #[schema(example = "Schneider Electric", max_length = 1024)]
    pub vendor: Option<String>,
    #[schema(example = "BMX P34 2020", max_length = 1024)]
    pub model: Option<String>,
    /// Firmware version as the device states it.
    #[schema(example = "v2.9", max_length = 1024)]
    pub firmware: Option<String>,
    /// Serial number as the device states it.
    #[schema(example = "21152806", max_length = 1024)]
    pub serial: Option<String>,
    pub kind: DeviceKindTerm,
    /// Protocols it was seen to speak.
    #[schema(max_items = 200)]
    pub protocols: Vec<ProtocolTerm>,
    /// Capture time of its first frame.
    pub first_seen: UtcTime,
    /// Capture time of its last frame.
    pub last_seen: UtcTime,
    /// Part of the baseline: seen while learning, or authorised by an operator.
    #[schema(example = true)]
    pub authorised: bool,
    /// May scan.
    #[schema(example = false)]
    pub scanner: bool,
    /// May program controllers.
    #[schema(example = false)]
    pub programming: bool,
    /// Speaks an OT protocol or stands in an OT subnet.
    #[schema(example = true)]
    pub ot: bool,
    /// Frames it sent.
    #[schema(example = 120_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub packets: u64,
    /// Bytes it sent, headers included.
    #[schema(example = 9_200_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub bytes: u64,
}

impl From<detector::Device> for Device {
    fn from(device: detector::Device) -> Self {
        Self {
            id: device.id,
            mac: device.mac.map(|mac| mac.to_string()),
            ips: device.ips.iter().map(ToString::to_string).collect(),
            vlan: device.vlan,
            names: device.names.into_iter().collect(),
            vendor: device.vendor,
            model: device.model,
            firmware: device.firmware,
            serial: device.serial,
            kind: device.kind.into(),
            protocols: device.protocols.into_iter().map(Into::into).collect(),
            first_seen: device.first_seen.into(),
            last_seen: device.last_seen.into(),
            authorised: device.authorised,
            scanner: device.scanner,
            programming: device.programming,
            ot: device.ot,
            packets: device.packets,
            bytes: device.bytes,
        }
    }
}
