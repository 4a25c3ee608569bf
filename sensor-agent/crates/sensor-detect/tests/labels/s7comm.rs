//! Published events of S7comm captures.

use super::{Event, Policy, event};

pub(super) const EVENTS: &[Event] = &[
    event(
        "s7comm/iti_step7_download.pcapng",
        Policy,
        "plc_unauthorized_programming",
        &["134.249.53.130", "134.249.61.182"],
        2,
    ),
    event(
        "s7comm/icsnpp_snap7.pcap",
        Policy,
        "plc_unauthorized_program_upload",
        &["134.217.61.131", "134.217.61.211"],
        5,
    ),
    event(
        "s7comm/icsnpp_s7ident.pcap",
        Policy,
        "plc_unauthorized_program_upload",
        &[],
        4,
    ),
];
