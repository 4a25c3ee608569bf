//! File sharing and remote procedures of Windows.

use std::time::Duration;

use super::super::Case;
use crate::traffic::learning;
use crate::world::{MASTER, PLC, Session, World};

pub(super) const CASES: &[Case] = &[
    (
        "rpc_unauthorized_message_type",
        |w| {
            learning(w, |w| drop(bound(w, SVCCTL)));
            bound(w, ATSVC);
        },
        |w| {
            learning(w, |w| drop(bound(w, SVCCTL)));
            bound(w, SVCCTL);
        },
    ),
    (
        "rpc_operation_failed",
        |w| service(w, "Spooler", 1053),
        |w| service(w, "Spooler", 0),
    ),
    (
        "windows_unauthorized_service",
        |w| {
            learning(w, |w| service(w, "Spooler", 0));
            service(w, "Other", 0);
        },
        |w| {
            learning(w, |w| service(w, "Spooler", 0));
            service(w, "Spooler", 0);
        },
    ),
    (
        "windows_unauthorized_process",
        |w| created(w, "C:\\a.exe", "C:\\b.exe"),
        |w| created(w, "C:\\a.exe", "C:\\a.exe"),
    ),
    (
        "psexec_remote_execution",
        |w| dropped(w, "x7f3.exe", Duration::from_mins(10)),
        |w| dropped(w, "x7f3.exe", Duration::from_secs(601)),
    ),
    (
        "remote_windows_service_management",
        |w| service(w, "Spooler", 0),
        |w| drop(bound(w, SVCCTL)),
    ),
];

/// UUIDs as they are on the wire (MS-SCMR 1.9, MS-TSCH 1.9), and the transfer syntax NDR.
const SVCCTL: [u8; 16] = [
    0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03,
];
const ATSVC: [u8; 16] = [
    0x82, 0x06, 0xf7, 0x1f, 0x51, 0x0a, 0xe8, 0x30, 0x07, 0x6d, 0x74, 0x0b, 0xe8, 0xce, 0xe9, 0x8b,
];
const NDR: [u8; 16] = [
    0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60,
];

/// A PDU (C706, 12.6.3).
fn pdu(kind: u8, call: u32, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![5, 0, kind, 3, 0x10, 0, 0, 0];
    octets.extend(u16::try_from(16 + body.len()).unwrap().to_le_bytes());
    octets.extend([0, 0]);
    octets.extend(call.to_le_bytes());
    octets.extend(body);
    octets
}

/// A connection on which the interface was bound.
fn bound(w: &mut World, uuid: [u8; 16]) -> Session {
    let mut session = w.session(MASTER, PLC, 135);
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0];
    body.extend(uuid);
    body.extend(2_u32.to_le_bytes());
    body.extend(NDR);
    body.extend(2_u32.to_le_bytes());
    session.ask(w, &pdu(11, 1, &body));
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 4, 0];
    body.extend(*b"135\0\0\0\x01\0\0\0\0\0\0\0");
    body.extend(NDR);
    body.extend(2_u32.to_le_bytes());
    session.answer(w, &pdu(12, 1, &body));
    session
}

fn call(id: u32, operation: u16, stub: &[u8]) -> Vec<u8> {
    let mut body = u32::try_from(stub.len()).unwrap().to_le_bytes().to_vec();
    body.extend([0, 0]);
    body.extend(operation.to_le_bytes());
    body.extend(stub);
    pdu(0, id, &body)
}

fn returned(id: u32, stub: &[u8]) -> Vec<u8> {
    let mut body = u32::try_from(stub.len()).unwrap().to_le_bytes().to_vec();
    body.extend([0, 0, 0, 0]);
    body.extend(stub);
    pdu(2, id, &body)
}

