//! Learning: modes, memory over restarts, roles, and the limits of what is kept.

mod limits;
#[path = "../world/mod.rs"]
mod world;

use std::time::Duration;

use sensor_detect::baseline::{Tuple, TupleKind, TupleObject};
use sensor_detect::detector::{Command, DetectorSettings, Learned, Mode, Origin};
use sensor_detect::finding::PartyKey;
use sensor_protocols::observation::{Anomaly, Direction, Object, Observation, Protocol, Transport};
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
fn who_claims_a_name_in_llmnr_is_not_named_by_it() {
    for (protocol, named) in [(Protocol::Dns, true), (Protocol::Llmnr, false)] {
        let mut world = World::default();
        world.started(Protocol::Tcp, end(PLC, 1), end(MASTER, 2));
        let objects = [Object::Name("wpad"), Object::Address(PLC.parse().unwrap())];
        let answer = Observation {
            protocol,
            transport: Transport::Udp,
            direction: Direction::Response,
            objects: &objects,
            ..world.observation(end(PLC, 5355), end(MASTER, 40_000))
        };
        world.see(&answer);
        let names = |d: &sensor_detect::inventory::Device| d.names.contains("wpad");
        assert_eq!(world.detector.devices().any(names), named, "{protocol:?}");
    }
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
