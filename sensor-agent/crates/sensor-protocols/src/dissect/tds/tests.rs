//! TDS from a capture and by hand. What is made by hand was shown to tshark 4.0.17, which reads the same names.

mod bytes;

use self::bytes::*;
use super::*;
use crate::dissect::Role;
use crate::dissect::tests::{Line, Player, Seen, hex, hostile, play, texts};
use crate::observation::{Anomaly, AnomalySet, Outcome};

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![kind, 1];
    octets.extend(u16::try_from(body.len() + 8).unwrap().to_be_bytes());
    octets.extend([0, 0, 1, 0]);
    octets.extend(body);
    octets
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A pre-login: version and encryption.
fn prelogin(kind: u8, version: [u8; 6], encryption: u8) -> Vec<u8> {
    let mut body = vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff];
    body.extend(version);
    body.push(encryption);
    packet(kind, &body)
}

fn login() -> Vec<u8> {
    let texts = [
        "HMI7",
        "sa",
        "secret",
        "Historian",
        "SQL1",
        "",
        "lib",
        "",
        "plant",
    ]
    .map(wide);
    let (mut pairs, mut data, mut at) = (Vec::new(), Vec::<u8>::new(), 94_u16);
    for text in &texts {
        let length = u16::try_from(text.len()).unwrap();
        pairs.extend(at.to_le_bytes());
        pairs.extend((length / 2).to_le_bytes());
        data.extend(text);
        at += length;
    }
    let mut body = vec![0; 36];
    body.extend(pairs);
    body.extend([0; 6]); // client
    body.extend([0; 12]); // token, file, new password
    body.extend([0; 4]);
    assert_eq!(body.len(), 94);
    body.extend(data);
    let length = u32::try_from(body.len()).unwrap();
    body[..4].copy_from_slice(&length.to_le_bytes());
    packet(16, &body)
}

/// An error or an information: number, text, server.
fn note(token: u8, number: u32, text: &str, server: &str) -> Vec<u8> {
    let mut contents = number.to_le_bytes().to_vec();
    contents.extend([1, 14]);
    contents.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    contents.extend(wide(text));
    contents.push(u8::try_from(server.len()).unwrap());
    contents.extend(wide(server));
    contents.extend([0, 1, 0, 0, 0]);
    let mut octets = vec![token];
    octets.extend(u16::try_from(contents.len()).unwrap().to_le_bytes());
    octets.extend(contents);
    octets
}

