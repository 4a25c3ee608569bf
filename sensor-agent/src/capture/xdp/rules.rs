//! Filter rules: what to leave out, written into the maps of the program.
//!
//! Within one dimension (subnet, port, VLAN, MAC address) an exclude rule that matches leaves the
//! frame out; where a dimension has include rules, one of them must match; over dimensions all must
//! agree. Of nested subnets the longest prefix decides. Frames without addresses or ports pass the
//! dimensions they have nothing to say to, so ARP and link-layer protocols are left out by VLAN or
//! MAC address only.

use aya::Ebpf;
use aya::maps::lpm_trie::{Key, LpmTrie};
use aya::maps::{Array, HashMap, MapData, MapError, PerCpuArray};
use ipnet::IpNet;
use sensor_common::maps::{
    RULE_HITS, RULE_HITS_CAPACITY, RULES_MAC, RULES_PORT, RULES_V4, RULES_V6, RULES_VLAN,
};
use sensor_common::rule::{ACTION_EXCLUDE, ACTION_INCLUDE, PrefixV4, PrefixV6, Rule};
use sensor_common::settings::{
    FLAG_MACS, FLAG_MACS_INCLUDE, FLAG_PORTS, FLAG_PORTS_INCLUDE, FLAG_SUBNETS_INCLUDE,
    FLAG_SUBNETS_V4, FLAG_SUBNETS_V6, FLAG_VLANS, FLAG_VLANS_INCLUDE,
};
use sensor_protocols::addr::MacAddr;

use super::CaptureError;
use super::load::{map_error, missing};

/// What a rule looks at, at either end of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    Subnet(IpNet),
    /// TCP or UDP port.
    Port(u16),
    /// Innermost VLAN identifier, 0 for untagged frames.
    Vlan(u16),
    Mac(MacAddr),
}

/// What becomes of a frame that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Include,
    Exclude,
}

/// One filter rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterRule {
    pub what: Match,
    pub action: Action,
}

/// The rule maps of one loaded program.
pub(super) struct RuleTables {
    v4: LpmTrie<MapData, PrefixV4, Rule>,
    v6: LpmTrie<MapData, PrefixV6, Rule>,
    ports: Array<MapData, Rule>,
    vlans: Array<MapData, Rule>,
    macs: HashMap<MapData, [u8; 8], Rule>,
    hits: PerCpuArray<MapData, u64>,
}

impl RuleTables {
    pub(super) fn take(program: &mut Ebpf) -> Result<Self, CaptureError> {
        Ok(Self {
            v4: take(program, RULES_V4)?,
            v6: take(program, RULES_V6)?,
            ports: take(program, RULES_PORT)?,
            vlans: take(program, RULES_VLAN)?,
            macs: take(program, RULES_MAC)?,
            hits: take(program, RULE_HITS)?,
        })
    }

    /// Writes the rules; gives the `FLAG_` bits for the settings.
    ///
    /// The hit counter of a rule is its place in `rules`; of two rules for the same thing the later
    /// one stands.
    pub(super) fn write(&mut self, rules: &[FilterRule]) -> Result<u32, CaptureError> {
        let mut flags = 0;
        for (slot, rule) in (0..).zip(rules) {
            if slot >= RULE_HITS_CAPACITY {
                return Err(too_many(rules.len()));
            }
            flags |= self.write_one(rule, slot)?;
        }
        Ok(flags)
    }

    fn write_one(&mut self, rule: &FilterRule, slot: u32) -> Result<u32, CaptureError> {
        let value = Rule {
            action: match rule.action {
                Action::Include => ACTION_INCLUDE,
                Action::Exclude => ACTION_EXCLUDE,
            },
            hit_index: slot,
        };
        let (map, written, flag, include_flag) = match rule.what {
            Match::Subnet(IpNet::V4(net)) => {
                let prefix = PrefixV4(net.network().octets());
                let key = Key::new(u32::from(net.prefix_len()), prefix);
                let written = self.v4.insert(&key, value, 0);
                (RULES_V4, written, FLAG_SUBNETS_V4, FLAG_SUBNETS_INCLUDE)
            }
            Match::Subnet(IpNet::V6(net)) => {
                let prefix = PrefixV6(net.network().octets());
                let key = Key::new(u32::from(net.prefix_len()), prefix);
                let written = self.v6.insert(&key, value, 0);
                (RULES_V6, written, FLAG_SUBNETS_V6, FLAG_SUBNETS_INCLUDE)
            }
            Match::Port(port) => {
                let written = self.ports.set(u32::from(port), value, 0);
                (RULES_PORT, written, FLAG_PORTS, FLAG_PORTS_INCLUDE)
            }
            Match::Vlan(vlan) => {
                let written = self.vlans.set(u32::from(vlan), value, 0);
                (RULES_VLAN, written, FLAG_VLANS, FLAG_VLANS_INCLUDE)
            }
            Match::Mac(MacAddr([a, b, c, d, e, f])) => {
                let written = self.macs.insert([a, b, c, d, e, f, 0, 0], value, 0);
                (RULES_MAC, written, FLAG_MACS, FLAG_MACS_INCLUDE)
            }
        };
        written.map_err(|error| map_error(map, &error))?;
        Ok(match rule.action {
            // Addresses of both families must meet an include rule once there is one.
            Action::Include if flag == FLAG_SUBNETS_V4 || flag == FLAG_SUBNETS_V6 => {
                FLAG_SUBNETS_V4 | FLAG_SUBNETS_V6 | include_flag
            }
            Action::Include => flag | include_flag,
            Action::Exclude => flag,
        })
    }

    /// Hits of the first `count` rules.
    pub(super) fn hits(&self, count: usize) -> Result<Vec<u64>, CaptureError> {
        (0..RULE_HITS_CAPACITY)
            .take(count)
            .map(|slot| {
                let values = self
                    .hits
                    .get(&slot, 0)
                    .map_err(|error| map_error(RULE_HITS, &error))?;
                Ok(values
                    .iter()
                    .fold(0, |sum: u64, hits| sum.wrapping_add(*hits)))
            })
            .collect()
    }
}

fn take<M>(program: &mut Ebpf, name: &'static str) -> Result<M, CaptureError>
where
    M: TryFrom<aya::maps::Map, Error = MapError>,
{
    let map = program.take_map(name).ok_or_else(|| missing(name))?;
    M::try_from(map).map_err(|error| map_error(name, &error))
}

fn too_many(count: usize) -> CaptureError {
    CaptureError::Host {
        kind: "xdp",
        cause: format!(
            "{count} filter rules are more than the {RULE_HITS_CAPACITY} there is room for"
        ),
        remedy: "join subnets that lie side by side".to_owned(),
    }
}
