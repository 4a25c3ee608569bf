//! The filter rules of the configuration.
//!
//! Data in: the section `[capture]`. Data out: its rules, or what is wrong with them, by the key and the
//! position they stand at. Limits: those of [`check`].

use ipnet::IpNet;

use super::{Action, BadRules, FilterRule, Match, SubnetPair, check};
use crate::config::Capture;

/// A rule with its place: the key of its list and the position there, counted from one.
type Placed = (String, FilterRule);

/// The filters of the configuration as rules.
pub fn rules(capture: &Capture) -> Vec<FilterRule> {
    placed(capture).into_iter().map(|(_, rule)| rule).collect()
}

/// What is wrong with the filters of the configuration, where, and what to do.
pub fn problem(capture: &Capture) -> Option<String> {
    let placed = placed(capture);
    let rules: Vec<FilterRule> = placed.iter().map(|(_, rule)| *rule).collect();
    let bad = check(&rules).err()?;
    let place = |position: usize| placed.get(position).map_or("capture", |(place, _)| place);
    Some(match bad {
        BadRules::Twice { first, second } => {
            let what = rules.get(second).map(|rule| rule.what.to_string());
            format!(
                "{} and {} are both for {}; keep one of them",
                place(first),
                place(second),
                what.unwrap_or_default()
            )
        }
        BadRules::Vlan { position, .. } => format!("{}: {bad}", place(position)),
        BadRules::TooMany { .. } | BadRules::Pairs(_) => format!("capture: {bad}"),
    })
}

fn placed(capture: &Capture) -> Vec<Placed> {
    let pair = |(one, other): &(IpNet, IpNet)| Match::SubnetPair(SubnetPair::new(*one, *other));
    let subnet = |net: &IpNet| Match::Subnet(*net);
    let lists = [
        list(&capture.include_subnets, "include_subnets", subnet),
        list(&capture.include_subnet_pairs, "include_subnet_pairs", pair),
        list(&capture.include_ports, "include_ports", |port| {
            Match::Port(*port)
        }),
        list(&capture.include_vlans, "include_vlans", |vlan| {
            Match::Vlan(*vlan)
        }),
        list(&capture.include_macs, "include_macs", |mac| {
            Match::Mac(*mac)
        }),
        list(&capture.exclude_subnets, "exclude_subnets", subnet),
        list(&capture.exclude_subnet_pairs, "exclude_subnet_pairs", pair),
        list(&capture.exclude_ports, "exclude_ports", |port| {
            Match::Port(*port)
        }),
        list(&capture.exclude_vlans, "exclude_vlans", |vlan| {
            Match::Vlan(*vlan)
        }),
        list(&capture.exclude_macs, "exclude_macs", |mac| {
            Match::Mac(*mac)
        }),
    ];
    lists.into_iter().flatten().collect()
}

fn list<T>(values: &[T], key: &str, what: impl Fn(&T) -> Match) -> Vec<Placed> {
    let action = if key.starts_with("include") {
        Action::Include
    } else {
        Action::Exclude
    };
    let numbered = (1..).zip(values);
    let placed = numbered.map(|(number, value): (usize, &T)| {
        let what = what(value).trunc();
        (
            format!("capture.{key} (entry {number})"),
            FilterRule { what, action },
        )
    });
    placed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rules_for_one_thing_are_named_by_their_places() {
        let capture = Capture {
            include_subnets: vec!["10.1.0.0/16".parse().expect("a subnet")],
            exclude_subnets: vec![
                "10.2.0.0/16".parse().expect("a subnet"),
                "10.1.0.9/16".parse().expect("a subnet"),
            ],
            ..Capture::default()
        };
        assert_eq!(
            problem(&capture).as_deref(),
            Some(
                "capture.include_subnets (entry 1) and capture.exclude_subnets (entry 2) are both \
                 for subnet 10.1.0.0/16; keep one of them"
            )
        );
        assert_eq!(problem(&Capture::default()), None);
    }
}
