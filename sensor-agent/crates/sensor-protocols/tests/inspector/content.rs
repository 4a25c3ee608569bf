//! Content patterns, DNS and ARP, impossible sources, caps and expiry.

use std::time::Duration;

use sensor_protocols::counters::Counter;
use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::{Inspector, InspectorSettings};
use sensor_protocols::observation::{Anomaly, Object, Observation, Protocol};
use sensor_protocols::time::Timestamp;

use crate::support::Each;
use crate::support::frames::{
    Connection, PSH_ACK, SYN, address, dns_answer, dns_query, ethernet, ipv4, modbus_read,
    numbered, udp,
};
use crate::{connection, frames_of, inspect, inspect_with, named};

/// The EICAR test file in two parts, so that this source is not taken for it.
fn eicar() -> Vec<u8> {
    [
        &br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDAR"[..],
        b"D-ANTIVIRUS-TEST-FILE!$H+H*",
    ]
    .concat()
}

#[test]
fn a_content_pattern_is_found_across_segments_and_out_of_order() {
    let mut c = Connection::new(40_000, 8080, [1, 2]);
    let file = eicar();
    let mut segments = c.handshake();
    segments.push(c.send(2, PSH_ACK, &[b"200 OK\r\n\r\n", &file[..20]].concat()));
    let middle = c.send(2, PSH_ACK, &file[20..40]);
    segments.push(c.send(2, PSH_ACK, &file[40..]));
    segments.push(middle);
    let bytes = frames_of(&segments);
    let all = inspect(&numbered(&bytes));
    let content = named(&all, "content_pattern");
    assert_eq!(content.len(), 1);
    assert_eq!(content[0].ports, (8080, 40_000));
    let expected = format!("{:?}", [Object::Name("eicar_test_file")]);
    assert_eq!(content[0].objects, expected);
}

