//! No heap allocation on the common path: what is allocated while captures are read that poll or publish
//! again and again, once the flows and their tables are there.

mod support;

use std::hint::black_box;
use std::path::Path;

use sensor_protocols::dissect::registry::{self, REGISTRY};
use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Observation, Transport};
use support::{Capture, Each, folder};

/// Capture, and the most allocations for a hundred messages: flows and connections that begin in the second
/// half, and messages in pieces, need some. A dissector that allocated for each message would need a hundred.
const CAPTURES: &[(&str, u64)] = &[
    ("modbus/iti_plant1_modbustcp.pcap", 1),
    // One browser announcement over UDP, which has a flow of its own.
    ("iec104/iti_090813_diverse.pcap", 12),
    ("s7comm/icsnpp_snap7.pcap", 10),
    ("dnp3/icsnpp_dnp3_example.pcap", 10),
    ("enip/iti_plant1_enip.pcap", 5),
    ("goose/iti_sample_goose.pcap", 0),
    ("sv/seapath_two_streams_50hz.pcap", 0),
    ("bacnet/icsnpp_segmented.pcap", 50),
    ("profinet/icsnpp_io_cm_mixed_1.pcap", 20),
    ("mms/iti_iec61850_read.pcap", 0),
];

/// Messages and allocations of the second half of a capture.
fn second_half(path: &Path) -> (u64, u64) {
    let capture = Capture::read(path);
    let frames: Vec<Frame<'_>> = capture.frames().collect();
    // The index of the registry is made once for the process.
    for transport in [Transport::Tcp, Transport::Udp] {
        black_box(registry::hinted(transport, (0, 0)));
    }
    let (first, second) = frames.split_at(frames.len() / 2);
    let mut inspector = Inspector::default();
    let mut messages = 0;
    let mut sink = Each(|observation: &Observation<'_>| {
        black_box(observation);
        messages += 1;
    });
    for frame in first {
        inspector.frame(frame, &mut sink);
    }
    let mut told = 0;
    let mut sink = Each(|observation: &Observation<'_>| {
        black_box(observation);
        told += 1;
    });
    let used = allocation_counter::measure(|| {
        for frame in second {
            inspector.frame(frame, &mut sink);
        }
    });
    (told, used.count_total)
}

#[test]
fn the_common_path_allocates_nothing() {
    for (name, most) in CAPTURES {
        let (messages, allocations) = second_half(&folder(name));
        assert!(
            allocations * 100 <= most * messages && messages > 0,
            "{name}: {allocations} allocations for {messages} messages"
        );
    }
}

/// Every one of 65 536 flows can have a dissector: half a kilobyte each is 32 MiB.
#[test]
fn a_dissector_is_small_before_its_first_message() {
    const MOST: u64 = 512;
    for entry in REGISTRY {
        let used = allocation_counter::measure(|| drop(black_box((entry.create)())));
        let protocol = entry.protocol.id();
        assert!(used.bytes_max <= MOST, "{protocol}: {}", used.bytes_max);
    }
}
