//! Subnet pairs of the kernel program on live frames: both families, nested subnets, and changes while
//! frames come in.

mod support;

use std::thread;
use std::time::Instant;

use anyhow::{Result, anyhow};
use sensor_agent::capture::Source;
use sensor_agent::capture::xdp::rules::{Action, FilterRule, Match, SubnetPair};
use sensor_agent::capture::xdp::{XdpSettings, XdpSource};
use sensor_e2e::frames::{ethernet, ipv4, ipv6, udp};
use sensor_e2e::inject::Injector;
use sensor_e2e::netns::{MIRROR, TRAFFIC};
use sensor_e2e::{PATIENCE, wait_for};

use support::{on_veth, polls, read};

fn pair(one: &str, other: &str, action: Action) -> Result<FilterRule> {
    let pair = SubnetPair::new(one.parse()?, other.parse()?);
    Ok(FilterRule {
        what: Match::SubnetPair(pair),
        action,
    })
}

fn v4(source: [u8; 4], destination: [u8; 4]) -> Vec<u8> {
    [
        ethernet(0x0800),
        ipv4(source, destination, 17, 8),
        udp(5000, 5001, 0),
    ]
    .concat()
}

fn v6(source: u8, destination: u8) -> Vec<u8> {
    let address = |last| {
        let mut bytes = [0; 16];
        bytes[0] = 0xfd;
        bytes[1] = last;
        bytes
    };
    let header = ipv6(address(source), address(destination), 17, 8);
    [ethernet(0x86dd), header, udp(5000, 5001, 0)].concat()
}

/// Sends frames and waits until the program has seen them all.
fn send(source: &XdpSource, injector: &Injector, frames: &[Vec<u8>]) -> Result<()> {
    let before = source.status().received;
    injector.send_paced(frames.iter().map(Vec::as_slice), 10_000)?;
    let all = before + u64::try_from(frames.len())?;
    wait_for("the frames", PATIENCE, || {
        Ok((source.status().received >= all).then_some(()))
    })
}

fn filtered(source: &XdpSource) -> u64 {
    let status = source.status();
    let reason = status
        .filtered
        .iter()
        .find(|(reason, _)| *reason == "subnet_pair");
    reason.map_or(0, |(_, count)| *count)
}

#[test]
fn traffic_between_two_subnets_is_left_out_either_way_and_counted_by_rule() -> Result<()> {
    on_veth(|_| {
        let rules = vec![
            pair("10.0.0.0/8", "192.0.2.0/24", Action::Exclude)?,
            // Nested in the first: its addresses must still meet that rule.
            pair("10.1.0.0/16", "198.51.100.0/24", Action::Exclude)?,
            pair("10.1.1.0/24", "192.0.2.0/24", Action::Include)?,
            pair("fd01::/16", "fd02::/16", Action::Exclude)?,
        ];
        let mut source = XdpSource::open(XdpSettings {
            rules,
            ..XdpSettings::new(MIRROR)
        })?;
        // With an include rule only what one of them names would come up, so that one goes.
        let injector = Injector::open(TRAFFIC)?;
        send(&source, &injector, &[v4([10, 1, 1, 1], [192, 0, 2, 1])])?;
        assert_eq!(filtered(&source), 0, "the longest pair decides");
        send(&source, &injector, &[v4([10, 3, 0, 1], [10, 4, 0, 1])])?;
        assert_eq!(filtered(&source), 1, "not named by an include rule");
        assert_eq!(source.rule_hits()?, [0, 0, 1, 0]);
        source.set_rules(&[
            pair("10.0.0.0/8", "192.0.2.0/24", Action::Exclude)?,
            pair("10.1.0.0/16", "198.51.100.0/24", Action::Exclude)?,
            pair("fd01::/16", "fd02::/16", Action::Exclude)?,
        ])?;
        let frames = [
            v4([10, 2, 0, 1], [192, 0, 2, 1]),
            v4([10, 1, 0, 1], [192, 0, 2, 1]),
            v4([192, 0, 2, 1], [10, 1, 0, 1]),
            v4([10, 1, 0, 1], [198, 51, 100, 1]),
            v4([10, 2, 0, 1], [198, 51, 100, 1]),
            v4([10, 1, 0, 1], [10, 1, 0, 2]),
            v6(1, 2),
            v6(2, 1),
            v6(1, 3),
            [ethernet(0x0806), vec![0; 28]].concat(),
        ];
        send(&source, &injector, &frames)?;
        assert_eq!(source.rule_hits()?, [3, 1, 2]);
        assert_eq!(filtered(&source), 1 + 6);
        let status = source.status();
        assert_eq!(status.received, 12);
        let sum: u64 = status
            .filtered
            .iter()
            .chain(&status.lost)
            .map(|(_, n)| n)
            .sum();
        assert_eq!(sum + status.counted + status.handed_up, 12, "{status:?}");
        let map = |name: &str| status.maps.iter().find(|map| map.name == name);
        let entries = ["pair_groups_v4", "pair_groups_v6", "rules_pair"]
            .map(|name| map(name).map_or(0, |map| map.entries));
        assert_eq!(entries, [4, 2, 4]);
        assert_eq!(read(&mut source, 5)?.len(), 5, "the others come up");
        Ok(())
    })
}

