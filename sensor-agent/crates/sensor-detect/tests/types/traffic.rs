//! Traffic in a few words, for the rows of the table.

use std::time::Duration;

use sensor_detect::baseline::{Tuple, TupleKind};
use sensor_detect::detector::Command;
use sensor_detect::finding::PartyKey;
use sensor_protocols::addr::MacAddr;
use sensor_protocols::observation::{Anomaly, AnomalySet, Object, Observation, Protocol, flow};

use crate::world::{MASTER, PLC, World, end, function};

pub(crate) fn refuse(w: &mut World, error: u32) {
    w.answer(MASTER, PLC, function(3, None), Some(error));
}

pub(crate) fn answer(w: &mut World) {
    w.answer(MASTER, PLC, function(3, None), None);
}

pub(crate) fn ask(w: &mut World, code: u32, sub: Option<u32>) {
    w.ask(MASTER, PLC, function(code, sub), None);
}

pub(crate) fn odd(w: &mut World, protocol: Protocol) {
    w.odd(protocol, Anomaly::BadLength);
}

pub(crate) fn odd_request(w: &mut World, code: u32, anomaly: Anomaly) {
    let request = w.request(MASTER, PLC, function(code, None));
    w.see(&Observation {
        anomalies: AnomalySet::of(anomaly),
        ..request
    });
}

pub(crate) fn content(w: &mut World, pattern: &str) {
    let observation = w.observation(end(MASTER, 40000), end(PLC, 80));
    let observation = Observation {
        operation: flow::CONTENT,
        objects: &[Object::Name(pattern)],
        ..observation
    };
    w.detector.observe(&observation, &mut w.found);
}

pub(crate) fn party(kind: TupleKind, address: &str) -> Tuple {
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

pub(crate) fn operation(code: u32, sub: Option<u32>) -> Tuple {
    Tuple {
        kind: TupleKind::Operation,
        destination: Some(PartyKey::Ip(PLC.parse().unwrap())),
        protocol: Protocol::Modbus,
        operation: Some(code),
        sub_operation: sub,
        ..party(TupleKind::Operation, MASTER)
    }
}

pub(crate) fn learn(w: &mut World, tuple: Tuple) {
    assert!(w.detector.apply(Command::Learn(tuple)));
}

/// Function 3, registers 0 to 9, learned from traffic.
pub(crate) fn teach_poll(w: &mut World) {
    use sensor_detect::detector::Mode;
    w.detector.apply(Command::SetMode(Mode::Learning));
    w.poll();
    w.detector.apply(Command::SetMode(Mode::Operational));
}

pub(crate) fn attempts(w: &mut World, count: u32, gap: Duration) {
    for at in 0..count {
        let client = format!("10.1.{}.{}", at / 250, 1 + at % 250);
        w.pass(gap).syn(&client, PLC, 502);
    }
}

pub(crate) fn queries(w: &mut World, count: u32) {
    for at in 0..count {
        w.pass(Duration::from_secs(2))
            .query(MASTER, PLC, &format!("n{at}.example"));
    }
}

pub(crate) fn sessions(w: &mut World, count: u32) {
    for _ in 0..count {
        w.pass(Duration::from_secs(1)).connect(MASTER, PLC, 3389);
    }
}

pub(crate) fn pings(w: &mut World, count: u32) {
    for _ in 0..count {
        w.pass(Duration::from_secs(1)).ping(MASTER, PLC);
    }
}

pub(crate) fn ports(w: &mut World, count: u16) {
    for port in 1..=count {
        w.pass(Duration::from_secs(4))
            .refused(MASTER, PLC, 1000 + port);
    }
}

pub(crate) fn addresses(w: &mut World, count: u32, gap: u64) {
    for host in 0..count {
        w.pass(Duration::from_secs(gap))
            .connect(MASTER, &format!("10.9.{host}.7"), 8080);
    }
}

pub(crate) fn slow_scan(w: &mut World, count: u32, gap: Duration) {
    for host in 0..count {
        w.pass(gap)
            .syn(MASTER, &format!("10.{host}.0.7"), 445)
            .wait(4);
    }
}

pub(crate) fn controllers(w: &mut World, count: u32, port: u16) {
    for host in 0..count {
        w.syn(MASTER, &format!("10.9.{host}.7"), port).wait(4);
    }
}

pub(crate) fn arp_requests(w: &mut World, count: u32, gap: u64) {
    for host in 0..count {
        let target = format!("10.0.7.{host}");
        w.pass(Duration::from_secs(gap))
            .arp(1, end(MASTER, 0), MacAddr::BROADCAST, &target);
    }
}

pub(crate) fn arp_replies(w: &mut World, count: u32) {
    for _ in 0..count {
        w.pass(Duration::from_secs(1))
            .arp(2, end(MASTER, 0), end(PLC, 0).mac, PLC);
    }
}

pub(crate) fn arp_conflict(w: &mut World, after: Duration) {
    let mut forger = end(PLC, 0);
    forger.ip = end(MASTER, 0).ip;
    w.arp(2, end(MASTER, 0), end(PLC, 0).mac, PLC);
    w.pass(after)
        .arp(2, forger, end("10.0.0.3", 0).mac, "10.0.0.3");
}

pub(crate) fn refusals(w: &mut World, count: u32, error: u32) {
    for _ in 0..count {
        w.pass(Duration::from_mins(3));
        refuse(w, error);
    }
}

pub(crate) fn silence(w: &mut World, count: u32) {
    for _ in 0..count {
        w.syn(MASTER, PLC, 502).wait(30);
    }
}

pub(crate) fn unanswered(w: &mut World, count: u32) {
    w.poll();
    for _ in 0..count {
        w.wait(1).ask(MASTER, PLC, function(3, None), None);
    }
    w.wait(3);
}

pub(crate) fn quiet_interface(w: &mut World, seconds: u64) {
    w.detector.interface(w.now(), "mirror0", 10, &mut w.found);
    for _ in 0..seconds {
        w.pass(Duration::from_secs(1));
        w.detector.interface(w.now(), "mirror0", 10, &mut w.found);
    }
}

/// Lets traffic pass while every type is learning.
pub(crate) fn learning(w: &mut World, traffic: impl FnOnce(&mut World)) {
    use sensor_detect::detector::Mode;
    w.detector.apply(Command::SetMode(Mode::Learning));
    traffic(w);
    w.detector.apply(Command::SetMode(Mode::Operational));
}
