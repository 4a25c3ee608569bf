//! Frames laid out after IEC 62439-2, truncation and flipped bits.

use super::*;
use crate::dissect::Role;
use crate::observation::Transport;
use crate::time::Timestamp;

/// A test of the manager with a closed ring, then the common TLV and the end.
fn test_frame() -> Vec<u8> {
    let mut frame = vec![0, 1, TEST, 18, 0x80, 0, 2, 0, 0, 0, 0, 7, 0, 1, 0, 1, 0, 0];
    frame.extend([0, 0, 1, 0]);
    frame.extend([COMMON, 18, 0, 5]);
    frame.extend([0xff; 16]);
    frame.extend([END, 0]);
    frame
}

fn seen(bytes: &[u8], cut: bool) -> String {
    let input = Input {
        time: Timestamp::ZERO,
        frame: 1,
        sender: Role::Client,
        transport: Transport::Link,
        bytes,
        cut,
        last: false,
    };
    let mut all = Vec::new();
    let parsed = Mrp.parse(&input, &mut |facts| {
        all.push(format!(
            "{} {:?} {:?} {:?}",
            facts.operation.name, facts.operation.class, facts.objects, facts.anomalies
        ));
    });
    assert_eq!(parsed, Parsed::Consumed(bytes.len()));
    assert_eq!(all.len(), 1, "one frame, one message");
    all.remove(0)
}

#[test]
fn a_test_tells_manager_and_state_of_the_ring() {
    let line = seen(&test_frame(), false);
    assert!(line.starts_with("test Session"), "{line}");
    for object in [
        "Id { kind: \"manager\", id: 2199023255559 }",
        "Id { kind: \"ring_state\", id: 1 }",
        "Id { kind: \"domain\", id: 18446744073709551615 }",
    ] {
        assert!(line.contains(object), "{line}");
    }
    assert!(line.ends_with("{}"), "{line}");
}

#[test]
fn links_and_topology_are_events() {
    let down = [
        0, 1, LINK_DOWN, 12, 2, 0, 0, 0, 0, 9, 0, 1, 0, 20, 0, 1, END, 0,
    ];
    assert!(seen(&down, false).starts_with("link_down Event"));
    let change = [
        0,
        1,
        TOPOLOGY_CHANGE,
        10,
        0,
        0,
        2,
        0,
        0,
        0,
        0,
        9,
        0,
        20,
        END,
        0,
    ];
    let line = seen(&change, false);
    assert!(line.starts_with("topology_change Event"), "{line}");
    assert!(line.contains("Id { kind: \"interval\", id: 20 }"), "{line}");
}

#[test]
fn departures_are_told() {
    assert!(seen(&[0, 2, END, 0], false).contains("bad_version"));
    let unknown = seen(&[0, 1, 0x33, 0, END, 0], false);
    assert!(unknown.contains("unknown Unknown"), "{unknown}");
    assert!(unknown.contains("reserved_code"), "{unknown}");
    let mut state = test_frame();
    state[15] = 9;
    assert!(seen(&state, false).contains("bad_value"));
    let many = [&[0, 1][..], &[OPTION, 0].repeat(40)].concat();
    assert!(seen(&many, false).contains("limit_reached"));
}

#[test]
fn every_truncation_shows_unless_the_capture_cut_it() {
    let whole = test_frame();
    for len in 1..whole.len() {
        assert!(seen(&whole[..len], false).contains("truncated"), "{len}");
        assert!(!seen(&whole[..len], true).contains("truncated"), "{len}");
    }
}

#[test]
fn flipped_bits_are_survived() {
    for bit in 0..test_frame().len() * 8 {
        let mut frame = test_frame();
        frame[bit / 8] ^= 1 << (bit % 8);
        seen(&frame, false);
    }
}
