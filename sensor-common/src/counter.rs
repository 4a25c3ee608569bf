//! The one list of kernel counters: kernel index, API field, metric and reason come from here.
//!
//! Conservation: `received = Σ filtered + Σ counted + Σ handed up + Σ lost`; notes stand beside it.

/// The part a counter plays in the conservation sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// The left side of the sum.
    Received,
    /// Left out on purpose.
    Filtered,
    /// Only counted, because the content is known.
    Counted,
    /// Handed to the agent.
    HandedUp,
    /// Lost against our will.
    Lost,
    /// Not a term of the sum: says something more about a frame that has its place in it.
    Note,
}

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterInfo {
    pub counter: Counter,
    pub term: Term,
    /// Name of the field in the API.
    pub field: &'static str,
    /// Value of the metric's `reason` label; empty when the metric has none.
    pub reason: &'static str,
    /// Name of the metric.
    pub metric: &'static str,
    /// Help text of the metric and description of the API field.
    pub help: &'static str,
}

macro_rules! counters {
    ($($variant:ident, $term:ident, $field:literal, $reason:literal, $metric:literal, $help:literal;)*) => {
        /// Index of a counter in the per-CPU block.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(usize)]
        pub enum Counter {
            $(#[doc = $help] $variant,)*
        }

        /// Every counter, in the order of the kernel index.
        pub const COUNTERS: &[CounterInfo] = &[
            $(CounterInfo {
                counter: Counter::$variant,
                term: Term::$term,
                field: $field,
                reason: $reason,
                metric: $metric,
                help: $help,
            },)*
        ];
    };
}

counters! {
    Received, Received, "received", "", "sensor_capture_received_packets_total",
        "Frames the program was run for.";
    ReceivedBytes, Note, "received_bytes", "", "sensor_capture_received_bytes_total",
        "Bytes on the wire of the frames received.";
    HandedUp, HandedUp, "handed_up", "", "sensor_capture_inspected_packets_total",
        "Frames written to the ring buffer.";
    HandedUpBytes, Note, "handed_up_bytes", "", "sensor_capture_inspected_bytes_total",
        "Frame bytes written to the ring buffer.";
    Counted, Counted, "counted", "", "sensor_capture_counted_packets_total",
        "Frames that repeat a known operation and were only counted.";
    CountedBytes, Note, "counted_bytes", "", "sensor_capture_counted_bytes_total",
        "Bytes on the wire of the frames that were only counted.";
    FilteredSubnet, Filtered, "filtered_subnet", "subnet", "sensor_capture_filtered_packets_total",
        "Frames left out by a subnet rule.";
    FilteredSubnetPair, Filtered, "filtered_subnet_pair", "subnet_pair", "sensor_capture_filtered_packets_total",
        "Frames left out by a rule for a pair of subnets.";
    FilteredPort, Filtered, "filtered_port", "port", "sensor_capture_filtered_packets_total",
        "Frames left out by a port rule.";
    FilteredVlan, Filtered, "filtered_vlan", "vlan", "sensor_capture_filtered_packets_total",
        "Frames left out by a VLAN rule.";
    FilteredMac, Filtered, "filtered_mac", "mac", "sensor_capture_filtered_packets_total",
        "Frames left out by a MAC address rule.";
    LostRingFull, Lost, "lost_ring_full", "ring_full", "sensor_capture_dropped_packets_total",
        "Frames lost because the ring buffer had no room.";
    LostCopy, Lost, "lost_copy", "copy", "sensor_capture_dropped_packets_total",
        "Frames lost because the kernel refused to copy them.";
    LostAbiMismatch, Lost, "lost_abi_mismatch", "abi_mismatch", "sensor_capture_dropped_packets_total",
        "Frames lost because the settings are missing or of another version.";
    Truncated, Note, "truncated", "", "sensor_capture_truncated_packets_total",
        "Frames handed up cut to the snap length.";
    FlowsInserted, Note, "flows_inserted", "", "sensor_capture_flows_inserted_total",
        "Entries made in the flow table.";
    FlowsRefused, Note, "flows_refused", "", "sensor_capture_flows_refused_total",
        "Entries the flow table had no room for.";
    SkipShort, Note, "unparsed_short", "short", "sensor_capture_unparsed_packets_total",
        "Frames that end inside a header; handed up like others.";
    SkipMalformed, Note, "unparsed_malformed", "malformed", "sensor_capture_unparsed_packets_total",
        "Frames with a header that contradicts itself; handed up like others.";
    SkipTooDeep, Note, "unparsed_too_deep", "too_deep", "sensor_capture_unparsed_packets_total",
        "Frames with more tags or extension headers than the program follows, or headers too far in; handed up like others.";
    FlowsInspected, Note, "flows_inspected", "", "sensor_capture_flows_inspected_total",
        "How often a flow came to be looked at in full, because a frame broke the pattern that allows counting.";
    OperationsRefreshed, Note, "operations_refreshed", "", "sensor_capture_operations_refreshed_total",
        "Frames handed up although their operation is known, because its refresh interval was over.";
    Fragments, Note, "fragments", "", "sensor_capture_fragment_packets_total",
        "IP fragments without a transport header.";
    OtLink, Note, "ot_link", "", "sensor_capture_ot_link_packets_total",
        "Frames of link-layer protocols of operational technology.";
    Decapsulated, Note, "decapsulated", "", "sensor_capture_decapsulated_packets_total",
        "Frames that came in a tunnel and were read inside it: GRE, ERSPAN, VXLAN.";
}

/// Number of counters.
pub const COUNTER_COUNT: usize = COUNTERS.len();

/// The counters of one CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct CounterBlock {
    pub values: [u64; COUNTER_COUNT],
}

