//! Sign-ins: refused, unlearned, too many, badly protected.

use std::time::Duration;

use super::super::Case;
use super::names::snmp;
use super::windows::{session_setup, smb_failed, smb_session};
use crate::traffic::learning;
use crate::world::{MASTER, PLC, Session, World};

pub(super) const CASES: &[Case] = &[
    (
        "ftp_login_failed",
        |w| ftp(w, 1, "530 Login incorrect."),
        |w| ftp(w, 1, "230 Logged in."),
    ),
    (
        "database_login_failed",
        |w| database_failures(w, 2, Duration::from_mins(5)),
        |w| database_failures(w, 2, Duration::from_secs(301)),
    ),
    (
        "database_unauthorized_login",
        |w| drop(signed_in(w)),
        |w| {
            learning(w, |w| drop(signed_in(w)));
            signed_in(w);
        },
    ),
    (
        "database_unauthorized_operation",
        |w| statement(w, "DROP TABLE batches"),
        |w| statement(w, "SELECT * FROM batches"),
    ),
    (
        "smb_unauthorized_login",
        |w| sign_ins_of_smb(w, 1),
        |w| {
            learning(w, |w| sign_ins_of_smb(w, 1));
            sign_ins_of_smb(w, 1);
        },
    ),
    (
        "excessive_login_attempts",
        |w| ftp(w, 20, "530 No."),
        |w| ftp(w, 19, "530 No."),
    ),
    (
        "smb_excessive_login",
        |w| sign_ins_of_smb(w, 10),
        |w| sign_ins_of_smb(w, 9),
    ),
    (
        "password_guessing",
        |w| ftp(w, 100, "530 No."),
        |w| ftp(w, 99, "530 No."),
    ),
    (
        "ssh_repeated_logins",
        |w| ssh(w, 10, Duration::from_secs(66)),
        |w| ssh(w, 10, Duration::from_secs(67)),
    ),
    (
        "cleartext_credentials",
        |w| credential(w, "Basic cGxjOnBsYw=="),
        |w| credential(w, "Bearer abc"),
    ),
    ("weak_credentials", |w| vnc(w, 2), |w| vnc(w, 1)),
    (
        "default_credentials",
        |w| snmp(w, "public", 0xa0),
        |w| snmp(w, "gr8-secret", 0xa0),
    ),
];

/// So many passwords on one connection, half a second apart, all answered alike.
fn ftp(w: &mut World, passwords: u32, reply: &str) {
    let mut session = w.session(MASTER, PLC, 21);
    session.answer(w, b"220 FTP server\r\n");
    for _ in 0..passwords {
        w.pass(Duration::from_millis(500));
        session.ask(w, b"USER plc\r\n");
        session.answer(w, b"331 Password?\r\n");
        session.ask(w, b"PASS plc\r\n");
        session.answer(w, format!("{reply}\r\n").as_bytes());
    }
}

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

/// `LOGIN7` without texts (MS-TDS 2.2.6.4).
fn login7() -> Vec<u8> {
    let mut body = vec![0; 94];
    body[0] = 94;
    for at in (36..72).step_by(4) {
        body[at] = 94;
    }
    packet(16, &body)
}

