//! Frames made from EPSG DS 301 (no capture at hand has any), and hostile input.

use super::ENTRY;
use crate::dissect::message::tests::{bent, check, hostile};
use crate::observation::Transport;

const SOC: &str = "01fff0 000000 0000000000000000 0000000000000000";
const PREQ: &str = "0301f0 0001000000 0400 01020304";
const PRES: &str = "04ff01 fd00000000 0200 0506";
const SOA: &str = "05fff0 fd0000 01 01 20";
const NMT: &str = "0601f0 04 22 00 00000000";
const SDO_READ: &str = "0601f0 05 0202 0000 00 07 00 02 0400 0000 1810 04 00";
const SDO_ANSWER: &str = "06f001 05 0202 0000 00 07 80 02 0400 0000 78563412";

fn ident() -> String {
    let name = format!("{}{}", "65706c2d6e6f6465", "00".repeat(24));
    format!(
        "06f001 01 0000 fd 00 20 00 00000000 dc05 0400 0400 00000000 0000 91010f00 01000000 02000000 \
         03000000 04000000 {} {} {} {name} {}",
        "00".repeat(8),
        "00".repeat(16),
        "c0a86401 ffffff00 c0a864fe",
        "00".repeat(48),
    )
}

#[test]
fn a_cycle_and_what_is_commanded() {
    let ident = ident();
    let all = [SOC, PREQ, PRES, SOA, &ident, NMT, SDO_READ];
    let mut all: Vec<String> = all.iter().map(|frame| format!(">{frame}")).collect();
    all.push(format!("<{SDO_ANSWER}"));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    check(
        &ENTRY,
        Transport::Link,
        &all,
        &[
            "- powerlink 0x1 start_of_cycle (session) @255",
            "> powerlink 0x3 poll_request (write) @1",
            "< powerlink 0x4 poll_response (read) @1 nmt_state=253 ok",
            "- powerlink 0x5/0x1 start_of_asynchronous (session) @255 nmt_state=253 requested_node=1",
            "< powerlink 0x106 ident_response (discovery) @1 nmt_state=253 ok \
             vendor:vendor 0x00000001 model:product 0x00000002 firmware:0x00000003 \
             serial:00000004 hostname:epl-node",
            "- powerlink 0x406/0x22 nmt_stop_node (control) @1",
            "> powerlink 0x506/0x2 sdo_read_by_index (read) @1 sdo[1054724+1]",
            "< powerlink 0x506/0x2 sdo_read_by_index (read) @1 sdo[1054724+1] ok answers #7",
        ],
    );
}

/// A node that asks to be identified commands nothing; an abort is one although its code is cut off.
#[test]
fn what_is_asked_for_and_refused() {
    check(
        &ENTRY,
        Transport::Link,
        &[
            ">06f001 03 01 05",
            ">06f001 03 22 05",
            "<06f001 05 0202 0000 00 07 c0 02 0200 0000 7856",
        ],
        &[
            "- powerlink 0x306/0x1 nmt_request ident (discovery) @240 requested_node=5",
            "- powerlink 0x306/0x22 nmt_stop_node (control) @240 requested_node=5",
            "< powerlink 0x506/0x2 sdo_read_by_index (read) @1 error 0x0 sdo abort !truncated",
        ],
    );
}

#[test]
fn hostile_input() {
    hostile(&ENTRY, Transport::Link, &[SOC, PREQ, PRES, SOA]);
    // Cut short these are other messages.
    bent(
        &ENTRY,
        Transport::Link,
        &[&ident(), NMT, SDO_READ, SDO_ANSWER],
    );
}
