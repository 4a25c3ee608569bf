//! Published events of captures of protocols of single vendors and of buildings; what the facts files of these
//! captures tell of, frame by frame; and that learning one of them makes it quiet.

use std::collections::BTreeSet;

use sensor_detect::catalogue::Engine;
use sensor_detect::detector::{Command, Detector, DetectorSettings, Mode};
use sensor_detect::finding::Finding;

use super::{Anomaly, Event, Policy, event, findings, replay};

const DISCOVERY: &str = "bacnet/quickdraw_bacnet_discovery.pcap";
const SERVICES: &str = "bacnet/icsnpp_error_reject_abort.pcap";
const SEGMENTED: &str = "bacnet/icsnpp_segmented.pcap";
const FINS: &str = "fins/icsnpp_omron.pcap";
const FINS_READ: &str = "fins/quickdraw_omron_controller_read.pcap";
const FOX: &str = "fox/quickdraw_fox_info.pcap";
const ADD_ROUTE: &str = "ads/iti_beckhoff_add_route.pcapng";
const OPCUA: &str = "opcua/icsnpp_client_server_minimal.pcap";

#[rustfmt::skip]
pub(super) const EVENTS: &[Event] = &[
    event(DISCOVERY, Policy, "bacnet_foreign_device_registration", &["10.1.1.167", "10.1.1.165"], 1),
    event(DISCOVERY, Policy, "bacnet_bbmd_table_access", &["10.1.1.167", "10.1.1.165"], 1),
    event(DISCOVERY, Policy, "bacnet_unauthorized_object_access", &["10.1.1.167", "10.1.1.165"], 9),
    event(DISCOVERY, Anomaly, "bacnet_bbmd_refusals", &["10.1.1.167", "10.1.1.165"], 2),
    event(FINS_READ, Policy, "fins_unauthorized_command", &["10.1.1.173", "10.1.1.164"], 2),
    event(FOX, Policy, "ot_unlearned_operation", &["10.1.3.4", "106.68.88.119"], 1),
    event(ADD_ROUTE, Policy, "ads_route_added", &["192.168.1.199", "192.168.1.8"], 2),
];

/// Capture, type, frames that its alerts name. The frames are those of `events` in the facts files.
#[rustfmt::skip]
const FACTS: &[(&str, &str, &[u64])] = &[
    (DISCOVERY, "bacnet_bbmd_table_access", &[21]),
    (DISCOVERY, "bacnet_foreign_device_registration", &[25]),
    (DISCOVERY, "bacnet_operation_failed", &[22, 26]),
    (SERVICES, "bacnet_unauthorized_object_access", &[15, 16]),
    (SERVICES, "bacnet_device_control", &[17, 19]),
    (SERVICES, "ot_unlearned_operation", &[35, 37, 38]),
    (SERVICES, "bacnet_operation_failed", &[43, 44, 45]),
    (SEGMENTED, "ot_unlearned_operation", &[4, 9]),
    (FINS, "fins_unauthorized_command", &[20, 21, 22, 23, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 54, 55, 87, 88, 89]),
    (FINS, "plc_unauthorized_programming", &[37, 38]),
    (FINS, "controller_stop", &[43]),
    (FINS, "ot_request_refused", &[95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114]),
    (FINS_READ, "fins_unauthorized_command", &[8, 17]),
    (ADD_ROUTE, "ot_request_refused", &[116, 120]),
    (OPCUA, "opcua_unauthorized_activity", &[39]),
    (OPCUA, "opcua_unauthorized_request_response", &[47, 51, 89, 93, 121, 125, 129, 133, 137]),
];

#[test]
fn facts_are_told_with_their_frames() {
    for (capture, id, frames) in FACTS {
        let told: BTreeSet<u64> = findings(capture)
            .iter()
            .filter(|finding| &*finding.alert_type.id == *id)
            .map(|finding| finding.frame)
            .collect();
        let missing: Vec<&u64> = frames.iter().filter(|n| !told.contains(n)).collect();
        assert!(missing.is_empty(), "{capture}: {id} lacks {missing:?}");
    }
}

/// Captures without a published verdict.
const LEARNED: &[&str] = &[
    SEGMENTED,
    SERVICES,
    FINS,
    ADD_ROUTE,
    OPCUA,
    "ethercat/ethercrab_replay_ek1914_segmented_upload.pcapng",
    "hart_ip/icsnpp_all_types_and_commands.pcapng",
    "hart_ip/icsnpp_hart_ip.pcap",
    "mqtt/zeek_mqtt.pcap",
    "opcua/icsnpp_client_server_encrypted.pcap",
    "opcua/icsnpp_discover_getendpoints_discover_urls.pcap",
    "synchrophasor/icsnpp_1pmu_tcp.pcap",
];

#[test]
fn what_was_learned_is_no_departure_from_a_policy() {
    for capture in LEARNED {
        let mut detector = Detector::new(DetectorSettings {
            mode: Mode::Learning,
            ..DetectorSettings::default()
        });
        replay(&mut detector, capture);
        assert!(!detector.baseline().is_empty(), "{capture}");
        detector.apply(Command::SetMode(Mode::Operational));
        let found = replay(&mut detector, capture);
        let policy = found
            .iter()
            .find(|finding| finding.alert_type.engine == Engine::PolicyViolation);
        assert!(
            policy.is_none(),
            "{capture}: {:?}",
            policy.map(Finding::key)
        );
    }
}