const DONE: [u8; 13] = [0xfd, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn sign_in(ends: &[u8]) -> Vec<Line> {
    vec![
        (Role::Client, prelogin(18, [9, 0, 0, 0, 0, 0], 2)),
        (Role::Server, prelogin(4, [15, 0, 0x07, 0xd0, 0, 0], 2)),
        (Role::Client, login()),
        (Role::Server, packet(4, ends)),
    ]
}

fn tcp(lines: &[Line]) -> Vec<Seen> {
    play(&ENTRY, Transport::Tcp, lines)
}

#[test]
fn batches_and_calls_of_a_capture_are_told() {
    let lines = [
        (Role::Client, hex(BATCH)),
        (Role::Server, hex(ROWS)),
        (Role::Client, hex(CALL)),
    ];
    let all = tcp(&lines);
    assert_eq!(
        texts(&all),
        [
            "sql_batch(1/1) statement=SELECT",
            "sql_batch(1/1)",
            "rpc(3) procedure=po_can_be_released",
        ]
    );
    assert_eq!(all[1].outcome, Outcome::Ok);
    assert_eq!(all[1].answers, Some(1));
    assert!(all.iter().all(|seen| seen.anomalies.is_empty()), "{all:?}");
    hostile(&ENTRY, Transport::Tcp, &lines);
}

#[test]
fn a_failed_sign_in_is_told_without_the_password() {
    let mut ends = note(0xaa, 18456, "Login failed for user 'sa'.", "SQL1");
    ends.extend(DONE);
    let lines = sign_in(&ends);
    let all = tcp(&lines);
    assert_eq!(
        texts(&all),
        [
            "prelogin(18) encryption=2",
            "prelogin(18) encryption=2",
            "login7(16) user=sa database=plant application=Historian server=SQL1 password_in_clear=1",
            "login7(16)",
        ]
    );
    assert_eq!(all[1].software.as_deref(), Some("SQL Server 15.0.2000"));
    assert_eq!(all[2].host.as_deref(), Some("HMI7"));
    assert_eq!(all[2].software.as_deref(), Some("Historian"));
    let name = "login_failed";
    assert_eq!(all[3].outcome, Outcome::Error { code: 18456, name });
    assert_eq!(all[3].host.as_deref(), Some("SQL1"));
    assert!(!format!("{all:?}").contains("secret"));
    hostile(&ENTRY, Transport::Tcp, &lines);
}

#[test]
fn an_acknowledged_sign_in_names_the_server() {
    let mut ends = note(0xab, 5701, "Changed database", "SQL1");
    let name = wide("Microsoft SQL Server");
    let mut contents = vec![1, 0x74, 0, 0, 4, 20];
    contents.extend(name);
    contents.extend([15, 0, 0x07, 0xd0]);
    ends.push(0xad);
    ends.extend(u16::try_from(contents.len()).unwrap().to_le_bytes());
    ends.extend(contents);
    ends.extend(DONE);
    let all = tcp(&sign_in(&ends));
    assert_eq!(all[3].outcome, Outcome::Ok);
    assert_eq!(
        all[3].software.as_deref(),
        Some("Microsoft SQL Server 15.0.2000")
    );
    assert_eq!(all[3].host.as_deref(), Some("SQL1"));
}

/// An answer that goes on with the sign-in of Windows (2.2.7.22) neither accepts nor refuses it.
#[test]
fn a_sign_in_that_goes_on_has_no_outcome() {
    let token = [b"NTLMSSP\0".as_slice(), &[2, 0, 0, 0], &[0; 36]].concat();
    let mut answer = vec![0xed];
    answer.extend(u16::try_from(token.len()).unwrap().to_le_bytes());
    answer.extend(token);
    let all = tcp(&sign_in(&answer));
    assert_eq!(all[3].outcome, Outcome::None);
}

#[test]
fn a_sign_in_of_several_packets_is_not_malformed() {
    let mut first = login();
    first.truncate(150);
    first[1] = 0;
    first[2..4].copy_from_slice(&150_u16.to_be_bytes());
    let all = tcp(&[(Role::Client, first)]);
    assert_eq!(all[0].anomalies, AnomalySet::EMPTY);
    assert!(all[0].text.contains("user=sa"), "{}", all[0].text);
}

/// A password as 2.2.6.4 disguises it.
#[test]
fn a_password_that_everybody_knows_is_told_as_such() {
    let login_with = |user: &str, password: &str| {
        let disguised: Vec<u8> = wide(password)
            .iter()
            .map(|octet| octet.rotate_left(4) ^ 0xa5)
            .collect();
        let mut body = vec![0; 94];
        body[40..42].copy_from_slice(&94_u16.to_le_bytes());
        body[42..44].copy_from_slice(&u16::try_from(user.len()).unwrap().to_le_bytes());
        let at = u16::try_from(94 + 2 * user.len()).unwrap();
        body[44..46].copy_from_slice(&at.to_le_bytes());
        body[46..48].copy_from_slice(&u16::try_from(password.len()).unwrap().to_le_bytes());
        body.extend(wide(user));
        body.extend(disguised);
        let length = u32::try_from(body.len()).unwrap();
        body[..4].copy_from_slice(&length.to_le_bytes());
        let all = tcp(&[(Role::Client, packet(16, &body))]);
        assert!(!format!("{all:?}").contains("2WSX"), "never kept");
        all[0].text.clone()
    };
    assert_eq!(
        login_with("WinCCConnect", "2WSXcder"),
        "login7(16) user=WinCCConnect password_in_clear=1 credential_weakness=well_known"
    );
    assert_eq!(
        login_with("sa", ""),
        "login7(16) user=sa credential_weakness=empty"
    );
    assert_eq!(
        login_with("sa", "hunter2"),
        "login7(16) user=sa password_in_clear=1"
    );
}

#[test]
fn statements_are_told_by_kind() {
    let headers = [22_u32, 18].map(u32::to_le_bytes).concat();
    let headers = [headers, vec![2, 0], vec![0; 12]].concat();
    let ask = |text: &str| packet(1, &[headers.clone(), wide(text)].concat());
    let mut call = headers.clone();
    call.extend([
        0xff, 0xff, 10, 0, 0, 0, 0, 0, 0xe7, 0x40, 0x1f, 9, 4, 0xd0, 0, 0x34,
    ]);
    let text = wide("insert into t values (1)");
    call.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    call.extend(text);
    let lines = [
        (Role::Client, ask("DROP TABLE alarms")),
        (Role::Client, ask("shutdown")),
        (Role::Client, packet(3, &call)),
        (Role::Client, ask("")),
    ];
    let all = tcp(&lines);
    assert_eq!(
        texts(&all),
        [
            "sql_batch(1/3) statement=DROP",
            "sql_batch(1/6) statement=SHUTDOWN",
            "rpc(3/2) procedure=sp_executesql statement=INSERT",
            "sql_batch(1)",
        ]
    );
    hostile(&ENTRY, Transport::Tcp, &lines);
}

#[test]
fn later_packets_of_a_message_are_not_told_and_tls_ends_it() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    let mut first = packet(1, &wide("select 1"));
    first[1] = 0;
    assert_eq!(player.say(Role::Client, &first).len(), 1);
    assert_eq!(player.say(Role::Client, &packet(1, &wide("drop"))), []);
    assert_eq!(player.say(Role::Client, &packet(1, &wide("drop"))).len(), 1);
    let told = player.say(Role::Client, &[0x17, 3, 3, 0, 4, 1, 2, 3, 4]);
    assert_eq!(texts(&told), ["tls(23)"]);
    assert_eq!(
        player.say(Role::Server, &[0x17, 3, 3, 0, 4, 1, 2, 3, 4]),
        []
    );
    assert!(!player.ended);
}

#[test]
fn offsets_that_lead_outside_are_flagged() {
    let mut bytes = login();
    bytes[8 + 36] = 0xff;
    bytes[8 + 37] = 0xff;
    let all = tcp(&[(Role::Client, bytes)]);
    assert!(all[0].anomalies.contains(Anomaly::BadLength));
    let all = tcp(&[(Role::Client, packet(18, &[0, 0, 200, 0, 6, 0xff]))]);
    assert!(all[0].anomalies.contains(Anomaly::BadLength));
}
