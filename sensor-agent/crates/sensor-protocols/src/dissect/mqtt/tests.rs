//! Packets of `mqtt/zeek_mqtt.pcap`, packets made after the specification, and what departs from them.

use super::ENTRY;
use crate::dissect::framed::hex;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::limits;
use crate::observation::Transport;

/// Frames 1 to 5 of the capture.
const CONNECT_3: &str =
    "1025 0006 4d5149736470 03 02 0005 0017 7061686f2f333441414535344137354438333935363645";
const CONNACK: &str = "20020000";
const SUBSCRIBE: &str = "82100001 000b 53616d706c65546f706963 00";
const SUBACK: &str = "9003000100";
const PUBLISH: &str = "3012 000b 53616d706c65546f706963 48656c6c6f";

/// Version 5: session expiry, client `c1`, will `w`/`x`, user `joe`, password `pw`.
const CONNECT_5: &str = "1024 0004 4d515454 05 c6 003c 05 11 0000000a 0002 6331 00 0001 77 0001 78 0003 6a6f65 0002 7077";
const CONNACK_5: &str = "2003 00 86 00";

/// `spBv1.0/G/NCMD/N` with a metric `Node Control/Reboot` and one of alias 7.
fn command() -> String {
    let topic = hex(b"spBv1.0/G/NCMD/N");
    let name = hex(b"Node Control/Reboot");
    format!("3035 0010 {topic} 0801 1217 0a13 {name} 2001 1204 1007 2003 1800")
}

fn without_spaces(hex: &str) -> String {
    hex.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn a_client_subscribes() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{CONNECT_3}"),
            &format!("<{CONNACK}"),
            &format!(">{SUBSCRIBE}"),
            &format!("<{SUBACK}"),
            &format!("<{PUBLISH}"),
            &format!(">{PUBLISH} e000"),
        ],
        &[
            "> mqtt 0x1/0x3 connect (session) client_id=\"paho/34AAE54A75D839566E\"",
            "< mqtt 0x2 connack (session) ok answers #1",
            "> mqtt 0x8 subscribe (read) topic_filter=\"SampleTopic\"",
            "< mqtt 0x9 suback (read) ok answers #3",
            "- mqtt 0x3 publish (event) topic=\"SampleTopic\"",
            "- mqtt 0x3 publish (write) topic=\"SampleTopic\"",
            "- mqtt 0xe disconnect (session)",
        ],
    );
}

#[test]
fn version_5_has_properties_and_reasons() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{CONNECT_5}"),
            &format!("<{CONNACK_5}"),
            ">320b 0001 74 0005 03 230009 6869",
            "<4003 0005 87",
            ">6202 0006",
            "<7004 0006 92 00",
            "<e002 8b 00",
            ">f00a 18 08 15 0005 5343 5241 4d",
        ],
        &[
            "> mqtt 0x1/0x5 connect (session) client_id=\"c1\" user=\"joe\" will_topic=\"w\" clear_text_password=1",
            "< mqtt 0x2 connack (session) error 0x86 bad_user_name_or_password answers #1",
            "> mqtt 0x3 publish (write) topic=\"t\" topic_alias=9",
            "< mqtt 0x4 puback (session) error 0x87 not_authorized answers #3",
            "> mqtt 0x6 pubrel (session)",
            "< mqtt 0x7 pubcomp (session) error 0x92 packet_identifier_not_found answers #5",
            "- mqtt 0xe disconnect (session) error 0x8b server_shutting_down",
            "- mqtt 0xf auth (auth) authentication_method=\"SCRAM\"",
        ],
    );
}

#[test]
fn a_password_is_never_told() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes(CONNECT_5), false);
    assert!(!flow.seen[0].contains("pw"), "{:?}", flow.seen);
}

#[test]
fn commands_of_sparkplug_are_control() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[&format!(">{}", command())],
        &[
            "- mqtt 0x3/0x7 NCMD (control) topic=\"spBv1.0/G/NCMD/N\" metric=\"Node Control/Reboot\" metric_alias=7",
        ],
    );
}

/// 256 MiB are passed over; what comes behind them is read.
#[test]
fn a_large_payload_is_not_kept() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    let size = 3_000_000_usize;
    let mut packet = bytes("30 c0 8d b7 01 0001 74");
    packet.resize(5 + size, 0);
    packet.extend(bytes(CONNACK));
    for piece in packet.chunks(1400) {
        flow.offer(Role::Server, piece, false);
    }
    assert_eq!(flow.seen.len(), 2, "{:?}", flow.seen);
    assert_eq!(
        flow.seen[0],
        "- mqtt 0x3 publish (event) topic=\"t\" !limit_reached"
    );
    assert_eq!(flow.seen[1], "< mqtt 0x2 connack (session) ok");
}

/// Letters of a payload are types of packets: `P` and `p` with the letter behind them as their length.
#[test]
fn after_a_loss_a_payload_is_not_taken_for_packets() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes(CONNECT_3), false);
    flow.lose(Role::Client, 9);
    let mut octets = b"Pump 7 @ 30 bar, pressure 12.5, Pumps running as they should be".repeat(4);
    octets.extend(bytes(PUBLISH));
    flow.offer(Role::Client, &octets, false);
    assert_eq!(flow.seen.len(), 2, "{:?}", flow.seen);
    assert_eq!(
        flow.seen[1],
        "- mqtt 0x3 publish (write) topic=\"SampleTopic\""
    );
}

#[test]
fn many_topics_are_cut() {
    let filters = limits::MQTT_TOPICS + 3;
    let mut packet = vec![0x82, u8::try_from(2 + 4 * filters).unwrap(), 0, 1];
    packet.extend(bytes("00016100").repeat(filters));
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &packet, false);
    assert!(flow.seen[0].ends_with("!limit_reached"), "{:?}", flow.seen);
}

#[test]
fn what_departs_is_flagged() {
    for (sender, packet, anomaly) in [
        (Role::Server, SUBSCRIBE, "!wrong_role"),
        (Role::Client, "3003 0001 23", "!bad_value"),
        (Role::Client, "8206 0000 0001 6100", "!bad_value"),
        (
            Role::Client,
            "100c 0004 4d515454 09 02 003c 0000",
            "!bad_version",
        ),
        (Role::Client, "e000 82ff", "!truncated"),
    ] {
        let mut flow = Flow::new(&ENTRY, Transport::Tcp);
        flow.offer(sender, &bytes(packet), true);
        let all = flow.seen.join("\n");
        assert!(all.contains(anomaly), "{packet}: {all}");
    }
}

#[test]
fn anywhere_only_a_connect_is_taken_for_it() {
    for (hex, hinted, known) in [
        (CONNECT_3, false, true),
        (CONNECT_5, false, true),
        (PUBLISH, false, false),
        (PUBLISH, true, true),
        ("1303 0000 00", true, false),
        ("474554202f20485454502f312e310d0a", true, false),
    ] {
        let octets = bytes(hex);
        let probed = (ENTRY.probe)(&ProbeInput {
            bytes: &octets,
            transport: Transport::Tcp,
            hinted,
            sender: None,
        });
        assert_eq!(matches!(probed, Probe::Recognised(_)), known, "{hex}");
    }
}

#[test]
fn hostile_input_is_survived() {
    let command = without_spaces(&command());
    hostile(
        &ENTRY,
        Transport::Tcp,
        &[
            CONNECT_3, CONNACK, SUBSCRIBE, SUBACK, PUBLISH, &command, "c000", "40020007",
        ],
    );
    hostile(&ENTRY, Transport::Tcp, &[CONNECT_5, CONNACK_5]);
}