/// Error 18456 and the end of the answer (MS-TDS 2.2.7.10, 2.2.7.6).
fn refused() -> Vec<u8> {
    let mut contents = 18_456_u32.to_le_bytes().to_vec();
    contents.extend([1, 14, 0, 0, 0, 0, 1, 0, 0, 0]);
    let mut body = vec![0xaa];
    body.extend(u16::try_from(contents.len()).unwrap().to_le_bytes());
    body.extend(contents);
    body.extend([0xfd, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    packet(4, &body)
}

fn signed_in(w: &mut World) -> Session {
    let mut session = w.session(MASTER, PLC, 1433);
    session.ask(w, &login7());
    session
}

fn database_failures(w: &mut World, count: u32, gap: Duration) {
    for at in 0..count {
        if at > 0 {
            w.pass(gap);
        }
        let mut session = signed_in(w);
        session.answer(w, &refused());
    }
}

fn statement(w: &mut World, text: &str) {
    let mut session = w.session(MASTER, PLC, 1433);
    session.ask(w, &packet(1, &wide(text)));
}

fn sign_ins_of_smb(w: &mut World, count: u32) {
    for _ in 0..count {
        w.pass(Duration::from_mins(1));
        let mut session = smb_session(w);
        session.ask(w, &session_setup());
        session.answer(w, &smb_failed(1));
    }
}

/// Connections up to the new keys (RFC 4253, 4.2, 6 and 7.3).
fn ssh(w: &mut World, count: u32, gap: Duration) {
    for at in 0..count {
        if at > 0 {
            w.pass(gap);
        }
        let mut session = w.session(MASTER, PLC, 22);
        session.answer(w, b"SSH-2.0-Server\r\n");
        session.ask(w, b"SSH-2.0-Client\r\n");
        session.ask(w, &[0, 0, 0, 12, 10, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}

fn credential(w: &mut World, value: &str) {
    let mut session = w.session(MASTER, PLC, 80);
    let text = format!("GET / HTTP/1.1\r\nAuthorization: {value}\r\n\r\n");
    session.ask(w, text.as_bytes());
}

/// VNC with a security type: 2 is the password, 1 none (RFC 6143, 7.1.2).
fn vnc(w: &mut World, security: u8) {
    let mut session = w.session(MASTER, PLC, 5900);
    session.answer(w, b"RFB 003.008\n");
    session.ask(w, b"RFB 003.008\n");
    session.answer(w, &[1, security]);
    session.ask(w, &[security]);
    if security == 2 {
        session.answer(w, &[7; 16]);
        session.ask(w, &[9; 16]);
    }
    session.answer(w, &[0; 4]);
}

/// So many sign-ins on connections of their own within a minute, each by these exchanges.
fn tried(port: u16, count: u32, exchanges: &[(bool, &[u8])]) -> usize {
    let mut w = World::default();
    for _ in 0..count {
        w.pass(Duration::from_secs(3));
        let mut session = w.session(MASTER, PLC, port);
        for (client, octets) in exchanges {
            if *client {
                session.ask(&mut w, octets);
            } else {
                session.answer(&mut w, octets);
            }
        }
    }
    w.count("excessive_login_attempts")
}

#[test]
fn tries_count_over_every_protocol_that_tells_of_them() {
    let (asks, answers) = (true, false);
    let http_refused: &[(bool, &[u8])] = &[
        (asks, b"GET / HTTP/1.1\r\nAuthorization: Basic eDp5\r\n\r\n"),
        (answers, b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"),
    ];
    let telnet: &[(bool, &[u8])] = &[
        (answers, b"\xff\xfd\x18\xff\xfd\x20login: "),
        (asks, b"root\r\n"),
        (answers, b"Password: "),
        (asks, b"x\r\n"),
    ];
    let vnc: &[(bool, &[u8])] = &[
        (answers, b"RFB 003.008\n"),
        (asks, b"RFB 003.008\n"),
        (answers, &[1, 2]),
        (asks, &[2]),
        (answers, &[7; 16]),
        (asks, &[9; 16]),
    ];
    let rdp: &[(bool, &[u8])] = &[(
        asks,
        &[3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0],
    )];
    // A simple bind (RFC 4511, 4.2) of the name "a" with the password "x".
    let ldap: &[(bool, &[u8])] = &[(
        asks,
        b"\x30\x0d\x02\x01\x01\x60\x08\x02\x01\x03\x04\x01a\x80\x01x",
    )];
    for (port, exchanges) in [
        (80, http_refused),
        (23, telnet),
        (5900, vnc),
        (3389, rdp),
        (389, ldap),
    ] {
        assert_eq!(tried(port, 20, exchanges), 1, "port {port}");
        assert_eq!(tried(port, 19, exchanges), 0, "port {port}");
    }
}

/// Every page is asked for with the credential, and the first round of NTLM is always refused.
#[test]
fn pages_shown_to_who_signed_in_are_no_tries() {
    let page = b"GET / HTTP/1.1\r\nAuthorization: Basic eDp5\r\n\r\n".as_slice();
    let shown = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".as_slice();
    assert_eq!(tried(80, 20, &[(true, page), (false, shown)]), 0);
    let round = b"GET / HTTP/1.1\r\nAuthorization: NTLM TlRM\r\n\r\n".as_slice();
    let next =
        b"HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM abcd\r\nContent-Length: 0\r\n\r\n".as_slice();
    assert_eq!(tried(80, 20, &[(true, round), (false, next)]), 0);
}

/// A server that also offers Negotiate or NTLM refuses like any other.
#[test]
fn refusals_of_servers_that_offer_several_schemes_are_tries() {
    let basic = b"GET / HTTP/1.1\r\nAuthorization: Basic eDp5\r\n\r\n".as_slice();
    let last = b"GET / HTTP/1.1\r\nAuthorization: NTLM TlRM\r\n\r\n".as_slice();
    for scheme in ["Negotiate", "NTLM"] {
        let refused =
            format!("HTTP/1.1 401 No\r\nWWW-Authenticate: {scheme}\r\nContent-Length: 0\r\n\r\n");
        for asked in [basic, last] {
            let exchange = [(true, asked), (false, refused.as_bytes())];
            assert_eq!(tried(80, 20, &exchange), 1, "{scheme}");
            assert_eq!(tried(80, 19, &exchange), 0, "{scheme}");
        }
    }
}

/// Passwords that the dissectors find weak: "admin:password", "a:a", "a:" and one against which
/// nothing is known.
#[test]
fn weak_passwords_in_clear_are_default_credentials() {
    for (pair, said) in [
        ("YWRtaW46cGFzc3dvcmQ=", Some("everybody knows")),
        ("YTph", Some("name of the user")),
        ("YTo=", Some("an empty password")),
        ("Ym9iOmh1bnRlcjI=", None),
    ] {
        let mut w = World::default();
        credential(&mut w, &format!("Basic {pair}"));
        let found = w.found.iter().map(|finding| format!("{finding:?}"));
        let texts: Vec<String> = found
            .filter(|text| text.contains("default_credentials"))
            .collect();
        assert_eq!(texts.len(), usize::from(said.is_some()), "{pair}");
        assert!(
            texts
                .iter()
                .all(|text| said.is_some_and(|said| text.contains(said)))
        );
    }
    let mut w = World::default();
    ftp(&mut w, 1, "230 Welcome.");
    assert_eq!(
        w.count("default_credentials"),
        1,
        "the password is the user"
    );
}

#[test]
fn anonymous_access_is_told_once() {
    let mut w = World::default();
    let mut session = w.session(MASTER, PLC, 21);
    session.answer(&mut w, b"220 FTP server\r\n");
    session.ask(&mut w, b"USER anonymous\r\n");
    session.answer(&mut w, b"331 Your address?\r\n");
    session.ask(&mut w, b"PASS me@example\r\n");
    session.answer(&mut w, b"230 Welcome.\r\n");
    assert_eq!(w.count("default_credentials"), 1);
}

#[test]
fn a_finding_about_a_credential_holds_no_secret() {
    let mut w = World::default();
    ftp(&mut w, 1, "230 Welcome.");
    credential(&mut w, "Basic cGxjOnBsYw==");
    snmp(&mut w, "gr8-secret", 0xa0);
    assert_eq!(w.count("cleartext_credentials"), 3);
    for finding in &w.found {
        let text = format!("{finding:?}");
        for secret in ["PASS plc", "cGxjOnBsYw", "gr8-secret"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
