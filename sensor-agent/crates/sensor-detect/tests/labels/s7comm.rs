//! Published events of S7comm captures, and what controllers say of themselves.

use sensor_detect::detector::{Detector, DetectorSettings, DeviceKind};
use sensor_protocols::observation::Protocol;

use super::{Event, Policy, event, replay};

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

/// The transport alone makes no controller of a device; its name in alerts is S7comm.
#[test]
fn a_controller_answers_in_s7comm_and_tells_what_it_is() {
    let mut detector = Detector::new(DetectorSettings::default());
    let found = replay(&mut detector, "s7comm/icsnpp_snap7.pcap");
    let controller = detector
        .devices()
        .find(|device| device.kind == DeviceKind::Controller)
        .expect("a controller");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    assert_eq!(text(&controller.model), "6ES7 315-2EH14-0AB0");
    assert_eq!(text(&controller.firmware), "V3.2.7");
    assert_eq!(text(&controller.serial), "S C-B1U393142011");
    assert!(controller.names.contains("S7300/ET200M station_1"));
    let told = found
        .iter()
        .filter(|finding| &*finding.alert_type.id == "field_device_unexpected");
    assert!(told.clone().count() > 0);
    assert!(
        told.clone()
            .all(|finding| finding.protocol == Protocol::S7comm)
    );
    let found = replay(
        &mut Detector::new(DetectorSettings::default()),
        "s7comm/iti_libnodave_demo.pcap",
    );
    let told = found
        .iter()
        .find(|finding| &*finding.alert_type.id == "field_device_unexpected")
        .expect("a field device");
    assert_eq!(told.protocol, Protocol::S7comm);
}
