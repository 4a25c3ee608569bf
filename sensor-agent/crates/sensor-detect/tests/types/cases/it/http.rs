//! Web requests and responses.

use super::super::Case;
use crate::traffic::learning;
use crate::world::{MASTER, PLC, World};

pub(super) const CASES: &[Case] = &[
    (
        "http_unauthorized_activity",
        |w| {
            learning(w, |w| get(w, "/", ""));
            request(w, "POST", "/set", "");
        },
        |w| {
            learning(w, |w| get(w, "/", ""));
            get(w, "/other", "");
        },
    ),
    (
        "http_illegal_communication",
        |w| {
            learning(w, |w| get(w, "/", "Host: plc.example\r\n"));
            get(w, "/", "Host: shell.example\r\n");
        },
        |w| {
            learning(w, |w| get(w, "/", "Host: plc.example\r\n"));
            get(w, "/a", "Host: plc.example\r\n");
        },
    ),
    (
        "http_unauthorized_soap_action",
        |w| {
            learning(w, |w| soap(w, "urn:plant#Read"));
            soap(w, "urn:plant#Write");
        },
        |w| {
            learning(w, |w| soap(w, "urn:plant#Read"));
            soap(w, "urn:plant#Read");
        },
    ),
    (
        "http_unauthorized_user_agent",
        |w| {
            learning(w, |w| get(w, "/", "User-Agent: HMI/1\r\n"));
            get(w, "/", "User-Agent: sqlmap/1.7\r\n");
        },
        |w| {
            learning(w, |w| get(w, "/", "User-Agent: HMI/1\r\n"));
            get(w, "/", "User-Agent: HMI/1\r\n");
        },
    ),
    (
        "http_abnormal_header_length",
        |w| grown(w, &field(513)),
        |w| grown(w, &field(400)),
    ),
    (
        "http_abnormal_header_param_count",
        |w| grown(w, &"A: b\r\n".repeat(17)),
        |w| grown(w, &"A: b\r\n".repeat(16)),
    ),
    (
        "http_illegal_header_content",
        |w| get(w, "/", "Name: a\x01b\r\n"),
        |w| get(w, "/", "Name: a\tb\r\n"),
    ),
    (
        "http_client_error",
        |w| answered(w, "404 Not Found"),
        |w| answered(w, "503 Service Unavailable"),
    ),
    (
        "unexpected_message_length",
        |w| head_of(w, 32_768),
        |w| head_of(w, 32_767),
    ),
];

fn request(w: &mut World, method: &str, path: &str, fields: &str) {
    let mut session = w.session(MASTER, PLC, 80);
    let text = format!("{method} {path} HTTP/1.1\r\n{fields}\r\n");
    session.ask(w, text.as_bytes());
    session.answer(w, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

fn get(w: &mut World, path: &str, fields: &str) {
    request(w, "GET", path, fields);
}

fn soap(w: &mut World, action: &str) {
    request(w, "POST", "/", &format!("SOAPAction: \"{action}\"\r\n"));
}

/// A short head is learned, then one with these fields comes.
fn grown(w: &mut World, fields: &str) {
    learning(w, |w| get(w, "/", ""));
    get(w, "/", fields);
}

/// A field that takes so many octets.
fn field(octets: usize) -> String {
    format!("A: {}\r\n", "b".repeat(octets - 5))
}

fn answered(w: &mut World, status: &str) {
    let mut session = w.session(MASTER, PLC, 80);
    session.ask(w, b"GET /x HTTP/1.1\r\n\r\n");
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
    session.answer(w, text.as_bytes());
}

/// A request whose head takes so many octets.
fn head_of(w: &mut World, octets: usize) {
    let rest = "GET / HTTP/1.1\r\n\r\n".len();
    get(w, "/", &field(octets - rest));
}

/// What is between two messages that are told does not make the second one long.
#[test]
fn a_long_session_has_no_long_line() {
    for port in [21, 22, 23] {
        let mut w = World::default();
        let mut session = w.session(MASTER, PLC, port);
        if port == 22 {
            session.answer(&mut w, b"SSH-2.0-Server\r\n");
            session.ask(&mut w, b"SSH-2.0-Client\r\n");
        } else {
            session.answer(&mut w, b"220 ready\r\n");
            session.ask(&mut w, b"USER root\r\n");
        }
        for _ in 0..800 {
            session.ask(&mut w, b"x");
            session.answer(&mut w, b"x");
        }
        session.ask(&mut w, b"\r\n");
        session.answer(&mut w, b"\r\nPassword: ");
        session.ask(&mut w, b"y\r\n");
        session.answer(&mut w, b"\r\nLogin incorrect\r\nlogin: ");
        assert_eq!(w.count("unexpected_message_length"), 0, "port {port}");
    }
}

/// Lines that are no head have the length of the line, without the headers of its frames.
#[test]
fn long_lines_of_other_text_protocols_count_too() {
    let lines: [(u16, &str, &[u8]); 3] = [
        (21, "STOR ", b"220 ready\r\n"),
        (22, "SSH-2.0-", b"SSH-2.0-Server\r\n"),
        (23, "login ", b"Welcome\r\n"),
    ];
    for (port, start, greeting) in lines {
        for (octets, count) in [(32_768, 1), (32_767, 0)] {
            let mut w = World::default();
            let mut session = w.session(MASTER, PLC, port);
            session.answer(&mut w, greeting);
            // Telnet tells a line at its CR.
            let end = if port == 23 { "\r" } else { "\r\n" };
            let line = format!(
                "{start}{}{end}",
                "b".repeat(octets - start.len() - end.len())
            );
            session.ask(&mut w, line.as_bytes());
            session.close(&mut w);
            assert_eq!(
                w.count("unexpected_message_length"),
                count,
                "{port} {octets}"
            );
        }
    }
}
