//! The frame of `zeek_lldp.pcap`, one that `tcpdump_lldp_infinite_loop.pcap` is like, and TLVs by hand.

use super::super::collected::rig::{digits, feed, hex, hostile};
use super::*;
use crate::dissect::Role;
use crate::observation::Transport;

const SWITCH: &str = "0207 04 00222d81db10 0402 07 31 0602 0078 0807 506f7274202331 \
     0a0d 534d4347533850 2d536d617274 0c23 534d4347533850 2d536d617274 202d20 534d4347533850 2d536d617274 \
     2076332e3230 0e04 0004 0004 100c 05 01 c0a8020a 02 00000001 00 0000";

/// Chassis, port and time to live, which are mandatory.
const MANDATORY: &str = "0207 04 020000000001 0407 03 020000000002 0602 0014";

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

fn with(tlvs: &str) -> String {
    seen(&hex(&format!("{MANDATORY} {tlvs} 0000")))
}

#[test]
fn a_switch_says_what_it_is() {
    assert_eq!(
        seen(&hex(SWITCH)),
        "OneWay advertisement Discovery [chassis_mac=146792373008 port_identifier=7 \"1\" \
         time_to_live=120 tlv=4 \"Port #1\" tlv=5 \"SMCGS8P-Smart\" \
         tlv=6 \"SMCGS8P-Smart - SMCGS8P-Smart v3.20\" capabilities=4 192.168.2.10] \
         None model=SMCGS8P-Smart - SMCGS8P-Smart v3.20,hostname=SMCGS8P-Smart req=None {} 0 values"
    );
}

#[test]
fn organisations_add_their_own() {
    let line = with(
        "fe06 0080c2 01 0007  fe0a 000ecf 05 020000000009  fe07 000ecf 02 000000  fe06 0012bb 08 4131",
    );
    assert!(
        line.contains("port_vlan=7 chassis_mac=2199023255561"),
        "{line}"
    );
    assert!(
        line.contains(&format!("organisation_tlv={}", 0x0e_cf02)),
        "{line}"
    );
    assert!(line.contains("serial=A1"), "{line}");
    let siemens =
        "Siemens, SIMATIC S7, CPU 1214C, 6ES7 214-1AG40-0XB0, HW: 2, FW: V.4.2.1, SC-X4U421302009";
    let text: String = digits(siemens.as_bytes());
    let line = with(&format!("0c{:02x} {text}", siemens.len()));
    assert!(
        line.contains(
            "vendor=Siemens,model=6ES7 214-1AG40-0XB0,firmware=V.4.2.1,serial=SC-X4U421302009"
        ),
        "{line}"
    );
}

#[test]
fn chassis_and_port_can_be_network_addresses() {
    let line = seen(&hex(
        "0206 05 01 c0a8020a 0406 04 01 c0a8020b 0602 0014 0000",
    ));
    assert!(
        line.contains("[192.168.2.10 192.168.2.11 time_to_live=20]"),
        "{line}"
    );
    let short = seen(&hex("0205 05 01 c0a802 0406 04 01 c0a8020b 0602 0014 0000"));
    assert!(short.contains("bad_length"), "{short}");
}

#[test]
fn a_time_to_live_of_zero_is_a_farewell() {
    let line = seen(&hex(&MANDATORY.replace("0602 0014", "0602 0000 0000")));
    assert!(line.starts_with("OneWay shutdown Event"), "{line}");
}

/// IEEE 802.1Q, D.2.11: a reserved octet, then priority, selector and protocol of each application.
#[test]
fn reserved_selectors_of_applications_are_bad_values() {
    let https = with("fe08 0080c2 0c 00 82 01bb");
    assert!(https.contains("{}"), "{https}");
    for selector in ["00", "06", "a7"] {
        let line = with(&format!("fe08 0080c2 0c 00 {selector} 01bb"));
        assert!(line.contains("bad_value"), "{line}");
    }
    let short = with("fe07 0080c2 0c 00 82 01");
    assert!(short.contains("bad_length"), "{short}");
}

#[test]
fn what_departs_from_the_standard() {
    assert!(
        seen(&hex("0207 04 020000000001 0000")).contains("truncated"),
        "no port"
    );
    assert!(
        with("1002 0501").contains("bad_length"),
        "an address longer than its TLV"
    );
    assert!(with("1402 0501").contains("reserved_code"), "type 10");
    assert!(seen(&hex(&format!("{MANDATORY} fe40 0080c2"))).contains("truncated"));
    // As long as a frame can be, of TLVs without a value.
    let many = format!("{MANDATORY} {}", "fe04 0080c2 30".repeat(300));
    assert!(seen(&hex(&many)).contains("limit_reached"));
}

#[test]
fn hostile_bytes() {
    let whole = hex(SWITCH);
    hostile(ENTRY.create, Transport::Link, &whole);
    // The frame ends with the end TLV.
    for len in 1..whole.len() {
        assert!(seen(&whole[..len]).contains("truncated"), "{len}");
    }
}
