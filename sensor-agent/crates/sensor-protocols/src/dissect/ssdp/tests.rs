//! The notification of `ethercrab_rs_detect_slaves_ek1100_el1004.pcapng`, a search and its response.

use super::super::collected::rig::{feed, hostile};
use super::*;
use crate::observation::Transport;

const NOTIFY: &[u8] = b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=60\r\n\
LOCATION: http://192.168.0.1:51677/rootDesc.xml\r\nSERVER: CommonRG IGD 2.0 UPnP/1.1 MiniUPnPd/2.0\r\n\
NT: upnp:rootdevice\r\nUSN: uuid:d568b718::upnp:rootdevice\r\nNTS: ssdp:alive\r\n\r\n";

fn seen(bytes: &[u8]) -> String {
    let mut dissector = (ENTRY.create)();
    let mut all = feed(
        dissector.as_mut(),
        Transport::Udp,
        Role::Client,
        1,
        bytes,
        false,
    );
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn devices_are_looked_for_and_say_what_they_are() {
    assert_eq!(
        seen(NOTIFY),
        "OneWay notify.1 Discovery [location=0 \"http://192.168.0.1:51677/rootDesc.xml\" \
         notification_type=0 \"upnp:rootdevice\" service_name=0 \"uuid:d568b718::upnp:rootdevice\"] None \
         software=CommonRG IGD 2.0 UPnP/1.1 MiniUPnPd/2.0 req=None {} 0 values"
    );
    let search =
        b"M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\nSERVER: x\r\n\r\n";
    let line = seen(search);
    assert!(
        line.starts_with("Request search Discovery [search_target=0 \"ssdp:all\"] None  req"),
        "{line}"
    );
    let response = b"HTTP/1.1 200 OK\r\nst: upnp:rootdevice\r\nServer: plc/1\r\n\r\n";
    let line = seen(response);
    assert!(
        line.starts_with("Response response.200 Discovery [search_target=0"),
        "{line}"
    );
    assert!(line.contains("Ok software=plc/1"), "{line}");
}

#[test]
fn a_response_that_refuses_is_an_error() {
    let line = seen(b"HTTP/1.1 412 Precondition Failed\r\nST: x\r\n\r\n");
    assert!(
        line.contains("Error { code: 412, name: \"status\" }"),
        "{line}"
    );
    assert!(seen(b"HTTP/1.1 ok\r\n\r\n").contains("] None "));
}

#[test]
fn what_is_left_out_shows_and_a_query_is_not_told() {
    let line = seen(b"NOTIFY * HTTP/1.1\r\nLOCATION: http://10.0.0.1/d.xml?token=s3cret\r\n\r\n");
    assert!(line.contains("\"http://10.0.0.1/d.xml\"]"), "{line}");
    let many = format!("NOTIFY * HTTP/1.1\r\n{}", "A: b\r\n".repeat(300));
    assert!(seen(many.as_bytes()).contains("limit_reached"));
    let long = format!("NOTIFY * HTTP/1.1\r\nUSN: {}\r\n\r\n", "u".repeat(256));
    assert!(seen(long.as_bytes()).contains("limit_reached"));
    let unread = format!("NOTIFY * HTTP/1.1\r\nOPT: {}\r\n\r\n", "u".repeat(256));
    assert!(
        seen(unread.as_bytes()).contains(" {} "),
        "none of it is told"
    );
}

#[test]
fn other_text_is_none() {
    assert!(seen(b"GET / HTTP/1.1\r\n\r\n").contains("bad_value"));
    assert_eq!(kind_of(b"GET / HTTP/1.1"), None);
}

#[test]
fn hostile_bytes() {
    hostile(ENTRY.create, Transport::Udp, NOTIFY);
}
