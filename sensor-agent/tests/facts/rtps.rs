//! What the oracle takes for RTPS.

use super::{captures, ours};

/// Every RTPS message begins with the octets `RTPS` (OMG formal/2022-04-01, 8.3.3.1.1). There are none in this
/// capture: in the two frames of which the oracle says so the capture kept a few octets of Modbus.
#[test]
fn octets_of_a_cut_frame_are_no_rtps() {
    let capture = "crafted/cut.pcap";
    let file = std::fs::read(captures().join(capture)).unwrap();
    assert!(!file.windows(4).any(|octets| octets == b"RTPS"));
    let facts = ours(capture);
    assert!(facts["sensor"].get("rtps").is_none());
    assert_eq!(facts["protocol_packets"]["ot"]["modbus"], 16);
}
