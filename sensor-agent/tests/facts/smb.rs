//! Reasons of the differences about SMB and DCE/RPC.

use crate::{oracle, ours};

/// Of the frames that the oracle calls DCE/RPC eight are datagrams of a controller that begin with 4, the
/// version, and have no interface, no activity and no length (C706, 12.5.3): they are none. Two others,
/// between port 1080 and a server of DCOM, are calls with all marks of one; the oracle takes them for SOCKS
/// by their port.
#[test]
fn datagrams_without_an_interface_are_no_call_and_calls_on_port_1080_are() {
    let facts = ours("mixed/iti_mb2_plant1.pcap");
    let theirs = oracle("mixed/iti_mb2_plant1.pcap");
    let calls = 215 - 8 + 2;
    assert_eq!(theirs["protocol_packets"]["layers"]["socks"], 2);
    assert_eq!(facts["sensor"]["dcerpc"]["messages"], calls);
    assert!(facts["sensor"]["dcerpc"].get("anomalies").is_none());
}
