//! The announcement of `openics_firmware_change.pcap`, shortened by what is not read.

use super::super::collected::rig::{feed, hex, hostile};
use super::*;
use crate::dissect::Role;
use crate::observation::Transport;

/// Device, software (its first and second line), platform, addresses, port, capabilities, native VLAN.
const SWITCH: &str = "aaaa03 00000c 2000 02b4 0ab0 0001 0009 4e73356774 \
     0005 0012 436973636f20494f53 0a 436f7079 0006 0017 636973636f2057532d434535 30302d32345454 \
     0002 0011 00000001 01 01 cc 0004 c0a80afd 0003 0014 4769676162697445746865726e657431 \
     0004 0008 00000028 000a 0006 0003";

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
fn a_switch_says_what_it_is() {
    assert_eq!(
        seen(&hex(SWITCH)),
        "OneWay advertisement Discovery [time_to_live=180 tlv=1 \"Ns5gt\" \
         tlv=6 \"cisco WS-CE500-24TT\" 192.168.10.253 tlv=3 \"GigabitEthernet1\" capabilities=40 \
         native_vlan=3] None vendor=Cisco,model=cisco WS-CE500-24TT,firmware=Cisco IOS,hostname=Ns5gt \
         req=None {} 0 values"
    );
}

#[test]
fn what_departs_from_the_layout() {
    let with = |tlvs: &str| seen(&hex(&format!("aaaa03 00000c 2000 02b4 0ab0 {tlvs}")));
    assert!(
        with("0001 0003 00").contains("bad_length"),
        "shorter than its header"
    );
    assert!(
        with("0002 0008 ffffffff").contains("bad_length"),
        "addresses that are not there"
    );
    assert!(with("0001 0009 41").contains("truncated"));
    assert!(with(&"0099 0004".repeat(300)).contains("limit_reached"));
    assert!(seen(&hex(&SWITCH.replace("02b4", "07b4"))).contains("bad_version"));
}

#[test]
fn hostile_bytes() {
    hostile(ENTRY.create, Transport::Link, &hex(SWITCH));
}
