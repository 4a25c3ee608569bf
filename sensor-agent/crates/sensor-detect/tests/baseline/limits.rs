//! Focus, rates, caps, switches and cost: what bounds the detector.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::world::{MASTER, PLC, World, end, everything_on, function, registers};
use sensor_detect::catalogue::{Engine, Threshold};
use sensor_detect::detector::{
    Command, DetectorSettings, EngineState, Mode, OtFocus, SettingsError, TypeSettings,
};
use sensor_detect::settings::Limits;
use sensor_protocols::observation::{Anomaly, Protocol};

use crate::{ASSET, FC, learning, plant};

#[test]
fn devices_outside_known_ot_subnets_are_no_news() {
    let mut world = World::new(DetectorSettings {
        ot_subnets: vec!["10.0.0.0/24".parse().unwrap()],
        ot_focus: OtFocus::Off,
        ..everything_on()
    });
    world.started(Protocol::Tcp, end("192.168.9.9", 1), end(MASTER, 2));
    assert_eq!(world.count(ASSET), 0);
    world.started(Protocol::Tcp, end(PLC, 1), end(MASTER, 2));
    assert_eq!(world.count(ASSET), 1);
}

#[test]
fn ot_focus_passes_over_traffic_without_ot_except_for_malware() {
    let scan = |world: &mut World, target: &str| {
        for port in 0..30 {
            world.refused("192.168.9.9", target, 1000 + port);
        }
    };
    let settings = || DetectorSettings {
        ot_subnets: vec!["10.0.0.0/24".parse().unwrap()],
        ..everything_on()
    };
    let mut world = World::new(settings());
    scan(&mut world, "192.168.9.1");
    assert_eq!(world.count("port_scan"), 0);
    scan(&mut world, PLC);
    assert_eq!(world.count("port_scan"), 1);
    for query in 0..25 {
        world.query("192.168.9.9", "192.168.9.1", &format!("n{query}.example"));
    }
    assert_eq!(world.count("name_query_burst"), 1);
    let mut unfocused = World::default();
    scan(&mut unfocused, "192.168.9.1");
    assert_eq!(unfocused.count("port_scan"), 1);
}

#[test]
fn findings_beyond_the_rate_are_counted_instead_of_handed_out() {
    let mut world = World::new(DetectorSettings {
        findings_per_second: 10,
        ..DetectorSettings::default()
    });
    for _ in 0..25 {
        world.odd(Protocol::Modbus, Anomaly::BadLength);
    }
    assert_eq!(world.count("malformed_ot_message"), 10);
    let status = world.detector.status();
    let row = status
        .types
        .iter()
        .find(|t| &*t.type_id == "malformed_ot_message")
        .unwrap();
    assert_eq!((row.findings, row.suppressed), (10, 15));
    let engine = status
        .engines
        .iter()
        .find(|e| e.engine == Engine::ProtocolViolation)
        .unwrap();
    assert_eq!(engine.suppressed, 15);
    world
        .pass(Duration::from_secs(1))
        .odd(Protocol::Modbus, Anomaly::BadLength);
    assert_eq!(world.count("malformed_ot_message"), 11);
}

#[test]
fn a_full_baseline_refuses_and_says_so() {
    let limits = Limits {
        tuples: 3,
        ..Limits::default()
    };
    let mut world = World::new(DetectorSettings {
        limits,
        ..learning()
    });
    for code in 1..10 {
        world.ask(MASTER, PLC, function(code, None), None);
    }
    assert_eq!(world.detector.baseline().len(), 3);
    let status = world.detector.status();
    let table = status
        .tables
        .iter()
        .find(|t| t.name == "learned_tuples")
        .unwrap();
    assert_eq!((table.entries, table.capacity, table.refused), (3, 3, 6));
}

