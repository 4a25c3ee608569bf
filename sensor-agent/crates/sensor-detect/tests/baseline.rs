//! Learning: modes, memory over restarts, roles, and the limits of what is kept.

mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use sensor_detect::baseline::{Tuple, TupleKind, TupleObject};
use sensor_detect::catalogue::{Engine, Threshold};
use sensor_detect::detector::{
    Command, DetectorSettings, EngineState, Learned, Mode, Origin, OtFocus, SettingsError,
    TypeSettings,
};
use sensor_detect::finding::PartyKey;
use sensor_detect::settings::Limits;
use sensor_protocols::observation::{Anomaly, Protocol};
use world::{MASTER, PLC, World, end, everything_on, function, registers};

const FC: &str = "modbus_unpermitted_function_code";
const RANGE: &str = "modbus_address_range_violation";
const ASSET: &str = "new_asset_detected";

fn learning() -> DetectorSettings {
    DetectorSettings {
        mode: Mode::Learning,
        ..everything_on()
    }
}

/// Ordinary traffic of a small plant.
fn plant(world: &mut World) {
    world.started(Protocol::Tcp, end(MASTER, 40000), end(PLC, 502));
    world.started(Protocol::Tcp, end(PLC, 502), end(MASTER, 40000));
    world.poll().poll();
    world.ask(MASTER, PLC, function(6, None), Some(registers(40, 1)));
    world.answer(MASTER, PLC, function(6, None), None);
    world.query(MASTER, PLC, "Historian.Plant.example");
    world.connect(MASTER, "8.8.8.8", 443);
    world.ask(MASTER, PLC, function(90, Some(0x30)), None);
}

#[test]
fn learned_traffic_raises_nothing_afterwards() {
    let mut world = World::new(learning());
    plant(&mut world);
    assert_eq!(world.ids(), Vec::<&str>::new());
    world.detector.apply(Command::SetMode(Mode::Operational));
    plant(&mut world);
    world.query(MASTER, PLC, "HISTORIAN.plant.EXAMPLE");
    assert_eq!(world.ids(), Vec::<&str>::new());
}

#[test]
fn learning_counts_what_it_kept_back() {
    let mut world = World::new(learning());
    plant(&mut world);
    let changes = world.detector.take_changes();
    let count = |id: &str| {
        let found = changes
            .would_have_alerted
            .iter()
            .find(|w| &*w.type_id == id);
        found.map_or(0, |w| w.count)
    };
    assert_eq!(count(FC), 2, "functions 3 and 6, once each");
    assert_eq!(count(RANGE), 2);
    assert_eq!(count(ASSET), 2);
    assert!(world.detector.take_changes().would_have_alerted.is_empty());
}

#[test]
fn engines_without_a_baseline_work_while_learning() {
    let mut world = World::new(learning());
    world.odd(Protocol::Modbus, Anomaly::BadLength);
    assert_eq!(world.ids(), ["malformed_ot_message"]);
}

#[test]
fn malformed_requests_teach_no_objects() {
    let mut world = World::new(learning());
    let request = world.request(MASTER, PLC, function(3, None));
    let objects = [registers(0, 60_000)];
    let mut bad = request;
    bad.objects = &objects;
    bad.anomalies.insert(Anomaly::BadValue);
    world.detector.observe(&bad, &mut world.found);
    let learned = world.detector.baseline();
    assert!(learned.iter().all(|l| l.tuple.kind != TupleKind::Object));
}

#[test]
fn an_operation_learned_by_hand_may_address_any_object() {
    let mut world = World::default();
    world.poll();
    let tuple = world.first(FC).tuple.clone().unwrap();
    world.found.clear();
    world.detector.apply(Command::Learn(tuple));
    world.poll();
    world.ask(MASTER, PLC, function(3, None), Some(registers(5000, 10)));
    assert_eq!(world.count(FC) + world.count(RANGE), 0);
}

#[test]
fn a_learned_range_is_one_tuple_and_its_unlearning_leaves_the_others() {
    let mut world = World::new(learning());
    world.ask(MASTER, PLC, function(3, None), Some(registers(0, 10)));
    world.detector.apply(Command::SetMode(Mode::Operational));
    world.ask(MASTER, PLC, function(3, None), Some(registers(20, 10)));
    let tuple = world.first(RANGE).tuple.clone().unwrap();
    assert_eq!(
        tuple.object,
        Some(TupleObject::Range {
            table: "holding_register".into(),
            station: 1,
            first: 20,
            last: 29,
        })
    );
    world.detector.apply(Command::Learn(tuple.clone()));
    world.found.clear();
    world.ask(MASTER, PLC, function(3, None), Some(registers(20, 10)));
    assert_eq!(world.count(RANGE), 0);
    world.detector.apply(Command::Unlearn(tuple));
    world.ask(MASTER, PLC, function(3, None), Some(registers(20, 10)));
    world.ask(MASTER, PLC, function(3, None), Some(registers(0, 10)));
    assert_eq!(world.count(RANGE), 1);
}

