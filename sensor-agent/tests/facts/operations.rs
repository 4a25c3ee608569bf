//! What is told of protocols that are read message by message where the oracle's view is another one.

use super::{oracle, ours};

/// Frame 46 is `controller_data_read` without its octet of data: an Ethernet unit has no other form (Omron W343,
/// 11-3-2); that a CPU then sends all that it has is from memory, W342 was not at hand. Frames 203 and 204 answer
/// `data_link_status_read`: behind the response code they have two octets and twelve of the status of nodes, as the
/// capture shows; how W342 divides these is from memory too. The oracle moves on behind the twelfth and looks for more.
/// It calls all three malformed.
#[test]
fn a_frame_that_holds_what_its_command_needs_is_whole() {
    let capture = "fins/icsnpp_omron.pcap";
    let facts = ours(capture);
    let told = &facts["sensor"]["fins"];
    assert_eq!(told["operations"]["controller_data_read"], 10);
    assert_eq!(told["operations"]["data_link_status_read"], 3);
    assert_eq!(oracle(capture)["fins"]["commands"]["1539"], 3);
    // Frame 30, which the oracle passes: 255 words are said to be written, and four octets are there.
    assert_eq!(told["anomalies"]["truncated"], 1);
}

/// Frame 27 is an error of ICMP that quotes the datagram of frame 26 (RFC 792). The oracle counts the message in
/// it once more.
#[test]
fn a_message_quoted_by_icmp_was_told_when_it_was_sent() {
    let facts = ours("hart_ip/icsnpp_hart_ip.pcap");
    assert_eq!(facts["icmp"]["types"]["3"], 1);
    assert_eq!(facts["sensor"]["hart_ip"]["operations"]["session_close"], 4);
}

/// Requests go from port 49905 to 5095, responses back between the same two ports. The oracle's dissector makes a
/// conversation for the port of the session, and its numbers of streams come apart.
#[test]
fn both_directions_of_a_flow_are_one_stream() {
    let capture = "hart_ip/icsnpp_hart_ip.pcap";
    let facts = ours(capture);
    assert_eq!(
        facts["conversations"]["udp"],
        oracle(capture)["conversations"]["udp"]
    );
}

/// Frame 10 is a datagram to port 34980 whose length of 31 is more than its IP packet has (RFC 768). The oracle
/// calls the frame malformed and gives it no stream; it is no message of `EtherCAT` for either.
#[test]
fn a_datagram_with_a_wrong_length_has_ports() {
    let capture = "ethercat/ethercrab_twincat_scan_devices.pcapng";
    let (facts, theirs) = (ours(capture), oracle(capture));
    assert_eq!(
        facts["conversations"]["udp"],
        theirs["conversations"]["udp"]
    );
    assert_eq!(facts["protocol_packets"]["layers"]["ecat"], 4);
}
