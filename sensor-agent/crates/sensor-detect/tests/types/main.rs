//! For every implemented alert type: traffic that raises it, and nearly the same traffic that does
//! not. All types are switched on; the baseline is empty and every type operational unless a case
//! says otherwise.

mod cases;
mod traffic;
#[path = "../world/mod.rs"]
mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use cases::cases;
use sensor_detect::catalogue::{Severity, catalogue, render};
use sensor_detect::detector::Command;
use sensor_detect::engines::registry;
use sensor_protocols::addr::MacAddr;
use sensor_protocols::observation::{Anomaly, Protocol};
use traffic::{pings, ports};
use world::{MASTER, World, end};

#[test]
fn a_dead_mirror_port_does_not_hide_behind_a_busy_one() {
    let mut w = World::default();
    for second in 0..400 {
        w.pass(Duration::from_secs(1));
        w.detector
            .interface(w.now(), "busy", second * 10, &mut w.found);
        w.detector.interface(w.now(), "dead", 7, &mut w.found);
    }
    let silent: Vec<String> = w
        .found
        .iter()
        .filter(|f| &*f.alert_type.id == "sensor_no_traffic")
        .map(render)
        .collect();
    assert_eq!(
        silent,
        ["Interface dead has received nothing for 300 seconds."]
    );
}

#[test]
fn broadcasts_to_a_subnet_are_no_burst_of_name_queries() {
    let mut everybody = end("10.0.0.255", 137);
    let count = |resolver| {
        let mut w = World::default();
        for at in 0..60 {
            w.query_in(Protocol::Nbns, MASTER, resolver, &format!("host-{at}"));
        }
        w.count("name_query_burst")
    };
    assert!(count(everybody) > 0, "a station may have that address");
    everybody.mac = MacAddr([0xff; 6]);
    assert_eq!(count(everybody), 0);
}

fn run(traffic: fn(&mut World)) -> World {
    let mut world = World::default();
    traffic(&mut world);
    world
}

#[test]
fn every_implemented_type_has_its_case() {
    let ids: BTreeSet<&str> = cases().map(|(id, ..)| *id).collect();
    let implemented: BTreeSet<&str> = registry::implemented().map(|r| r.id).collect();
    assert_eq!(ids, implemented);
    assert_eq!(ids.len(), cases().count());
    for t in catalogue() {
        assert_eq!(
            t.not_implemented.is_none(),
            ids.contains(&*t.id),
            "{}",
            t.id
        );
    }
}

#[test]
fn traffic_raises_its_type_with_every_value_the_message_uses() {
    for (id, raises, _) in cases() {
        let world = run(*raises);
        let finding = world.first(id);
        let declared = registry::implemented().find(|r| r.id == *id).unwrap();
        for value in declared.values {
            assert!(finding.get(value).is_some(), "{id} lacks {value}");
        }
        let message = render(finding);
        assert!(
            !message.contains("unknown") && !message.contains('{'),
            "{id}: {message}"
        );
    }
}

/// A wrong checksum is malformed; a message out of sequence, well-formed and common where a capture has
/// losses, is not.
#[test]
fn a_wrong_checksum_of_an_ot_message_is_malformed() {
    for (anomaly, count) in [(Anomaly::BadChecksum, 1), (Anomaly::OutOfSequence, 0)] {
        let mut world = World::default();
        world.odd(Protocol::Dnp3, anomaly);
        assert_eq!(world.count("malformed_ot_message"), count, "{anomaly:?}");
    }
}

#[test]
fn nearly_the_same_traffic_does_not_raise_it() {
    for (id, _, nearly) in cases() {
        let world = run(*nearly);
        assert_eq!(world.count(id), 0, "{id}: {:?}", world.ids());
    }
}

#[test]
fn a_finding_can_be_learned_exactly_when_its_type_says_so() {
    for (id, raises, _) in cases() {
        for finding in &run(*raises).found {
            assert_eq!(
                finding.tuple.is_some(),
                finding.alert_type.learnable,
                "{id}"
            );
        }
    }
}

#[test]
fn what_is_learned_from_an_alert_keeps_the_same_traffic_silent_until_it_is_unlearned() {
    for (id, raises, _) in cases() {
        if !catalogue().get(id).unwrap().learnable {
            continue;
        }
        let tuple = run(*raises).first(id).tuple.clone().unwrap();
        let mut world = World::default();
        assert!(world.detector.apply(Command::Learn(tuple.clone())), "{id}");
        assert!(
            !world.detector.apply(Command::Learn(tuple.clone())),
            "{id} twice"
        );
        assert!(world.detector.is_learned(&tuple), "{id}");
        raises(&mut world);
        assert_eq!(world.count(id), 0, "{id} is raised although it was learned");
        assert!(
            world.detector.apply(Command::Unlearn(tuple.clone())),
            "{id}"
        );
        assert!(!world.detector.is_learned(&tuple), "{id}");
        raises(&mut world);
        assert!(
            world.count(id) > 0,
            "{id} is not raised although it was unlearned"
        );
    }
}

#[test]
fn a_type_that_is_switched_off_is_not_raised() {
    for (id, raises, _) in cases() {
        let mut world = World::default();
        world.detector.apply(Command::SetEnabled {
            type_id: (*id).into(),
            enabled: false,
        });
        raises(&mut world);
        assert_eq!(world.count(id), 0, "{id}");
    }
}

#[test]
fn n_events_raise_one_finding_and_a_lasting_flood_one_per_crossing() {
    let mut world = World::default();
    pings(&mut world, 60);
    assert_eq!(world.count("icmp_flooding"), 1);
    assert_eq!(world.first("icmp_flooding").count, 60);
    pings(&mut world, 59);
    assert_eq!(world.count("icmp_flooding"), 1);
    pings(&mut world, 1);
    assert_eq!(world.count("icmp_flooding"), 2);
}

#[test]
fn severities_are_those_of_the_catalogue() {
    let world = run(|w| ports(w, 25));
    assert_eq!(
        world.first("port_scan").alert_type.severity,
        Severity::Critical
    );
}
