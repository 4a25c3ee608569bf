//! Where the oracle is wrong about EtherNet/IP and CIP, and why.

use super::{oracle, ours};

/// To every message on a connection whose opening is in the capture the oracle adds the class of the
/// path the connection was opened with, as if the message named it. A connected message has no such
/// field: its path is that of the service alone (CIP Volume 1, 2-4).
#[test]
fn a_connected_message_does_not_name_the_class_of_its_connection() {
    let capture = "enip/openics_reboot_or_download.pcap";
    let facts = ours(capture);
    let connected = facts["enip"]["commands"]["112"].as_u64().unwrap();
    let named = facts["cip"]["request_classes"]["2"].as_u64().unwrap();
    let told = oracle(capture)["cip"]["request_classes"]["2"].as_u64();
    assert_eq!(Some(named + connected), told);
    assert_eq!(
        facts["sensor"]["enip"]["operations"]["forward_open"], 10,
        "openings are there"
    );
}
