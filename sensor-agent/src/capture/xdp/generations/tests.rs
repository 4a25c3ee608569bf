//! Walks every state of the maps between two sets of rules and asks for the verdict on each frame.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;
use sensor_common::rule::{ACTION_EXCLUDE, ACTION_INCLUDE, ACTION_NONE};
use sensor_ebpf::filter::decide;

use super::*;
use crate::capture::filter::{Action, FilterRule};

/// Subnets that lie inside each other, and one beside them.
const SUBNETS: [&str; 7] = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.1.0/24",
    "10.1.1.1/32",
    "10.2.0.0/16",
    "192.0.2.0/24",
];

/// An address for each of them that no longer one holds, and one of 10.0.0.0/8 alone.
const ADDRESSES: [[u8; 4]; 7] = [
    [198, 51, 100, 1],
    [10, 9, 0, 1],
    [10, 1, 9, 1],
    [10, 1, 1, 9],
    [10, 1, 1, 1],
    [10, 2, 0, 1],
    [192, 0, 2, 1],
];

const PORTS: [u16; 3] = [1, 2, 3];

/// For each subnet and port no rule, include, or exclude.
type Choice = ([u8; SUBNETS.len()], [u8; PORTS.len()]);

fn rules((subnets, ports): &Choice) -> Vec<FilterRule> {
    let nets = SUBNETS.iter().zip(subnets).map(|(net, choice)| {
        let net = net.parse().expect("a subnet");
        (Match::Subnet(net), *choice)
    });
    let ports = PORTS.iter().zip(ports);
    let ports = ports.map(|(port, choice)| (Match::Port(*port), *choice));
    let chosen = nets.chain(ports).filter_map(|(what, choice)| {
        let action = match choice {
            1 => Action::Include,
            2 => Action::Exclude,
            _ => return None,
        };
        Some(FilterRule { what, action })
    });
    chosen.collect()
}

/// The rules as they stand in the maps; each thing has its own slot of hits.
fn wanted(rules: &[FilterRule]) -> Wanted {
    let mut wanted = Wanted::default();
    for rule in rules {
        wanted.insert(rule.what, value(rule));
    }
    wanted
}

fn value(rule: &FilterRule) -> Rule {
    let hit_index = match rule.what {
        Match::Subnet(net) => SUBNETS.iter().position(|text| *text == net.to_string()),
        Match::Port(port) => PORTS
            .iter()
            .position(|known| *known == port)
            .map(|n| n + 100),
        Match::SubnetPair(_) | Match::Vlan(_) | Match::Mac(_) => None,
    };
    let hit_index = u32::try_from(hit_index.expect("a known thing")).expect("small");
    let action = match rule.action {
        Action::Include => ACTION_INCLUDE,
        Action::Exclude => ACTION_EXCLUDE,
    };
    Rule { action, hit_index }
}

/// What the program reads once for a frame.
#[derive(Clone, Copy)]
struct Flags {
    second: bool,
    subnets_include: bool,
    ports_include: bool,
}

fn flags(rules: &[FilterRule], second: bool) -> Flags {
    let includes = |is: fn(&Match) -> bool| {
        let mut ours = rules.iter().filter(|rule| is(&rule.what));
        ours.any(|rule| rule.action == Action::Include)
    };
    Flags {
        second,
        subnets_include: includes(|what| matches!(what, Match::Subnet(_))),
        ports_include: includes(|what| matches!(what, Match::Port(_))),
    }
}

/// What the program finds in the maps for an address and a port.
fn looked_up(maps: &Generations, second: bool, (address, port): ([u8; 4], u16)) -> [Rule; 2] {
    let address = IpAddr::V4(Ipv4Addr::from(address));
    let holding = maps
        .subnets
        .iter()
        .filter(|(net, _)| net.contains(&address));
    let longest = holding.max_by_key(|(net, _)| net.prefix_len());
    let subnet = longest.map_or(NO_RULE, |(_, stands)| stands.of(second));
    [subnet, maps.standing(Match::Port(port)).of(second)]
}

/// Verdict on a frame, and the slots whose hits it moves.
type Outcome = (bool, Vec<u32>);

/// As the program decides: subnets, then ports; hits of the rules that decided.
fn decided(flags: Flags, [one, other]: [[Rule; 2]; 2]) -> Outcome {
    let mut hits = Vec::new();
    for (dimension, include) in [flags.subnets_include, flags.ports_include]
        .into_iter()
        .enumerate()
    {
        let decision = decide(one[dimension], other[dimension], include);
        if decision.rule.action != ACTION_NONE {
            hits.push(decision.rule.hit_index);
        }
        if !decision.pass {
            return (false, hits);
        }
    }
    (true, hits)
}

/// Every frame between two addresses and two ports.
fn verdicts(maps: &Generations, flags: Flags) -> Vec<Outcome> {
    let ends = || {
        let ends = ADDRESSES
            .iter()
            .flat_map(|address| PORTS.map(|port| (*address, port)));
        ends.map(|end| looked_up(maps, flags.second, end))
    };
    let pairs = ends().flat_map(|one| ends().map(move |other| [one, other]));
    pairs.map(|pair| decided(flags, pair)).collect()
}

/// What the rules say, without maps.
fn said(rules: &[FilterRule]) -> Vec<Outcome> {
    let mut maps = Generations::default();
    for rule in rules {
        let value = value(rule);
        maps.note(Write::Put(
            rule.what,
            RuleGenerations {
                rules: [value, value],
            },
        ));
    }
    verdicts(&maps, flags(rules, false))
}

