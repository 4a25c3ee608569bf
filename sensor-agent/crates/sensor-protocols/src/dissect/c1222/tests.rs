//! Messages of the captures in `c1222/`, and what departs from them.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// What all requests begin with: called and calling title, invocation identifier.
const HEAD: &str = "a211060f2b060104018285638e7f85f1c24e00a60a06082b06010401828563a806020413e81421";
/// What all responses begin with.
const BACK: &str = "a60a06082b06010401828563a611060f2b060104018285638e7f85f1c24e00a806020413e81421";

const IDENTIFY: &str = "6030a211060f2b060104018285638e7f85f1c24e00a60a06082b06010401828563a806020413e81421be0728058103800120";
const IDENTIFIED: &str = "6059a20a06082b06010401828563a611060f2b060104018285638e7f85f1c24e00a806020413e81421be30282e812c802a000301000406082b0601040182856305080606082b06010401828563070b01000102030a040d05060700";
const LOGON: &str = "603ea211060f2b060104018285638e7f85f1c24e00a60a06082b06010401828563a806020413e81421be1528138111800f50123468656c6c6f776f726c640000";
const LOGGED_ON: &str = "6032a20a06082b06010401828563a611060f2b060104018285638e7f85f1c24e00a806020413e81421be09280781058003000000";
const READ: &str = "6036a211060f2b060104018285638e7f85f1c24e00a60a06082b06010401828563a806020413e81421be0d280b8109800731000000000001";
const SECURITY: &str = "6044a211060f2b060104018285638e7f85f1c24e00a60a06082b06010401828563a806020413e81421be1b28198117801551000000000000000070617373776f726431323334";

/// A line with the title of the node that is asked.
fn named(line: &str) -> String {
    line.replace("NODE", "node=\"1.3.6.1.4.1.33507.1919.12345678.0\"")
}

/// A message with services of its own: EPSEM octets in hexadecimal.
fn message(head: &str, epsem: &str) -> Vec<u8> {
    let epsem = bytes(epsem);
    let length = |n: usize| u8::try_from(n).unwrap();
    let mut all = bytes(head);
    all.extend([0xbe, length(epsem.len() + 4), 0x28, length(epsem.len() + 2)]);
    all.extend([0x81, length(epsem.len())]);
    all.extend(epsem);
    let mut message = vec![0x60, length(all.len())];
    message.extend(all);
    message
}

#[test]
fn a_meter_identifies_itself_and_a_host_logs_on() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{IDENTIFY}"),
            &format!("<{IDENTIFIED}"),
            &format!(">{LOGON}"),
            &format!("<{LOGGED_ON}"),
            &format!(">{SECURITY}"),
            &format!(">{READ}"),
        ],
        &[
            "> c1222 0x20 identification (discovery) NODE",
            "< c1222 0x20 identification (discovery) NODE standard=3 ok answers #1",
            "> c1222 0x50 logon (auth) NODE user_id=4660 user=\"helloworld\"",
            "< c1222 0x50 logon (auth) NODE ok answers #3",
            "> c1222 0x51 security (auth) NODE clear_text_password=1",
            "> c1222 0x31 partial_read_index_1 (read) NODE table=0 index=0",
        ]
        .map(named)
        .each_ref()
        .map(String::as_str),
    );
}

#[test]
fn tables_are_written_and_refused() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    // Logoff and a write of two octets at offset 3 of table 9, in one message.
    flow.offer(
        Role::Client,
        &message(HEAD, "80 01 52 0b 4f 0009 000003 0002 aabb 9b 00 00"),
        false,
    );
    flow.offer(Role::Server, &message(BACK, "80 01 00 01 03"), false);
    let expected = [
        "> c1222 0x52 logoff (auth) NODE",
        "> c1222 0x4f partial_write_offset (write) NODE table=9 offset[3+2]",
        "< c1222 0x52 logoff (auth) NODE ok answers #1",
        "< c1222 0x4f partial_write_offset (write) NODE error 0x3 insufficient_security_clearance answers #1",
    ];
    assert_eq!(flow.seen, expected.map(named));
}