#[test]
fn what_was_kept_serves_the_next_run() {
    let mut first = World::new(learning());
    plant(&mut first);
    let devices: Vec<_> = first.detector.devices().cloned().collect();
    let kept = first.detector.take_changes();
    let mut sorted = kept.learned.clone();
    sorted.sort_by(|a, b| a.tuple.cmp(&b.tuple));
    let tuples =
        |learned: &[Learned]| -> Vec<Tuple> { learned.iter().map(|l| l.tuple.clone()).collect() };
    assert_eq!(tuples(&sorted), tuples(&first.detector.baseline()));
    assert_eq!(kept.devices.len(), 2);

    let mut second = World::default();
    second.detector.restore(kept.learned, devices);
    assert!(second.detector.take_changes().is_empty());
    plant(&mut second);
    assert_eq!(second.ids(), Vec::<&str>::new());
    assert_eq!(second.detector.devices().map(|d| d.id).max(), Some(2));
}

#[test]
fn the_baseline_is_listed_in_one_order_with_its_history() {
    let run = || {
        let mut world = World::new(learning());
        plant(&mut world);
        world.detector.baseline()
    };
    let learned = run();
    assert_eq!(learned, run());
    assert!(learned.is_sorted_by(|a, b| a.tuple < b.tuple));
    let poll = learned
        .iter()
        .find(|l| l.tuple.kind == TupleKind::Operation && l.tuple.operation == Some(3))
        .unwrap();
    assert_eq!((poll.origin, poll.count), (Origin::Traffic, 2));
}

#[test]
fn a_type_can_learn_while_the_others_are_operational() {
    let mut world = World::default();
    world.detector.apply(Command::SetTypeMode {
        type_id: FC.into(),
        mode: Some(Mode::Learning),
    });
    world.poll();
    assert_eq!(world.count(FC), 0);
    world.detector.apply(Command::SetTypeMode {
        type_id: FC.into(),
        mode: None,
    });
    world.ask(MASTER, PLC, function(5, None), None);
    assert_eq!(world.count(FC), 1);
}

#[test]
fn dynamic_mode_ends_per_type_when_its_baseline_is_stable() {
    let mut world = World::new(DetectorSettings {
        mode: Mode::Dynamic,
        dynamic_stable_for: Duration::from_hours(1),
        ..everything_on()
    });
    let ask = |w: &mut World, code| _ = w.ask(MASTER, PLC, function(code, None), None);
    ask(&mut world, 1);
    world.pass(Duration::from_mins(59));
    ask(&mut world, 2);
    world.pass(Duration::from_mins(59));
    ask(&mut world, 3);
    assert_eq!(world.count(FC), 0, "each new function extends the learning");
    world.pass(Duration::from_hours(1));
    ask(&mut world, 4);
    assert_eq!(world.count(FC), 1);
    let changes = world.detector.take_changes();
    assert!(changes.became_operational.iter().any(|id| &**id == FC));
    ask(&mut world, 1);
    assert_eq!(world.count(FC), 1);
}

#[test]
fn a_new_device_is_reported_and_its_traffic_learned_for_the_set_time() {
    let mut world = World::new(DetectorSettings {
        new_device_learning: Duration::from_hours(24),
        ..everything_on()
    });
    world.started(Protocol::Tcp, end(MASTER, 40000), end(PLC, 502));
    world.poll();
    assert_eq!(
        (world.count(ASSET), world.count(FC)),
        (2, 0),
        "both devices"
    );
    world.pass(Duration::from_hours(25));
    world.ask(MASTER, PLC, function(5, None), None);
    assert_eq!(world.count(FC), 1);
}

#[test]
fn by_default_a_new_device_gets_no_time_to_teach() {
    let mut world = World::default();
    world.started(Protocol::Tcp, end(MASTER, 40000), end(PLC, 502));
    world.poll();
    assert!(world.count(FC) > 0);
}

#[test]
fn roles_are_tuples_and_show_on_the_device() {
    let mut world = World::default();
    world.started(Protocol::Tcp, end(MASTER, 1), end(PLC, 2));
    let role = |kind| Tuple {
        kind,
        source: PartyKey::Ip(MASTER.parse().unwrap()),
        destination: None,
        protocol: Protocol::Ethernet,
        operation: None,
        sub_operation: None,
        object: None,
    };
    for kind in [
        TupleKind::Device,
        TupleKind::Scanner,
        TupleKind::ProgrammingDevice,
    ] {
        world.detector.apply(Command::Learn(role(kind)));
    }
    let device = world.detector.devices().next().unwrap();
    assert!(device.authorised && device.scanner && device.programming);
    world
        .detector
        .apply(Command::Unlearn(role(TupleKind::Scanner)));
    let device = world.detector.devices().next().unwrap();
    assert!(device.authorised && !device.scanner);
    assert_eq!(
        world.detector.take_changes().unlearned,
        [role(TupleKind::Scanner)]
    );
}

#[test]
fn a_device_is_reported_under_one_name_whatever_address_it_uses() {
    let mut world = World::default();
    let mut v6 = end(PLC, 1);
    v6.ip = Some("fe80::2".parse().unwrap());
    world.started(Protocol::Udp, v6, end(MASTER, 1));
    world.started(Protocol::Udp, end(PLC, 1), end(MASTER, 1));
    let keys: Vec<_> = world
        .found
        .iter()
        .filter(|f| &*f.alert_type.id == ASSET)
        .map(sensor_detect::finding::Finding::key)
        .collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
}

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