#[test]
fn a_pair_that_stays_decides_every_frame_while_others_come_and_go() -> Result<()> {
    on_veth(|bench| {
        let kept = pair("192.0.2.0/24", "192.0.2.0/24", Action::Exclude)?;
        // Each change cuts other subnets out of the kept pair's, so that its groups change.
        let sets = [
            vec![kept],
            vec![
                pair("192.0.2.1/32", "198.51.100.0/24", Action::Exclude)?,
                kept,
            ],
            vec![
                kept,
                pair("192.0.2.0/30", "203.0.113.0/24", Action::Exclude)?,
                pair("192.0.2.2/32", "203.0.113.0/25", Action::Exclude)?,
            ],
        ];
        let mut source = XdpSource::open(XdpSettings {
            rules: sets[0].clone(),
            ..XdpSettings::new(MIRROR)
        })?;
        let sent = polls(7000);
        let injector = Injector::open(TRAFFIC)?;
        let mut changes = 0_u32;
        thread::scope(|scope| -> Result<()> {
            let sender =
                scope.spawn(|| injector.send_paced(sent.iter().map(Vec::as_slice), 10_000));
            while !sender.is_finished() {
                for set in &sets {
                    source.set_rules(set)?;
                    changes += 1;
                }
            }
            let sent = sender.join();
            sent.map_err(|_| anyhow!("the sender panicked"))??;
            Ok(())
        })?;
        source.set_rules(&sets[0])?;
        assert!(changes > 3, "{changes} changes are no test");
        assert_eq!(bench.mirror_received()?, 7000);
        assert_eq!(filtered(&source), 7000, "{:?}", source.status());
        assert_eq!(source.rule_hits()?, [7000]);
        Ok(())
    })
}

#[test]
fn a_hundred_thousand_prefixes_load_in_pairs_and_make_room_for_others() -> Result<()> {
    on_veth(|_| {
        let host = |base: u32, n: u32| -> Result<_> {
            let [a, b, c, d] = (base + n).to_be_bytes();
            Ok(format!("{a}.{b}.{c}.{d}/32").parse()?)
        };
        let set = |base: u32| -> Result<Vec<FilterRule>> {
            let pairs = (0..50_000_u32).map(|n| {
                let what = SubnetPair::new(host(base, 2 * n)?, host(base, 2 * n + 1)?);
                Ok(FilterRule {
                    what: Match::SubnetPair(what),
                    action: Action::Exclude,
                })
            });
            let last = pair("192.0.2.1/32", "192.0.2.2/32", Action::Exclude);
            pairs.chain([last]).collect()
        };
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        let injector = Injector::open(TRAFFIC)?;
        let mut left_out = 0;
        // The second set shares nothing but its last pair with the first.
        for base in [0x0a00_0000_u32, 0x0b00_0000] {
            let rules = set(base)?;
            let started = Instant::now();
            source.set_rules(&rules)?;
            eprintln!("50001 pairs of 100002 prefixes: {:?}", started.elapsed());
            let [a, b, c, d] = base.to_be_bytes();
            send(&source, &injector, &[v4([a, b, c, d + 1], [a, b, c, d])])?;
            send(&source, &injector, &polls(10))?;
            left_out += 11;
            assert_eq!(filtered(&source), left_out);
            assert_eq!(source.rule_hits()?.first(), Some(&1));
        }
        assert_eq!(
            source.rule_hits()?.last(),
            Some(&20),
            "a pair that stays keeps its hits"
        );
        Ok(())
    })
}
