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
