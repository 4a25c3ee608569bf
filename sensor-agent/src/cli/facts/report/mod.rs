//! The document: sections and fields in the order of the schema.

mod bacnet;
mod iec61850;
mod mms;
mod others;
mod profinet;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use self::bacnet::Bacnet;
pub use self::iec61850::{ControlBlock, Goose, Sv};
pub use self::mms::Mms;
pub use self::others::{Cip, Cotp, Dnp3, Enip, Iec104, Modbus, S7comm};
pub use self::profinet::Profinet;

/// Version of the schema.
pub const SCHEMA: u32 = 1;

/// Lists longer than this are cut; their true length is kept.
pub const LISTED: usize = 200;

/// How often each number occurred. Keys become decimal strings in JSON.
pub type Histogram = BTreeMap<u64, u64>;

/// Counts one more of `key`.
pub(super) fn count<K: Ord>(histogram: &mut BTreeMap<K, u64>, key: K) {
    *histogram.entry(key).or_default() += 1;
}

/// Facts of one capture.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    pub schema: u32,
    /// File name without its folder; empty when the frames came from elsewhere.
    pub file: String,
    /// Who says so.
    pub oracle: String,
    /// Rules under which tshark finds the same protocols.
    pub decode_as: Vec<String>,
    pub capture: Capture,
    pub hosts: Hosts,
    pub conversations: Conversations,
    pub protocol_packets: ProtocolPackets,
    pub quality: Quality,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arp: Option<Arp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp: Option<Types>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmpv6: Option<Types>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,
    pub events: BTreeMap<&'static str, Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dnp3: Option<Dnp3>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enip: Option<Enip>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cip: Option<Cip>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iec104: Option<Iec104>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modbus: Option<Modbus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cotp: Option<Cotp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s7comm: Option<S7comm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mms: Option<Mms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bacnet: Option<Bacnet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goose: Option<Goose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sv: Option<Sv>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profinet: Option<Profinet>,
    /// Sections that are histograms by name; their keys are numbers in decimal, or texts.
    #[serde(flatten)]
    pub histograms: BTreeMap<&'static str, BTreeMap<&'static str, BTreeMap<String, u64>>>,
    /// What the sensor saw beyond the oracle's view.
    pub sensor: Sensor,
}

/// The file and its frames.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Capture {
    #[serde(flatten)]
    pub file: Option<FileProperties>,
    pub packets: u64,
    pub bytes_on_wire: u64,
    pub bytes_captured: u64,
    pub truncated_packets: u64,
    /// Seconds since 1970, to the microsecond.
    pub first_packet: Option<f64>,
    pub last_packet: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read_errors: Vec<String>,
}

/// What a capture file is.
#[derive(Clone, Debug, Serialize)]
pub struct FileProperties {
    /// `pcap` or `pcapng`.
    pub format: &'static str,
    /// Numbers of the LINKTYPE registry that the file declares.
    pub link_types: BTreeSet<u16>,
    pub file_bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

/// A list cut after [`LISTED`] values.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Listed {
    pub count: usize,
    pub values: Vec<String>,
}

impl Listed {
    pub(super) fn new(values: impl ExactSizeIterator<Item = String>) -> Self {
        Self {
            count: values.len(),
            values: values.take(LISTED).collect(),
        }
    }
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Hosts {
    pub macs: Listed,
    pub source_macs: Listed,
    /// Without group addresses and the all-zero address.
    pub unicast_macs: Listed,
    /// Addresses of the outermost IP header, in numerical order.
    pub ipv4: Listed,
    pub ipv6: Listed,
    pub vlan_ids: Listed,
    pub ipv4_fragments: u64,
}

/// Unordered pairs of address and port, per transport.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Conversations {
    pub tcp: usize,
    pub udp: usize,
    pub sctp: usize,
    pub total: usize,
    /// Connections; two that use the same ports one after the other count twice.
    pub tcp_streams: u64,
    pub udp_streams: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_flags: Option<TcpFlags>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub widest_tcp_syn_sources: Vec<SynSource>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TcpFlags {
    pub null_fin_or_xmas: u64,
    pub retransmissions: u64,
    pub rst: u64,
    pub syn: u64,
    pub syn_ack: u64,
}

/// A host by how widely it sends SYNs.
#[derive(Clone, Debug, Serialize)]
pub struct SynSource {
    pub source: String,
    pub distinct_targets: usize,
    pub distinct_ports: usize,
    pub distinct_target_ports: usize,
}

/// Frames by protocol, of the protocols that are decoded or dissected.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProtocolPackets {
    pub ot: BTreeMap<&'static str, u64>,
    pub it: BTreeMap<&'static str, u64>,
    pub layers: BTreeMap<&'static str, u64>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Quality {
    /// Frames with a message that ends before its fixed fields do.
    pub malformed_frames: u64,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Arp {
    pub opcodes: Histogram,
    pub gratuitous: u64,
    /// Different pairs of IPv4 address and hardware address that senders claimed.
    pub bindings: usize,
    pub addresses_claimed_by_several_macs: BTreeMap<String, Vec<String>>,
}

/// Message types, those of quoted messages included.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Types {
    pub types: Histogram,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Dns {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query_types: Histogram,
    /// Queries under 0, responses under 1.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub responses: Histogram,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub response_codes: Histogram,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_names: Option<Listed>,
}

/// An operation worth an alert or an audit record.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Event {
    pub frames: u64,
    pub first_frames: Vec<u64>,
}

/// What the sensor observed of a protocol, whether or not the oracle's view has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Messages {
    pub messages: u64,
    /// Bytes that are no whole message, by the name of their observation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fragments: BTreeMap<&'static str, u64>,
    /// Messages that tshark passes over, by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub not_booked: BTreeMap<&'static str, u64>,
    /// Messages by anomaly.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub anomalies: BTreeMap<&'static str, u64>,
    /// Messages by operation.
    pub operations: BTreeMap<&'static str, u64>,
}

/// What the sensor observed, whether or not the oracle's view has it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sensor {
    pub modbus_messages: u64,
    /// Bytes on a Modbus connection that are no whole message, by the name of their observation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub modbus_fragments: BTreeMap<&'static str, u64>,
    /// Messages that tshark passes over, by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub modbus_messages_not_booked: BTreeMap<&'static str, u64>,
    /// Modbus messages by anomaly.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub modbus_anomalies: BTreeMap<&'static str, u64>,
    /// IEC 60870-5-104.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iec104: Option<Messages>,
    /// Link frames of DNP3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dnp3: Option<Messages>,
    /// TPDUs that carry no message of a protocol that is dissected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cotp: Option<Messages>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s7comm: Option<Messages>,
    /// TSDUs, those that only carry the layers below MMS included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mms: Option<Messages>,
    /// The oracle does not know the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s7comm_plus: Option<Messages>,
    /// `EtherNet/IP` and each service of CIP in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enip: Option<Messages>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bacnet: Option<Messages>,
    /// On Ethernet and UDP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goose: Option<Messages>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sv: Option<Messages>,
    /// PROFINET, with DCP, PTCP, IO-CM, and MRP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profinet: Option<Messages>,
    /// Protocols whose sections are histograms.
    #[serde(flatten)]
    pub others: BTreeMap<&'static str, Messages>,
}
