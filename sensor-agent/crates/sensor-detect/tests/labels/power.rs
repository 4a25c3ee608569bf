//! Published events of captures of telecontrol and substations.

use super::{Anomaly, Event, Operational, Policy, Protocol, event};

const QUICKDRAW: &str = "dnp3/quickdraw_dnp3_part1.pcap";
const OUTSTATION: &str = "10.0.0.3";
const MASTER: &str = "10.0.0.8";
/// The client that is not allowed.
const OTHER: &str = "10.0.0.9";

pub(super) const EVENTS: &[Event] = &[
    // Cold restart, warm restart, stop, disable unsolicited and write are functions that nobody
    // learned: 18 of the master and 9 of the other client.
    event(
        QUICKDRAW,
        Policy,
        "dnp3_unpermitted_function_code",
        &[MASTER, OUTSTATION],
        18,
    ),
    event(
        QUICKDRAW,
        Policy,
        "dnp3_unpermitted_function_code",
        &[OTHER, OUTSTATION],
        9,
    ),
    event(
        QUICKDRAW,
        Policy,
        "dnp3_broadcast_request",
        &[MASTER, OUTSTATION],
        2,
    ),
    event(
        QUICKDRAW,
        Policy,
        "dnp3_broadcast_request",
        &[OTHER, OUTSTATION],
        2,
    ),
    event(
        QUICKDRAW,
        Anomaly,
        "dnp3_unsolicited_response_storm",
        &[OUTSTATION],
        10,
    ),
    event(QUICKDRAW, Operational, "controller_reset", &[OUTSTATION], 4),
    event(QUICKDRAW, Operational, "controller_stop", &[OUTSTATION], 4),
    event(
        QUICKDRAW,
        Protocol,
        "dnp3_function_not_supported",
        &[OUTSTATION, MASTER],
        2,
    ),
    event(
        "dnp3/iti_cold_restart.pcap",
        Policy,
        "dnp3_unpermitted_function_code",
        &["192.168.60.1", "192.168.60.130"],
        1,
    ),
    event(
        "dnp3/iti_cold_restart.pcap",
        Protocol,
        "dnp3_function_not_supported",
        &["192.168.60.130", "192.168.60.1"],
        1,
    ),
    event(
        "dnp3/opendnp3_conformance_8.8.2.pcap",
        Operational,
        "controller_reset",
        &["127.0.0.1"],
        1,
    ),
    event(
        "dnp3/opendnp3_conformance_8.6.5.4.pcap",
        Policy,
        "dnp3_broadcast_request",
        &["127.0.0.1"],
        2,
    ),
    event(
        "dnp3/iti_crob_malformed_good_crc.pcap",
        Protocol,
        "dnp3_illegal_operation",
        &["192.168.10.3"],
        1,
    ),
    event(
        "dnp3/iti_dnp3_malformed.pcap",
        Protocol,
        "dnp3_illegal_operation",
        &["192.168.0.1", "192.168.0.2"],
        195,
    ),
    event(
        "dnp3/suricata_dnp3_flood.pcap",
        Anomaly,
        "dnp3_request_flood",
        &["192.168.1.100", "192.168.1.200"],
        32,
    ),
    event(
        "dnp3/suricata_dnp3_max_points.pcap",
        Protocol,
        "dnp3_illegal_operation",
        &["192.168.1.100", "192.168.1.200"],
        1,
    ),
    event(
        "mms/iti_iec61850_write.pcap",
        Policy,
        "mms_unauthorized_service",
        &["127.0.0.1"],
        1,
    ),
    event(
        "mms/iti_mms_deleteProgramInvocation.pcap",
        Policy,
        "mms_unauthorized_program_access",
        &["127.0.0.1"],
        1,
    ),
    event(
        "mms/iti_mms_initiateDownloadSequence.pcap",
        Policy,
        "mms_unauthorized_program_access",
        &["127.0.0.1"],
        1,
    ),
    event(
        "mms/iti_mms_initiateDownloadSequence.pcap",
        Policy,
        "mms_unauthorized_service",
        &["127.0.0.1"],
        1,
    ),
    event(
        "mms/iti_mms_killRequest.pcap",
        Policy,
        "mms_unauthorized_program_access",
        &["127.0.0.1"],
        1,
    ),
    event(
        "mms/iti_mms_startRequest.pcap",
        Policy,
        "mms_unauthorized_program_access",
        &["127.0.0.1"],
        2,
    ),
    event(
        "mms/iti_mms_stopRequest.pcap",
        Policy,
        "mms_unauthorized_program_access",
        &["127.0.0.1"],
        2,
    ),
    event(
        "mms/iti_mms_killRequest.pcap",
        Operational,
        "controller_stop",
        &["127.0.0.1"],
        1,
    ),
    event(
        "mms/iti_mms_stopRequest.pcap",
        Operational,
        "controller_stop",
        &["127.0.0.1"],
        1,
    ),
];
