//! Rates, periods and silence.

use std::time::Duration;

use super::Case;
use crate::world::{MASTER, PLC, World};

pub(super) const CASES: &[Case] = &[
    (
        "multicast_broadcast_unauthorized",
        |w| announce(w, "239.255.255.250"),
        |w| announce(w, "10.255.255.250"),
    ),
    (
        "inactive_channel",
        |w| _ = polls(w, 20, Duration::from_secs(2)).wait(58),
        |w| _ = polls(w, 20, Duration::from_secs(2)).wait(57),
    ),
    (
        "abnormal_bandwidth",
        |w| minutes(w, 30, 1_000_001),
        |w| minutes(w, 30, 1_000_000),
    ),
    (
        "abnormal_bandwidth_between_devices",
        |w| minutes(w, 30, 1_000_001),
        |w| minutes(w, 29, 1_000_001),
    ),
];

/// A datagram of a new flow.
fn announce(w: &mut World, group: &str) {
    let port = w.port();
    w.udp((MASTER, port), (group, 1900), b"x");
}

/// Reads of ten registers and their answers on one connection, `gap` apart.
fn polls(w: &mut World, count: u16, gap: Duration) -> &mut World {
    let mut session = w.session(MASTER, PLC, 502);
    for transaction in 0..count {
        let [high, low] = transaction.to_be_bytes();
        session.ask(w, &[high, low, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]);
        session.answer(w, &[high, low, 0, 0, 0, 5, 1, 3, 2, 0, 7]);
        w.pass(gap);
    }
    w
}

/// So many minutes with a little traffic, and one with `bytes`.
fn minutes(w: &mut World, count: u32, bytes: u64) {
    for _ in 0..count {
        w.sent(MASTER, PLC, 20_000).pass(Duration::from_mins(1));
    }
    w.sent(MASTER, PLC, bytes);
}
