//! Filter rules as they stand in the maps.
//!
//! Every rule map holds [`Rule`]s: what to do and which slot of the hit counters moves. Within one
//! dimension (subnet, port, VLAN, MAC address) an exclude rule that matches leaves the frame out;
//! where a dimension has include rules, one of them must match. Over dimensions all must agree.

/// No rule stands here.
pub const ACTION_NONE: u32 = 0;
/// The frame passes this dimension.
pub const ACTION_INCLUDE: u32 = 1;
/// The frame is left out.
pub const ACTION_EXCLUDE: u32 = 2;

/// One rule, 8 bytes. All zero means that no rule stands here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Rule {
    /// One of the `ACTION_` values.
    pub action: u32,
    /// Slot of the rule in the hit counter map.
    pub hit_index: u32,
}

/// Key bytes of the IPv4 prefix map, in network order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct PrefixV4(pub [u8; 4]);

/// Key bytes of the IPv6 prefix map, in network order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct PrefixV6(pub [u8; 16]);
