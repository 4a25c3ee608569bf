//! Addresses, announcements, management: DHCP, LLDP, SNMP.

use std::time::Duration;

use sensor_protocols::addr::MacAddr;

use super::super::Case;
use crate::traffic::learning;
use crate::world::{MASTER, PLC, World, end};

pub(super) const CASES: &[Case] = &[
    (
        "snmp_unauthorized_operation",
        |w| {
            learning(w, |w| snmp(w, "c", GET));
            snmp(w, "c", SET);
        },
        |w| {
            learning(w, |w| snmp(w, "c", GET));
            snmp(w, "c", GET);
        },
    ),
    (
        "new_lldp_device_configuration",
        |w| {
            learning(w, |w| lldp(w, "switch 1.0", 1));
            lldp(w, "switch 2.0", 1);
        },
        |w| {
            learning(w, |w| lldp(w, "switch 1.0", 1));
            lldp(w, "switch 1.0", 2);
        },
    ),
    (
        "rogue_dhcp_server",
        |w| {
            learning(w, |w| give(w, "10.0.0.9", OFFER));
            give(w, "10.0.0.66", OFFER);
        },
        |w| {
            learning(w, |w| give(w, "10.0.0.9", OFFER));
            give(w, "10.0.0.9", ACK);
        },
    ),
    (
        "dhcp_address_not_received",
        |w| leases(w, OFFER),
        |w| leases(w, ACK),
    ),
    ("dhcp_flood", |w| discovers(w, 200), |w| discovers(w, 199)),
    (
        "malformed_it_message",
        |w| announce(w, &[2, 7, 4, 1, 1, 1, 1, 1, 1, 0xff]),
        |w| lldp(w, "switch", 1),
    ),
    (
        "backup_missed",
        |w| backups(w, 3, false),
        |w| backups(w, 3, true),
    ),
];

pub(super) const GET: u8 = 0xa0;
const SET: u8 = 0xa3;

/// A message of SNMP version 1 with one object, sysName.0 (RFC 1157, 4).
pub(super) fn snmp(w: &mut World, community: &str, pdu: u8) {
    let tagged = |tag: u8, content: &[u8]| {
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        out.extend(content);
        out
    };
    let binding = tagged(0x30, b"\x06\x08\x2b\x06\x01\x02\x01\x01\x05\x00\x05\x00");
    let mut inside = b"\x02\x01\x07\x02\x01\x00\x02\x01\x00".to_vec();
    inside.extend(tagged(0x30, &binding));
    let mut message = b"\x02\x01\x00".to_vec();
    message.extend(tagged(4, community.as_bytes()));
    message.extend(tagged(pdu, &inside));
    w.udp((MASTER, 40_161), (PLC, 161), &tagged(0x30, &message));
}

/// An announcement: chassis and port by MAC address, time to live, name, description
/// (IEEE 802.1AB, 8.5).
fn lldp(w: &mut World, description: &str, port: u8) {
    let mut tlvs = vec![2, 7, 4, 2, 0, 0, 0, 0, 7, 4, 7, 3, 2, 0, 0, 0, 0, port];
    tlvs.extend([6, 2, 0, 120]);
    tlvs.extend([10, 2, b's', b'w']);
    tlvs.extend([12, u8::try_from(description.len()).unwrap()]);
    tlvs.extend(description.as_bytes());
    tlvs.extend([0, 0]);
    announce(w, &tlvs);
}

fn announce(w: &mut World, tlvs: &[u8]) {
    let group = MacAddr([0x01, 0x80, 0xc2, 0, 0, 0x0e]);
    w.link(end(PLC, 0).mac, group, 0x88cc, tlvs);
}

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const ACK: u8 = 5;

/// A message of DHCP about a client (RFC 2131, 2).
fn dhcp(kind: u8, client: u16) -> Vec<u8> {
    let reply = matches!(kind, OFFER | ACK);
    let mut message = vec![if reply { 2 } else { 1 }, 1, 6, 0, 1, 2, 3, 4];
    message.extend([0; 8]);
    message.extend(if reply { [10, 0, 0, 77] } else { [0; 4] });
    message.extend([0; 8]);
    message.extend([2, 0, 0, 1]);
    message.extend(client.to_be_bytes());
    message.extend([0; 10 + 64 + 128]);
    message.extend([99, 130, 83, 99, 53, 1, kind, 255]);
    message
}

fn discover(w: &mut World, client: u16) {
    let message = dhcp(DISCOVER, client);
    w.udp(("0.0.0.0", 68), ("255.255.255.255", 67), &message);
}

fn give(w: &mut World, server: &str, kind: u8) {
    w.udp((server, 67), ("10.0.0.77", 68), &dhcp(kind, 7));
}

/// A client asks twice; this is the answer to the second.
fn leases(w: &mut World, answer: u8) {
    discover(w, 7);
    w.wait(4);
    discover(w, 7);
    give(w, "10.0.0.9", answer);
    w.wait(60);
}

fn discovers(w: &mut World, count: u16) {
    for client in 0..count {
        w.pass(Duration::from_millis(200));
        discover(w, client);
    }
}

/// Transfers every hour; after so many of them one takes place or not.
fn backups(w: &mut World, count: u32, goes_on: bool) {
    for _ in 0..count {
        transfer(w);
    }
    if goes_on {
        transfer(w);
    } else {
        w.pass(Duration::from_mins(62)).wait(1);
    }
}

/// More than a mebibyte, and what lasts an hour with it.
fn transfer(w: &mut World) {
    let mut session = w.session(MASTER, PLC, 21_000);
    for _ in 0..18 {
        session.ask(w, &vec![0x55; 62_000]);
    }
    w.pass(Duration::from_secs(61));
    session.ask(w, &[0x55; 100]);
    w.wait(1);
    w.pass(Duration::from_secs(3600 - 62)).wait(0);
}

/// The rhythm is learned anew after a miss, and what begins within the tolerance is in time.
#[test]
fn a_backup_that_comes_late_is_in_time_within_the_tolerance() {
    for (late, count) in [(90, 0), (130, 1)] {
        let mut w = World::default();
        for _ in 0..3 {
            transfer(&mut w);
        }
        w.pass(Duration::from_secs(late)).wait(1);
        transfer(&mut w);
        w.wait(1);
        assert_eq!(w.count("backup_missed"), count, "{late} seconds late");
    }
}

/// A lease that came in time says nothing about what the client asks for later.
#[test]
fn a_client_that_asks_anew_is_waited_for_anew() {
    let mut w = World::default();
    discover(&mut w, 7);
    give(&mut w, "10.0.0.9", ACK);
    w.wait(30);
    discover(&mut w, 7);
    w.wait(4);
    discover(&mut w, 7);
    w.wait(40);
    assert_eq!(w.count("dhcp_address_not_received"), 0, "asked 44 s ago");
    w.wait(20);
    assert_eq!(w.count("dhcp_address_not_received"), 1);
}
