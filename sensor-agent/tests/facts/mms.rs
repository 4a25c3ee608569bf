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
