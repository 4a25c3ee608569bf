//! Frames and calls of named captures and of the standard's own layouts; truncation, flipped bits,
//! random bytes, and the caps.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::dissect::{ProbeInput, Role};
use crate::limits;
use crate::observation::Outcome;
use crate::time::Timestamp;

/// `iti_dcp_set_ip.pcap`, frames 1 to 4, behind the ethertype.
const IDENTIFY: &str = "fefe 0500 01000001 0001 0004 ffff0000";
const IDENTIFIED: &str = "feff 0501 01000001 0000 005e 0205001c0000 \
    01010102020102020203020402050 33d05010502050305 04ffff 020100050000494e4300 \
    0202000b0000583230382d424f524400 020300060000002a0a01 0204000400000100 \
    0102000e0001c0a80006ffffff00c0a80001";
const SET_IP: &str = "fefd 0400 01000001 0000 0012 0102000e0001c0a8000affffff00c0a80001";
const SET_DONE: &str = "fefd 0401 01000001 0000 0008 0504000301020000";
/// `icsnpp_io_cm_release.pcapng`, frames 1 and 2, behind UDP.
const RELEASE: &str = "0400200000000000dea000006c9711d1827100010003015adea000016c9711d1827100a02442df7d13142f9000001000a994d2106890ca5a0000000000000001000000040001ffffffff00340000000000001000000000200000100000000000000000200114001c010000007c74224e166c4a58bf6b6c25a75870f00001000000040000";
const RELEASED: &str = "04022800100000000000a0de976cd111827100010003015a0100a0de976cd111827100a02442df7d902f141300000010a994d2106890ca5a0200000001000000040000000100ffffffff34000000000000000000200000000010000000000000200000008114001c010000007c74224e166c4a58bf6b6c25a75870f00001000000080000";
/// `icsnpp_io_cm_read.pcapng`, frame 3.
const READ: &str = "0400200000000000dea000006c9711d1827100010003015adea000016c9711d1827100a02442df7d13142f9000001000a994d2106890ca5a0000000000000001000000030002ffffffff00540000000000001000000000400000100000000000000000400009003c010000047c74224e166c4a58bf6b6c25a75870f000000000000000000000f84100001000000000000000000000000000000000000000000000000000";
/// `icsnpp_io_cm_mixed_1.pcap`, frame 584.
const ABORTED: &str = "fe01 8001 8001 14 01 ffff fffe 0004 cf81fd0f";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let text = String::from_utf8(digits).unwrap();
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
        .collect()
}

/// A flow of frames, or of calls.
struct Flow {
    dissector: Box<dyn Dissector>,
    frame: u64,
    cut: bool,
}

impl Flow {
    fn frames() -> Self {
        Self {
            dissector: (ENTRY.create)(),
            frame: 0,
            cut: false,
        }
    }

    fn calls() -> Self {
        Self {
            dissector: (ENTRY_IO.create)(),
            ..Self::frames()
        }
    }

    /// What is told of one datagram; each takes a millisecond.
    fn take(&mut self, sender: Role, bytes: &[u8]) -> Vec<String> {
        self.frame += 1;
        let input = Input {
            time: Timestamp::from_nanos(self.frame * 1_000_000),
            frame: self.frame,
            sender,
            transport: Transport::Link,
            bytes,
            cut: self.cut,
            last: false,
        };
        let mut seen = Vec::new();
        let parsed = self
            .dissector
            .parse(&input, &mut |facts| seen.push(line(facts)));
        assert!(matches!(parsed, Parsed::Consumed(n) if n == bytes.len()) || seen.is_empty());
        seen
    }
}

