//! What the observations say does not depend on how TCP cuts the stream: captures are played
//! again with their segments cut at random places, reordered within a window and repeated.

mod support;

use proptest::prelude::*;
use sensor_protocols::decode::{self, tcp_flags};
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Observation, Protocol};
use sensor_protocols::time::Timestamp;
use support::frames::{
    Connection, PSH_ACK, Segment, dns_answer, dns_over_tcp, dns_query, modbus_read, numbered,
};
use support::{Capture, Each};

/// The messages that observations tell of, without what depends on the frames.
fn messages(frames: &[Frame<'_>]) -> Vec<String> {
    let mut all = Vec::new();
    let mut sink = Each(|o: &Observation<'_>| {
        if !matches!(o.protocol, Protocol::Tcp | Protocol::Ethernet) {
            all.push(format!(
                "{}:{} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {}",
                o.source.port,
                o.destination.port,
                o.protocol,
                o.direction,
                o.operation,
                o.station,
                o.objects,
                o.values,
                o.outcome,
                o.request.is_some(),
            ));
        }
    });
    let mut inspector = Inspector::default();
    for frame in frames {
        inspector.frame(frame, &mut sink);
    }
    inspector.finish(&mut sink);
    all
}

/// A conversation of Modbus and one of DNS over TCP, request and response in turn.
fn conversation(port: u16) -> Vec<Segment> {
    let mut c = Connection::new(40_000, port, [u32::MAX - 40, 77]);
    let mut segments = c.handshake();
    for n in 0..8 {
        let (request, response) = if port == 502 {
            let mut response = modbus_read(n)[..4].to_vec();
            response.extend([0, 23, 1, 3, 20]);
            response.extend([0x5a; 20]);
            (modbus_read(n), response)
        } else {
            let name = "controller.cell4.plant.example";
            (
                dns_over_tcp(&dns_query(n, name)),
                dns_over_tcp(&dns_answer(n, name, [10, 0, 0, 9])),
            )
        };
        segments.push(c.send(1, PSH_ACK, &request));
        segments.push(c.send(2, PSH_ACK, &response));
    }
    segments
}

/// Cuts the payload of a segment at the given places.
fn cut(segment: &Segment, cuts: &[prop::sample::Index]) -> Vec<Segment> {
    let len = segment.payload.len();
    if len < 2 {
        return vec![segment.clone()];
    }
    let mut places: Vec<usize> = cuts.iter().map(|c| c.index(len)).collect();
    places.extend([0, len]);
    places.sort_unstable();
    places.dedup();
    places
        .windows(2)
        .map(|w| Segment {
            sequence: segment.sequence.wrapping_add(u32::try_from(w[0]).unwrap()),
            payload: segment.payload[w[0]..w[1]].to_vec(),
            ..segment.clone()
        })
        .collect()
}

fn frames_of(segments: &[Segment]) -> Vec<Vec<u8>> {
    segments.iter().map(Segment::frame).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn cuts_order_and_repetition_within_a_message_do_not_matter(
        port in prop::sample::select(vec![502_u16, 53]),
        cuts in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), 19),
        swaps in prop::collection::vec(any::<prop::sample::Index>(), 19),
        repeat in prop::collection::vec(any::<bool>(), 19),
    ) {
        let whole = conversation(port);
        let expected = messages(&numbered(&frames_of(&whole)));
        prop_assert_eq!(expected.len(), 16);
        let mut segments = Vec::new();
        for (((segment, cuts), swap), repeat) in whole.iter().zip(&cuts).zip(&swaps).zip(&repeat) {
            let mut parts = cut(segment, cuts);
            let first = swap.index(parts.len());
            parts.rotate_left(first);
            if *repeat {
                parts.push(parts[0].clone());
            }
            segments.extend(parts);
        }
        let bytes = frames_of(&segments);
        prop_assert_eq!(messages(&numbered(&bytes)), expected);
    }
}

