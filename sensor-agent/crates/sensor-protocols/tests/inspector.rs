//! The whole way of frames through the inspector, on connections written by hand: connection and
//! flow facts, gaps, port reuse, probing, content patterns, caps.

mod support;

use std::time::Duration;

use sensor_protocols::counters::Counter;
use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::{Inspector, InspectorSettings};
use sensor_protocols::observation::{Anomaly, Object, Observation, Protocol};
use sensor_protocols::time::Timestamp;
use support::Each;
use support::frames::{
    ACK, Connection, FIN, PSH_ACK, RST, SYN, Segment, address, dns_answer, dns_over_tcp, dns_query,
    ethernet, ipv4, modbus_read, numbered, spaced, udp,
};

/// What the tests look at in an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    name: &'static str,
    protocol: Protocol,
    frame: u64,
    flow: u64,
    /// Ports of source and destination.
    ports: (u16, u16),
    count: u64,
    bytes: u64,
    anomalies: Vec<Anomaly>,
    objects: String,
}

fn seen(o: &Observation<'_>) -> Seen {
    Seen {
        name: o.operation.name,
        protocol: o.protocol,
        frame: o.frame,
        flow: o.flow,
        ports: (o.source.port, o.destination.port),
        count: o.count,
        bytes: o.bytes,
        anomalies: o.anomalies.iter().collect(),
        objects: format!("{:?}", o.objects),
    }
}

fn inspect_with(inspector: &mut Inspector, frames: &[Frame<'_>]) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut sink = Each(|o: &Observation<'_>| all.push(seen(o)));
    for frame in frames {
        inspector.frame(frame, &mut sink);
    }
    all
}

