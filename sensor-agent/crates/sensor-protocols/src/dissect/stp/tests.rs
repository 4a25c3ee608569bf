//! A rapid spanning tree frame of `openics_firmware_change.pcap`, and others by hand.

use super::super::collected::rig::{feed, hex, hostile};
use super::*;
use crate::dissect::Role;
use crate::observation::Transport;

const RAPID_FRAME: &str = "424203 0000 02 02 3c 8003001ef6735980 00000000 8003001ef6735980 8001 \
     0000 1400 0200 0f00 00";

fn seen(bytes: &[u8]) -> String {
    let mut dissector = (ENTRY.create)();
    let mut all = feed(
        dissector.as_mut(),
        Transport::Link,
        Role::Client,
        1,
        bytes,
        false,
    );
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn a_bridge_tells_the_root_and_itself() {
    assert_eq!(
        seen(&hex(RAPID_FRAME)),
        "OneWay rapid_configuration.2 Session [root_bridge=9224216594768681344 \
         bridge=9224216594768681344 root_path_cost=0 port=32769] None  req=None {} 0 values"
    );
}

#[test]
fn changes_of_the_topology_are_events() {
    let line = seen(&hex(&RAPID_FRAME.replace("02 02 3c", "02 02 3d")));
    assert!(
        line.starts_with("OneWay rapid_configuration.2 Event"),
        "{line}"
    );
    assert!(line.contains("topology_change=1"), "{line}");
    let notification = seen(&hex("424203 0000 00 80"));
    assert!(notification.starts_with("OneWay topology_change_notification.0 Event"));
    // Per VLAN, behind a SNAP header.
    let per_vlan = RAPID_FRAME.replacen("424203", "aaaa03 00000c 010b", 1);
    assert!(seen(&hex(&per_vlan)).contains("port=32769"));
}

#[test]
fn what_departs_from_the_standard() {
    assert!(seen(&hex("424203 0001 00 00")).contains("bad_version"));
    assert!(seen(&hex("424203 0000 00 07")).contains("reserved_code"));
    let whole = hex(RAPID_FRAME);
    for len in 1..whole.len() - 1 {
        assert!(seen(&whole[..len]).contains("truncated"), "{len}");
    }
    hostile(ENTRY.create, Transport::Link, &whole);
}
