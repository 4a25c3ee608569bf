//! TNS by hand, after the layout of Wireshark's dissector. The same octets were shown to tshark 4.0.17, which
//! reads the same types, versions and texts.

use super::*;
use crate::dissect::Role;
use crate::dissect::tests::{Line, Player, Seen, hostile, play, texts};
use crate::observation::{Anomaly, Outcome};

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = u16::try_from(body.len() + 8)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    octets.extend([0, 0, kind, 0, 0, 0]);
    octets.extend(body);
    octets
}

fn connect(text: &str) -> Vec<u8> {
    let mut body = 313_u16.to_be_bytes().to_vec();
    body.extend([
        1, 0x2c, 0x0c, 0x41, 0x20, 0, 0xff, 0xff, 0x7f, 8, 0, 0, 1, 0,
    ]);
    body.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    body.extend([0, 58]);
    body.resize(50, 0);
    body.extend(text.as_bytes());
    packet(1, &body)
}

const DESCRIPTOR: &str = "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=10.0.0.9)(PORT=1521))(CONNECT_DATA=\
                          (SERVICE_NAME=HIST)(CID=(PROGRAM=sqlplus)(HOST=hmi7)(USER=operator))))";

fn refuse(code: u32) -> Vec<u8> {
    let text = format!("(DESCRIPTION=(TMP=)(VSNNUM=186647040)(ERR={code})(ERROR_STACK=))");
    let mut body = vec![34, 0];
    body.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    body.extend(text.as_bytes());
    packet(4, &body)
}

fn accept(version: u16) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.resize(24, 0);
    packet(2, &body)
}

fn data(body: &[u8]) -> Vec<u8> {
    packet(6, &[&[0, 0], body].concat())
}

fn refused() -> Vec<Line> {
    vec![
        (Role::Client, connect(DESCRIPTOR)),
        (Role::Server, packet(11, &[])),
        (Role::Client, connect(DESCRIPTOR)),
        (Role::Server, refuse(12514)),
    ]
}

fn signed_in() -> Vec<Line> {
    vec![
        (Role::Client, connect(DESCRIPTOR)),
        (Role::Server, accept(313)),
        (Role::Client, data(&[3, 0x76, 2, 1, 0, 0, 0])),
        (Role::Server, data(&[8, 1, 2, 3])),
        (Role::Client, data(&[3, 0x73, 3, 1, 0, 0, 0])),
        (
            Role::Server,
            data(b"\x04\x01\x00\x33ORA-01017: invalid username/password"),
        ),
        (Role::Client, data(&[0x7f])),
    ]
}

fn tcp(lines: &[Line]) -> Vec<Seen> {
    play(&ENTRY, Transport::Tcp, lines)
}

#[test]
fn a_connect_is_told_and_joined_with_its_refusal() {
    let all = tcp(&refused());
    let asked = "connect(1) version=313 service=HIST user=operator host=hmi7 program=sqlplus";
    assert_eq!(texts(&all), [asked, "resend(11)", asked, "refuse(4)"]);
    assert_eq!(all[0].host.as_deref(), Some("hmi7"));
    let name = "listener_does_not_know_service";
    assert_eq!(all[3].outcome, Outcome::Error { code: 12514, name });
    assert_eq!(all[3].answers, Some(3));
    assert!(all.iter().all(|seen| seen.anomalies.is_empty()), "{all:?}");
    hostile(&ENTRY, Transport::Tcp, &refused());
}

#[test]
fn a_failed_sign_in_shows_by_its_error() {
    let all = tcp(&signed_in());
    assert_eq!(
        texts(&all)[1..],
        [
            "accept(2) version=313",
            "authentication_session_key(6/886)",
            "return_parameter(6/8)",
            "authenticate(6/883)",
            "return_status(6/4)",
            "data(6/127)",
        ]
    );
    let name = "invalid_username_or_password";
    assert_eq!(all[5].outcome, Outcome::Error { code: 1017, name });
    hostile(&ENTRY, Transport::Tcp, &signed_in());
}

#[test]
fn a_redirect_names_where_and_a_long_text_comes_later() {
    let address = "(ADDRESS=(PROTOCOL=TCP)(HOST=10.0.0.10)(PORT=2000))";
    let mut body = u16::try_from(address.len()).unwrap().to_be_bytes().to_vec();
    body.extend(address.as_bytes());
    let mut empty = connect("");
    empty.resize(58, 0);
    let lines = [
        (Role::Client, empty),
        (Role::Client, data(DESCRIPTOR.as_bytes())),
        (Role::Server, packet(5, &body)),
    ];
    let all = tcp(&lines);
    let asked = "service=HIST user=operator host=hmi7 program=sqlplus";
    assert_eq!(
        texts(&all),
        [
            "connect(1) version=313",
            format!("data(6) {asked}").as_str(),
            format!("redirect(5) address={address}").as_str(),
        ]
    );
    hostile(&ENTRY, Transport::Tcp, &lines);
}

#[test]
fn lengths_of_32_bits_begin_with_the_accept() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    player.say(Role::Client, &connect(DESCRIPTOR));
    player.say(Role::Server, &accept(318));
    let mut large = 100_000_u32.to_be_bytes().to_vec();
    large.extend([6, 0, 0, 0, 0, 0, 6, 1]);
    large.resize(100_000, 0);
    let mut told = Vec::new();
    for part in large.chunks(1400) {
        told.extend(player.say(Role::Server, part));
    }
    assert_eq!(texts(&told), ["row_header(6/6)"]);
    let mut next = 12_u32.to_be_bytes().to_vec();
    next.extend([6, 0, 0, 0, 0, 0, 9, 1]);
    assert_eq!(
        texts(&player.say(Role::Server, &next)),
        ["end_of_call(6/9)"]
    );
}

#[test]
fn lengths_that_lead_outside_are_flagged() {
    let mut bytes = refuse(1);
    bytes[10] = 0xff;
    let all = tcp(&[(Role::Server, bytes)]);
    assert!(all[0].anomalies.contains(Anomaly::BadLength));
    let mut bytes = connect("(A=1)");
    bytes[25] = 0xff;
    bytes.truncate(50);
    bytes[1] = 50;
    let all = tcp(&[(Role::Client, bytes)]);
    assert!(all[0].anomalies.contains(Anomaly::BadLength));
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    player.say(Role::Client, b"GET / HTTP/1.1\r\n");
    assert!(player.ended);
}