/// A string of NDR: most, offset, length, characters, padding.
fn string(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
    let count = u32::try_from(units.len()).unwrap().to_le_bytes();
    let mut octets = [count, [0; 4], count].concat();
    octets.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

/// `RCreateServiceW` (MS-SCMR 3.1.4.12).
fn create(name: &str, program: &str) -> Vec<u8> {
    let mut stub = vec![7; 20];
    stub.extend(string(name));
    stub.extend([0, 0, 2, 0]);
    stub.extend(string(name));
    for number in [0xf01ff_u32, 0x10, 3, 0] {
        stub.extend(number.to_le_bytes());
    }
    stub.extend(string(program));
    stub.extend([0; 24]);
    call(2, 12, &stub)
}

/// A service is opened and started; starting it ends with this error.
fn service(w: &mut World, name: &str, error: u32) {
    let mut session = bound(w, SVCCTL);
    let mut stub = vec![7; 20];
    stub.extend(string(name));
    stub.extend(0x10_u32.to_le_bytes());
    session.ask(w, &call(2, 16, &stub));
    session.answer(w, &returned(2, &[0; 24]));
    session.ask(w, &call(3, 19, &[7; 28]));
    session.answer(w, &returned(3, &error.to_le_bytes()));
}

/// A service with one program is learned, then one with another is made.
fn created(w: &mut World, learned: &str, program: &str) {
    learning(w, |w| {
        let mut session = bound(w, SVCCTL);
        session.ask(w, &create("S", learned));
    });
    let mut session = bound(w, SVCCTL);
    session.ask(w, &create("S", program));
}

/// A message of SMB2 behind its header of the session service (MS-SMB2 2.2.1.2, RFC 1002 4.3.1).
fn smb2(command: u16, (id, status, response): (u8, u32, bool), body: &[u8]) -> Vec<u8> {
    let mut message = b"\xfeSMB\x40\0\x01\0".to_vec();
    message.extend(status.to_le_bytes());
    message.extend(command.to_le_bytes());
    message.extend([1, 0, u8::from(response), 0, 0, 0, 0, 0, 0, 0]);
    message.extend([id, 0, 0, 0, 0, 0, 0, 0]);
    message.extend([0, 0, 0, 0, 5, 0, 0, 0]);
    message.extend([9, 0, 0, 0, 0, 0, 0, 0]);
    message.extend([0; 16]);
    message.extend(body);
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&length[..], &message].concat()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn smb_session(w: &mut World) -> Session {
    w.session(MASTER, PLC, 445)
}

/// `SESSION_SETUP` without a token (2.2.5).
pub(super) fn session_setup() -> Vec<u8> {
    let mut body = vec![25, 0, 0, 1];
    body.extend([0; 8]);
    body.extend([88, 0, 0, 0]);
    body.extend([0; 8]);
    smb2(1, (1, 0, false), &body)
}

/// `STATUS_LOGON_FAILURE`.
pub(super) fn smb_failed(id: u8) -> Vec<u8> {
    smb2(1, (id, 0xc000_006d, true), &[9, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// A program is put on the administrative share, and after a while a service is made.
fn dropped(w: &mut World, program: &str, after: Duration) {
    let mut session = smb_session(w);
    let share = wide("\\\\10.0.0.2\\ADMIN$");
    let length = u8::try_from(share.len()).unwrap();
    let mut body = vec![9, 0, 0, 0, 72, 0, length, 0];
    body.extend(&share);
    session.ask(w, &smb2(3, (2, 0, false), &body));
    let mut body = vec![16, 0, 1];
    body.extend([0; 13]);
    session.answer(w, &smb2(3, (2, 0, true), &body));
    let name = wide(program);
    let length = u8::try_from(name.len()).unwrap();
    let mut body = vec![57, 0];
    body.extend([0; 22]);
    for number in [0x4000_0000_u32, 0x20, 0, 5, 0] {
        body.extend(number.to_le_bytes());
    }
    body.extend([120, 0, length, 0]);
    body.extend([0; 8]);
    body.extend(&name);
    session.ask(w, &smb2(5, (3, 0, false), &body));
    w.pass(after);
    let mut session = bound(w, SVCCTL);
    session.ask(w, &create("abcd", "%SystemRoot%\\x7f3.exe"));
}

#[test]
fn services_with_the_name_of_psexec_need_no_file_before() {
    for (name, count) in [("PSEXESVC", 1), ("Spooler", 0)] {
        let mut w = World::default();
        let mut session = bound(&mut w, SVCCTL);
        session.ask(&mut w, &create(name, "C:\\a.exe"));
        assert_eq!(w.count("psexec_remote_execution"), count, "{name}");
    }
}

#[test]
fn only_programs_are_dropped() {
    let mut w = World::default();
    dropped(&mut w, "report.txt", Duration::ZERO);
    assert_eq!(w.count("psexec_remote_execution"), 0);
}
