//! Messages by hand after RFC 2236 and RFC 3376.

use super::super::collected::rig::{feed, hex, hostile};
use super::*;
use crate::dissect::Role;
use crate::observation::Transport;

const REPORT: &str =
    "2200 0000 0000 0002 04 00 0000 e00000fb 03 01 0001 efffff fa 0a000001 00000000";

fn seen(bytes: &[u8]) -> String {
    let mut dissector = (ENTRY.create)();
    let mut all = feed(
        dissector.as_mut(),
        Transport::Ip,
        Role::Client,
        1,
        bytes,
        false,
    );
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn groups_are_joined_left_and_asked_for() {
    assert_eq!(
        seen(&hex("1600 0000 e00000fb")),
        "OneWay membership_report_v2 Discovery [224.0.0.251] None  req=None {} 0 values"
    );
    assert!(seen(&hex("1700 0000 e00000fb")).starts_with("OneWay leave_group"));
    for (query, version) in [
        ("1100 0000 00000000", 1),
        ("1164 0000 00000000", 2),
        ("1164 0000 e00000fb 0000 0000", 3),
    ] {
        let line = seen(&hex(query));
        assert!(
            line.starts_with(&format!("Request membership_query.{version}")),
            "{line}"
        );
    }
    let line = seen(&hex(REPORT));
    assert!(
        line.contains("[record_type=4 224.0.0.251 record_type=3 239.255.255.250]"),
        "{line}"
    );
}

#[test]
fn what_departs_from_the_standard() {
    assert!(
        seen(&hex("1600 0000 0a000001")).contains("bad_value"),
        "no group"
    );
    assert!(seen(&hex("1164 0000 e00000fb 0000")).contains("bad_length"));
    assert!(!seen(&hex("1164 0000 e00000fb 0000 0000")).contains("bad_length"));
    assert!(seen(&hex("7700 0000 0a000001")).contains("reserved_code"));
    assert!(seen(&hex("2200 0000 0000 ffff")).contains("truncated"));
    let many = format!("2200 0000 0000 0200 {}", "04 00 0000 e00000fb".repeat(512));
    assert!(seen(&hex(&many)).contains("limit_reached"));
    let whole = hex(REPORT);
    hostile(ENTRY.create, Transport::Ip, &whole);
    for len in 1..whole.len() {
        assert!(seen(&whole[..len]).contains("truncated"), "{len}");
    }
}
