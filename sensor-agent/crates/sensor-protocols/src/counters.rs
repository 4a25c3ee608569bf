//! What stages 3 and 4 counted, by name.
//!
//! The list is fixed and each name is stable: the API and the metrics show them as they are.

use crate::observation::Protocol;

macro_rules! counters {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $help:literal;)*) => {
        /// One counter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Counter {
            $(#[doc = $help] $variant,)*
        }

        impl Counter {
            /// Every counter, in display order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Stable machine identifier.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// One line for people.
            pub const fn help(self) -> &'static str {
                match self {
                    $(Self::$variant => $help,)*
                }
            }
        }
    };
}

counters! {
    Frames = "frames", "Frames received by decoding";
    Bytes = "bytes", "Bytes on the wire of these frames";
    UndecodedLinkType = "undecoded_link_type", "Frames of a link type that is not decoded";
    UndecodedLink = "undecoded_link", "Frames whose link header is incomplete";
    UndecodedNetwork = "undecoded_network", "Frames whose IP or ARP header is incomplete or contradicts itself";
    UndecodedTransport = "undecoded_transport", "Frames whose transport or extension header is incomplete";
    CutFrames = "cut_frames", "Frames shorter in the capture than on the wire";
    Decapsulated = "decapsulated", "Frames that came in a tunnel and were decoded inside it";
    MalformedPackets = "malformed_packets", "Packets with an anomaly below the application";
    FlowsStarted = "flows_started", "Flows seen";
    FlowsActive = "flows_active", "Flows held";
    FlowsExpired = "flows_expired", "Flows forgotten because they were idle or closed";
    FlowsEvicted = "flows_evicted", "Flows forgotten because the table was full";
    FlowsReplaced = "flows_replaced", "Flows ended by a new connection with the same ports";
    TcpRetransmissions = "tcp_retransmissions", "TCP segments that brought nothing new";
    TcpOutOfOrder = "tcp_out_of_order", "TCP segments buffered because an earlier one was missing";
    TcpConflictingOverlaps = "tcp_conflicting_overlaps", "TCP segments whose overlap has other content";
    TcpGaps = "tcp_gaps", "Holes in TCP streams that were given up";
    TcpGapBytes = "tcp_gap_bytes", "Bytes missing in these holes";
    TcpStrangers = "tcp_strangers", "TCP segments too far from their stream to be placed";
    TcpPendingDropped = "tcp_pending_dropped", "Messages dropped because they need more bytes than are kept";
    ReassemblyBytes = "reassembly_bytes", "Bytes held by TCP reassembly and of messages in pieces";
    ReassemblyCapHits = "reassembly_cap_hits", "Segments that met a full reassembly buffer";
    UnfinishedDropped = "unfinished_dropped", "Times messages in pieces were dropped because reassembly had no room for them";
    FragmentsSeen = "fragments_seen", "IP fragments";
    DatagramsReassembled = "datagrams_reassembled", "IP datagrams put together from fragments";
    DefragExpired = "defrag_expired", "IP datagrams given up because fragments were missing";
    DefragEvicted = "defrag_evicted", "IP datagrams given up because too many were open";
    DefragCapHits = "defrag_cap_hits", "IP fragments dropped because their datagram was too large or had too many";
    DefragConflictingOverlaps = "defrag_conflicting_overlaps", "IP fragments whose overlap has other content";
    FlowsUnrecognised = "flows_unrecognised", "Flows with payload of no known protocol";
    ContentMatches = "content_matches", "Known byte patterns found in payload";
    OperationsGranted = "operations_granted", "Operations whose repeats the kernel program was allowed to withhold";
    OperationsHeld = "operations_held", "Operations whose repeats it may withhold at this moment";
    OperationsRefused = "operations_refused", "Operations not granted because there were too many";
    OperationsWithdrawn = "operations_withdrawn", "Operations whose repeats go up again";
    FlowsForgiven = "flows_forgiven", "Flows counted again after they showed no fault for long enough";
    OperationRepeats = "operation_repeats", "Withheld frames that were booked on their flows";
    OperationStrays = "operation_strays", "Withheld frames that belong to nothing that was granted";
    StreamsResumed = "streams_resumed", "TCP streams continued behind withheld segments";
}

macro_rules! per_protocol {
    ($($field:ident = $help:literal;)*) => {
        /// Counters of one protocol.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct ProtocolCounters {
            $(#[doc = $help] pub $field: u64,)*
        }

        impl ProtocolCounters {
            /// Name and value of each counter, in display order.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($field), self.$field),)*].into_iter()
            }

            fn merge(&mut self, other: &Self) {
                $(self.$field = self.$field.saturating_add(other.$field);)*
            }
        }
    };
}

per_protocol! {
    packets = "Packets offered to the dissector of this protocol.";
    bytes = "Bytes on the wire of these packets.";
    messages = "Messages the dissector reported.";
    malformed = "Messages that break the specification.";
    unknown_operations = "Messages whose operation code is not known.";
    timed_messages = "Messages the dissector reported in runs that were timed, which are a sample.";
    timed_bytes = "Bytes it took in these runs.";
    timed_nanoseconds = "Time it took for them.";
}

/// All counters of one inspector.
#[derive(Clone, Debug)]
pub struct Counters {
    values: [u64; Counter::ALL.len()],
    protocols: [ProtocolCounters; Protocol::ALL.len()],
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            values: [0; Counter::ALL.len()],
            protocols: [ProtocolCounters::default(); Protocol::ALL.len()],
        }
    }
}

impl Counters {
    pub fn get(&self, counter: Counter) -> u64 {
        self.values.get(counter as usize).copied().unwrap_or(0)
    }

    /// Every counter with its stable name, in display order.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Counter::ALL.iter().map(|c| (c.name(), self.get(*c)))
    }

    pub fn protocol(&self, protocol: Protocol) -> ProtocolCounters {
        self.protocols
            .get(protocol as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Adds the counters of another worker.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.values.iter_mut().zip(other.values) {
            *mine = mine.saturating_add(theirs);
        }
        for (mine, theirs) in self.protocols.iter_mut().zip(other.protocols) {
            mine.merge(&theirs);
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, counter: Counter, n: u64) {
        if let Some(value) = self.values.get_mut(counter as usize) {
            *value = value.saturating_add(n);
        }
    }

    #[inline]
    pub(crate) fn bump(&mut self, counter: Counter) {
        self.add(counter, 1);
    }

    /// For values that go up and down (flows held, bytes held).
    #[inline]
    pub(crate) fn set(&mut self, counter: Counter, value: u64) {
        if let Some(slot) = self.values.get_mut(counter as usize) {
            *slot = value;
        }
    }

    #[inline]
    pub(crate) fn protocol_mut(&mut self, protocol: Protocol) -> Option<&mut ProtocolCounters> {
        self.protocols.get_mut(protocol as usize)
    }
}