/// Puts writes into an order that no sorting explains.
fn shuffled(mut writes: Vec<Write>, mut seed: u64) -> Vec<Write> {
    for last in (1..writes.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let other = usize::try_from(seed >> 33).expect("31 bits") % (last + 1);
        writes.swap(last, other);
    }
    writes
}

/// Writes one after the other; after each, every frame must have the outcome it had.
fn walk(maps: &mut Generations, writes: &[Write], flags: Flags, outcome: &[Outcome]) {
    for write in writes {
        maps.note(*write);
        assert_eq!(verdicts(maps, flags), outcome, "after {write:?}");
    }
}

/// One change, written whole or up to `stop`; says whether it took effect.
fn change(
    maps: &mut Generations,
    old: &[FilterRule],
    new: &[FilterRule],
    seed: u64,
    stop: usize,
) -> bool {
    let before = flags(old, maps.second());
    let writes = shuffled(maps.next(&wanted(new)), seed);
    let (old_outcome, new_outcome) = (said(old), said(new));
    let stopped = stop < writes.len();
    walk(
        maps,
        &writes[..stop.min(writes.len())],
        before,
        &old_outcome,
    );
    if !stopped {
        maps.prepared(wanted(new));
        maps.switch();
        // A frame that read the settings before the switch finds its generation still.
        assert_eq!(verdicts(maps, before), old_outcome);
    }
    let (rules, outcome) = if stopped {
        (old, old_outcome)
    } else {
        (new, new_outcome)
    };
    let now = flags(rules, maps.second());
    assert_eq!(verdicts(maps, now), outcome);
    let leftovers = shuffled(maps.leftovers(), !seed);
    // Tidying up may be cut short too, and the next change then meets what is left.
    let kept = if seed.is_multiple_of(3) {
        leftovers.len() / 2
    } else {
        leftovers.len()
    };
    walk(maps, &leftovers[..kept], now, &outcome);
    !stopped
}

fn choices() -> impl Strategy<Value = Choice> {
    (
        proptest::array::uniform7(0..3_u8),
        proptest::array::uniform3(0..3_u8),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_frame_meets_the_old_rules_or_the_new_ones(
        sets in proptest::collection::vec((choices(), any::<u64>(), any::<prop::sample::Index>(), any::<bool>()), 1..6)
    ) {
        let mut maps = Generations::default();
        let mut old = Vec::new();
        for (choice, seed, stop, stops) in sets {
            let new = rules(&choice);
            let stop = if stops { stop.index(12) } else { usize::MAX };
            if change(&mut maps, &old, &new, seed, stop) {
                old = new;
            }
        }
    }
}

fn rule(what: &str, action: Action) -> FilterRule {
    let what = Match::Subnet(what.parse().expect("a subnet"));
    FilterRule { what, action }
}

#[test]
fn the_walk_finds_what_writing_in_place_does() {
    // Both sets exclude what goes between 10.1.0.0/16 and 10.2.0.0/16.
    let old = [
        rule("10.0.0.0/8", Action::Include),
        rule("10.1.0.0/16", Action::Exclude),
    ];
    let new = [
        rule("10.1.0.0/16", Action::Include),
        rule("10.2.0.0/16", Action::Exclude),
    ];
    let [old_outcome, new_outcome] = [&old, &new].map(|rules| said(rules));
    let mut maps = Generations::default();
    for rule in &old {
        let value = value(rule);
        maps.note(Write::Put(
            rule.what,
            RuleGenerations {
                rules: [value, value],
            },
        ));
    }
    // The longest prefixes first, and yet.
    let value = value(&new[0]);
    maps.note(Write::Put(
        new[0].what,
        RuleGenerations {
            rules: [value, value],
        },
    ));
    let between = verdicts(&maps, flags(&old, false));
    let neither = between.iter().zip(old_outcome.iter().zip(&new_outcome));
    let mut neither = neither.filter(|(now, (old, new))| now.0 != old.0 && now.0 != new.0);
    assert!(
        neither.next().is_some(),
        "the frames between both subnets pass"
    );
}

#[test]
fn a_change_of_one_rule_writes_little_and_leaves_nothing() {
    let old: Vec<FilterRule> = (0..=255)
        .map(|n| rule(&format!("10.{n}.0.0/16"), Action::Exclude))
        .collect();
    let all = |rules: &[FilterRule]| {
        let mut wanted = Wanted::default();
        for (hit_index, rule) in (0..).zip(rules) {
            let action = ACTION_EXCLUDE;
            wanted.insert(rule.what, Rule { action, hit_index });
        }
        wanted
    };
    let mut maps = Generations::default();
    for (rules, before, after) in [(&old[..], 256, 256), (&old[..255], 1, 1), (&old[..], 1, 1)] {
        let writes = maps.next(&all(rules));
        assert_eq!(writes.len(), before);
        for write in writes {
            maps.note(write);
        }
        maps.prepared(all(rules));
        maps.switch();
        let leftovers = maps.leftovers();
        assert_eq!(leftovers.len(), after);
        for write in leftovers {
            maps.note(write);
        }
        assert_eq!(maps.entries().count(), rules.len());
        assert!(maps.leftovers().is_empty());
    }
}
