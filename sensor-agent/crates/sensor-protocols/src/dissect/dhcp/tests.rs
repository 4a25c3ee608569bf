//! The exchange of `zeek_dhcp.pcap` (its server name and file fields are zeros), and messages by hand.

use super::super::collected::rig::{feed, hex, hostile};
use super::*;
use crate::observation::Transport;

const DISCOVER: &str =
    "01010600000007c0000000000000000000000000000000000000000090b11c99492900000000000000000000";

const DISCOVER_OPTIONS: &str = "638253633501013204c0a8d3c20c0d62746573742e69732e636f6f6cff";

const OFFER: &str =
    "02010600000007c0000000000000000080020661ac13e6070000000090b11c99492900000000000000000000";

const OFFER_OPTIONS: &str = "638253633501023604800206983304000003840104ffffff0003048002060106088002010b8002010a040880\
     02011480020115430d6e6574776f726b2d636f6e66671c04800206ff2a0c8002011480020115800201162b0b\
     3137322e31382e362e33373c07417275626141502c088002681d8002681e2e01020f07636d752e656475ff";

const REQUEST_AGAIN: &str =
    "01010600000007c0000000000000000000000000000000000000000090b11c99492900000000000000000000";

const REQUEST_AGAIN_OPTIONS: &str =
    "638253633501033604800206983204c0a8d3c20c0d62746573742e69732e636f6f6cff";

const REFUSAL: &str =
    "02010600000007c0000080000000000000000000800206980000000090b11c99492900000000000000000000";

const REFUSAL_OPTIONS: &str = "63825363350106360480020698381f7265717565737465642061646472657373206e6f7420617661696c6162\
     6c65ff0000000000000000000000000000000000";

/// Octets in front of the options, without the magic cookie (RFC 2131, 2).
const FIXED: usize = 236;

/// A message of its first 44 octets, empty fields for names, and options.
fn message(head: &str, options: &str) -> Vec<u8> {
    let mut bytes = hex(head);
    bytes.resize(FIXED, 0);
    bytes.extend(hex(options));
    bytes
}

