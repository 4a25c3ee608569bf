//! What can be set about stages 3 and 4.

use std::time::Duration;

use super::Timing;
use crate::limits;

/// Settings of an [`super::Inspector`]. The defaults are the documented caps of [`limits`].
#[derive(Clone, Debug)]
pub struct InspectorSettings {
    /// Flows held at once.
    pub flows: usize,
    /// Idle time after which a flow is forgotten.
    pub flow_idle: Duration,
    /// The same for TCP connections that were established.
    pub flow_idle_established: Duration,
    /// Bytes buffered by TCP reassembly over all flows.
    pub reassembly_bytes: usize,
    /// Tell flows with the same addresses apart by their innermost VLAN. Off by default, because
    /// mirror ports often tag one direction only; needed where machines reuse addresses.
    pub vlan_in_flow_key: bool,
    /// First flow identifier. Workers get ranges of their own, so that identifiers are unique.
    pub first_flow: u64,
    /// How dissectors are timed; not at all when `None`.
    pub timing: Option<Timing>,
}

impl Default for InspectorSettings {
    fn default() -> Self {
        Self {
            flows: limits::FLOWS,
            flow_idle: limits::FLOW_IDLE,
            flow_idle_established: limits::FLOW_IDLE_ESTABLISHED,
            reassembly_bytes: limits::REASSEMBLY_BYTES,
            vlan_in_flow_key: false,
            first_flow: 1,
            timing: None,
        }
    }
}
