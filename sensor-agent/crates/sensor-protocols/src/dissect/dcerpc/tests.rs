//! DCE/RPC from captures and by hand.

mod bytes;

use self::bytes::*;
use super::stream::ENTRY;
use crate::dissect::Role;
use crate::dissect::tests::{Line, Player, Seen, hex, hostile, play, texts};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Outcome, Transport};

const SVCCTL: [u8; 16] = [
    0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03,
];
const ATSVC: [u8; 16] = [
    0x82, 0x06, 0xf7, 0x1f, 0x51, 0x0a, 0xe8, 0x30, 0x07, 0x6d, 0x74, 0x0b, 0xe8, 0xce, 0xe9, 0x8b,
];
const NDR: [u8; 16] = [
    0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60,
];

fn pdu(kind: u8, call: u32, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![5, 0, kind, 3, 0x10, 0, 0, 0];
    octets.extend(u16::try_from(16 + body.len()).unwrap().to_le_bytes());
    octets.extend([0, 0]);
    octets.extend(call.to_le_bytes());
    octets.extend(body);
    octets
}

fn binds(uuid: [u8; 16], version: u32) -> Vec<u8> {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0];
    body.extend(uuid);
    body.extend(version.to_le_bytes());
    body.extend(NDR);
    body.extend(2_u32.to_le_bytes());
    pdu(11, 1, &body)
}

fn bound(result: u16, reason: u16) -> Vec<u8> {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 4, 0];
    body.extend(*b"135\0");
    body.extend([0, 0, 1, 0, 0, 0]);
    body.extend(result.to_le_bytes());
    body.extend(reason.to_le_bytes());
    body.extend(NDR);
    body.extend(2_u32.to_le_bytes());
    pdu(12, 1, &body)
}

/// A bind to an interface by its name.
pub(in crate::dissect) fn bind(interface: &str) -> Vec<u8> {
    match interface {
        "svcctl" => binds(SVCCTL, 2),
        "atsvc" => binds(ATSVC, 1),
        other => panic!("{other} is not known here"),
    }
}

fn call(id: u32, operation: u16, stub: &[u8]) -> Vec<u8> {
    let mut body = u32::try_from(stub.len()).unwrap().to_le_bytes().to_vec();
    body.extend([0, 0]);
    body.extend(operation.to_le_bytes());
    body.extend(stub);
    pdu(0, id, &body)
}

