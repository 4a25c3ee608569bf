//! Looks the filter rules up in their maps and takes the decision of `sensor_ebpf::filter`.

use aya_ebpf::maps::lpm_trie::Key;
use sensor_common::counter::Counter;
use sensor_common::flow::Address;
use sensor_common::record::Class;
use sensor_common::rule::{
    ACTION_NONE, PairGroups, PairKey, PrefixV4, PrefixV6, Rule, RuleGenerations,
};
use sensor_common::settings::{
    FLAG_MACS, FLAG_MACS_INCLUDE, FLAG_PAIRS, FLAG_PAIRS_INCLUDE, FLAG_PAIRS_SECOND, FLAG_PORTS,
    FLAG_PORTS_INCLUDE, FLAG_RULES_SECOND, FLAG_SUBNETS_INCLUDE, FLAG_SUBNETS_V4, FLAG_SUBNETS_V6,
    FLAG_VLANS, FLAG_VLANS_INCLUDE, Settings,
};
use sensor_ebpf::filter::{decide, group};
use sensor_ebpf::outcome::{Parsed, has_flow};

use crate::count::rule_hit;
use crate::maps::{
    PAIR_GROUPS_V4, PAIR_GROUPS_V6, PREFIX_KEYS, RULES_MAC, RULES_PAIR, RULES_PORT, RULES_V4,
    RULES_V6, RULES_VLAN,
};

const NO_RULE: Rule = Rule {
    action: ACTION_NONE,
    hit_index: 0,
};

/// Why a frame is left out; `None` lets it pass.
///
/// Frames without addresses or ports (ARP, link-layer protocols, fragments for the port rules)
/// pass the dimensions they have nothing to say to.
#[inline(always)]
pub(crate) fn left_out(settings: &Settings, parsed: &Parsed, class: Class) -> Option<Counter> {
    // SAFETY: a reference is valid to read. Volatile, so that it is read once: the agent switches
    // generations meanwhile, and both ends of a frame must meet the same one.
    let flags = unsafe { (&raw const settings.flags).read_volatile() };
    let second = flags & FLAG_RULES_SECOND != 0;
    if flags & FLAG_MACS != 0 {
        let (first, second) = (
            mac(parsed.source_mac, second),
            mac(parsed.destination_mac, second),
        );
        if !passes(flags & FLAG_MACS_INCLUDE, first, second) {
            return Some(Counter::FilteredMac);
        }
    }
    if flags & FLAG_VLANS != 0
        && !passes(
            flags & FLAG_VLANS_INCLUDE,
            vlan(parsed.vlan, second),
            NO_RULE,
        )
    {
        return Some(Counter::FilteredVlan);
    }
    if flags & (FLAG_SUBNETS_V4 | FLAG_SUBNETS_V6) != 0 && has_flow(class) {
        let (first, second) = (
            subnet(flags, parsed.source.address),
            subnet(flags, parsed.destination.address),
        );
        if !passes(flags & FLAG_SUBNETS_INCLUDE, first, second) {
            return Some(Counter::FilteredSubnet);
        }
    }
    if flags & FLAG_PAIRS != 0 && has_flow(class) {
        let rule = pair(flags, parsed.source.address, parsed.destination.address);
        if !passes(flags & FLAG_PAIRS_INCLUDE, rule, NO_RULE) {
            return Some(Counter::FilteredSubnetPair);
        }
    }
    if flags & FLAG_PORTS != 0 && matches!(class, Class::Tcp | Class::Udp) {
        let (first, second) = (
            port(parsed.source.port, second),
            port(parsed.destination.port, second),
        );
        if !passes(flags & FLAG_PORTS_INCLUDE, first, second) {
            return Some(Counter::FilteredPort);
        }
    }
    None
}

/// Decides one dimension and moves the hit counter of the deciding rule.
#[inline(always)]
fn passes(includes: u32, first: Rule, second: Rule) -> bool {
    let decision = decide(first, second, includes != 0);
    if decision.rule.action != ACTION_NONE {
        rule_hit(decision.rule.hit_index);
    }
    decision.pass
}

#[inline(always)]
fn subnet(flags: u32, address: Address) -> Rule {
    let second = flags & FLAG_RULES_SECOND != 0;
    let Some(keys) = PREFIX_KEYS.get_ptr_mut(0) else {
        return NO_RULE;
    };
    // SAFETY: non-null and valid for the run; nobody but this CPU touches its element. The map
    // starts out zeroed and holds integers and bytes only.
    let keys = unsafe { &mut *keys };
    if let Some(bytes) = address.as_v4() {
        if flags & FLAG_SUBNETS_V4 == 0 {
            return NO_RULE;
        }
        keys.v4 = Key::new(32, PrefixV4(bytes));
        return in_force(RULES_V4.get(&keys.v4), second);
    }
    if flags & FLAG_SUBNETS_V6 == 0 {
        return NO_RULE;
    }
    keys.v6 = Key::new(128, PrefixV6(address.bytes()));
    in_force(RULES_V6.get(&keys.v6), second)
}

/// The rule for the pair of subnets that hold both ends.
#[inline(always)]
fn pair(flags: u32, source: Address, destination: Address) -> Rule {
    let second = flags & FLAG_PAIRS_SECOND != 0;
    let one = group(groups(source), second);
    if one == 0 {
        return NO_RULE;
    }
    let other = group(groups(destination), second);
    if other == 0 {
        return NO_RULE;
    }
    // SAFETY: `get` is unsafe because an entry may be replaced while it is read. These keys carry their
    // generation, and entries of the generation in force are not written; the rule is copied at once.
    unsafe { RULES_PAIR.get(PairKey::new(one, other)) }
        .copied()
        .unwrap_or(NO_RULE)
}

#[inline(always)]
fn groups(address: Address) -> PairGroups {
    let none = PairGroups { groups: [0, 0] };
    let Some(keys) = PREFIX_KEYS.get_ptr_mut(0) else {
        return none;
    };
    // SAFETY: non-null, valid for the run and this CPU's own, as in `subnet`.
    let keys = unsafe { &mut *keys };
    if let Some(bytes) = address.as_v4() {
        keys.v4 = Key::new(32, PrefixV4(bytes));
        return PAIR_GROUPS_V4.get(&keys.v4).copied().unwrap_or(none);
    }
    keys.v6 = Key::new(128, PrefixV6(address.bytes()));
    PAIR_GROUPS_V6.get(&keys.v6).copied().unwrap_or(none)
}

#[inline(always)]
fn port(number: u16, second: bool) -> Rule {
    in_force(RULES_PORT.get(u32::from(number)), second)
}

#[inline(always)]
fn vlan(identifier: u16, second: bool) -> Rule {
    in_force(RULES_VLAN.get(u32::from(identifier)), second)
}

#[inline(always)]
fn mac(address: [u8; 8], second: bool) -> Rule {
    // SAFETY: `get` is unsafe because an entry may be replaced while it is read. The map is preallocated, so
    // the memory stays a rule: two words, copied at once. It may be the rule of another address, when the
    // entry was replaced and its memory taken for that one between look-up and copy; this frame is then
    // decided by it. Generations do not close this window of some nanoseconds.
    in_force(unsafe { RULES_MAC.get(&address) }, second)
}

/// The rule of the generation in force.
#[inline(always)]
fn in_force(generations: Option<&RuleGenerations>, second: bool) -> Rule {
    match generations {
        Some(generations) => generations.of(second),
        None => NO_RULE,
    }
}
