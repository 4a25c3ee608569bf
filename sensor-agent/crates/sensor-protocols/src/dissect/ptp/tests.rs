//! Messages made from the standard (no capture at hand has any), and hostile input.

use super::ENTRY;
use crate::dissect::message::tests::{check, hostile};
use crate::observation::Transport;

/// Sync, Announce and a management SET of PRIORITY1, by IEEE 1588-2019, clauses 13.6, 13.5 and 15.4.
const SYNC: &str = "0002002c00000200 0000000000000000 00000000 001122fffe334455 0001 0001 00 00 \
                    00006500000000000000";
const ANNOUNCE: &str = "0b02004000000008 0000000000000000 00000000 001122fffe334455 0001 0002 05 01 \
                        00000000000000000000 0025 00 80 06 21 4e5d 7f 001122fffe334455 0001 20";
const MANAGEMENT: &str = "0d02003800000000 0000000000000000 00000000 aabbccfffe000001 0001 0003 04 7f \
                          001122fffe334455 ffff 01 01 01 00 0001 0004 2005 0a00";

#[test]
fn the_clock_that_is_followed_and_who_sets_it() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            &format!(">{SYNC}"),
            &format!(">{ANNOUNCE}"),
            &format!(">{MANAGEMENT}"),
        ],
        &[
            "- ptp 0x0 sync (event) @0 clock=4823557480858709 port=1",
            "- ptp 0xb announce (event) @0 clock=4823557480858709 port=1 grandmaster=4823557480858709 \
             priority_1=128 clock_class=6 clock_accuracy=33 priority_2=127 steps_removed=1 \
             time_source=32",
            "> ptp 0xd/0x12005 priority1 (config) @0 clock=12302652206942781441 port=1 \
             target_clock=4823557480858709",
        ],
    );
}

#[test]
fn hostile_input() {
    hostile(&ENTRY, Transport::Udp, &[SYNC, ANNOUNCE, MANAGEMENT]);
    hostile(&ENTRY, Transport::Link, &[SYNC, ANNOUNCE, MANAGEMENT]);
}
