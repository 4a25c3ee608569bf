//! Messages of `genisys/icsnpp_genisys.pcap`, and what departs from them.

use super::ENTRY;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

const POLL: &str = "fb018340f6";
const ACKNOWLEDGE: &str = "f101f6";
const RECALL: &str = "fd0180e0f6";
const INDICATION: &str = "f20113041404160466a7f6";
/// With an octet of its checksum that is sent as two.
const ESCAPED: &str = "f20112051e0624042a062d052f04f5f9f6";

#[test]
fn a_station_is_polled() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{POLL}"),
            &format!("<{ACKNOWLEDGE}"),
            &format!(">{RECALL}"),
            &format!("<{INDICATION}"),
        ],
        &[
            "> genisys 0xfb poll (read) @1",
            "< genisys 0xf1 acknowledge_client (session) @1 ok answers #1",
            "> genisys 0xfd recall (read) @1",
            "< genisys 0xf2 indication_data (read) @1 indication_octet[19+2] \
             indication_octet[22+1] ok answers #3",
        ],
    );
}

/// `fc 01 f0 3c …`: octet F0H of address 60H is sent as F0H 00H; the checksum is of the octets as they are meant.
#[test]
fn controls_are_told_without_escapes() {
    let meant = [0xfc_u8, 1, 0x60, 0xf0];
    let crc = super::CHECKSUM.checksum(&meant).to_le_bytes();
    let mut sent = vec![0xfc, 1, 0x60, 0xf0, 0x00];
    for octet in crc {
        if octet >= 0xf0 {
            sent.extend([0xf0, octet & 0x0f]);
        } else {
            sent.push(octet);
        }
    }
    sent.push(0xf6);
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &sent, false);
    assert_eq!(
        flow.seen,
        ["> genisys 0xfc control_data (control) @1 control_octet[96+1]"]
    );
}

#[test]
fn a_wrong_checksum_and_a_wrong_end_are_flagged() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes("fb018341f6 f101f6 f40183d3f6"), false);
    assert!(flow.seen[0].ends_with("!bad_checksum"), "{:?}", flow.seen);
    assert!(flow.seen[1].contains("!wrong_role"), "{:?}", flow.seen);
    assert!(flow.seen[2].contains("!reserved_code"), "{:?}", flow.seen);
}

/// What sends controls is the office, whoever opened the connection.
#[test]
fn controls_are_requests_where_the_station_opened_the_connection() {
    let meant = [0xfc_u8, 1, 0x60, 0x07];
    let mut sent = meant.to_vec();
    sent.extend(super::CHECKSUM.checksum(&meant).to_le_bytes());
    sent.push(0xf6);
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Server, &sent, false);
    flow.offer(Role::Client, &bytes(ACKNOWLEDGE), false);
    assert_eq!(
        flow.seen,
        [
            "> genisys 0xfc control_data (control) @1 control_octet[96+1] !wrong_role",
            "< genisys 0xf1 acknowledge_client (session) @1 ok answers #1 !wrong_role",
        ]
    );
}

/// Behind lost bytes a header alone is no message: data may look like one.
#[test]
fn after_a_loss_only_a_message_whose_checksum_fits_is_taken() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes(POLL), false);
    flow.lose(Role::Client, 3);
    flow.offer(
        Role::Client,
        &bytes(&format!("fc01600700f6 {RECALL}")),
        false,
    );
    assert_eq!(
        flow.seen,
        [
            "> genisys 0xfb poll (read) @1",
            "> genisys 0xfd recall (read) @1",
        ]
    );
}

/// A peer cannot end the dissection of a flow with an octet that is no header.
#[test]
fn what_is_no_message_is_told_once_and_passed_over() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes(POLL), false);
    flow.offer(Role::Client, &bytes("00112233"), false);
    flow.offer(Role::Client, &bytes(&format!("4455{RECALL}")), false);
    assert_eq!(
        flow.seen,
        [
            "> genisys 0xfb poll (read) @1",
            "- genisys 0x0 unframed_bytes (unknown) !bad_value",
            "> genisys 0xfd recall (read) @1",
        ]
    );
}

#[test]
fn other_protocols_on_the_port_are_not_taken() {
    for (hex, known) in [
        (POLL, true),
        (ACKNOWLEDGE, true),
        ("474554202f20", false),
        ("fb018341f6", false),
    ] {
        let octets = bytes(hex);
        let probed = (ENTRY.probe)(&ProbeInput {
            bytes: &octets,
            transport: Transport::Tcp,
            hinted: true,
            sender: None,
        });
        assert_eq!(matches!(probed, Probe::Recognised(_)), known, "{hex}");
    }
}

#[test]
fn hostile_input_is_survived() {
    hostile(
        &ENTRY,
        Transport::Tcp,
        &[POLL, ACKNOWLEDGE, RECALL, INDICATION, ESCAPED],
    );
}
