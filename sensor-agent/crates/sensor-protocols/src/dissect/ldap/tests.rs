//! LDAP from a capture and by hand.

mod bytes;

use self::bytes::*;
use super::*;
use crate::dissect::Role;
use crate::dissect::tests::{Line, Player, Seen, hex, hostile, play, texts};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Outcome};

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut octets = vec![tag, 0x82];
    octets.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
    octets.extend(contents);
    octets
}

fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    let mut contents = vec![2, 1, id];
    contents.extend(operation);
    element(0x30, &contents)
}

fn bind(id: u8, name: &str, choice: &[u8]) -> Vec<u8> {
    let mut contents = vec![2, 1, 3];
    contents.extend(element(4, name.as_bytes()));
    contents.extend(choice);
    message(id, &element(0x60, &contents))
}

fn result(id: u8, tag: u8, code: u8) -> Vec<u8> {
    message(id, &element(tag, &[10, 1, code, 4, 0, 4, 0]))
}

/// A search with a filter.
fn search(id: u8, base: &str, filter: &[u8]) -> Vec<u8> {
    let mut contents = element(4, base.as_bytes());
    contents.extend([10, 1, 2, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0]);
    contents.extend(filter);
    contents.extend(element(0x30, &[]));
    message(id, &element(0x63, &contents))
}

fn tcp(lines: &[Line]) -> Vec<Seen> {
    play(&ENTRY, Transport::Tcp, lines)
}

fn session() -> Vec<Line> {
    [
        (Role::Client, SEARCH),
        (Role::Server, FOUND),
        (Role::Client, BIND),
        (Role::Server, BOUND),
    ]
    .map(|(role, digits)| (role, hex(digits)))
    .to_vec()
}

#[test]
fn a_session_is_told_message_by_message() {
    let mut lines = session();
    let mut wrapped = 300_u32.to_be_bytes().to_vec();
    wrapped.resize(304, 0x55);
    lines.push((Role::Client, wrapped));
    let all = tcp(&lines);
    assert_eq!(
        texts(&all),
        [
            "search(3) scope=0 filter=objectclass",
            "search_result_entry(4)",
            "search(3)",
            "bind(0) mechanism=GSS-SPNEGO",
            "bind(0)",
            "wrapped(256)",
        ]
    );
    assert_eq!(all[2].answers, Some(1));
    assert_eq!(all[4].outcome, Outcome::Ok);
    assert!(all.iter().all(|seen| seen.anomalies.is_empty()), "{all:?}");
    hostile(&ENTRY, Transport::Tcp, &lines);
}

#[test]
fn datagrams_hold_several_messages() {
    let lines = [(Role::Client, hex(PING)), (Role::Server, hex(PONG))];
    let all = play(&ENTRY, Transport::Udp, &lines);
    assert_eq!(all.len(), 3);
    assert!(
        all[0]
            .text
            .starts_with("search(3) scope=0 filter=DnsDomain filter=Host")
    );
    assert_eq!(all[1].text, "search_result_entry(4)");
    assert_eq!(all[2].text, "search(3)");
    hostile(&ENTRY, Transport::Udp, &lines);
}

#[test]
fn a_simple_bind_names_who_and_never_the_password() {
    let name = "cn=operator,dc=plant";
    let lines = [
        (Role::Client, bind(1, name, b"\x80\x06secret")),
        (Role::Server, result(1, 0x61, 49)),
        (Role::Client, bind(2, "", &[0x80, 0])),
        (Role::Server, result(2, 0x61, 0)),
    ];
    let all = tcp(&lines);
    assert_eq!(
        texts(&all),
        [
            "bind(0) \"cn=operator,dc=plant\" mechanism=simple password_in_clear=1",
            "bind(0) \"cn=operator,dc=plant\"",
            "bind(0) mechanism=simple anonymous=1",
            "bind(0)",
        ]
    );
    let name = "invalidCredentials";
    assert_eq!(all[1].outcome, Outcome::Error { code: 49, name });
    assert!(!format!("{all:?}").contains("secret"));
    hostile(&ENTRY, Transport::Tcp, &lines);
}