/// A frame of a capture whose TCP payload is cut in two at `place`: both frames.
fn cut_frame(frame: &Frame<'_>, place: usize) -> Vec<(Timestamp, u32, Vec<u8>)> {
    let whole = vec![(frame.time, frame.wire_len, frame.data.to_vec())];
    let packet = decode::decode(frame);
    let Some(tcp) = packet.tcp() else {
        return whole;
    };
    let fragmented = packet.ip().is_some_and(|ip| ip.fragment.is_some());
    let cut_by_capture = frame.data.len() < frame.wire_len as usize;
    if tcp.payload.len() < 2 || fragmented || cut_by_capture || packet.link.ethertype != 0x0800 {
        return whole;
    }
    // Flags other than ACK and PSH mean something for the first or last byte.
    if tcp.flags & !(tcp_flags::ACK | tcp_flags::PSH) != 0 {
        return whole;
    }
    let place = 1 + place % (tcp.payload.len() - 1);
    let payload = tcp.payload.as_ptr() as usize - frame.data.as_ptr() as usize;
    let end = payload + tcp.payload.len();
    let ip = frame.data.len() - packet.link_payload.len();
    let header = usize::from(frame.data[ip] & 0x0f) * 4;
    let part = |bytes: &[u8], sequence: u32| {
        let mut data = frame.data[..payload].to_vec();
        data.extend(bytes);
        let total = u16::try_from(data.len() - ip).unwrap();
        data[ip + 2..ip + 4].copy_from_slice(&total.to_be_bytes());
        let at = ip + header + 4;
        data[at..at + 4].copy_from_slice(&sequence.to_be_bytes());
        (frame.time, u32::try_from(data.len()).unwrap(), data)
    };
    let second = tcp.sequence.wrapping_add(u32::try_from(place).unwrap());
    vec![
        part(&frame.data[payload..payload + place], tcp.sequence),
        part(&frame.data[payload + place..end], second),
    ]
}

/// Captures in which every message can be told from the bytes alone: no malformed Modbus or
/// IEC 60870-5-104, whose end is where its segment ends.
const CAPTURES: &[(&str, &str)] = &[
    ("modbus", "icsnpp_modbus_example.pcap"),
    ("modbus", "iti_modbus_test.pcap"),
    ("modbus", "quickdraw_modicon_umas.pcap"),
    ("modbus", "zeek_modbus_eit.pcap"),
    ("iec104", "iti_090813_diverse.pcap"),
    ("iec104", "iti_javarmi_and_iec.pcap"),
    ("iec104", "zeek_iec104_first.pcap"),
    ("dnp3", "icsnpp_dnp3_example.pcap"),
    ("dnp3", "iti_full_exchange.pcap"),
    ("dnp3", "suricata_dnp3_eve.pcap"),
    ("dnp3", "zeek_file_read.pcap"),
    ("dnp3", "zeek_link_only.pcap"),
    ("dnp3", "zeek_select_operate.pcap"),
    ("s7comm", "icsnpp_s7ident.pcap"),
    ("s7comm", "icsnpp_snap7.pcap"),
    ("s7comm", "iti_libnodave_demo.pcap"),
    ("s7comm", "iti_reading_plc_status.pcap"),
    ("s7comm", "iti_s7_1200_hmi.pcap"),
    ("s7comm", "iti_step7_stop.pcapng"),
    (
        "opcua",
        "icsnpp_client_server_mainloop_not_localhost_non_standard_port.pcap",
    ),
    ("enip", "icsnpp_enip_cip_example.pcap"),
    ("enip", "openics_firmware_change.pcap"),
    ("enip", "openics_change_time_attempt.pcap"),
    ("enip", "openics_reboot_or_download.pcap"),
    ("mqtt", "zeek_mqtt.pcap"),
    ("fox", "quickdraw_fox_info.pcap"),
    ("smb", "zeek_smb2_readwrite.pcap"),
    ("smb", "zeek_smb3.pcap"),
];

#[test]
fn captures_cut_at_every_kind_of_place_tell_the_same() {
    for (folder, name) in CAPTURES {
        let capture = Capture::read(&support::folder(folder).join(name));
        let frames: Vec<Frame<'_>> = capture.frames().collect();
        let expected = messages(&frames);
        assert!(!expected.is_empty(), "{name}");
        for seed in [0, 3, 6, 7, 1013] {
            let mut cut = Vec::new();
            for (frame, n) in frames.iter().zip(1_usize..) {
                cut.extend(cut_frame(frame, seed * n));
            }
            let cut: Vec<Frame<'_>> = cut
                .iter()
                .zip(1_u64..)
                .map(|((time, wire_len, data), number)| Frame {
                    time: *time,
                    number,
                    link: LinkType::Ethernet,
                    wire_len: *wire_len,
                    data,
                    kernel: None,
                })
                .collect();
            assert!(cut.len() > frames.len(), "{name}: nothing was cut");
            assert_eq!(messages(&cut), expected, "{name}, seed {seed}");
        }
    }
}
