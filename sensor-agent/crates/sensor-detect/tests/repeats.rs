//! Repeats that the kernel program only counted have the effect that each of them would have had.

mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use sensor_detect::detector::{DetectorSettings, Mode};
use sensor_protocols::observation::{Direction, Observation, Outcome, Protocol, Repeats};

use world::{MASTER, PLC, World, end, everything_on, function, registers};

/// `count` requests to read, `gap` apart, told one by one or in one record.
fn read(world: &mut World, count: u64, gap: Duration, told_at_once: bool) {
    let first = world.now();
    let objects = [registers(0, 10)];
    let mut observation = Observation {
        protocol: Protocol::Modbus,
        direction: Direction::Request,
        operation: function(3, None),
        station: Some(1),
        objects: &objects,
        ..world.observation(end(MASTER, 40000), end(PLC, 502))
    };
    if !told_at_once {
        for n in 0..count {
            if n > 0 {
                world.pass(gap);
            }
            observation.time = world.now();
            world.see(&observation);
        }
        return;
    }
    for _ in 1..count {
        world.pass(gap);
    }
    let repeats = Repeats {
        first,
        last: world.now(),
        min_gap: gap,
        max_gap: gap,
    };
    world.see(&Observation {
        time: repeats.last,
        count,
        repeats: Some(&repeats),
        ..observation
    });
}

fn respond(world: &mut World, count: u64, repeats: Option<&Repeats>) {
    let observation = Observation {
        protocol: Protocol::Modbus,
        direction: Direction::Response,
        operation: function(3, None),
        station: Some(1),
        outcome: Outcome::Ok,
        count,
        repeats,
        ..world.observation(end(PLC, 502), end(MASTER, 40000))
    };
    world.see(&observation);
}

fn operational() -> DetectorSettings {
    DetectorSettings {
        mode: Mode::Operational,
        ..everything_on()
    }
}

/// Messages of each alert.
fn counts(world: &World) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for finding in &world.found {
        *counts.entry(finding.key().to_string()).or_default() += finding.count;
    }
    counts
}

/// What the status shows of each type.
fn figures(world: &World) -> Vec<(String, u64, u64, u64)> {
    let types = world.detector.status().types.into_iter();
    types
        .map(|t| {
            let id = t.type_id.to_string();
            (id, t.findings, t.suppressed, t.would_have_alerted)
        })
        .collect()
}

/// Lets the same happen both ways.
fn both_ways(settings: &DetectorSettings, happen: impl Fn(&mut World, bool)) -> [World; 2] {
    [false, true].map(|told_at_once| {
        let mut world = World::new(settings.clone());
        happen(&mut world, told_at_once);
        world
    })
}

#[test]
fn an_operation_that_nobody_learned_is_counted_in_full() {
    let [one_by_one, at_once] = both_ways(&operational(), |world, at_once| {
        read(world, 500, Duration::from_millis(10), at_once);
    });
    assert_eq!(counts(&one_by_one), counts(&at_once));
    assert_eq!(
        counts(&at_once).values().max(),
        Some(&500),
        "{:?}",
        counts(&at_once)
    );
}

#[test]
fn the_rate_limit_takes_as_many_of_each_second() {
    let settings = DetectorSettings {
        findings_per_second: 7,
        ..operational()
    };
    let [one_by_one, at_once] = both_ways(&settings, |world, at_once| {
        read(world, 333, Duration::from_millis(9), at_once);
    });
    assert_eq!(counts(&one_by_one), counts(&at_once));
    assert_eq!(figures(&one_by_one), figures(&at_once));
}

#[test]
fn what_is_learned_has_the_same_history() {
    let settings = DetectorSettings {
        mode: Mode::Learning,
        ..everything_on()
    };
    let [one_by_one, at_once] = both_ways(&settings, |world, at_once| {
        read(world, 250, Duration::from_millis(9), at_once);
        read(world, 40, Duration::from_millis(9), at_once);
    });
    let learned = |world: &World| {
        let tuples = world.detector.baseline().into_iter();
        tuples
            .map(|l| format!("{:?} {:?} {}", l.tuple, l.last_seen, l.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(learned(&one_by_one), learned(&at_once));
    assert_eq!(figures(&one_by_one), figures(&at_once));
}

/// A controller that answered once.
fn alive() -> World {
    let mut world = World::default();
    read(&mut world, 1, Duration::ZERO, false);
    respond(&mut world, 1, None);
    world
}

const SILENT: &str = "modbus_device_unresponsive";

#[test]
fn counted_requests_were_answered() {
    let mut world = alive();
    read(&mut world, 100, Duration::from_millis(10), true);
    assert_eq!(world.wait(10).count(SILENT), 0);
}

#[test]
fn answers_told_late_are_none_to_the_requests_after_them() {
    let gap = Duration::from_millis(100);
    let mut world = alive();
    world.pass(gap);
    let last = world.now();
    world.pass(gap);
    read(&mut world, 3, gap, false);
    let late = Repeats {
        first: last,
        last,
        min_gap: gap,
        max_gap: gap,
    };
    respond(&mut world, 5, Some(&late));
    assert_eq!(world.wait(10).count(SILENT), 1);
}

#[test]
fn answers_told_late_are_answers_to_the_requests_before_them() {
    let gap = Duration::from_millis(100);
    let mut world = alive();
    world.pass(gap);
    read(&mut world, 3, gap, false);
    let now = world.now().after(gap);
    let late = Repeats {
        first: now,
        last: now,
        min_gap: gap,
        max_gap: gap,
    };
    respond(&mut world, 5, Some(&late));
    assert_eq!(world.wait(10).count(SILENT), 0);
}