#[test]
fn a_content_pattern_is_found_in_a_datagram_also_in_fragments() {
    let payload = [b"data ".to_vec(), eicar(), b" tail".to_vec()].concat();
    let datagram = udp(2000, 3000, &payload);
    let (a, b) = datagram.split_at(48);
    let fragment = |place, bytes| ethernet(0x0800, &ipv4(address(1), address(2), 17, place, bytes));
    let whole = ethernet(0x0800, &ipv4(address(1), address(2), 17, 0, &datagram));
    let bytes = [whole, fragment(6, b), fragment(0x2000, a)];
    let all = inspect(&numbered(&bytes));
    let content = named(&all, "content_pattern");
    assert_eq!(content.iter().map(|s| s.frame).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn dns_over_udp_pairs_and_reports_addresses() {
    let frame = |from: u8, ports: (u16, u16), message: &[u8]| {
        let datagram = udp(ports.0, ports.1, message);
        ethernet(
            0x0800,
            &ipv4(address(from), address(3 - from), 17, 0, &datagram),
        )
    };
    let bytes = [
        frame(1, (5000, 53), &dns_query(9, "hmi.plant")),
        frame(2, (53, 5000), &dns_answer(9, "hmi.plant", [10, 1, 2, 3])),
        frame(1, (5000, 53), &dns_query(10, "hmi.plant")),
        frame(2, (53, 5000), &dns_answer(11, "hmi.plant", [6, 6, 6, 6])),
    ];
    let frames = numbered(&bytes);
    let mut answered = Vec::new();
    let mut odd = Vec::new();
    let mut inspector = Inspector::default();
    let mut sink = Each(|o: &Observation<'_>| {
        if o.protocol == Protocol::Dns {
            answered.push(o.request);
            odd.push(o.anomalies.contains(Anomaly::Unsolicited));
        }
    });
    for frame in &frames {
        inspector.frame(frame, &mut sink);
    }
    assert_eq!(odd, [false, false, false, true]);
    let first = answered[1].expect("the first answer has its query");
    assert_eq!((first.frame, first.latency), (1, Duration::from_millis(1)));
    assert_eq!(answered[3], None);
}

#[test]
fn impossible_sources_are_reported_once_for_each_flow() {
    let frame = |source: [u8; 4], port| {
        let datagram = udp(port, 67, b"x");
        let packet = ipv4(u32::from_be_bytes(source), address(2), 17, 0, &datagram);
        ethernet(0x0800, &packet)
    };
    let bytes = [
        frame([224, 0, 0, 1], 1),
        frame([224, 0, 0, 1], 1),
        frame([255, 255, 255, 255], 2),
        frame([127, 0, 0, 1], 3),
        frame([0, 0, 0, 0], 4),
        frame([0, 0, 0, 0], 68), // a DHCP client has no address yet
    ];
    let all = inspect(&numbered(&bytes));
    let illegal: Vec<u64> = all
        .iter()
        .filter(|s| s.anomalies.contains(&Anomaly::IllegalAddress))
        .map(|s| s.frame)
        .collect();
    assert_eq!(illegal, [1, 3, 4, 5]);
}

#[test]
fn the_flow_table_is_bounded_and_evicts_the_idle_before_the_established() {
    let mut inspector = Inspector::new(&InspectorSettings {
        flows: 10,
        ..InspectorSettings::default()
    });
    let mut kept = connection();
    let mut segments = kept.handshake();
    for port in 0..100 {
        segments.push(Connection::new(20_000 + port, 80, [port.into(), 0]).send(1, SYN, &[]));
    }
    segments.push(kept.send(1, PSH_ACK, &modbus_read(1)));
    let bytes = frames_of(&segments);
    let all = inspect_with(&mut inspector, &numbered(&bytes));
    let counters = inspector.counters();
    assert_eq!(counters.get(Counter::FlowsActive), 10);
    assert_eq!(counters.get(Counter::FlowsStarted), 101);
    assert_eq!(counters.get(Counter::FlowsEvicted), 91);
    let read = all.iter().find(|s| s.protocol == Protocol::Modbus).unwrap();
    assert_eq!(read.flow, 1, "the connection of the plant is still there");
}

#[test]
fn idle_flows_expire_and_established_ones_stay_longer() {
    let mut c = connection();
    let mut segments = c.handshake();
    segments.push(Connection::new(1, 2, [3, 4]).send(1, SYN, &[]));
    let bytes = frames_of(&segments);
    let mut inspector = Inspector::default();
    inspect_with(&mut inspector, &numbered(&bytes));
    let mut sink = Each(|_: &Observation<'_>| {});
    let at = |seconds: u64| Timestamp::from_nanos(seconds * 1_000_000_000);
    for (seconds, active) in [(100, 2), (400, 1), (3000, 1), (4000, 0)] {
        inspector.tick(at(seconds), &mut sink);
        let found = inspector.counters().get(Counter::FlowsActive);
        assert_eq!(found, active, "after {seconds} s");
    }
    assert_eq!(inspector.counters().get(Counter::FlowsExpired), 2);
}

#[test]
fn flows_are_told_apart_by_vlan_only_when_asked_to() {
    let tagged = |vlan: u16, port| {
        let mut payload = vlan.to_be_bytes().to_vec();
        payload.extend(0x0800_u16.to_be_bytes());
        payload.extend(ipv4(address(1), address(2), 17, 0, &udp(port, 9, b"x")));
        ethernet(0x8100, &payload)
    };
    let bytes = [tagged(10, 5), tagged(20, 5), tagged(0x2000, 5)];
    for (vlan_in_flow_key, flows) in [(false, 1), (true, 3)] {
        let mut inspector = Inspector::new(&InspectorSettings {
            vlan_in_flow_key,
            ..InspectorSettings::default()
        });
        inspect_with(&mut inspector, &numbered(&bytes));
        assert_eq!(inspector.counters().get(Counter::FlowsStarted), flows);
    }
}

#[test]
fn the_same_frames_give_the_same_observations() {
    for name in ["modbus", "dns", "scan", "malformed", "arp", "vlan"] {
        for path in crate::support::captures(name) {
            let capture = crate::support::Capture::read(&path);
            let frames: Vec<Frame<'_>> = capture.frames().collect();
            assert_eq!(inspect(&frames), inspect(&frames), "{}", path.display());
        }
    }
}

#[test]
fn arp_tells_the_binding_it_claims_and_a_forged_one_shows() {
    let arp = |mac: u8| {
        let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, mac];
        bytes.extend([10, 0, 0, 7, 2, 0, 0, 0, 0, 2, 10, 0, 0, 8]);
        ethernet(0x0806, &bytes)
    };
    let bytes = [arp(1), arp(66)];
    let mut claims = Vec::new();
    let mut inspector = Inspector::default();
    let mut sink = Each(|o: &Observation<'_>| {
        if o.protocol == Protocol::Arp {
            let odd = o.anomalies.contains(Anomaly::Mismatch);
            claims.push((
                o.source.mac.to_string(),
                o.source.ip.unwrap().to_string(),
                odd,
            ));
        }
    });
    for frame in numbered(&bytes) {
        inspector.frame(&frame, &mut sink);
    }
    let claim = |mac: &str, odd| (mac.to_owned(), "10.0.0.7".to_owned(), odd);
    assert_eq!(
        claims,
        [
            claim("02:00:00:00:00:01", false),
            claim("02:00:00:00:00:42", true)
        ]
    );
}
