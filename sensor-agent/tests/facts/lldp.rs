//! What the oracle takes for a well-formed announcement of LLDP.

use super::{captures, ours};

/// Selectors 0, 6 and 7 of an application are reserved (IEEE 802.1Q, D.2.11). The table of applications of this
/// capture begins behind its organisation, subtype and reserved octet; its first entry has selector 0.
#[test]
fn a_reserved_selector_is_a_bad_value() {
    let capture = "malformed/tcpdump_lldp_infinite_loop.pcap";
    let file = std::fs::read(captures().join(capture)).unwrap();
    let head = [0xff, 0x07, 0x00, 0x80, 0xc2, 0x0c];
    let at = file.windows(head.len()).position(|octets| octets == head);
    let first = file[at.unwrap() + head.len() + 1];
    assert_eq!(first & 7, 0);
    assert_eq!(ours(capture)["quality"]["malformed_frames"], 1);
}