fn answer(kind: u8, id: u32, stub: &[u8]) -> Vec<u8> {
    let mut body = u32::try_from(stub.len()).unwrap().to_le_bytes().to_vec();
    body.extend([0, 0, 0, 0]);
    body.extend(stub);
    pdu(kind, id, &body)
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

fn create_service() -> Vec<u8> {
    let mut stub = vec![7; 20];
    stub.extend(string("PSEXESVC"));
    stub.extend([0, 0, 2, 0]);
    stub.extend(string("PsExec Service"));
    for number in [0xf01ff_u32, 0x10, 3, 0] {
        stub.extend(number.to_le_bytes());
    }
    stub.extend(string("%SystemRoot%\\PSEXESVC.exe"));
    stub.extend([0; 24]);
    call(2, 12, &stub)
}

fn service() -> Vec<Line> {
    let mut start = vec![7; 20];
    start.extend([0; 8]);
    vec![
        (Role::Client, binds(SVCCTL, 2)),
        (Role::Server, bound(0, 0)),
        (Role::Client, create_service()),
        (Role::Server, answer(2, 2, &[0; 28])),
        (Role::Client, call(3, 19, &start)),
        (Role::Server, answer(2, 3, &1053_u32.to_le_bytes())),
        (Role::Client, call(4, 200, &[])),
        (Role::Server, answer(3, 4, &0x1c01_0002_u32.to_le_bytes())),
    ]
}

fn mapped() -> Vec<Line> {
    [
        (Role::Client, MAP_BIND),
        (Role::Server, MAP_BOUND),
        (Role::Client, MAP),
        (Role::Server, MAPPED),
    ]
    .map(|(role, digits)| (role, hex(digits)))
    .to_vec()
}

fn sealed() -> Vec<Line> {
    [
        (Role::Client, BIND),
        (Role::Server, BOUND),
        (Role::Client, CALL),
        (Role::Server, ANSWER),
    ]
    .map(|(role, digits)| (role, hex(digits)))
    .to_vec()
}

fn tcp(lines: &[Line]) -> Vec<Seen> {
    play(&ENTRY, Transport::Tcp, lines)
}

#[test]
fn the_endpoint_mapper_is_asked_for_an_interface() {
    let all = tcp(&mapped());
    assert_eq!(
        texts(&all),
        [
            "bind(4278190091) interface=epmapper interface_version=3",
            "bind_ack(4278190092) refused_context=0",
            "ept_map(917507) interface=epmapper mapped_interface=drsuapi",
            "ept_map(917507) interface=epmapper",
        ]
    );
    assert_eq!(all[1].outcome, Outcome::Ok);
    assert_eq!(all[3].answers, Some(3));
    assert!(all.iter().all(|seen| seen.anomalies.is_empty()), "{all:?}");
}

#[test]
fn encrypted_calls_are_told_by_number_and_protection() {
    let all = tcp(&sealed());
    assert_eq!(
        texts(&all),
        [
            "bind(4278190091) interface=drsuapi interface_version=4 auth_type=9 auth_level=6",
            "bind_ack(4278190092) refused_context=0 auth_type=9 auth_level=6",
            "IDL_DRSBind(786432) interface=drsuapi auth_level=6",
            "IDL_DRSBind(786432) interface=drsuapi",
        ]
    );
}

#[test]
fn services_are_told_with_name_program_and_result() {
    let all = tcp(&service());
    assert_eq!(
        texts(&all),
        [
            "bind(4278190091) interface=svcctl interface_version=2",
            "bind_ack(4278190092)",
            "RCreateServiceW(65548) interface=svcctl \"PSEXESVC\" \"PsExec Service\" service_type=16 \
             start_type=3 program=%SystemRoot%\\PSEXESVC.exe",
            "RCreateServiceW(65548) interface=svcctl",
            "RStartServiceW(65555) interface=svcctl",
            "RStartServiceW(65555) interface=svcctl",
            "call(65736) interface=svcctl",
            "call(65736) interface=svcctl",
        ]
    );
    let error = |code, name| Outcome::Error { code, name };
    assert_eq!(all[3].outcome, Outcome::Ok);
    assert_eq!(all[5].outcome, error(1053, "ERROR_SERVICE_REQUEST_TIMEOUT"));
    assert_eq!(all[7].outcome, error(0x1c01_0002, "nca_op_rng_error"));
}

#[test]
fn a_job_is_told_with_its_command() {
    let mut stub = vec![0, 0, 2, 0];
    stub.extend(string("\\\\HMI"));
    stub.extend([0; 8]);
    stub.extend([0, 1, 0, 0]);
    stub.extend([4, 0, 2, 0]);
    stub.extend(string("cmd.exe /c x.bat"));
    let lines = [
        (Role::Client, binds(ATSVC, 1)),
        (Role::Client, call(2, 0, &stub)),
    ];
    let all = tcp(&lines);
    assert_eq!(
        all[1].text, "NetrJobAdd(131072) interface=atsvc \"cmd.exe\" argument_bytes=9",
        "what the arguments are is not told"
    );
    hostile(&ENTRY, Transport::Tcp, &lines);
}

/// MS-TSCH 3.2.5.4.2, the definition after 2.5.
#[test]
fn a_task_is_told_with_its_program_and_nothing_else_of_it() {
    const SCHEDULER: [u8; 16] = [
        0x49, 0x59, 0xd3, 0x86, 0xc9, 0x83, 0x44, 0x40, 0xb4, 0x24, 0xdb, 0x36, 0x32, 0x31, 0xfd,
        0x0c,
    ];
    let mut stub = vec![0, 0, 2, 0];
    stub.extend(string("\\Updates"));
    stub.extend(string(
        "<Task><Actions><Exec><Command>C:\\A B\\run.exe</Command>\
         <Arguments>-p Secret1</Arguments></Exec></Actions></Task>",
    ));
    let lines = [
        (Role::Client, binds(SCHEDULER, 1)),
        (Role::Client, call(2, 1, &stub)),
    ];
    let all = tcp(&lines);
    assert_eq!(
        all[1].text,
        "SchRpcRegisterTask(196609) interface=ITaskSchedulerService \"\\\\Updates\" \
         program=C:\\A B\\run.exe"
    );
    hostile(&ENTRY, Transport::Tcp, &lines);
}

#[test]
fn a_refused_interface_is_an_error_and_calls_on_it_are_wrong() {
    let lines = [
        (Role::Client, binds(SVCCTL, 2)),
        (Role::Server, bound(2, 1)),
        (Role::Client, call(2, 15, &[])),
    ];
    let all = tcp(&lines);
    let name = "abstract_syntax_not_supported";
    assert_eq!(all[1].outcome, Outcome::Error { code: 1, name });
    assert!(all[2].anomalies.contains(Anomaly::BadValue));
}

#[test]
fn what_departs_from_the_standard_is_flagged() {
    let unknown = tcp(&[(Role::Client, pdu(9, 1, &[]))]);
    assert!(unknown[0].anomalies.contains(Anomaly::ReservedCode));
    let server = tcp(&[(Role::Server, call(1, 0, &[]))]);
    assert!(server[0].anomalies.contains(Anomaly::WrongRole));
    let mut bad = call(1, 0, &[0; 8]);
    bad[10] = 200;
    let bad = tcp(&[(Role::Client, bad)]);
    assert!(bad[0].anomalies.contains(Anomaly::BadLength));
    let stray = [
        (Role::Client, binds(SVCCTL, 2)),
        (Role::Server, answer(2, 77, &[])),
    ];
    let stray = tcp(&stray);
    assert!(stray[1].anomalies.contains(Anomaly::Unsolicited));
    let unseen = tcp(&[(Role::Server, answer(2, 77, &[]))]);
    assert_eq!(
        unseen[0].anomalies,
        AnomalySet::EMPTY,
        "from the middle of a connection"
    );
}

#[test]
fn calls_that_are_never_answered_make_room() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    player.say(Role::Client, &binds(SVCCTL, 2));
    for n in 0..100_u32 {
        let seen = player.say(Role::Client, &call(n, 6, &[])).remove(0);
        let full = usize::try_from(n).unwrap() >= limits::DCERPC_OPEN_CALLS;
        assert_eq!(seen.anomalies.contains(Anomaly::LimitReached), full, "{n}");
    }
}

#[test]
fn contexts_and_syntaxes_of_a_bind_have_a_cap() {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 255, 0, 0, 0];
    for n in 0..255_u8 {
        body.extend([n, 0, 1, 0]);
        body.extend(SVCCTL);
        body.extend([0; 4]);
        body.extend(NDR);
        body.extend([2, 0, 0, 0]);
    }
    let all = tcp(&[(Role::Client, pdu(11, 1, &body))]);
    assert!(all[0].anomalies.contains(Anomaly::LimitReached));
}

#[test]
fn nothing_a_sender_does_leads_astray() {
    for lines in [mapped(), sealed(), service()] {
        hostile(&ENTRY, Transport::Tcp, &lines);
    }
}

#[test]
fn contexts_and_calls_count_and_can_be_shed() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    player.say(Role::Client, &binds(SVCCTL, 2));
    let bound = player.held();
    assert!(bound > 0);
    player.say(Role::Client, &create_service());
    assert!(player.held() > bound);
    player.shed();
    assert_eq!(player.held(), 0);
    let told = player.say(Role::Client, &create_service());
    assert!(!told[0].text.contains("svcctl"), "{}", told[0].text);
}
