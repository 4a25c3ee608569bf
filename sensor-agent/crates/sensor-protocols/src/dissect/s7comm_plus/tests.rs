//! PDUs of named captures, departures made from them, and hostile input.

use proptest::prelude::*;

use crate::dissect::Role;
use crate::dissect::cotp::tests::{Session, bytes, check, packet, play, play_cut, told};

/// `iti_s7_1200_hmi.pcap`, frames 20 and 22; `icsnpp_s7comm_plus.pcap`, frames 30 and 31 (integrity
/// part), 27 (notification).
const READ: &str = "72020044310000054c00000003000003be3400000000030e0032019a7b00814902880d876800814902\
    880d8769000004e88969001200000000896a001300896b000400000000000072020000";
const ANSWER: &str = "7202001d320000054c00000003340001000801020008320300083200000000000072020000";
const PROTECTED: &str = "7203004320 3dcac8ee113108f0defe64eff4faf6106fe1fa3d75064cde9b8314d9f1e276a3 \
    320000054c000083 1d34000100040102000883720300 08be04000083a11000000000 72030000";
const NOTIFICATION: &str = "7203004c20 858c8cc6515200791f6d4a7e8f8e05e765695838645e875af747f0fd2c904e74 \
    3370000e51040000000000d28ec151019200000019000e417e964c920000001b000e4193dfbe0000000000 72030000";

const SEEDS: &[&str] = &[READ, ANSWER, PROTECTED, NOTIFICATION];

#[test]
fn variables_are_read() {
    let mut session = Session::default();
    session.segment(Role::Client, &packet(&bytes(READ)), false);
    session.segment(Role::Server, &packet(&bytes(ANSWER)), false);
    let (request, _) = session.seen[0].split_once(" =").unwrap();
    assert_eq!(
        request,
        "> s7comm_plus 0x54c/2 GetMultiVariables (read) session=958"
    );
    let (_, answer) = session.seen[1].split_once(" ok ").unwrap();
    assert_eq!(answer, "answers #1 after 1 ms");
}

#[test]
fn an_integrity_part_is_passed_and_a_notification_told() {
    let mut session = Session::default();
    session.segment(Role::Server, &packet(&bytes(PROTECTED)), false);
    session.segment(Role::Server, &packet(&bytes(NOTIFICATION)), false);
    assert!(session.seen[0].starts_with("< s7comm_plus 0x54c/3 GetMultiVariables (read) =34"));
    let expected = "- s7comm_plus 0x10033/3 Notification (event) subscription=1879051857 =04";
    assert!(session.seen[1].starts_with(expected), "{}", session.seen[1]);
}

/// `iti_v13_1200_tp1200sim.pcapng`, frames 43 and 44, without the octets of the value.
#[test]
fn a_response_of_the_second_kind_answers_too() {
    let mut session = Session::default();
    let request = "72020012 31000004f20000000500000398740000000000 72020000";
    let answer = "72020016 02000004f200000005740000000000000000000000 0072020000";
    session.segment(Role::Client, &packet(&bytes(request)), false);
    session.segment(Role::Server, &packet(&bytes(answer)), false);
    assert!(
        session.last().ends_with("ok answers #1 after 1 ms"),
        "{}",
        session.last()
    );
}

/// Without a trailer the next PDU continues this one; it has no header of a message.
#[test]
fn a_pdu_goes_on_in_the_next_one() {
    check(
        &[
            "> 0300001d 02f080 72020012 310000054200000005000003be3400000000",
            "> 03000013 02f080 72020004 01020304 72020000",
            "< 0300001f02f0807202001032000005420000000534000000000000 72020000",
        ],
        &[
            "> s7comm_plus 0x542/2 SetMultiVariables (write) session=958 =3400000000",
            "- s7comm_plus 0x20002/2 continued data (session) =01020304",
            "< s7comm_plus 0x542/2 SetMultiVariables (write) =34000000000000 ok answers #1 after 2 ms",
        ],
    );
}

#[test]
fn departures_are_told() {
    for (pdu, anomalies) in [
        ("72070004 01020304 72070000", "!reserved_code"),
        ("72020004 99000000 72020000", "!reserved_code"),
        (
            "7202000e 31000007770000 0005 000003be 34 72020000",
            "!reserved_code",
        ),
        (
            "7202000e 31000105420000 0005 000003be 34 72020000",
            "!bad_value",
        ),
        (
            "7202000e 31000005420000 0005 000003be 34 72030000",
            "!bad_value",
        ),
        ("7202000e 310000", "!truncated !bad_length"),
    ] {
        let mut session = Session::default();
        session.segment(Role::Client, &packet(&bytes(pdu)), false);
        assert_eq!(session.seen.len(), 1, "{pdu}");
        let (_, found) = session.last().split_once('!').unwrap_or_default();
        let found = format!("!{found}");
        assert!(
            found.contains(anomalies) || found == anomalies,
            "{pdu}: {found}"
        );
    }
}

#[test]
fn keep_alive_and_system_event_have_no_message() {
    check(
        &[
            "> 0300000b 02f080 72ff0100",
            "< 0300000f 02f080 72fe0004 01020304",
        ],
        &[
            "- s7comm_plus 0x200ff/255 keep-alive (session)",
            "- s7comm_plus 0x200fe/254 system event (event) =01020304",
        ],
    );
}

#[test]
fn open_requests_are_bounded() {
    let mut session = Session::default();
    for n in 0..40 {
        let mut request = bytes(READ);
        request[12] = n;
        session.segment(Role::Client, &packet(&request), false);
    }
    let limited = session.seen.iter().filter(|l| l.contains("!limit_reached"));
    assert_eq!(limited.count(), 8);
}

#[test]
fn truncation_and_bit_flips_are_survived() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for len in 1..whole.len() - 4 {
            let mut session = Session::default();
            session.segment(Role::Client, &packet(&whole[..len]), false);
            assert!(
                session.last().contains("!truncated !bad_length"),
                "{seed} to {len}"
            );
        }
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            play(&packet(&flipped));
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        let pdu: Vec<u8> = std::iter::once(0x72).chain(data).collect();
        play(&packet(&pdu));
    }

    #[test]
    fn segmentation_does_not_matter(
        picks in proptest::collection::vec(0..SEEDS.len(), 1..6),
        cuts in proptest::collection::vec(1usize..60, 1..40),
    ) {
        let stream: Vec<u8> = picks.iter().flat_map(|at| packet(&bytes(SEEDS[*at]))).collect();
        let mut whole = Session::default();
        whole.segment(Role::Client, &stream, false);
        prop_assert_eq!(told(&whole), told(&play_cut(&stream, &cuts)));
    }
}
