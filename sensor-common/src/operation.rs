//! Operation keys: what lets the program count a message instead of handing it up.
//!
//! The program recognises the operation of a message whose header sits at a fixed place and tells
//! the agent with the frame ([`crate::record::RecordHeader`]). The agent, which saw the message in
//! full, decides whether its repeats may be withheld, and grants that by writing the key into the
//! map of operations under a handle of its own. Only the agent makes and removes entries; the
//! program counts under them.
//!
//! Limits: one entry for each operation, direction and flow. A key never stands for more than one
//! flow, so that a new connection is always seen in full.

/// The message is not one the program recognises: its frame goes up.
pub const KIND_NONE: u8 = 0;
/// Asks for something; [`crate::record::RecordHeader::tag`] is what its response repeats.
pub const KIND_REQUEST: u8 = 1;
/// Answers the request with the same tag, as far as [`Aggregated::joining`] says.
pub const KIND_RESPONSE: u8 = 2;
/// Sent by itself in a running sequence; the tag is its sequence number.
pub const KIND_CYCLIC: u8 = 3;
/// A TCP segment that only acknowledges.
pub const KIND_ACKNOWLEDGMENT: u8 = 4;

/// Protocols whose operations the program recognises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Aggregated {
    None = 0,
    Modbus = 1,
    S7comm = 2,
    Dnp3 = 3,
    EthernetIp = 4,
    Iec104 = 5,
    Bacnet = 6,
    OpcUa = 7,
    Goose = 8,
    SampledValues = 9,
    Profinet = 10,
    /// TCP itself, for [`KIND_ACKNOWLEDGMENT`].
    Tcp = 11,
}

impl Aggregated {
    /// Every protocol, in the order of its number.
    pub const ALL: [Self; 12] = [
        Self::None,
        Self::Modbus,
        Self::S7comm,
        Self::Dnp3,
        Self::EthernetIp,
        Self::Iec104,
        Self::Bacnet,
        Self::OpcUa,
        Self::Goose,
        Self::SampledValues,
        Self::Profinet,
        Self::Tcp,
    ];

    /// Inverse of `as u8`; unknown numbers are [`Self::None`].
    #[inline(always)]
    pub const fn from_u8(number: u8) -> Self {
        match number {
            1 => Self::Modbus,
            2 => Self::S7comm,
            3 => Self::Dnp3,
            4 => Self::EthernetIp,
            5 => Self::Iec104,
            6 => Self::Bacnet,
            7 => Self::OpcUa,
            8 => Self::Goose,
            9 => Self::SampledValues,
            10 => Self::Profinet,
            11 => Self::Tcp,
            _ => Self::None,
        }
    }

    /// Bits of the tag of a request that its response repeats; the others tell what else of the
    /// request is not in its operation.
    #[inline(always)]
    pub const fn joining(self) -> u32 {
        match self {
            // Sequence number of the application; above it the octet of the transport function.
            Self::Dnp3 => 0x0f,
            Self::None
            | Self::Modbus
            | Self::S7comm
            | Self::EthernetIp
            | Self::Iec104
            | Self::Bacnet
            | Self::OpcUa
            | Self::Goose
            | Self::SampledValues
            | Self::Profinet
            | Self::Tcp => u32::MAX,
        }
    }
}

/// Key of the map of operations, 32 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct OperationKey {
    /// [`crate::flow::Track::id`] of the flow.
    pub flow: u64,
    /// What the message does and to what, as the protocol lays it out; long ones are hashed with
    /// the seed of the settings.
    pub operation: [u64; 2],
    /// For a response: handle under which its request was granted; zero otherwise.
    pub request: u32,
    /// [`Aggregated`] as a number.
    pub protocol: u8,
    /// One of the `KIND_` values.
    pub kind: u8,
    /// [`crate::flow::Direction`] as a number.
    pub direction: u8,
    /// Always zero.
    pub reserved: u8,
}

/// What was counted under a key in one interval, 56 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Interval {
    /// [`crate::settings::Settings::epoch`] in which this was counted.
    pub epoch: u64,
    pub packets: u64,
    /// Bytes on the wire, link header included.
    pub bytes: u64,
    pub first_ns: u64,
    pub last_ns: u64,
    /// Shortest time from one message to the next, from the second message ever on; zero before.
    pub min_gap_ns: u64,
    pub max_gap_ns: u64,
}

/// Value of the map of operations, 136 bytes.
///
/// The agent raises the epoch and then reads the interval of the one before, which nobody writes
/// any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct OperationStats {
    /// What the agent calls this entry; never zero.
    pub handle: u32,
    /// Always zero.
    pub reserved: u32,
    /// Time of the last message, counted or handed up.
    pub last_ns: u64,
    /// When a message last went up in full although it is known.
    pub refreshed_ns: u64,
    /// Indexed by the lowest bit of the epoch.
    pub intervals: [Interval; 2],
}