fn line(facts: &MessageFacts<'_>) -> String {
    let mut line = format!("{:?} {}", facts.direction, facts.operation.name);
    for object in facts.objects {
        if let Object::Id { kind, id } = object {
            write!(line, " {kind}:{id}").unwrap();
        } else {
            write!(line, " {object:?}").unwrap();
        }
    }
    if let Outcome::Error { code, name } = facts.outcome {
        write!(line, " error {code:#x} {name}").unwrap();
    }
    if let Some(request) = facts.request {
        write!(line, " answers {}", request.frame).unwrap();
    }
    for text in [
        facts.identity.vendor,
        facts.identity.model,
        facts.identity.hostname,
    ] {
        line.push_str(&text.map(|t| format!(" ={t}")).unwrap_or_default());
    }
    for anomaly in facts.anomalies.iter() {
        write!(line, " !{}", anomaly.id()).unwrap();
    }
    line
}

#[test]
fn dcp_tells_who_is_there_and_who_changes_it() {
    let mut flow = Flow::frames();
    let identify = flow.take(Role::Client, &bytes(IDENTIFY));
    assert_eq!(identify, ["Request identify dcp_option:65535"]);
    let identified = flow.take(Role::Server, &bytes(IDENTIFIED)).remove(0);
    for part in [
        "Response identify",
        "Name(\"X208-BORD\")",
        "vendor_id:42 device_id:2561",
        "Address(192.168.0.6)",
        "answers 1 =Siemens =INC =X208-BORD",
    ] {
        assert!(identified.contains(part), "{part}: {identified}");
    }
    assert!(!identified.contains('!'), "{identified}");
    let set = flow.take(Role::Client, &bytes(SET_IP));
    assert_eq!(set, ["Request set_ip dcp_option:258 Address(192.168.0.10)"]);
    let done = flow.take(Role::Server, &bytes(SET_DONE));
    assert_eq!(
        done,
        ["Response set_ip dcp_option:1284 dcp_answered_option:258 answers 3"]
    );
}

#[test]
fn dcp_refusals_resets_and_impossible_names_are_told() {
    let mut flow = Flow::frames();
    let reset = flow.take(
        Role::Client,
        &bytes("fefd 0400 00000002 0000 0006 050600020004"),
    );
    assert_eq!(
        reset,
        ["Request reset_to_factory dcp_option:1286 reset_mode:4"]
    );
    let refused = flow.take(
        Role::Server,
        &bytes("fefd 0401 00000002 0000 0008 0504000305060600"),
    );
    assert!(refused[0].contains("error 0x6 in_operation_set_not_possible answers 1"));
    let name = flow.take(
        Role::Client,
        &bytes("fefd 0400 00000003 0000 000a 0202 0006 0000 256e2578"),
    );
    assert!(name[0].starts_with("Request set_station_name"), "{name:?}");
    assert!(name[0].ends_with("Name(\"%n%x\") !bad_value"), "{name:?}");
    let strange = flow.take(Role::Server, &bytes("fefd 0401 00000009 0000 0000"));
    assert!(strange[0].ends_with("!unsolicited"), "{strange:?}");
    let hello = flow.take(Role::Client, &bytes("fefe 0600 00000003 0000 0000"));
    assert!(hello[0].ends_with("!bad_value"), "not its frame: {hello:?}");
}

/// Forty octets of data, then cycle, data status and transfer status.
/// A Set is named after what it changes most, wherever it stands.
#[test]
fn a_reset_does_not_hide_behind_a_signal() {
    let mut flow = Flow::frames();
    let set = bytes("fefd 0400 00000042 0000 0010 0503 0004 0000 0100 0506 0004 0000 0004");
    let told = flow.take(Role::Client, &set);
    assert!(told[0].starts_with("Request reset_to_factory"), "{told:?}");
}

fn cyclic(id: u16, cycle: u16, status: u8) -> Vec<u8> {
    let mut frame = id.to_be_bytes().to_vec();
    frame.extend([0; 40]);
    frame.extend(cycle.to_be_bytes());
    frame.extend([status, 0]);
    frame
}

