//! Knobs that the agent writes and the program reads, one array element.

/// What the program answers for every frame it has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// `XDP_PASS`: the host's network stack gets the frame too.
    #[default]
    Pass,
    /// `XDP_DROP`: the frame ends here; for ports that only carry mirrored traffic.
    Consume,
}

impl Verdict {
    /// The number the kernel knows (`enum xdp_action` of `linux/bpf.h`).
    pub const fn xdp_action(self) -> u32 {
        match self {
            Self::Pass => 2,
            Self::Consume => 1,
        }
    }
}

/// There are IPv4 prefix rules.
pub const FLAG_SUBNETS_V4: u32 = 1;
/// There are IPv6 prefix rules.
pub const FLAG_SUBNETS_V6: u32 = 1 << 1;
/// At least one prefix rule, of either family, includes.
pub const FLAG_SUBNETS_INCLUDE: u32 = 1 << 2;
/// There are port rules.
pub const FLAG_PORTS: u32 = 1 << 3;
pub const FLAG_PORTS_INCLUDE: u32 = 1 << 4;
/// There are VLAN rules.
pub const FLAG_VLANS: u32 = 1 << 5;
pub const FLAG_VLANS_INCLUDE: u32 = 1 << 6;
/// There are MAC address rules.
pub const FLAG_MACS: u32 = 1 << 7;
pub const FLAG_MACS_INCLUDE: u32 = 1 << 8;
/// There are subnet pair rules.
pub const FLAG_PAIRS: u32 = 1 << 9;
pub const FLAG_PAIRS_INCLUDE: u32 = 1 << 10;
/// The second generation of [`crate::rule::PairGroups`] is in force, else the first.
pub const FLAG_PAIRS_SECOND: u32 = 1 << 11;
/// The second generation of [`crate::rule::RuleGenerations`] is in force, else the first.
pub const FLAG_RULES_SECOND: u32 = 1 << 12;
/// Known operations are counted instead of handed up.
pub const FLAG_AGGREGATE: u32 = 1 << 16;

/// Knobs of the program, 40 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Settings {
    /// [`crate::ABI_VERSION`] of the agent.
    pub abi_version: u32,
    /// Union of the `FLAG_` bits.
    pub flags: u32,
    /// [`Verdict::xdp_action`].
    pub verdict: u32,
    /// Bytes of a frame that go up at most, 1 to [`crate::record::MAX_FRAME`].
    pub snap_len: u32,
    /// Ring fill in bytes at which a sleeping reader is woken.
    pub wake_bytes: u32,
    /// Numbers the intervals of [`crate::operation::OperationStats`]; raised at each drain.
    pub epoch: u32,
    /// A known operation goes up in full when this long none of its messages did.
    pub refresh_ns: u64,
    /// Seed of hashes over addressed objects; random for each run of the agent.
    pub hash_seed: u64,
}
