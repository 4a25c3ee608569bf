//! Filter rules as they stand in the maps.
//!
//! A [`Rule`] says what to do and which slot of the hit counters moves. Every rule map but that of
//! the subnet pairs, whose keys carry their generation, holds [`RuleGenerations`]. Within one
//! dimension (subnet, subnet pair, port, VLAN, MAC address) an exclude rule that matches leaves the frame out;
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

/// What one key stands for, in each of two generations.
///
/// The agent writes the next generation beside the one in force, which it leaves alone, and switches
/// every key of every map at once with [`crate::settings::FLAG_RULES_SECOND`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct RuleGenerations {
    pub rules: [Rule; 2],
}

impl RuleGenerations {
    /// The rule of the second generation, else that of the first.
    #[inline(always)]
    pub const fn of(self, second: bool) -> Rule {
        let [one, other] = self.rules;
        if second { other } else { one }
    }
}

/// Key bytes of the IPv4 prefix map, in network order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct PrefixV4(pub [u8; 4]);

/// Key bytes of the IPv6 prefix map, in network order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct PrefixV6(pub [u8; 16]);

/// The subnet pairs of one address: which group it belongs to, in each of two generations.
///
/// A group is the longest prefix of any pair that holds the address; zero is none. The agent writes
/// a whole new generation beside the one in force and switches over with
/// [`crate::settings::FLAG_PAIRS_SECOND`], so that no frame meets half of either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PairGroups {
    pub groups: [u32; 2],
}

/// Key of the pair map: the groups of both ends, the smaller first, so that both directions meet.
///
/// A group number belongs to one generation, and so does a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(C)]
pub struct PairKey {
    low: u32,
    high: u32,
}

impl PairKey {
    #[inline(always)]
    pub const fn new(one: u32, other: u32) -> Self {
        if one <= other {
            Self {
                low: one,
                high: other,
            }
        } else {
            Self {
                low: other,
                high: one,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_of_a_pair_have_one_key() {
        assert_eq!(PairKey::new(3, 9), PairKey::new(9, 3));
        assert_ne!(PairKey::new(3, 9), PairKey::new(3, 8));
        assert_eq!(PairKey::new(4, 4), PairKey::new(4, 4));
    }
}