#[test]
fn cyclic_data_tell_what_changes() {
    let mut flow = Flow::frames();
    let mut told = |id, cycle, status| {
        let lines = flow.take(Role::Client, &cyclic(id, cycle, status));
        assert_eq!(lines.len(), 1);
        lines[0].clone()
    };
    let steady = "OneWay rt_class_1 frame_id:49152";
    assert_eq!(told(0xc000, 100, 0x35), steady);
    assert_eq!(told(0xc000, 132, 0x35), steady);
    assert_eq!(
        told(0xc000, 132, 0x35),
        format!("{steady} !out_of_sequence")
    );
    let stop = told(0xc000, 164, 0x25);
    assert_eq!(stop, "OneWay provider_stop frame_id:49152 provider_state:0");
    let run = told(0xc000, 196, 0x31);
    assert_eq!(
        run,
        "OneWay provider_run frame_id:49152 provider_state:1 data_valid:0"
    );
    let problem = told(0x8000, 0, 0x15);
    assert_eq!(
        problem,
        "OneWay station_problem frame_id:32768 no_station_problem:0"
    );
    assert_eq!(told(0x8000, 32, 0x15), "OneWay rt_class_2 frame_id:32768");
}

/// However many identifiers two stations use, so many are followed.
#[test]
fn followed_frame_identifiers_are_bounded() {
    let mut cyclic_frames = rt::Cyclic::default();
    for id in 0x8000..0x9000_u16 {
        let frame = cyclic(id, 1, 0x35);
        let input = Input {
            time: Timestamp::ZERO,
            frame: 1,
            sender: Role::Client,
            transport: Transport::Link,
            bytes: &frame,
            cut: false,
            last: false,
        };
        cyclic_frames.frame(frame_ids::of(id), id, &frame[2..], &input, &mut |_| {});
    }
    assert_eq!(cyclic_frames.followed(), limits::PROFINET_FRAME_IDS);
}

#[test]
fn alarms_are_acknowledged_or_end_the_connection() {
    let mut flow = Flow::frames();
    let lost = flow.take(Role::Server, &bytes(ABORTED)).remove(0);
    assert!(lost.starts_with("OneWay connection_aborted"), "{lost}");
    assert!(
        lost.contains("error 0xcf81fd0f ar_release_received"),
        "{lost}"
    );
    let pulled = "fc01 0001 0002 11 01 0001 ffff 001c 00010018 0100 0003 00000000 0002 0001 \
        00000010 00000011 8001 0000";
    let pulled = flow.take(Role::Server, &bytes(pulled)).remove(0);
    assert!(pulled.starts_with("Request pull"), "{pulled}");
    assert!(pulled.contains("submodule:131073"), "{pulled}");
    let taken =
        "fc01 0002 0001 11 01 0001 0001 0016 80010012 0100 0003 00000000 0002 0001 8001 00000000";
    let taken = flow.take(Role::Client, &bytes(taken)).remove(0);
    assert!(taken.starts_with("Response pull_acknowledged"), "{taken}");
    assert!(!taken.contains('!'), "{taken}");
}

#[test]
fn calls_are_paired_in_either_order_of_octets() {
    let mut flow = Flow::calls();
    let release = flow.take(Role::Client, &bytes(RELEASE));
    let device = "interface:1 device_id:3 vendor_id:346";
    assert_eq!(release, [format!("Request release block:276 {device}")]);
    let released = flow.take(Role::Server, &bytes(RELEASED)).remove(0);
    assert!(released.starts_with("Response release status:0 block:33044"));
    let vendor = released.contains("=GE Intelligent Platforms");
    assert!(vendor && !released.contains('!'), "{released}");
    let read = flow.take(Role::Client, &bytes(READ));
    assert_eq!(
        read,
        [format!("Request read block:9 record:63553 {device}")]
    );
}

