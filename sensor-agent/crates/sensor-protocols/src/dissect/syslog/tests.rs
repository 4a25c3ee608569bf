//! The examples of RFC 5424, 6.5, and of RFC 3164, 5.4.

use super::super::collected::rig::{feed, hostile};
use super::*;
use crate::observation::Transport;

fn seen(bytes: &[u8]) -> String {
    let mut dissector = (ENTRY.create)();
    let mut all = feed(
        dissector.as_mut(),
        Transport::Udp,
        Role::Client,
        1,
        bytes,
        false,
    );
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn severity_facility_host_and_program() {
    let new = b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed";
    assert_eq!(
        seen(new),
        "OneWay critical.4 Event [host=0 \"mymachine.example.com\" program=0 \"su\"] None  req=None {} 0 values"
    );
    let old = b"<34>Oct 11 22:14:15 mymachine su[77]: 'su root' failed for lonvick on /dev/pts/8";
    assert!(
        seen(old).contains("[host=0 \"mymachine\" program=0 \"su\"]"),
        "{}",
        seen(old)
    );
    // Without a host, and without a program, nothing of the text is taken for them.
    let no_host = seen(b"<34>Oct 11 22:14:15 login[7]: s3cret is wrong");
    assert!(no_host.contains("[program=0 \"login\"]"), "{no_host}");
    let no_host = seen(b"<34>Oct  1 22:14:15 login: s3cret is wrong");
    assert!(no_host.contains("[program=0 \"login\"]"), "{no_host}");
    let no_program = seen(b"<34>Oct 11 22:14:15 plc-7 s3cret is wrong");
    assert!(no_program.contains("[host=0 \"plc-7\"]"), "{no_program}");
    let no_program = seen(b"<34>Oct 11 22:14:15 plc-7 s3cret[x");
    assert!(no_program.contains("[host=0 \"plc-7\"]"), "{no_program}");
    let no_colon = seen(b"<34>Oct 11 22:14:15 plc-7 login[7] failed");
    assert!(no_colon.contains("program=0 \"login\"]"), "{no_colon}");
    assert!(seen(b"<191>1 - - - - - -").starts_with("OneWay debug.23 Event []"));
}

#[test]
fn what_departs_from_the_standard() {
    for text in [
        b"Use the BFG!".as_slice(),
        b"<192>x",
        b"<1234>x",
        b"<>x",
        b"<-1>x",
    ] {
        let line = seen(text);
        assert!(
            line.starts_with("OneWay notice.1 Event") && line.contains("bad_value"),
            "{line}"
        );
    }
}

#[test]
fn text_is_taken_and_other_bytes_are_not() {
    let recognised = |bytes: &[u8]| {
        let input = ProbeInput {
            bytes,
            transport: Transport::Udp,
            hinted: true,
            sender: None,
        };
        probe(&input) != Probe::Unrecognised
    };
    assert!(recognised(b"<13>\xff") && recognised(b"no priority"));
    assert!(!recognised(&[0, 1, 2, 3]) && !recognised(b""));
}

#[test]
fn hostile_bytes() {
    hostile(
        ENTRY.create,
        Transport::Udp,
        b"<34>Oct 11 22:14:15 mymachine su: failed",
    );
}