fn inspect(frames: &[Frame<'_>]) -> Vec<Seen> {
    let mut inspector = Inspector::default();
    let mut all = inspect_with(&mut inspector, frames);
    inspector.finish(&mut Each(|o: &Observation<'_>| all.push(seen(o))));
    all
}

fn frames_of(segments: &[Segment]) -> Vec<Vec<u8>> {
    segments.iter().map(Segment::frame).collect()
}

/// Names of the facts about connections, with the frame they came in and the source port.
fn connection_facts(segments: &[Segment]) -> Vec<(&'static str, u64, u16)> {
    let bytes = frames_of(segments);
    inspect(&numbered(&bytes))
        .into_iter()
        .filter(|s| s.protocol == Protocol::Tcp && !s.name.starts_with("flow_"))
        .map(|s| (s.name, s.frame, s.ports.0))
        .collect()
}

fn named<'a>(all: &'a [Seen], name: &str) -> Vec<&'a Seen> {
    all.iter().filter(|s| s.name == name).collect()
}

fn connection() -> Connection {
    Connection::new(40_000, 502, [1000, 9000])
}

#[test]
fn a_connection_from_syn_to_fin() {
    let mut c = connection();
    let mut segments = c.handshake();
    segments.insert(1, segments[0].clone()); // retransmitted SYN
    segments.push(c.send(1, ACK | FIN, &[]));
    segments.push(c.send(2, ACK | FIN, &[]));
    segments.push(c.send(1, ACK, &[]));
    assert_eq!(
        connection_facts(&segments),
        [
            ("connection_attempt", 1, 40_000),
            ("connection_established", 3, 40_000),
            ("connection_closed", 6, 40_000),
        ]
    );
}

#[test]
fn a_refused_and_a_reset_connection() {
    let mut c = connection();
    let refused = [c.send(1, SYN, &[]), c.send(2, RST | ACK, &[])];
    assert_eq!(
        connection_facts(&refused),
        [
            ("connection_attempt", 1, 40_000),
            ("connection_refused", 2, 40_000),
        ]
    );
    let mut c = connection();
    let mut reset = c.handshake();
    reset.push(c.send(2, RST, &[]));
    reset.push(c.send(2, RST, &[]));
    assert_eq!(
        connection_facts(&reset)[2..],
        [("connection_reset", 4, 40_000)]
    );
}

#[test]
fn probes_without_a_connection() {
    for flags in [0, FIN, FIN | 0x08 | 0x20] {
        let probe = connection().send(1, flags, &[]);
        assert_eq!(
            connection_facts(&[probe]),
            [("stealth_probe", 1, 40_000)],
            "{flags:#x}"
        );
    }
}

#[test]
fn a_new_syn_with_another_sequence_number_is_another_connection() {
    let mut first = connection();
    let mut segments = first.handshake();
    segments.push(first.send(1, PSH_ACK, &modbus_read(1)));
    let mut second = Connection::new(40_000, 502, [700_000_000, 5]);
    segments.extend(second.handshake());
    segments.push(second.send(1, PSH_ACK, &modbus_read(2)));
    let bytes = frames_of(&segments);
    let all = inspect(&numbered(&bytes));
    let attempts = named(&all, "connection_attempt");
    assert_eq!(attempts.len(), 2);
    assert_ne!(attempts[0].flow, attempts[1].flow);
    let reads = all.iter().filter(|s| s.protocol == Protocol::Modbus);
    assert_eq!(
        reads.map(|s| (s.frame, s.flow)).collect::<Vec<_>>(),
        [(4, attempts[0].flow), (8, attempts[1].flow)]
    );
}

#[test]
fn every_frame_is_in_a_flow_fact_once() {
    let mut c = connection();
    let mut segments = c.handshake();
    for n in 0..50 {
        segments.push(c.send(1, PSH_ACK, &modbus_read(n)));
    }
    let bytes = frames_of(&segments);
    // Five seconds apart: several updates in each direction.
    let frames = spaced(&bytes, 5_000_000_000);
    let all = inspect(&frames);
    let facts: Vec<&Seen> = all.iter().filter(|s| s.name.starts_with("flow_")).collect();
    assert_eq!(
        facts.iter().map(|s| s.count).sum::<u64>(),
        frames.len() as u64
    );
    assert_eq!(
        facts.iter().map(|s| s.bytes).sum::<u64>(),
        frames.iter().map(|f| u64::from(f.wire_len)).sum::<u64>()
    );
    assert_eq!(named(&all, "flow_started").len(), 2);
    // 52 frames of the client in 260 seconds: at most one fact a minute, and the last.
    let updates = named(&all, "flow_updated");
    assert!((4..=6).contains(&updates.len()), "{updates:?}");
}

#[test]
fn message_bytes_add_up_to_the_frames_that_carried_them() {
    let mut c = connection();
    let mut segments = c.handshake();
    let two = [modbus_read(1), modbus_read(2)].concat();
    segments.push(c.send(1, PSH_ACK, &two));
    segments.push(c.send(1, PSH_ACK, &modbus_read(3)[..5]));
    segments.push(c.send(1, PSH_ACK, &modbus_read(3)[5..]));
    let bytes = frames_of(&segments);
    let frames = numbered(&bytes);
    let all = inspect(&frames);
    let messages: Vec<u64> = all
        .iter()
        .filter(|s| s.protocol == Protocol::Modbus)
        .map(|s| s.bytes)
        .collect();
    assert_eq!(messages.len(), 3);
    let on_wire: u64 = frames[3..].iter().map(|f| u64::from(f.wire_len)).sum();
    assert_eq!(messages.iter().sum::<u64>(), on_wire);
}

#[test]
fn a_stream_is_picked_up_without_its_handshake() {
    let mut c = connection();
    let segments = [
        c.send(2, ACK, &[]),
        c.send(1, PSH_ACK, &modbus_read(7)),
        c.send(1, PSH_ACK, &modbus_read(8)),
    ];
    let bytes = frames_of(&segments);
    let all = inspect(&numbered(&bytes));
    let reads = all.iter().filter(|s| s.protocol == Protocol::Modbus);
    // The server spoke first here; its port tells that it is the server.
    assert!(reads.clone().all(|s| s.ports == (40_000, 502)));
    assert_eq!(reads.count(), 2);
}

#[test]
fn a_keep_alive_byte_does_not_start_a_stream() {
    let mut c = connection();
    let mut probe = c.send(1, ACK, &[0]);
    c.next[0] = probe.sequence;
    probe.sequence = probe.sequence.wrapping_sub(1);
    let segments = [probe, c.send(1, PSH_ACK, &modbus_read(7))];
    let bytes = frames_of(&segments);
    let all = inspect(&numbered(&bytes));
    let reads = all.iter().filter(|s| s.protocol == Protocol::Modbus);
    assert_eq!(
        reads.map(|s| s.name).collect::<Vec<_>>(),
        ["read_holding_registers"]
    );
}

#[test]
fn data_in_the_syn_is_part_of_the_stream() {
    let mut c = Connection::new(40_000, 53, [1000, 9000]);
    let query = dns_over_tcp(&dns_query(1, "plant.example"));
    let segments = [
        c.send(1, SYN, &query[..10]),
        c.send(2, SYN | ACK, &[]),
        c.send(1, PSH_ACK, &query[10..]),
    ];
    let bytes = frames_of(&segments);
    let all = inspect(&numbered(&bytes));
    let queries = named(&all, "query");
    assert_eq!(queries.len(), 1);
    assert!(queries[0].objects.contains("plant.example"));
}

#[test]
fn missing_bytes_are_a_gap_and_dissection_goes_on_behind_it() {
    let mut c = connection();
    let mut segments = c.handshake();
    segments.push(c.send(1, PSH_ACK, &modbus_read(1)));
    let lost = c.send(1, PSH_ACK, &modbus_read(2));
    segments.push(c.send(1, PSH_ACK, &modbus_read(3)));
    // The server acknowledges what the capture does not have.
    segments.push(c.send(2, ACK, &[]));
    let bytes = frames_of(&segments);
    let all = inspect(&spaced(&bytes, 150_000_000));
    let gaps = named(&all, "stream_gap");
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].bytes, lost.payload.len() as u64);
    assert_eq!(gaps[0].ports, (40_000, 502));
    let reads = all.iter().filter(|s| s.protocol == Protocol::Modbus);
    assert_eq!(reads.map(|s| s.frame).collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn a_hole_on_an_idle_connection_is_given_up_by_a_tick() {
    let mut c = connection();
    let mut segments = c.handshake();
    c.send(1, PSH_ACK, &modbus_read(2));
    segments.push(c.send(1, PSH_ACK, &modbus_read(3)));
    let bytes = frames_of(&segments);
    let mut inspector = Inspector::default();
    let all = inspect_with(&mut inspector, &numbered(&bytes));
    assert!(named(&all, "stream_gap").is_empty());
    let mut gaps = 0;
    let mut sink = Each(|o: &Observation<'_>| gaps += u64::from(o.operation.name == "stream_gap"));
    inspector.tick(Timestamp::from_nanos(60_000_000_000), &mut sink);
    inspector.tick(Timestamp::from_nanos(61_000_000_000), &mut sink);
    assert_eq!(gaps, 1);
    assert_eq!(inspector.counters().get(Counter::TcpGaps), 1);
    assert_eq!(inspector.counters().get(Counter::ReassemblyBytes), 0);
}

#[test]
fn a_segment_repeated_with_other_content_is_reported_and_the_first_counts() {
    let mut c = connection();
    let mut segments = c.handshake();
    segments.push(c.send(1, PSH_ACK, &modbus_read(1)));
    let mut forged = segments[3].clone();
    forged.payload[7] = 5;
    segments.push(forged);
    let bytes = frames_of(&segments);
    let all = inspect(&numbered(&bytes));
    let malformed = named(&all, "malformed");
    assert_eq!(malformed.len(), 1);
    assert_eq!(malformed[0].anomalies, [Anomaly::ConflictingOverlap]);
    let messages = all.iter().filter(|s| s.protocol == Protocol::Modbus);
    assert_eq!(messages.count(), 1);
}

#[test]
fn bytes_on_a_known_port_that_are_something_else_are_reported_once() {
    let mut c = connection();
    let mut segments = c.handshake();
    for _ in 0..20 {
        segments.push(c.send(1, PSH_ACK, b"GET / HTTP/1.1\r\nHost: plc\r\n\r\n"));
        segments.push(c.send(2, PSH_ACK, b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    }
    let bytes = frames_of(&segments);
    let all = inspect(&numbered(&bytes));
    let odd: Vec<&Seen> = all
        .iter()
        .filter(|s| s.anomalies.contains(&Anomaly::NotThisProtocol))
        .collect();
    assert_eq!(odd.len(), 1);
    assert_eq!(odd[0].protocol, Protocol::Modbus);
}

#[test]
fn modbus_is_recognised_on_any_port_by_its_content() {
    let mut c = Connection::new(40_000, 5020, [1, 2]);
    let mut segments = c.handshake();
    for n in 0..3 {
        segments.push(c.send(1, PSH_ACK, &modbus_read(n)));
    }
    let bytes = frames_of(&segments);
    let all = inspect(&numbered(&bytes));
    let reads = all.iter().filter(|s| s.protocol == Protocol::Modbus);
    assert_eq!(reads.count(), 3);
}

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
        for path in support::captures(name) {
            let capture = support::Capture::read(&path);
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
