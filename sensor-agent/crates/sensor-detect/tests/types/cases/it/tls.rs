//! TLS: versions, ciphers, certificates, heartbeats.

use super::super::Case;
use crate::world::{MASTER, PLC, Session, World};

pub(super) const CASES: &[Case] = &[
    (
        "tls_obsolete_version",
        |w| drop(agreed(w, 1, 0xc02f)),
        |w| drop(agreed(w, 3, 0xc02f)),
    ),
    // TLS_RSA_WITH_RC4_128_SHA, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.
    (
        "tls_weak_cipher",
        |w| drop(agreed(w, 3, 0x0005)),
        |w| drop(agreed(w, 3, 0xc02f)),
    ),
    (
        "tls_certificate_self_signed",
        |w| certificate(w, "plc", "plc", "401231235959Z"),
        |w| certificate(w, "ca", "plc", "401231235959Z"),
    ),
    // The world is in November 2023.
    (
        "tls_certificate_expired",
        |w| certificate(w, "ca", "plc", "231101000000Z"),
        |w| certificate(w, "ca", "plc", "231201000000Z"),
    ),
    ("heartbleed", |w| heartbeat(w, 0x4000), |w| heartbeat(w, 4)),
];

/// A record of TLS 1.0, as first messages are sent (RFC 8446, 5.1).
fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, 3, 1];
    out.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    out.extend(body);
    out
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut out = vec![kind];
    out.extend(&length[1..]);
    out.extend(body);
    record(22, &out)
}

/// A client hello of TLS 1.2 (RFC 5246, 7.4.1.2) with a server name (RFC 6066, 3).
fn hello(name: &str) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0xc0, 0x2f, 1, 0]);
    let length = u16::try_from(name.len()).unwrap();
    body.extend((length + 9).to_be_bytes());
    body.extend([0, 0]);
    body.extend((length + 5).to_be_bytes());
    body.extend((length + 3).to_be_bytes());
    body.push(0);
    body.extend(length.to_be_bytes());
    body.extend(name.as_bytes());
    handshake(1, &body)
}

pub(super) fn client_hello(w: &mut World, name: &str) {
    let mut session = w.session(MASTER, PLC, 443);
    session.ask(w, &hello(name));
}

/// Both hellos; the server chose TLS 1.0 plus the minor version and the suite.
fn agreed(w: &mut World, minor: u8, suite: u16) -> Session {
    let mut session = w.session(MASTER, PLC, 443);
    session.ask(w, &hello("plc.example"));
    let mut body = vec![3, minor];
    body.extend([9; 32]);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    session.answer(w, &handshake(2, &body));
    session
}

/// An element of DER with a length in two octets.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag, 0x82];
    out.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
    out.extend(content);
    out
}

/// A name with a common name (RFC 5280, 4.1.2.4).
fn name(text: &str) -> Vec<u8> {
    let pair = [der(6, &[0x55, 4, 3]), der(12, text.as_bytes())].concat();
    der(0x30, &der(0x31, &der(0x30, &pair)))
}

/// The server shows a certificate (RFC 5280, 4.1).
fn certificate(w: &mut World, issuer: &str, subject: &str, not_after: &str) {
    let algorithm = der(
        0x30,
        &der(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]),
    );
    let times = [der(0x17, b"230101000000Z"), der(0x17, not_after.as_bytes())];
    let key = [algorithm.clone(), der(3, &[0, 1, 2, 3])].concat();
    let inside = [
        der(0xa0, &der(2, &[2])),
        der(2, &[7]),
        algorithm.clone(),
        name(issuer),
        der(0x30, &times.concat()),
        name(subject),
        der(0x30, &key),
    ];
    let whole = [der(0x30, &inside.concat()), algorithm, der(3, &[0, 9])];
    let whole = der(0x30, &whole.concat());
    let length = u32::try_from(whole.len()).unwrap();
    let mut body = (length + 3).to_be_bytes()[1..].to_vec();
    body.extend(&length.to_be_bytes()[1..]);
    body.extend(whole);
    let mut session = agreed(w, 3, 0xc02f);
    session.answer(w, &handshake(11, &body));
}

/// A heartbeat with four octets of payload that claims to have so many (RFC 6520, 4).
fn heartbeat(w: &mut World, claimed: u16) {
    let mut session = agreed(w, 3, 0xc02f);
    let mut body = vec![1];
    body.extend(claimed.to_be_bytes());
    body.extend([0x61; 4 + 16]);
    session.ask(w, &record(24, &body));
}