/// Table 7 starts procedures, as a cold start (C12.19); 2055 is one of the manufacturer.
#[test]
fn a_procedure_that_is_started_is_control() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    for table in ["0007", "0807"] {
        let epsem = format!("80 09 40 {table} 0003 000001 ff");
        flow.offer(Role::Client, &message(HEAD, &epsem), false);
    }
    assert_eq!(
        flow.seen,
        [
            "> c1222 0x40 full_write (control) NODE table=7",
            "> c1222 0x40 full_write (write) NODE table=2055",
        ]
        .map(named)
    );
}

/// Passwords (table 42) and keys (45, 46), written and read.
#[test]
fn data_of_tables_with_secrets_are_not_told() {
    for (table, told) in [
        ("0009", true),
        ("002a", false),
        ("102d", false),
        ("002e", false),
    ] {
        let mut values = Vec::new();
        let mut dissector = (ENTRY.create)();
        let mut offer = |sender, octets: &[u8]| {
            let input = crate::dissect::Input {
                time: crate::time::Timestamp::ZERO,
                frame: 1,
                sender,
                transport: Transport::Udp,
                bytes: octets,
                cut: false,
                last: false,
            };
            dissector.parse(&input, &mut |facts| values.push(!facts.values.is_empty()));
        };
        let write = format!("80 08 40 {table} 0002 aabb 9b");
        offer(Role::Client, &message(HEAD, &write));
        let read = format!("80 03 30 {table}");
        offer(Role::Client, &message(HEAD, &read));
        offer(Role::Server, &message(BACK, "80 06 00 0002 aabb 9b"));
        assert_eq!(values, [told, false, told], "{table}");
    }
}

/// A service behind the end of the list would not be read.
#[test]
fn what_stands_behind_the_end_is_flagged() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Client, &message(HEAD, "80 01 52 00 01 21"), false);
    flow.offer(Role::Client, &message(HEAD, "80 00 01 21"), false);
    flow.offer(Role::Client, &message(HEAD, "80 01 52 00 00"), false);
    assert!(flow.seen[0].ends_with("!trailing_bytes"), "{:?}", flow.seen);
    assert!(flow.seen[1].ends_with("!trailing_bytes"), "{:?}", flow.seen);
    assert!(!flow.seen[2].contains('!'), "{:?}", flow.seen);
}

#[test]
fn encrypted_services_are_told_as_such() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &message(HEAD, "88 01020304 0506"), false);
    flow.offer(Role::Client, &message(HEAD, "8c 01 52"), false);
    let expected = [
        "- c1222 0x10001 encrypted_services (session)",
        "> c1222 0x52 logoff (auth) NODE !bad_value",
    ];
    assert_eq!(flow.seen, expected.map(named));
}

#[test]
fn a_password_is_never_told() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, &bytes(SECURITY), false);
    assert!(!flow.seen[0].contains("password1234"), "{:?}", flow.seen);
    assert!(
        flow.seen[0].contains("clear_text_password=1"),
        "{:?}",
        flow.seen
    );
}

#[test]
fn many_services_are_cut() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(
        Role::Client,
        &message(HEAD, &format!("80 {}", "01 52 ".repeat(34))),
        false,
    );
    assert_eq!(flow.seen.len(), 32);
    assert!(
        flow.seen[31].contains("!limit_reached"),
        "{}",
        flow.seen[31]
    );
    assert!(
        !flow.seen[30].contains("!limit_reached"),
        "{}",
        flow.seen[30]
    );
}

#[test]
fn hostile_input_is_survived() {
    let seeds = [IDENTIFY, IDENTIFIED, LOGON, LOGGED_ON, READ, SECURITY];
    hostile(&ENTRY, Transport::Tcp, &seeds);
    hostile(&ENTRY, Transport::Udp, &seeds);
}
