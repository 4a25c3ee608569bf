//! Reasons of the differences about S7comm and its transport, and what tshark does not dissect.

use crate::{oracle, ours};

/// RFC 1006, 6: the version of a packet is 3. The oracle names the framing by port 3389 and reads packets of version
/// 5 as such. The sensor tells the one packet that is there, a confirm of RDP with a negotiation whose length is 0
/// and not 8, and that what follows it and what the client sends are no packets.
#[test]
fn packets_of_another_version_are_no_framing() {
    let rdp = &ours("malformed/zeek_rdp_invalid_length.pcap")["sensor"]["rdp"];
    assert_eq!(rdp["operations"]["connection_confirm"], 1);
    assert_eq!(rdp["fragments"]["unframed_bytes"], 2);
    assert_eq!(rdp["anomalies"]["bad_length"], 1);
    assert_eq!(rdp["anomalies"]["bad_version"], 2);
}

/// The 97 frames are TDS, which the oracle calls malformed and the sensor does not dissect. The
/// messages of this capture that are dissected are without fault.
#[test]
fn malformed_frames_of_a_database_are_not_counted() {
    let facts = ours("mixed/iti_mb2_plant1.pcap");
    assert_eq!(facts["cip"], oracle("mixed/iti_mb2_plant1.pcap")["cip"]);
    let sensor = &facts["sensor"];
    assert!(sensor.get("modbus_anomalies").is_none());
    for protocol in ["cotp", "s7comm", "enip"] {
        assert!(
            sensor[protocol]["messages"].as_u64() > Some(1000),
            "{protocol}"
        );
        assert!(sensor[protocol].get("anomalies").is_none(), "{protocol}");
    }
}

/// The oracle has no dissector of S7comm-plus. Counts are those of the ICSNPP parser: 79
/// notifications, 34 requests and 8 responses.
#[test]
fn s7comm_plus_is_counted_as_another_parser_does() {
    let plus = &ours("s7comm/icsnpp_s7comm_plus.pcap")["sensor"]["s7comm_plus"];
    assert_eq!(plus["messages"], 79 + 34 + 8);
    assert_eq!(plus["operations"]["Notification"], 79);
    assert_eq!(plus["operations"]["SetVariable"], 26);
    assert_eq!(plus["operations"]["GetMultiVariables"], 6 + 6);
    assert_eq!(plus["operations"]["SetMultiVariables"], 2 + 2);
    assert!(plus.get("anomalies").is_none());
}