/// The arguments of a call, cut into fragments that come in any order, are put together.
#[test]
fn fragments_are_put_together() {
    let whole = bytes(READ);
    let (header, body) = whole.split_at(80);
    let part = |number: u16, last: bool, data: &[u8]| {
        let mut part = header.to_vec();
        part[2] |= if last { 0x06 } else { 0x04 };
        part[74..76].copy_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        part[76..78].copy_from_slice(&number.to_be_bytes());
        part.extend(data);
        part
    };
    let mut flow = Flow::calls();
    let last = flow.take(Role::Client, &part(1, true, &body[30..]));
    assert_eq!(last, ["OneWay fragment"]);
    let first = flow.take(Role::Client, &part(0, false, &body[..30]));
    assert_eq!(first, Flow::calls().take(Role::Client, &whole));
    let piece = vec![0; 4000];
    let told: Vec<_> = (0..6)
        .map(|n| flow.take(Role::Client, &part(n, false, &piece)).remove(0))
        .collect();
    assert!(told[5].contains("!limit_reached"), "{told:?}");
}

fn seeds() -> Vec<(bool, Vec<u8>)> {
    let frames = [IDENTIFY, IDENTIFIED, SET_IP, SET_DONE, ABORTED];
    let mut seeds: Vec<_> = frames.iter().map(|hex| (true, bytes(hex))).collect();
    seeds.push((true, cyclic(0xc000, 1, 0x35)));
    let mut delay = bytes("ff40");
    delay.extend([0; 20]);
    delay.extend(bytes("0c06 000991 43e068 0000"));
    seeds.push((true, delay));
    seeds.extend([RELEASE, RELEASED, READ].map(|hex| (false, bytes(hex))));
    seeds
}

fn flow_for(is_frame: bool) -> Flow {
    if is_frame {
        Flow::frames()
    } else {
        Flow::calls()
    }
}

#[test]
fn every_truncation_is_shown_unless_the_capture_cut_it() {
    for (is_frame, whole) in seeds() {
        // Cyclic data have no length of their own: only the status can be missing.
        let shortest = whole.starts_with(&[0xc0]);
        for len in 1..whole.len() {
            let mut flow = flow_for(is_frame);
            if !is_frame {
                flow.take(Role::Client, &bytes(READ));
            }
            let told = flow.take(Role::Server, &whole[..len]);
            if !shortest || len < 6 {
                assert!(told[0].contains("!truncated"), "{len}: {told:?}");
            }
            let mut flow = flow_for(is_frame);
            flow.cut = true;
            let told = flow.take(Role::Server, &whole[..len]);
            assert!(!told.concat().contains("!truncated"), "{len}: {told:?}");
        }
    }
}

#[test]
fn flipped_bits_are_survived() {
    for (is_frame, whole) in seeds() {
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flow_for(is_frame).take(Role::Client, &flipped);
            flow_for(is_frame).take(Role::Server, &flipped);
        }
    }
}

#[test]
fn a_call_is_known_by_its_interface_on_any_port() {
    let probe = |bytes: &[u8], hinted| {
        (ENTRY_IO.probe)(&ProbeInput {
            bytes,
            transport: Transport::Udp,
            hinted,
            sender: None,
        })
    };
    let client = Probe::Recognised(Some(Role::Client));
    let server = Probe::Recognised(Some(Role::Server));
    assert_eq!(probe(&bytes(RELEASE), false), client);
    assert_eq!(probe(&bytes(RELEASED), false), server);
    let mut other = bytes(RELEASE);
    other[30] ^= 1;
    assert_eq!(probe(&other, true), Probe::Unrecognised);
}

proptest! {
    #[test]
    fn random_bytes_are_survived(
        head in 0..10_usize,
        keep in 0..90_usize,
        tail in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let (is_frame, seed) = seeds().swap_remove(head);
        let mut data: Vec<u8> = seed[..keep.min(seed.len())].to_vec();
        data.extend(tail);
        if !data.is_empty() {
            flow_for(is_frame).take(Role::Client, &data);
        }
    }
}
