//! What is told of MMS beyond what the oracle counts.

use super::{oracle, ours};

/// The accept of this capture is an octet shorter than its length indicator says, and the length of its
/// user data is 0 (X.225, 8.2.5); the oracle calls the frame malformed as well. Both read what follows.
#[test]
fn an_accept_that_ends_early_is_malformed_and_what_follows_is_read() {
    let capture = "mms/iti_iec61850_read.pcap";
    let (facts, theirs) = (ours(capture), oracle(capture));
    assert_eq!(facts["quality"]["malformed_frames"], 1);
    assert_eq!(theirs["quality"]["malformed_frames"], 1);
    let told = &facts["sensor"]["mms"];
    assert_eq!(told["anomalies"]["truncated"], 1);
    assert_eq!(told["operations"]["accept"], 1);
    assert_eq!(told["operations"]["read"], 2);
}

/// Every answer of these servers has the layer below wrong: the length of `03 00 00 07 00 0f 80 a9 00` ends
/// within the message, and a TPDU with a length indicator of 0 has no code (X.224, 13.2.1). The oracle counts
/// the TPKT headers and leaves the rest; the sensor tells two TPDUs without a code and the rest as bytes that
/// are in no frame.
#[test]
fn octets_behind_a_tpkt_header_that_are_no_tpdu() {
    for (capture, unframed) in [
        ("mms/iti_mms_readRequest.pcap", 3),
        ("mms/iti_mms_killRequest.pcap", 4),
        ("mms/iti_mms_startRequest.pcap", 5),
    ] {
        let facts = ours(capture);
        let told = &facts["sensor"]["cotp"];
        assert_eq!(told["operations"]["unknown"], 2, "{capture}");
        assert_eq!(told["fragments"]["unframed_bytes"], unframed, "{capture}");
        assert_eq!(told["anomalies"]["bad_length"], unframed, "{capture}");
        assert!(oracle(capture)["cotp"]["pdu_types"].get("0").is_none());
    }
}

/// `8b 00` right behind the header of a DT is `conclude-RequestPDU` (ISO 9506-2, `MMSpdu [11]`). The oracle
/// guesses MMS without the layers below by its first octets, which these are not among.
#[test]
fn a_conclude_without_the_layers_below_is_told() {
    let capture = "mms/iti_mms_startRequest.pcap";
    let told = &ours(capture)["sensor"]["mms"];
    assert_eq!(told["operations"]["conclude"], 1);
    assert_eq!(told["messages"], 4);
    assert!(told.get("anomalies").is_none());
    assert_eq!(oracle(capture)["protocol_packets"]["ot"]["mms"], 3);
}
