//! Names and default capacities of the maps. `sensor_ebpf::maps` says what each costs and what
//! happens when it is full; the agent may set other capacities before loading.

use crate::operation::Aggregated;

/// Name of the program that observes an interface.
pub const PROGRAM: &str = "telltale";

/// The programs that look into messages, by protocol: each belongs into [`CLASSIFIERS`] at the
/// number of its protocol, where the program above calls it.
pub const CLASSIFIER_PROGRAMS: [(Aggregated, &str); 10] = [
    (Aggregated::Modbus, "modbus"),
    (Aggregated::S7comm, "s7comm"),
    (Aggregated::Dnp3, "dnp3"),
    (Aggregated::EthernetIp, "ethernet_ip"),
    (Aggregated::Iec104, "iec104"),
    (Aggregated::Bacnet, "bacnet"),
    (Aggregated::OpcUa, "opcua"),
    (Aggregated::Goose, "goose"),
    (Aggregated::SampledValues, "sampled_values"),
    (Aggregated::Profinet, "profinet"),
];

pub const SETTINGS: &str = "SETTINGS";
pub const COUNTERS: &str = "COUNTERS";
pub const FRAMES: &str = "FRAMES";
pub const FLOWS: &str = "FLOWS";
pub const OPERATIONS: &str = "OPERATIONS";
pub const FORGIVEN: &str = "FORGIVEN";
pub const PORT_PROTOCOLS: &str = "PORT_PROTOCOLS";
pub const CLASSIFIERS: &str = "CLASSIFIERS";
pub const RULES_V4: &str = "RULES_V4";
pub const RULES_V6: &str = "RULES_V6";
pub const RULES_PORT: &str = "RULES_PORT";
pub const RULES_VLAN: &str = "RULES_VLAN";
pub const RULES_MAC: &str = "RULES_MAC";
pub const PAIR_GROUPS_V4: &str = "PAIR_GROUPS_V4";
pub const PAIR_GROUPS_V6: &str = "PAIR_GROUPS_V6";
pub const RULES_PAIR: &str = "RULES_PAIR";
pub const RULE_HITS: &str = "RULE_HITS";

/// Bytes of the frame ring; a power of two and a multiple of the page size.
pub const FRAMES_BYTES: u32 = 64 << 20;
/// Flows kept at once; the least recently used one makes room.
pub const FLOWS_CAPACITY: u32 = 1 << 18;
/// Operations that may be counted at once; the agent grants no more.
pub const OPERATIONS_CAPACITY: u32 = 1 << 17;
/// Flows that can be forgiven at once; the one that waited longest makes room.
pub const FORGIVEN_CAPACITY: u32 = 1 << 16;
/// [`crate::operation::Aggregated`] by port: TCP ports, then UDP ports.
pub const PORT_PROTOCOLS_CAPACITY: u32 = 1 << 17;
/// Index of UDP port 0 in the map of port protocols.
pub const PORT_PROTOCOLS_UDP: u32 = 1 << 16;
/// Filter rules of all dimensions together.
pub const RULES_CAPACITY: u32 = 1 << 17;
/// Prefix rules for each address family, and prefixes of subnet pairs for each address family.
pub const RULES_PREFIX_CAPACITY: u32 = 1 << 17;
/// Entries of a prefix map: while a set of rules replaces another, both stand there.
pub const RULES_PREFIX_SLOTS: u32 = 2 * RULES_PREFIX_CAPACITY;
/// One slot for each port number.
pub const RULES_PORT_CAPACITY: u32 = 1 << 16;
/// One slot for each VLAN identifier (IEEE 802.1Q, 9.6).
pub const RULES_VLAN_CAPACITY: u32 = 1 << 12;
pub const RULES_MAC_CAPACITY: u32 = 1 << 13;
/// Entries of the MAC address map; see [`RULES_PREFIX_SLOTS`].
pub const RULES_MAC_SLOTS: u32 = 2 * RULES_MAC_CAPACITY;
/// Pairs of groups that the subnet pairs may come to; nested subnets multiply them.
pub const RULES_PAIR_CAPACITY: u32 = 1 << 17;
/// Entries of the pair map; see [`RULES_PREFIX_SLOTS`].
pub const RULES_PAIR_SLOTS: u32 = 2 * RULES_PAIR_CAPACITY;
/// Hit counters, one for each rule of whatever dimension, old and new.
pub const RULE_HITS_CAPACITY: u32 = 2 * RULES_CAPACITY;
