//! Connection and flow facts, gaps, port reuse and probing.

use sensor_protocols::counters::Counter;
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Anomaly, Observation, Protocol};
use sensor_protocols::time::Timestamp;

use crate::support::Each;
use crate::support::frames::{
    ACK, Connection, FIN, PSH_ACK, RST, SYN, dns_over_tcp, dns_query, modbus_read, numbered, spaced,
};
use crate::{Seen, connection, connection_facts, frames_of, inspect, inspect_with, named};

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
    let mut inspector = Inspector::default();
    let all = inspect_with(&mut inspector, &frames);
    let messages: Vec<u64> = all
        .iter()
        .filter(|s| s.protocol == Protocol::Modbus)
        .map(|s| s.bytes)
        .collect();
    assert_eq!(messages.len(), 3);
    let on_wire: u64 = frames[3..].iter().map(|f| u64::from(f.wire_len)).sum();
    assert_eq!(messages.iter().sum::<u64>(), on_wire);
    // The segment by which the protocol was recognised counts as well.
    let counted = inspector.counters().protocol(Protocol::Modbus);
    assert_eq!((counted.packets, counted.bytes), (3, on_wire));
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
