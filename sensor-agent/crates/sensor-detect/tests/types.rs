//! For every implemented alert type: traffic that raises it, and nearly the same traffic that does
//! not. All types are switched on; the baseline is empty and every type operational unless a case
//! says otherwise.

mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use sensor_detect::baseline::{Tuple, TupleKind};
use sensor_detect::catalogue::{Severity, catalogue, render};
use sensor_detect::detector::Command;
use sensor_detect::engines::registry;
use sensor_detect::finding::PartyKey;
use sensor_protocols::addr::MacAddr;
use sensor_protocols::observation::{
    Anomaly, AnomalySet, Object, Observation, Protocol, conn, flow,
};
use world::{MASTER, PLC, World, end, function, registers};

/// One type: its id, what raises it, and what nearly does.
type Case = (&'static str, fn(&mut World), fn(&mut World));

const CASES: &[Case] = &[
    ("modbus_exception", |w| refuse(w, 1), |w| answer(w)),
    (
        "modbus_illegal_function_code",
        |w| refuse(w, 1),
        |w| refuse(w, 2),
    ),
    (
        "modbus_illegal_data_address",
        |w| refuse(w, 2),
        |w| refuse(w, 3),
    ),
    (
        "modbus_illegal_data_value",
        |w| refuse(w, 3),
        |w| refuse(w, 4),
    ),
    (
        "slave_unrecoverable_failure",
        |w| refuse(w, 4),
        |w| refuse(w, 6),
    ),
    (
        "modbus_exception_by_master",
        |w| odd_request(w, 129, Anomaly::WrongRole),
        |w| odd_request(w, 1, Anomaly::BadValue),
    ),
    (
        "modbus_function_code_zero",
        |w| odd_request(w, 0, Anomaly::BadValue),
        |w| odd_request(w, 1, Anomaly::BadValue),
    ),
    (
        "reserved_function_code",
        |w| odd_request(w, 9, Anomaly::ReservedCode),
        |w| odd_request(w, 90, Anomaly::ReservedCode),
    ),
    (
        "malformed_ethernet_frame",
        |w| odd(w, Protocol::Ethernet),
        |w| odd(w, Protocol::Arp),
    ),
    (
        "malformed_arp_message",
        |w| odd(w, Protocol::Arp),
        |w| odd(w, Protocol::Dns),
    ),
    (
        "malformed_ip_packet",
        |w| odd(w, Protocol::Ipv6),
        |w| odd(w, Protocol::Tcp),
    ),
    (
        "malformed_transport_segment",
        |w| odd(w, Protocol::Udp),
        |w| odd(w, Protocol::Ipv4),
    ),
    (
        "malformed_dns_message",
        |w| odd(w, Protocol::Dns),
        |w| odd(w, Protocol::Modbus),
    ),
    (
        "malformed_ot_message",
        |w| odd(w, Protocol::Modbus),
        |w| odd(w, Protocol::Tcp),
    ),
    (
        "foreign_protocol_on_ot_port",
        |w| _ = w.odd(Protocol::Modbus, Anomaly::NotThisProtocol),
        |w| _ = w.odd(Protocol::Dns, Anomaly::NotThisProtocol),
    ),
    (
        "unexpected_protocol_on_port",
        |w| _ = w.odd(Protocol::Dns, Anomaly::NotThisProtocol),
        |w| _ = w.odd(Protocol::Dns, Anomaly::BadLength),
    ),
    (
        "conflicting_overlap",
        |w| _ = w.odd(Protocol::Tcp, Anomaly::ConflictingOverlap),
        |w| _ = w.odd(Protocol::Tcp, Anomaly::LimitReached),
    ),
    (
        "illegal_protocol_version",
        |w| _ = w.odd(Protocol::Modbus, Anomaly::BadVersion),
        |w| _ = w.odd(Protocol::Modbus, Anomaly::BadLength),
    ),
    (
        "illegal_ip_address",
        |w| _ = w.odd(Protocol::Ipv4, Anomaly::IllegalAddress),
        |w| _ = w.odd(Protocol::Ipv4, Anomaly::BadLength),
    ),
    (
        "malformed_packets_excessive",
        |w| {
            odd(w, Protocol::Modbus);
            odd(w.pass(Duration::from_mins(10)), Protocol::Modbus);
        },
        |w| {
            odd(w, Protocol::Modbus);
            odd(w.pass(Duration::from_secs(601)), Protocol::Modbus);
        },
    ),
    (
        "port_zero_connection",
        |w| _ = w.syn(MASTER, PLC, 0),
        |w| _ = w.syn(MASTER, PLC, 1),
    ),
    (
        "modbus_unpermitted_function_code",
        |w| ask(w, 3, None),
        |w| {
            learn(w, operation(3, None));
            ask(w, 3, None);
        },
    ),
    (
        "modbus_restart_communications",
        |w| ask(w, 8, Some(1)),
        |w| ask(w, 8, Some(2)),
    ),
    (
        "modbus_force_listen_only",
        |w| ask(w, 8, Some(4)),
        |w| ask(w, 8, Some(0)),
    ),
    (
        "modbus_clear_counters",
        |w| ask(w, 8, Some(10)),
        |w| ask(w, 8, Some(11)),
    ),
    (
        "modbus_identification_read",
        |w| ask(w, 43, Some(14)),
        |w| ask(w, 43, Some(13)),
    ),
    (
        "modbus_unpermitted_schneider_extension",
        |w| ask(w, 90, Some(2)),
        |w| ask(w, 91, Some(2)),
    ),
    (
        "modbus_address_range_violation",
        |w| {
            teach_poll(w);
            w.ask(MASTER, PLC, function(3, None), Some(registers(5, 6)));
        },
        |w| {
            teach_poll(w);
            w.ask(MASTER, PLC, function(3, None), Some(registers(5, 5)));
        },
    ),
    (
        "modbus_unauthorized_exception_for_fc",
        |w| refuse(w, 2),
        |w| answer(w),
    ),
    (
        "modbus_firmware_changed",
        |w| {
            _ = w
                .identify(PLC, Protocol::Modbus, "1.0")
                .identify(PLC, Protocol::Modbus, "1.1");
        },
        |w| {
            _ = w
                .identify(PLC, Protocol::Modbus, "1.0")
                .identify(PLC, Protocol::Modbus, "1.0");
        },
    ),
    (
        "firmware_version_changed",
        |w| {
            w.started(Protocol::Udp, end(PLC, 1), end(MASTER, 2));
            w.identify(PLC, Protocol::Udp, "1.0")
                .identify(PLC, Protocol::Udp, "1.1");
        },
        |w| {
            w.started(Protocol::Udp, end(PLC, 1), end(MASTER, 2));
            w.identify(PLC, Protocol::Udp, "1.0")
                .identify(PLC, Protocol::Udp, "1.0");
        },
    ),
    (
        "internet_access_detected",
        |w| _ = w.syn(MASTER, "8.8.8.8", 443),
        |w| _ = w.syn(MASTER, "10.8.8.8", 443),
    ),
    (
        "internet_connectivity_unauthorized",
        |w| _ = w.connect(MASTER, "8.8.8.8", 443),
        |w| _ = w.syn(MASTER, "8.8.8.8", 443),
    ),
    (
        "external_address_internet_comm",
        |w| _ = w.syn("9.9.9.9", "8.8.8.8", 443),
        |w| _ = w.syn("9.9.9.9", PLC, 443),
    ),
    (
        "name_query_unauthorized",
        |w| _ = w.query(MASTER, PLC, "example.com"),
        |w| _ = w.query(MASTER, "224.0.0.251", "example.com"),
    ),
    (
        "new_asset_detected",
        |w| _ = w.started(Protocol::Tcp, end(PLC, 1), end(MASTER, 2)),
        |w| {
            learn(w, party(TupleKind::Device, PLC));
            w.started(Protocol::Tcp, end(PLC, 1), end(MASTER, 2));
        },
    ),
    (
        "field_device_unexpected",
        |w| answer(w),
        |w| ask(w, 3, None),
    ),
    (
        "plc_unauthorized_programming",
        |w| ask(w, 90, Some(0x31)),
        |w| {
            learn(w, party(TupleKind::ProgrammingDevice, MASTER));
            ask(w, 90, Some(0x31));
        },
    ),
    (
        "plc_unauthorized_program_upload",
        |w| ask(w, 90, Some(0x34)),
        |w| ask(w, 90, Some(0x22)),
    ),
    (
        "controller_stop",
        |w| ask(w, 90, Some(0x41)),
        |w| ask(w, 90, Some(0x40)),
    ),
    (
        "eicar_test_file",
        |w| content(w, "eicar_test_file"),
        |w| content(w, "another_pattern"),
    ),
    (
        "denial_of_service_suspicion",
        |w| attempts(w, 3000, Duration::from_millis(20)),
        |w| attempts(w, 2999, Duration::from_millis(20)),
    ),
    ("name_query_burst", |w| queries(w, 25), |w| queries(w, 24)),
    (
        "excessive_sessions",
        |w| sessions(w, 50),
        |w| sessions(w, 49),
    ),
    ("icmp_flooding", |w| pings(w, 60), |w| pings(w, 59)),
    ("port_scan", |w| ports(w, 25), |w| ports(w, 24)),
    ("port_scan_unanswered", |w| ports(w, 5), |w| ports(w, 4)),
    (
        "address_scan",
        |w| addresses(w, 50, 2),
        |w| addresses(w, 49, 2),
    ),
    (
        "address_scan_long",
        |w| addresses(w, 50, 12),
        |w| addresses(w, 50, 13),
    ),
    (
        "address_scan_unanswered",
        |w| slow_scan(w, 8, Duration::from_mins(30)),
        |w| slow_scan(w, 7, Duration::from_mins(30)),
    ),
    (
        "plc_scan",
        |w| controllers(w, 10, 502),
        |w| controllers(w, 9, 502),
    ),
    (
        "arp_address_scan",
        |w| arp_requests(w, 40, 9),
        |w| arp_requests(w, 39, 9),
    ),
    (
        "arp_sweep",
        |w| arp_requests(w, 40, 3),
        |w| arp_requests(w, 40, 4),
    ),
    (
        "arp_spoofing",
        |w| arp_replies(w, 60),
        |w| arp_replies(w, 59),
    ),
    (
        "arp_binding_conflict",
        |w| arp_conflict(w, Duration::from_mins(5)),
        |w| arp_conflict(w, Duration::from_secs(301)),
    ),
    (
        "stealth_probe",
        |w| _ = w.conn(MASTER, PLC, 80, conn::PROBE),
        |w| _ = w.conn(MASTER, PLC, 80, conn::RESET),
    ),
    (
        "abnormal_exception_pattern",
        |w| refusals(w, 20, 6),
        |w| refusals(w, 19, 6),
    ),
    (
        "modbus_function_code_scan",
        |w| (60..68).for_each(|code| _ = w.refuse(code, 1, 1, registers(0, 1))),
        |w| (60..67).for_each(|code| _ = w.refuse(code, 1, 1, registers(0, 1))),
    ),
    (
        "modbus_point_scan",
        |w| (0..8).for_each(|at| _ = w.refuse(3, 2, 1, registers(at, 1))),
        |w| (0..8).for_each(|_| _ = w.refuse(3, 2, 1, registers(7, 1))),
    ),
    (
        "modbus_unit_scan",
        |w| (1..9).for_each(|unit| _ = w.refuse(3, 11, unit, registers(0, 1))),
        |w| (1..9).for_each(|_| _ = w.refuse(3, 11, 7, registers(0, 1))),
    ),
    ("device_unresponsive", |w| silence(w, 8), |w| silence(w, 7)),
    (
        "modbus_device_unresponsive",
        |w| unanswered(w, 3),
        |w| unanswered(w, 2),
    ),
    (
        "sensor_no_traffic",
        |w| quiet_interface(w, 300),
        |w| quiet_interface(w, 299),
    ),
    (
        "sensor_traffic_resumed",
        |w| {
            quiet_interface(w, 300);
            w.detector.interface(w.now(), "mirror0", 11, &mut w.found);
        },
        |w| {
            quiet_interface(w, 299);
            w.detector.interface(w.now(), "mirror0", 11, &mut w.found);
        },
    ),
];

fn refuse(w: &mut World, error: u32) {
    w.answer(MASTER, PLC, function(3, None), Some(error));
}

fn answer(w: &mut World) {
    w.answer(MASTER, PLC, function(3, None), None);
}

fn ask(w: &mut World, code: u32, sub: Option<u32>) {
    w.ask(MASTER, PLC, function(code, sub), None);
}

fn odd(w: &mut World, protocol: Protocol) {
    w.odd(protocol, Anomaly::BadLength);
}

fn odd_request(w: &mut World, code: u32, anomaly: Anomaly) {
    let request = w.request(MASTER, PLC, function(code, None));
    w.see(&Observation {
        anomalies: AnomalySet::of(anomaly),
        ..request
    });
}

fn content(w: &mut World, pattern: &str) {
    let observation = w.observation(end(MASTER, 40000), end(PLC, 80));
    let observation = Observation {
        operation: flow::CONTENT,
        objects: &[Object::Name(pattern)],
        ..observation
    };
    w.detector.observe(&observation, &mut w.found);
}

fn party(kind: TupleKind, address: &str) -> Tuple {
    Tuple {
        kind,
        source: PartyKey::Ip(address.parse().unwrap()),
        destination: None,
        protocol: Protocol::Ethernet,
        operation: None,
        sub_operation: None,
        object: None,
    }
}

fn operation(code: u32, sub: Option<u32>) -> Tuple {
    Tuple {
        kind: TupleKind::Operation,
        destination: Some(PartyKey::Ip(PLC.parse().unwrap())),
        protocol: Protocol::Modbus,
        operation: Some(code),
        sub_operation: sub,
        ..party(TupleKind::Operation, MASTER)
    }
}

fn learn(w: &mut World, tuple: Tuple) {
    assert!(w.detector.apply(Command::Learn(tuple)));
}

/// Function 3, registers 0 to 9, learned from traffic.
fn teach_poll(w: &mut World) {
    use sensor_detect::detector::Mode;
    w.detector.apply(Command::SetMode(Mode::Learning));
    w.poll();
    w.detector.apply(Command::SetMode(Mode::Operational));
}

fn attempts(w: &mut World, count: u32, gap: Duration) {
    for at in 0..count {
        let client = format!("10.1.{}.{}", at / 250, 1 + at % 250);
        w.pass(gap).syn(&client, PLC, 502);
    }
}

fn queries(w: &mut World, count: u32) {
    for at in 0..count {
        w.pass(Duration::from_secs(2))
            .query(MASTER, PLC, &format!("n{at}.example"));
    }
}

fn sessions(w: &mut World, count: u32) {
    for _ in 0..count {
        w.pass(Duration::from_secs(1)).connect(MASTER, PLC, 3389);
    }
}

fn pings(w: &mut World, count: u32) {
    for _ in 0..count {
        w.pass(Duration::from_secs(1)).ping(MASTER, PLC);
    }
}

fn ports(w: &mut World, count: u16) {
    for port in 1..=count {
        w.pass(Duration::from_secs(4))
            .refused(MASTER, PLC, 1000 + port);
    }
}

fn addresses(w: &mut World, count: u32, gap: u64) {
    for host in 0..count {
        w.pass(Duration::from_secs(gap))
            .connect(MASTER, &format!("10.9.{host}.7"), 8080);
    }
}

fn slow_scan(w: &mut World, count: u32, gap: Duration) {
    for host in 0..count {
        w.pass(gap)
            .syn(MASTER, &format!("10.{host}.0.7"), 445)
            .wait(4);
    }
}

fn controllers(w: &mut World, count: u32, port: u16) {
    for host in 0..count {
        w.syn(MASTER, &format!("10.9.{host}.7"), port).wait(4);
    }
}

fn arp_requests(w: &mut World, count: u32, gap: u64) {
    for host in 0..count {
        let target = format!("10.0.7.{host}");
        w.pass(Duration::from_secs(gap))
            .arp(1, end(MASTER, 0), MacAddr::BROADCAST, &target);
    }
}

fn arp_replies(w: &mut World, count: u32) {
    for _ in 0..count {
        w.pass(Duration::from_secs(1))
            .arp(2, end(MASTER, 0), end(PLC, 0).mac, PLC);
    }
}

fn arp_conflict(w: &mut World, after: Duration) {
    let mut forger = end(PLC, 0);
    forger.ip = end(MASTER, 0).ip;
    w.arp(2, end(MASTER, 0), end(PLC, 0).mac, PLC);
    w.pass(after)
        .arp(2, forger, end("10.0.0.3", 0).mac, "10.0.0.3");
}

fn refusals(w: &mut World, count: u32, error: u32) {
    for _ in 0..count {
        w.pass(Duration::from_mins(3));
        refuse(w, error);
    }
}

fn silence(w: &mut World, count: u32) {
    for _ in 0..count {
        w.syn(MASTER, PLC, 502).wait(30);
    }
}

fn unanswered(w: &mut World, count: u32) {
    w.poll();
    for _ in 0..count {
        w.wait(1).ask(MASTER, PLC, function(3, None), None);
    }
    w.wait(3);
}

fn quiet_interface(w: &mut World, seconds: u64) {
    w.detector.interface(w.now(), "mirror0", 10, &mut w.found);
    for _ in 0..seconds {
        w.pass(Duration::from_secs(1));
        w.detector.interface(w.now(), "mirror0", 10, &mut w.found);
    }
}

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

fn run(traffic: fn(&mut World)) -> World {
    let mut world = World::default();
    traffic(&mut world);
    world
}

#[test]
fn every_implemented_type_has_its_case() {
    let cases: BTreeSet<&str> = CASES.iter().map(|(id, ..)| *id).collect();
    let implemented: BTreeSet<&str> = registry::implemented().map(|r| r.id).collect();
    assert_eq!(cases, implemented);
    assert_eq!(cases.len(), CASES.len());
    for t in catalogue() {
        assert_eq!(
            t.not_implemented.is_none(),
            cases.contains(&*t.id),
            "{}",
            t.id
        );
    }
}

#[test]
fn traffic_raises_its_type_with_every_value_the_message_uses() {
    for (id, raises, _) in CASES {
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

#[test]
fn nearly_the_same_traffic_does_not_raise_it() {
    for (id, _, nearly) in CASES {
        let world = run(*nearly);
        assert_eq!(world.count(id), 0, "{id}: {:?}", world.ids());
    }
}

#[test]
fn a_finding_can_be_learned_exactly_when_its_type_says_so() {
    for (id, raises, _) in CASES {
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
    for (id, raises, _) in CASES {
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
    for (id, raises, _) in CASES {
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