#[test]
fn changes_and_filters_are_told_by_attribute() {
    let present = element(0x87, b"servicePrincipalName");
    let mut equal = element(4, b"objectCategory");
    equal.extend(element(4, b"computer"));
    let both = element(0xa0, &[element(0xa3, &equal), present].concat());
    let change = element(0x30, &[element(4, b"member"), element(0x31, &[])].concat());
    let change = element(0x30, &[vec![10, 1, 0], change].concat());
    let modify = [element(4, b"cn=admins"), element(0x30, &change)].concat();
    let all = tcp(&[
        (Role::Client, search(3, "dc=plant", &both)),
        (Role::Client, message(4, &element(0x66, &modify))),
        (Role::Client, message(5, &element(0x4a, b"cn=x"))),
        (Role::Client, message(6, &element(0x42, &[]))),
    ]);
    assert_eq!(
        texts(&all),
        [
            "search(3) \"dc=plant\" scope=2 filter=objectCategory filter=servicePrincipalName",
            "modify(6) \"cn=admins\" attribute=member",
            "delete(10) \"cn=x\"",
            "unbind(2)",
        ]
    );
}

#[test]
fn what_departs_from_the_standard_is_flagged() {
    let odd = tcp(&[(Role::Client, message(1, &element(0x7e, &[])))]);
    assert!(odd[0].anomalies.contains(Anomaly::ReservedCode));
    let flaws = |bytes: Vec<u8>| tcp(&[(Role::Client, bytes)]).remove(0).anomalies;
    assert!(flaws(message(1, &[0x63, 5, 4, 9, 1, 1, 1])).contains(Anomaly::BadLength));
    assert!(flaws(bind(1, "x", &[2, 1, 1])).contains(Anomaly::BadValue));
    let stray = tcp(&[
        (Role::Client, bind(1, "", &[0x80, 0])),
        (Role::Server, result(9, 0x61, 0)),
    ]);
    assert!(stray[1].anomalies.contains(Anomaly::Unsolicited));
}

#[test]
fn filters_within_filters_and_long_messages_have_a_cap() {
    let mut filter = element(0x87, b"a");
    for _ in 0..40 {
        filter = element(0xa2, &filter);
    }
    let deep = tcp(&[(Role::Client, search(1, "", &filter))]);
    assert!(deep[0].anomalies.contains(Anomaly::LimitReached));
    let many: Vec<u8> = (0..400).flat_map(|_| element(0x87, b"a")).collect();
    let wide = tcp(&[(Role::Client, search(1, "", &element(0xa0, &many)))]);
    assert!(wide[0].anomalies.contains(Anomaly::LimitReached));
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    let mut entry = vec![
        0x30, 0x83, 0x10, 0, 0, 2, 1, 7, 0x64, 0x83, 0x0f, 0xff, 0xf8,
    ];
    entry.extend(element(4, b"cn=large"));
    entry.resize(5 + (1 << 20), 0);
    let mut told = Vec::new();
    for part in entry.chunks(1400) {
        told.extend(player.say(Role::Server, part));
    }
    assert_eq!(texts(&told), ["search_result_entry(4) \"cn=large\""]);
    assert!(told[0].anomalies.contains(Anomaly::LimitReached));
    assert!(entry.len() > limits::LDAP_MESSAGE_BYTES);
    let next = player.say(Role::Server, &result(7, 0x65, 0));
    assert_eq!(
        texts(&next),
        ["search(3)"],
        "the next message starts where it should"
    );
}

#[test]
fn nothing_is_read_behind_start_tls() {
    let oid = element(0x80, b"1.3.6.1.4.1.1466.20037");
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    let asked = player.say(Role::Client, &message(1, &element(0x77, &oid)));
    assert_eq!(texts(&asked), ["extended(23) oid=1.3.6.1.4.1.1466.20037"]);
    player.say(Role::Server, &result(1, 0x78, 0));
    for role in [Role::Client, Role::Server] {
        assert_eq!(player.say(role, &[0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]), []);
    }
    assert!(!player.ended);
    assert_eq!(player.close(), []);
    assert_eq!(AnomalySet::EMPTY, asked[0].anomalies);
}

#[test]
fn names_of_open_requests_count_and_can_be_shed() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    let name = "dc=".repeat(100);
    player.say(Role::Client, &search(7, &name, &element(0x87, b"cn")));
    assert!(player.held() > name.len());
    player.shed();
    assert_eq!(player.held(), 0);
    let told = player.say(Role::Server, &result(7, 0x65, 0));
    assert!(!told[0].text.contains("dc="), "{}", told[0].text);
    assert_eq!(told[0].answers, None);
}
