//! Exchanges of named captures, and departures made from them.

use crate::dissect::Role;
use crate::dissect::cotp::tests::{Session, bytes, check, packet};

/// `icsnpp_s7ident.pcap`, frames 4 and 6.
#[test]
fn a_connection_names_rack_and_slot() {
    check(
        &[
            "> 03000016 11e0 0000 0001 00 c0010a c1020100 c2020102",
            "< 03000016 11d0 0001 0002 00 c0010a c1020100 c2020102",
        ],
        &[
            "> cotp 0xe CR (session) calling_tsap=256 called_tsap=258 rack=0 slot=2 \
             tpdu_size=1024",
            "< cotp 0xd CC (session) calling_tsap=256 called_tsap=258 rack=0 slot=2 \
             tpdu_size=1024 ok answers #1 after 1 ms",
        ],
    );
}

/// `iti_s7_1200_hmi.pcap`, frames 6 and 8: the called TSAP is a name.
#[test]
fn a_tsap_of_text_is_a_name() {
    check(
        &[
            "> 030000241fe00000011200c1020620c21053494d415449432d524f4f542d484d49c0010a",
            "< 030000241fd00112000900c0010ac1020620c21053494d415449432d524f4f542d484d49",
        ],
        &[
            "> cotp 0xe CR (session) calling_tsap=1568 Name(\"SIMATIC-ROOT-HMI\") tpdu_size=1024",
            "< cotp 0xd CC (session) calling_tsap=1568 Name(\"SIMATIC-ROOT-HMI\") tpdu_size=1024 \
             ok answers #1 after 1 ms",
        ],
    );
}

/// ISO 8073, 13.5: reason 3 answers the request whose reference it repeats; 13.12: an error does.
#[test]
fn a_connection_is_refused() {
    let request = "> 0300000e 09e0 0000 0005 00 c0010a";
    check(
        &[request, "< 0300000b 0680 0005 0000 03"],
        &[
            "> cotp 0xe CR (session) tpdu_size=1024",
            "< cotp 0x8 DR (session) error 0x3 address unknown answers #1 after 1 ms",
        ],
    );
    check(
        &[request, "< 03000009 0470 0005 02"],
        &[
            "> cotp 0xe CR (session) tpdu_size=1024",
            "< cotp 0x7 ER (session) error 0x2 invalid TPDU type answers #1 after 1 ms",
        ],
    );
}

/// Of a connection that is up, either side may disconnect.
#[test]
fn a_disconnect_without_a_request_answers_nothing() {
    check(
        &[
            "< 0300000b 0680 0005 0007 80",
            "> 0300000b 0680 0007 0005 80",
        ],
        &["- cotp 0x8 DR (session)", "- cotp 0x8 DR (session)"],
    );
}

/// ISO 8073, 6.3: TPDUs without EOT make one TSDU with the next one that has it. The one in the
/// middle is that of `iti_mb2_plant1.pcap`, frame 9, which is empty.
#[test]
fn a_unit_is_put_together_of_its_parts() {
    check(
        &[
            "> 0300000e 02f000 32010000000100",
            "> 03000007 02f000",
            "> 03000018 02f080 0e00000401120a10020004000184000000",
        ],
        &[
            "- cotp 0xf DT (session) =32010000000100",
            "- cotp 0xf DT (session)",
            "> s7comm 0x4 read variable (read) data_block_byte 65536+4",
        ],
    );
}

#[test]
fn a_unit_of_no_known_user_is_told_as_data() {
    check(
        &["> 0300000c 02f080 6400010061"],
        &["- cotp 0xf DT (session) =6400010061"],
    );
}

/// A connection of an S7-1200 carries S7comm and S7comm-plus, `icsnpp_s7comm_plus.pcap`.
#[test]
fn a_connection_can_have_several_users() {
    check(
        &[
            "> 0300001f02f080320100000000000e00000401120a10020004000083000000",
            "< 0300001f02f08072020010320000054200000002 34000000000000 72020000",
        ],
        &[
            "> s7comm 0x4 read variable (read) flag_byte 0+4",
            "< s7comm_plus 0x542/2 SetMultiVariables (write) =34000000000000 ok",
        ],
    );
}

