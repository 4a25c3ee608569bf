//! Where the oracle is wrong about DNP3, and why.

use super::ours;

/// The oracle puts segments of several conversations with the same addresses and numbers together.
/// Every segment has its CRC and follows the one before (IEEE 1815-2012, 8.2); frame 311, a response
/// in a single segment, shows as a confirmation there.
#[test]
fn a_fragment_is_put_together_of_its_own_segments() {
    let dnp3 = &ours("dnp3/icsnpp_dnp3_example.pcap")["sensor"]["dnp3"];
    assert_eq!(dnp3["operations"]["RESPONSE"], 364);
    for anomaly in ["bad_checksum", "out_of_sequence", "truncated"] {
        assert!(dnp3["anomalies"].get(anomaly).is_none(), "{anomaly}");
    }
}

/// The oracle reads no object headers of `ASSIGN_CLASS`, `STOP_APPL` and the functions of
/// authentication, and none behind an aggressive mode request. They have them (IEEE 1815-2012, 4.4
/// and A.45).
#[test]
fn objects_of_every_function_are_read() {
    for capture in [
        "iti_assign_class",
        "iti_operate_aggressive_mode",
        "iti_auth_challenge",
    ] {
        let dnp3 = &ours(&format!("dnp3/{capture}.pcap"))["sensor"]["dnp3"];
        assert!(
            dnp3.get("anomalies").is_none(),
            "{capture}: read to its end"
        );
    }
}

/// The oracle reads internal indications of functions 129 and 130 only. `AUTHENTICATE_RESP` is a
/// response and has them as well (IEEE 1815-2012, 4.2.2).
#[test]
fn an_authentication_response_has_indications() {
    let facts = ours("dnp3/iti_auth_challenge.pcap");
    assert_eq!(facts["dnp3"]["application_function_codes"]["131"], 1);
    assert_eq!(facts["dnp3"]["internal_indications"]["36864"], 2);
}

/// Behind a range that runs backwards, or objects that end early, the oracle goes on as if the next
/// octet were an object header, and calls most such frames malformed whatever is wrong with them. The
/// sensor stops there and says what it found: each of the 197 frames has an anomaly. Of frame 1,
/// whose length is too small for a header, the oracle has the layer and no field.
#[test]
fn nothing_is_read_behind_a_header_that_cannot_be_right() {
    let facts = ours("dnp3/iti_dnp3_malformed.pcap");
    let dnp3 = &facts["sensor"]["dnp3"];
    assert_eq!(dnp3["messages"], 197);
    let anomalies = &dnp3["anomalies"];
    let short = anomalies["truncated"].as_u64().unwrap();
    assert_eq!(short, facts["quality"]["malformed_frames"]);
    assert!(short + anomalies["bad_value"].as_u64().unwrap() >= 197);
}

/// The fragment of 9.6 KB is cut where the sensor keeps no more; what it keeps is without fault.
#[test]
fn a_fragment_longer_than_is_kept_is_cut_and_not_malformed() {
    let facts = ours("dnp3/suricata_dnp3_max_points.pcap");
    assert_eq!(facts["sensor"]["dnp3"]["anomalies"]["limit_reached"], 1);
    assert_eq!(
        facts["dnp3"]["objects_group_times_256_plus_variation"]["257"],
        1
    );
}
