//! The sensor about itself: capture, protocols, engines, health, version.

use serde::Serialize;
use utoipa::ToSchema;

use super::Line;
use super::term::{EngineStateTerm, EngineTerm, HealthTerm, ModeTerm, ProtocolTerm};
use super::time::UtcTime;

/// State and counters of the capture sources.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Capture {
    /// Sensor time of these figures; null before the first second.
    pub time: Option<UtcTime>,
    /// Capture time of the last frame; null before the first frame.
    pub capture_time: Option<UtcTime>,
    /// Every source came to its end, as capture files do.
    #[schema(example = false)]
    pub finished: bool,
    /// One entry per interface or file.
    #[schema(max_items = 1000)]
    pub sources: Vec<Source>,
}

/// One source. `received = filtered + counted + handed_up + lost`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Source {
    /// `xdp`, `af_packet` or `pcap`.
    #[schema(example = "xdp", max_length = 20)]
    pub kind: String,
    /// Interface or file.
    #[schema(example = "eth1", max_length = 4096)]
    pub name: String,
    /// How it is attached: `native`, `generic`, `socket`, `file`.
    #[schema(example = "native", max_length = 200)]
    pub mode: String,
    /// Remarks: why native mode was refused, that a file was cut short.
    #[schema(inline, value_type = Vec<Line>, example = json!([]), max_items = 1000)]
    pub notes: Vec<String>,
    /// Frames it was offered.
    #[schema(example = 1_000_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub received: u64,
    /// Bytes of these frames.
    #[schema(example = 86_000_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub received_bytes: u64,
    /// Frames left out on purpose, by reason.
    #[schema(max_items = 1000)]
    pub filtered: Vec<ReasonCount>,
    /// Frames that were only counted in the kernel, because their content is known.
    #[schema(example = 980_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub counted: u64,
    /// Frames that were inspected in full.
    #[schema(example = 20_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub handed_up: u64,
    /// Frames lost against the sensor's will, by reason.
    #[schema(max_items = 1000)]
    pub lost: Vec<ReasonCount>,
    /// Whether capture filters leave frames of this source out; where they do not, every frame is
    /// inspected.
    #[schema(example = true)]
    pub filters_apply: bool,
    /// The buffer between kernel program and agent; null for sources without one.
    pub ring: Option<Ring>,
    /// Tables of the kernel program; empty for sources without one. The flow table is counted every
    /// five seconds or so, and is missing before the first count.
    #[schema(max_items = 100)]
    pub maps: Vec<MapFill>,
    /// Flows that had to make room for others, as of the last count; null before it.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub flows_evicted: Option<u64>,
    /// Every counter of the kernel program under its name; empty for sources without one.
    #[schema(max_items = 200)]
    pub counters: Vec<NamedCount>,
    /// Mean time that the kernel program took for a frame, in nanoseconds, since it is measured;
    /// null when it is not.
    #[schema(example = 87.5, minimum = 0)]
    pub ns_per_packet: Option<f64>,
    /// How to have it measured; null when it is, and for sources without a kernel program.
    #[schema(
        example = "set run_time_statistics = true in [capture]",
        max_length = 400
    )]
    pub ns_per_packet_hint: Option<String>,
    /// What the kernel only counts; null when every frame is handed up.
    pub aggregation: Option<Aggregation>,
}

/// How full the buffer between kernel program and agent is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ring {
    #[schema(example = 33_554_432, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub capacity_bytes: u64,
    #[schema(example = 4096, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub used_bytes: u64,
    /// Most that was in it when the reader came.
    #[schema(example = 81_920, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub high_water_bytes: u64,
}

/// How full a table of the kernel program is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MapFill {
    #[schema(example = "flows", max_length = 100)]
    pub name: String,
    #[schema(example = 1200, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub entries: u64,
    /// Entries it can hold.
    #[schema(example = 262_144, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub capacity: u64,
}

/// Repeats of known operations that the kernel counts instead of handing them up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Aggregation {
    /// Operations whose repeats are only counted at this moment.
    #[schema(example = 240, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub operations_granted: u64,
    /// How many there may be: the smaller of the agent's limit, which all interfaces share, and that of
    /// the kernel's table.
    #[schema(example = 65_536, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub capacity: u64,
    /// Operations that the kernel's table, the agent or the limit of their flow had no room for.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub refused: u64,
    /// Frames that were only counted.
    #[schema(example = 980_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub counted: u64,
    /// Those of them that are booked on their flows; the rest follows within a second.
    #[schema(example = 979_500, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub recorded: u64,
    /// Frames handed up although they are known, because that had not happened for long.
    #[schema(example = 480, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub refreshed: u64,
    /// Flows looked at in full, because a frame broke the pattern that allows counting.
    #[schema(example = 3, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub flows_inspected: u64,
}