#[test]
fn departures_of_the_transport_are_told() {
    for (packet, anomalies) in [
        // Reserved octet; TPDU number; indicator of a DT.
        ("> 03010007 02f080", "!bad_value"),
        ("> 03000007 02f001", "!bad_value"),
        ("> 03000008 03f08000", "!bad_length"),
        // Codes that are not defined, and that class 0 does not have.
        ("> 03000007 023000", "!reserved_code"),
        ("> 03000009 0460000100", "!bad_value"),
        // An indicator beyond the packet; a parameter beyond the indicator.
        ("> 03000007 09e000", "!truncated !bad_length"),
        (
            "> 0300000e 09e0 0000 0005 00 c0020a",
            "!truncated !bad_length",
        ),
        // Destination reference of a request; class 4; size; user data.
        ("> 0300000b 06e0 0001 0005 00", "!bad_value"),
        ("> 0300000b 06e0 0000 0005 40", "!bad_value"),
        ("> 0300000e 09e0 0000 0005 00 c00106", "!bad_value"),
        (
            "> 0300000d 06e0 0000 0005 00 6161",
            "!bad_length !trailing_bytes",
        ),
        // Who confirms is not the client; a reason that is none.
        ("> 0300000b 06d0 0001 0005 00", "!wrong_role"),
        ("< 0300000b 06e0 0000 0005 00", "!wrong_role"),
        ("< 0300000b 0680 0005 0000 63", "!bad_value"),
    ] {
        let mut session = Session::default();
        let sender = if packet.starts_with('>') {
            Role::Client
        } else {
            Role::Server
        };
        session.segment(sender, &bytes(&packet[1..]), false);
        assert_eq!(session.seen.len(), 1, "{packet}");
        let (_, found) = session.last().split_once('!').unwrap_or_default();
        assert_eq!(format!("!{found}"), anomalies, "{packet}");
    }
}

#[test]
fn bytes_that_are_no_packet_are_told_up_to_the_next_one() {
    let mut session = Session::default();
    let good = packet(&[1, 0, 1, 0]);
    session.segment(Role::Client, &good, false);
    session.segment(Role::Client, &[b"GET ".as_slice(), &good].concat(), false);
    session.segment(
        Role::Client,
        &[[3, 0, 0, 6].as_slice(), &good].concat(),
        false,
    );
    assert_eq!(
        session.seen[1],
        "- cotp 0x0 unframed_bytes (unknown) =47455420 !bad_version"
    );
    assert_eq!(
        session.seen[3],
        "- cotp 0x0 unframed_bytes (unknown) =03000006 !bad_length"
    );
    assert_eq!(session.seen[2], session.seen[4]);
    assert!(!session.ended);
}

#[test]
fn other_bytes_from_the_start_are_another_protocol() {
    let mut session = Session::default();
    session.segment(Role::Client, b"GET / HTTP/1.1\r\n", false);
    assert!(session.ended && session.seen.is_empty());
}

#[test]
fn after_a_loss_the_next_packet_is_found() {
    let mut session = Session::default();
    let good = packet(&[1, 0, 1, 0]);
    session.segment(Role::Client, &good, false);
    session.segment(Role::Client, &good[..6], false);
    session.gap(Role::Client, 40);
    session.segment(Role::Client, &[[0x55; 9].as_slice(), &good].concat(), false);
    assert_eq!(session.seen.len(), 2);
    assert_eq!(session.seen[0], session.seen[1]);
}

/// The cap is told, and what it takes is not held against the sender.
#[test]
fn a_unit_longer_than_is_kept_is_cut_and_says_so() {
    let mut session = Session::default();
    let mut part = vec![3, 0, 4, 7, 2, 0xf0, 0];
    let mut read = bytes("320100000000 2401 0000 0480");
    read.resize(1024, 0x12);
    part.extend(&read);
    for _ in 0..9 {
        session.segment(Role::Client, &part, false);
    }
    session.segment(Role::Client, &bytes("03000008 02f080 00"), false);
    assert_eq!(session.seen.len(), 10);
    let last = session.last();
    assert!(last.contains("read variable"), "{last}");
    assert!(last.ends_with("!limit_reached"), "{last}");
}