impl Default for CounterBlock {
    fn default() -> Self {
        Self {
            values: [0; COUNTER_COUNT],
        }
    }
}

impl CounterBlock {
    /// Value of one counter.
    pub fn get(&self, counter: Counter) -> u64 {
        self.values.get(counter as usize).copied().unwrap_or(0)
    }

    /// Adds the counters of another CPU.
    pub fn add(&mut self, other: &Self) {
        for (sum, value) in self.values.iter_mut().zip(other.values) {
            *sum = sum.wrapping_add(value);
        }
    }

    /// Sum of all counters that play one part.
    pub fn sum(&self, term: Term) -> u64 {
        COUNTERS
            .iter()
            .filter(|info| info.term == term)
            .fold(0, |sum: u64, info| sum.wrapping_add(self.get(info.counter)))
    }

    /// Received frames that have no place in the sum: zero unless the program runs at this moment.
    pub fn unexplained(&self) -> i128 {
        let right = [Term::Filtered, Term::Counted, Term::HandedUp, Term::Lost]
            .iter()
            .fold(0_i128, |sum, term| sum + i128::from(self.sum(*term)));
        i128::from(self.get(Counter::Received)) - right
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_stands_in_index_order_with_unique_fields() {
        let mut fields = BTreeSet::new();
        for (index, info) in COUNTERS.iter().enumerate() {
            assert_eq!(info.counter as usize, index);
            assert!(fields.insert(info.field), "{} twice", info.field);
        }
    }

    #[test]
    fn every_lost_and_filtered_counter_names_its_reason() {
        for info in COUNTERS {
            let needs_reason = matches!(info.term, Term::Filtered | Term::Lost);
            assert!(!needs_reason || !info.reason.is_empty(), "{}", info.field);
        }
    }

    #[test]
    fn conservation_is_the_difference_of_both_sides() {
        let mut block = CounterBlock::default();
        for (counter, value) in [
            (Counter::Received, 10),
            (Counter::HandedUp, 4),
            (Counter::FilteredPort, 3),
            (Counter::LostRingFull, 2),
            (Counter::Truncated, 9),
        ] {
            block.values[counter as usize] = value;
        }
        assert_eq!(block.unexplained(), 1);
        let mut twice = block;
        twice.add(&block);
        assert_eq!(twice.get(Counter::Received), 20);
        assert_eq!(twice.unexplained(), 2);
    }
}