#[test]
fn channels_without_knowledge_make_room_and_learned_ones_stay() {
    let limits = Limits {
        channels: 4,
        ..Limits::default()
    };
    let mut world = World::new(DetectorSettings {
        limits,
        ..everything_on()
    });
    world.poll();
    let tuple = world.first(FC).tuple.clone().unwrap();
    world.detector.apply(Command::Learn(tuple.clone()));
    for host in 10..40 {
        world.ask(&format!("10.0.0.{host}"), PLC, function(3, None), None);
    }
    assert!(world.detector.is_learned(&tuple));
    let status = world.detector.status();
    let table = status.tables.iter().find(|t| t.name == "channels").unwrap();
    assert_eq!((table.entries, table.evicted), (4, 27));
}

#[test]
fn an_engine_can_be_switched_off_and_on() {
    let mut world = World::default();
    let switch = |enabled| Command::SetEngineEnabled {
        engine: Engine::PolicyViolation,
        enabled,
    };
    assert!(world.detector.apply(switch(false)));
    world.poll();
    assert_eq!(world.count(FC), 0);
    let off = world.detector.status().engines[1].state;
    assert_eq!(off, EngineState::Disabled);
    assert!(world.detector.apply(switch(true)));
    world.poll();
    assert_eq!(world.count(FC), 1);
}

#[test]
fn learned_traffic_costs_no_allocation() {
    let mut world = World::new(learning());
    plant(&mut world);
    world.detector.apply(Command::SetMode(Mode::Operational));
    let request = world.request(MASTER, PLC, function(3, None));
    let response = world.response(MASTER, PLC, function(3, None), None);
    let objects = [registers(0, 10)];
    let mut asked = request;
    asked.objects = &objects;
    let round = |world: &mut World| {
        world.detector.observe(&asked, &mut world.found);
        world.detector.observe(&response, &mut world.found);
    };
    round(&mut world);
    let used = allocation_counter::measure(|| (0..1000).for_each(|_| round(&mut world)));
    assert_eq!(used.count_total, 0);
    assert!(world.found.is_empty());
    let poll = world
        .detector
        .baseline()
        .into_iter()
        .find(|l| l.tuple.operation == Some(3));
    assert_eq!(
        poll.unwrap().count,
        1003,
        "sightings are counted all the same"
    );
}

#[test]
fn a_capture_older_than_the_one_before_is_judged_by_its_own_time() {
    let mut world = World::default();
    world.ping(MASTER, PLC);
    let mut older = World::default();
    older.detector = world.detector;
    older.back(Duration::from_hours(5)).wait(1);
    older.syn(MASTER, PLC, 502).wait(1);
    for port in 1..30 {
        older.syn(MASTER, PLC, port);
    }
    older.wait(2);
    assert_eq!(
        older.count("port_scan_unanswered"),
        0,
        "they can still be answered"
    );
    older.wait(2);
    assert!(older.count("port_scan_unanswered") > 0);
}

#[test]
fn a_threshold_can_be_set() {
    let settings = TypeSettings {
        enabled: Some(true),
        threshold: Some(Threshold {
            count: 3,
            window: Duration::from_secs(10),
        }),
        ..TypeSettings::default()
    };
    let mut world = World::new(DetectorSettings {
        types: BTreeMap::from([("icmp_flooding".to_owned(), settings)]),
        ..DetectorSettings::default()
    });
    world.ping(MASTER, PLC).ping(MASTER, PLC);
    assert_eq!(world.count("icmp_flooding"), 0);
    world.ping(MASTER, PLC);
    assert_eq!(world.count("icmp_flooding"), 1);
}

#[test]
fn settings_that_cannot_take_effect_are_named() {
    let with = |id: &str, threshold| {
        let settings = TypeSettings {
            threshold,
            ..TypeSettings::default()
        };
        (id.to_owned(), settings)
    };
    let zero = Some(Threshold {
        count: 0,
        window: Duration::ZERO,
    });
    let settings = DetectorSettings {
        types: BTreeMap::from([with("no_such", None), with("port_scan", zero)]),
        ..DetectorSettings::default()
    };
    let errors = settings.check().unwrap_err();
    assert_eq!(
        errors,
        [
            SettingsError::UnknownType {
                id: "no_such".to_owned()
            },
            SettingsError::ZeroThreshold {
                id: "port_scan".to_owned()
            },
        ]
    );
    assert!(DetectorSettings::default().check().is_ok());
}
