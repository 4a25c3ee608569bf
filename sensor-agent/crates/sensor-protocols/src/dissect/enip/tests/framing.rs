//! Headers, items and paths that fit, and that do not.

use super::super::path::Path;
use super::{Session, bytes, unconnected};
use crate::dissect::Role;
use crate::observation::Anomaly;

#[test]
fn items_are_told_when_they_do_not_fit() {
    let cases = [
        ("00000000 0000 0200 0000 0000 b200 0a00 0102", "!truncated"),
        (
            "00000000 0000 0200 0000 0000 b200 0200 0100 ee",
            "!trailing_bytes",
        ),
        ("00000000 0000 0100 b200 0200 0100", "!bad_value"),
        ("01000000 0000 0200 0000 0000 b200 0200 0100", "!bad_value"),
        (
            "00000000 0000 0200 0000 0100 00 b200 0200 0100",
            "!bad_length",
        ),
        (
            "00000000 0000 0200 a100 0200 0100 b200 0200 0100",
            "!bad_length",
        ),
        ("00000000 00", "!truncated"),
    ];
    for (data, anomaly) in cases {
        let mut session = Session::new();
        let message = super::message(0x6f, 0, &bytes(data));
        session.segment(Role::Client, &message, false);
        assert!(
            session.seen[0].contains(anomaly),
            "{data}: {:?}",
            session.seen
        );
    }
    let many = [bytes("00000000 0000 2000"), bytes("0080 0000").repeat(32)].concat();
    let mut session = Session::new();
    session.segment(Role::Client, &super::message(0x6f, 0, &many), false);
    assert!(session.seen[0].contains("!limit_reached"));
}

#[test]
fn headers_are_told_when_they_do_not_fit() {
    let flipped = |at: usize, value: u8| {
        let mut session = Session::new();
        let mut message = unconnected(1, &bytes("0102 2001 2401"));
        message[at] = value;
        session.segment(Role::Client, &message, false);
        session.seen.remove(0)
    };
    assert!(flipped(20, 1).ends_with("!bad_value"), "options");
    assert!(
        flipped(8, 0x50).ends_with("error 80 unknown !bad_value"),
        "status"
    );
    assert!(flipped(0, 0x50).ends_with("!reserved_code"), "command");
}

#[test]
fn paths_are_read_segment_by_segment() {
    let read = |hex: &str| format!("{:?}", Path::read(&bytes(hex)).anomalies);
    for fine in [
        "2001 2401 3001",
        "2100 0001 2500 0102 3100 0102",
        "2200 01000000",
        // Ports: small, extended, with a longer address.
        "0102",
        "0f02 1200 ".trim_end(),
        "1203 3132 3300",
        "1f02 1200 3132",
        // Electronic key, schedule, safety, simple data, numeric symbol, identifier of a service.
        "3404 0100 0c00 3a00 8403",
        "4100",
        "5001 0102",
        "8001 0102",
        "60c6 0100",
        "60c7 0100",
        "3801",
    ] {
        assert_eq!(read(fine), "{}", "{fine}");
    }
    for (wrong, anomaly) in [
        ("00 01", Anomaly::BadValue),
        ("23 00", Anomaly::BadValue),
        ("3405 0000", Anomaly::BadValue),
        ("a1 00", Anomaly::BadValue),
        ("e0 00", Anomaly::BadValue),
        ("82 00", Anomaly::BadValue),
        ("9100", Anomaly::BadValue),
        ("9102 ffff", Anomaly::BadValue),
        ("2100", Anomaly::Truncated),
        ("9108 61", Anomaly::Truncated),
        ("8004 0102", Anomaly::Truncated),
    ] {
        assert_eq!(read(wrong), format!("{{{:?}}}", anomaly.id()), "{wrong}");
    }
    let deep = "9102 6161 ".repeat(20);
    assert_eq!(read(&deep), "{\"limit_reached\"}");
    assert_eq!(Path::read(&bytes("0102 0103")).link, Some(3));
}