/// Frames by reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReasonCount {
    #[schema(example = "ring_full", max_length = 100)]
    pub reason: String,
    /// Frames.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub count: u64,
}

/// What was decoded, protocol by protocol.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProtocolList {
    /// Protocols that were seen.
    #[schema(max_items = 200)]
    pub items: Vec<ProtocolCounters>,
}

/// Counters of one protocol.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProtocolCounters {
    pub protocol: ProtocolTerm,
    /// Name for people.
    #[schema(example = "Modbus/TCP", max_length = 100)]
    pub title: String,
    /// Mean time that dissecting one message took, engines not included, over the messages that were
    /// timed: one run of a dissector in 64. Absent while none was.
    #[schema(example = 84.5, minimum = 0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nanoseconds_per_message: Option<f64>,
    /// What was counted, in a fixed order.
    #[schema(max_items = 100)]
    pub counters: Vec<NamedCount>,
}

/// A counter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedCount {
    /// For instance `packets`, `messages`, `malformed`, `unknown_operations`.
    #[schema(example = "messages", max_length = 100)]
    pub name: String,
    #[schema(example = 81_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub value: u64,
}

/// How the engines are doing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EngineList {
    /// Mode of every alert type that has none of its own.
    pub mode: ModeTerm,
    /// The engines.
    #[schema(max_items = 10)]
    pub items: Vec<EngineStatus>,
    /// Alert types that this build raises.
    #[schema(max_items = 10000)]
    pub types: Vec<TypeStatus>,
    /// Bounded tables of the detector.
    #[schema(max_items = 1000)]
    pub tables: Vec<TableStatus>,
}

/// One engine.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EngineStatus {
    pub engine: EngineTerm,
    pub state: EngineStateTerm,
    /// Fault that stopped it.
    #[schema(example = "attempt to divide by zero", max_length = 4096)]
    pub failure: Option<String>,
    /// Faults since the start.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub panics: u64,
    /// Findings handed to the alert stage.
    #[schema(example = 12, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub findings: u64,
    /// Findings held back by the rate limit.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub suppressed: u64,
}

/// One alert type at work.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TypeStatus {
    #[schema(example = "modbus_unpermitted_function_code", max_length = 100)]
    pub type_id: String,
    #[schema(example = true)]
    pub enabled: bool,
    /// The mode in force.
    pub mode: ModeTerm,
    #[schema(example = 3, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub findings: u64,
    /// Findings held back by the rate limit.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub suppressed: u64,
    /// Findings that were not handed on because the type was learning.
    #[schema(example = 40, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub would_have_alerted: u64,
}

/// One bounded table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TableStatus {
    #[schema(example = "devices", max_length = 100)]
    pub name: String,
    #[schema(example = 120, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub entries: u64,
    #[schema(example = 100_000, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub capacity: u64,
    /// Entries given up to make room.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub evicted: u64,
    /// Entries that found no room.
    #[schema(example = 0, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub refused: u64,
    /// Estimate of the memory in use, in bytes.
    #[schema(example = 61_440, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub bytes: u64,
}

/// Whether the sensor does its work.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    pub status: HealthTerm,
    /// The parts.
    #[schema(max_items = 100)]
    pub checks: Vec<HealthCheck>,
}

/// State of one part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HealthCheck {
    /// `store`, `intake`, `pipeline`, `detector`, `capture` or `filters`.
    #[schema(example = "store", max_length = 100)]
    pub name: String,
    pub status: HealthTerm,
    /// What is wrong and what can be done about it.
    #[schema(example = "writing", max_length = 4096)]
    pub detail: String,
}

/// What is running here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Version {
    #[schema(example = "Telltale", max_length = 100)]
    pub product: String,
    /// Version of the sensor.
    #[schema(example = "0.1.0", max_length = 100)]
    pub version: String,
    /// Version of this API.
    #[schema(example = "v1", max_length = 20)]
    pub api: String,
    /// The sensor's clock.
    pub time: UtcTime,
    /// Alert types in the catalogue.
    #[schema(example = 202, minimum = 0, maximum = 10000)]
    pub alert_types: usize,
    /// Those of them that this build raises.
    #[schema(example = 40, minimum = 0, maximum = 10000)]
    pub alert_types_implemented: usize,
    #[schema(example = "MIT OR Apache-2.0", max_length = 100)]
    pub license: String,
}