fn seen(dhcp: &mut Dhcp, sender: Role, frame: u64, bytes: &[u8]) -> String {
    let mut all = feed(dhcp, Transport::Udp, sender, frame, bytes, false);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn alone(bytes: &[u8]) -> String {
    seen(&mut Dhcp::default(), Role::Client, 1, bytes)
}

#[test]
fn an_address_is_asked_for_given_and_refused() {
    let mut dhcp = Dhcp::default();
    let asked = seen(
        &mut dhcp,
        Role::Client,
        1,
        &message(DISCOVER, DISCOVER_OPTIONS),
    );
    assert_eq!(
        asked,
        "Request discover Discovery [client_mac=159090363418921 requested_address=3232289730 \
         dhcp_option=12 \"btest.is.cool\"] None hostname=btest.is.cool req=None {} 0 values"
    );
    let offered = seen(&mut dhcp, Role::Server, 2, &message(OFFER, OFFER_OPTIONS));
    assert!(
        offered.starts_with("Response offer Discovery [client_mac="),
        "{offered}"
    );
    for told in [
        "assigned_address=2147616353",
        "server_identifier=2147616408",
        "lease_time=900",
        "router=2147616257",
        "Ok  req=Some(1) {}",
    ] {
        assert!(offered.contains(told), "{told}: {offered}");
    }
    let again = message(REQUEST_AGAIN, REQUEST_AGAIN_OPTIONS);
    assert!(seen(&mut dhcp, Role::Client, 3, &again).starts_with("Request request Session"));
    let refused = seen(
        &mut dhcp,
        Role::Server,
        4,
        &message(REFUSAL, REFUSAL_OPTIONS),
    );
    assert!(refused.starts_with("Response nak Session"), "{refused}");
    assert!(
        refused.contains("Error { code: 6, name: \"nak\" }"),
        "{refused}"
    );
    assert!(refused.contains("req=Some(3)"), "{refused}");
}

#[test]
fn a_discovery_sent_twice_is_not_what_the_acknowledgment_answers() {
    let mut dhcp = Dhcp::default();
    let discover = message(DISCOVER, DISCOVER_OPTIONS);
    for frame in [1, 2] {
        seen(&mut dhcp, Role::Client, frame, &discover);
    }
    let again = message(REQUEST_AGAIN, REQUEST_AGAIN_OPTIONS);
    seen(&mut dhcp, Role::Client, 3, &again);
    let refused = seen(
        &mut dhcp,
        Role::Server,
        4,
        &message(REFUSAL, REFUSAL_OPTIONS),
    );
    assert!(refused.contains("req=Some(3)"), "{refused}");
    let offered = seen(&mut dhcp, Role::Server, 5, &message(OFFER, OFFER_OPTIONS));
    assert!(offered.contains("req=Some(2)"), "{offered}");
    let offered = seen(&mut dhcp, Role::Server, 6, &message(OFFER, OFFER_OPTIONS));
    assert!(offered.contains("req=None"), "{offered}");
    // Of a discovery whose offer went elsewhere and what followed it, the latter is acknowledged.
    seen(&mut dhcp, Role::Client, 7, &discover);
    seen(&mut dhcp, Role::Client, 8, &again);
    let options = REFUSAL_OPTIONS.replacen("350106", "350105", 1);
    let given = seen(&mut dhcp, Role::Server, 9, &message(REFUSAL, &options));
    assert!(given.contains("req=Some(8)"), "{given}");
}

#[test]
fn a_message_that_goes_neither_way_is_malformed() {
    let mut bytes = message(DISCOVER, DISCOVER_OPTIONS);
    bytes[0] = 3;
    let line = alone(&bytes);
    assert!(
        line.starts_with("OneWay discover") && line.contains("bad_value"),
        "{line}"
    );
}

#[test]
fn a_message_without_a_type_is_bootp() {
    let bytes = message(DISCOVER, "63825363 ff");
    assert!(alone(&bytes).starts_with("Request bootp_request Session"));
    let bytes = message(DISCOVER, "");
    assert!(
        alone(&bytes).contains(" {} "),
        "vendor information is no must"
    );
}

#[test]
fn a_client_behind_a_relay_is_not_who_sends_the_frame() {
    let mut bytes = message(DISCOVER, DISCOVER_OPTIONS);
    bytes[24..28].copy_from_slice(&[10, 0, 0, 1]);
    let line = alone(&bytes);
    assert!(line.contains("relay_agent=167772161"), "{line}");
    assert!(
        line.contains("\"btest.is.cool\"") && !line.contains("hostname="),
        "{line}"
    );
}

#[test]
fn options_by_number() {
    let options = "63825363 350101 3c08 4d53465420352e30 3d07 01 020000000009 370301 0306 \
                   5109 00 00 00 706c632d37 00 520a 0102 0004 0204 0a000001 ff";
    let line = alone(&message(DISCOVER, options));
    for told in [
        "dhcp_option=60 \"MSFT 5.0\"",
        "client_identifier=2199023255561",
        "dhcp_option=81 \"plc-7\"",
        "circuit_identifier=4",
        "remote_identifier=167772161",
        "hostname=plc-7,software=MSFT 5.0",
        "3 values",
    ] {
        assert!(line.contains(told), "{told}: {line}");
    }
}

#[test]
fn of_urls_no_secret_is_told() {
    // http://plc/?s3cret as file of the boot server and as the place of a proxy's configuration.
    let url = "687474703a2f2f706c632f3f733363726574";
    let options = format!("63825363 350101 4312 {url} fc12 {url} ff");
    let mut bytes = message(DISCOVER, &options);
    bytes[108..126].copy_from_slice(&hex(url));
    let line = alone(&bytes);
    assert_eq!(line.matches("\"http://plc/\"").count(), 3, "{line}");
    assert!(!line.contains("s3cret"), "{line}");
}

#[test]
fn the_file_field_can_hold_options() {
    let mut bytes = message(DISCOVER, "63825363 340101 ff");
    bytes[108..112].copy_from_slice(&[53, 1, 8, 255]);
    assert!(alone(&bytes).starts_with("Request inform Discovery"));
}

#[test]
fn what_departs_from_the_standard() {
    for (options, anomaly) in [
        ("63825363 350102 ff", "wrong_role"),
        ("63825363 3501fe ff", "reserved_code"),
        ("63825363 350101 3605 0a000001 00 ff", "bad_length"),
        ("63825363 350101 33 20 01", "truncated"),
        ("63825363 3500 ff", "bad_value"),
    ] {
        let line = alone(&message(DISCOVER, options));
        assert!(line.contains(anomaly), "{anomaly}: {line}");
    }
    let many = format!("63825363 {} 3501 01", "0c0161".repeat(300));
    assert!(alone(&message(DISCOVER, &many)).contains("limit_reached"));
}

#[test]
fn other_bytes_on_its_port_are_none() {
    let probe = |bytes: &[u8]| {
        probe(&ProbeInput {
            bytes,
            transport: Transport::Udp,
            hinted: true,
            sender: None,
        })
    };
    let whole = message(DISCOVER, DISCOVER_OPTIONS);
    assert_eq!(probe(&whole), Probe::Recognised(Some(Role::Client)));
    assert_eq!(probe(&[7; 300]), Probe::Unrecognised);
    assert_eq!(
        probe(&[1, 1, 17, 0]),
        Probe::Unrecognised,
        "a hardware address of 17 octets"
    );
}

#[test]
fn hostile_bytes() {
    let whole = message(OFFER, OFFER_OPTIONS);
    hostile(ENTRY.create, Transport::Udp, &whole);
    for len in 1..FIXED {
        let mut dhcp = Dhcp::default();
        let line = |dhcp: &mut Dhcp, cut| {
            feed(dhcp, Transport::Udp, Role::Client, 1, &whole[..len], cut).remove(0)
        };
        assert!(line(&mut dhcp, false).contains("truncated"), "{len}");
        assert!(!line(&mut dhcp, true).contains("truncated"), "{len}");
    }
}
