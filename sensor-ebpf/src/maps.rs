//! Every map of the program: key, value, capacity, memory, who writes it, what happens when full.
//!
//! Names and default capacities come from `sensor_common::maps`; the agent may set others before
//! it loads the program. Memory is for the defaults.

use aya_ebpf::bindings::BPF_F_NO_PREALLOC;
use aya_ebpf::macros::map;
use aya_ebpf::maps::lpm_trie::Key;
use aya_ebpf::maps::{Array, HashMap, LpmTrie, LruHashMap, PerCpuArray, ProgramArray, RingBuf};
use sensor_common::counter::CounterBlock;
use sensor_common::flow::{FlowKey, FlowStats};
use sensor_common::maps::{
    FLOWS_CAPACITY, FORGIVEN_CAPACITY, FRAMES_BYTES, OPERATIONS_CAPACITY, PORT_PROTOCOLS_CAPACITY,
    RULE_HITS_CAPACITY, RULES_MAC_SLOTS, RULES_PAIR_SLOTS, RULES_PORT_CAPACITY, RULES_PREFIX_SLOTS,
    RULES_VLAN_CAPACITY,
};
use sensor_common::operation::{Aggregated, OperationKey, OperationStats};
use sensor_common::record::RecordHeader;
use sensor_common::rule::{PairGroups, PairKey, PrefixV4, PrefixV6, Rule, RuleGenerations};
use sensor_common::settings::Settings;
use sensor_ebpf::aggregate::Work;
use sensor_ebpf::operation::Buffer;
use sensor_ebpf::outcome::Parsed;

use crate::flows::Identifiers;
use crate::operations::Datagram;

/// Knobs; one element, written by the agent, read for every frame.
#[map]
pub(crate) static SETTINGS: Array<Settings> = Array::with_max_entries(1, 0);

/// Counters of every outcome; one element for each CPU, written here, summed by the agent.
#[map]
pub(crate) static COUNTERS: PerCpuArray<CounterBlock> = PerCpuArray::with_max_entries(1, 0);

/// What is known of the frame at hand, too large for the stack, and what outlives it on this CPU.
#[repr(C)]
pub(crate) struct Scratch {
    pub(crate) parsed: Parsed,
    pub(crate) header: RecordHeader,
    pub(crate) work: Work,
    pub(crate) identifiers: Identifiers,
    pub(crate) payload: Buffer,
    pub(crate) datagram: Datagram,
}

/// Room to work in; one element for each CPU, about 3 KiB.
#[map]
pub(crate) static SCRATCH: PerCpuArray<Scratch> = PerCpuArray::with_max_entries(1, 0);

/// Keys for the prefix look-ups. They are packed, and the verifier wants words on the stack aligned.
#[repr(C)]
pub(crate) struct PrefixKeys {
    pub(crate) v4: Key<PrefixV4>,
    pub(crate) v6: Key<PrefixV6>,
}

/// Room for the keys of one look-up; one element for each CPU.
#[map]
pub(crate) static PREFIX_KEYS: PerCpuArray<PrefixKeys> = PerCpuArray::with_max_entries(1, 0);

/// Frames for the agent; 64 MiB. When full, the frame is lost and `lost_ring_full` moves.
#[map]
pub(crate) static FRAMES: RingBuf = RingBuf::with_byte_size(FRAMES_BYTES, 0);

/// Flow table; about 60 MiB (key 40, value 144, node about 56 bytes). When full the least recently
/// used flow makes room; when no node can be had `flows_refused` moves. Written here, drained by
/// the agent. Shared by all CPUs: its look-up is inlined, that of the per-CPU kind is a call.
#[map]
pub(crate) static FLOWS: LruHashMap<FlowKey, FlowStats> =
    LruHashMap::with_max_entries(FLOWS_CAPACITY, 0);

/// Operations that are counted instead of handed up; about 28 MiB (key 32, value 136, node about 48
/// bytes). Only the agent adds and removes, and never more than fit; counted under here.
#[map]
pub(crate) static OPERATIONS: HashMap<OperationKey, OperationStats> =
    HashMap::with_max_entries(OPERATIONS_CAPACITY, 0);

/// Identifiers of inspected flows that may be counted again, see [`sensor_common::flow::TRACK_INSPECT`];
/// about 6 MiB. Written by the agent.
#[map]
pub(crate) static FORGIVEN: LruHashMap<u64, u32> =
    LruHashMap::with_max_entries(FORGIVEN_CAPACITY, 0);

/// Protocol of each TCP port, then of each UDP port; 1 MiB. Written by the agent.
#[map]
pub(crate) static PORT_PROTOCOLS: Array<u32> = Array::with_max_entries(PORT_PROTOCOLS_CAPACITY, 0);

/// The program of each protocol whose messages are looked into; index: [`Aggregated`]. Filled by the
/// agent before it attaches the entry program; where there is none, frames go up.
#[map]
pub(crate) static CLASSIFIERS: ProgramArray =
    ProgramArray::with_max_entries(Aggregated::ALL.len() as u32, 0);

/// IPv4 prefix rules, longest prefix first; memory grows with the rules. Written by the agent.
#[map]
pub(crate) static RULES_V4: LpmTrie<PrefixV4, RuleGenerations> =
    LpmTrie::with_max_entries(RULES_PREFIX_SLOTS, 0);

/// IPv6 prefix rules, like [`RULES_V4`].
#[map]
pub(crate) static RULES_V6: LpmTrie<PrefixV6, RuleGenerations> =
    LpmTrie::with_max_entries(RULES_PREFIX_SLOTS, 0);

/// IPv4 prefixes of subnet pairs and the group of each, longest prefix first; memory grows with the
/// prefixes. Written by the agent.
#[map]
pub(crate) static PAIR_GROUPS_V4: LpmTrie<PrefixV4, PairGroups> =
    LpmTrie::with_max_entries(RULES_PREFIX_SLOTS, 0);

/// IPv6 prefixes of subnet pairs, like [`PAIR_GROUPS_V4`].
#[map]
pub(crate) static PAIR_GROUPS_V6: LpmTrie<PrefixV6, PairGroups> =
    LpmTrie::with_max_entries(RULES_PREFIX_SLOTS, 0);

/// Subnet pair rules by the groups of both ends; memory grows with the pairs, beyond 2 MiB for the
/// buckets. Written by the agent.
#[map]
pub(crate) static RULES_PAIR: HashMap<PairKey, Rule> =
    HashMap::with_max_entries(RULES_PAIR_SLOTS, BPF_F_NO_PREALLOC);

/// Port rules by port number; 1 MiB. Written by the agent.
#[map]
pub(crate) static RULES_PORT: Array<RuleGenerations> =
    Array::with_max_entries(RULES_PORT_CAPACITY, 0);

/// VLAN rules by identifier; 64 KiB. Written by the agent.
#[map]
pub(crate) static RULES_VLAN: Array<RuleGenerations> =
    Array::with_max_entries(RULES_VLAN_CAPACITY, 0);

/// MAC address rules; about 2 MiB. Key: address and two zero bytes. Written by the agent.
#[map]
pub(crate) static RULES_MAC: HashMap<[u8; 8], RuleGenerations> =
    HashMap::with_max_entries(RULES_MAC_SLOTS, 0);

/// Hits of each rule; 2 MiB for each CPU. Written here, summed by the agent.
#[map]
pub(crate) static RULE_HITS: PerCpuArray<u64> =
    PerCpuArray::with_max_entries(RULE_HITS_CAPACITY, 0);
