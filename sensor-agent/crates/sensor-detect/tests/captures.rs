//! Real captures: what is published as an attack or as malformed raises an alert of the engine it
//! belongs to about the parties it names, with an empty baseline and default settings; what is
//! published as benign raises nothing once it was learned, operational facts aside.

#[path = "../../sensor-protocols/tests/support/mod.rs"]
mod support;

#[path = "labels/published.rs"]
mod published;

#[path = "labels/factory.rs"]
mod factory;
#[path = "labels/first.rs"]
mod first;
#[path = "labels/it.rs"]
mod it;
#[path = "labels/malware.rs"]
mod malware;
#[path = "labels/power.rs"]
mod power;
#[path = "labels/s7comm.rs"]
mod s7comm;
#[path = "labels/vendors.rs"]
mod vendors;

use std::time::Duration;

use sensor_detect::catalogue::Engine;
use sensor_detect::detector::{Command, Detector, DetectorSettings, Mode};
use sensor_detect::finding::{Finding, PartyKey};
use sensor_protocols::inspector::{Inspector, Sink};
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

struct Feed<'a> {
    detector: &'a mut Detector,
    found: Vec<Finding>,
}

impl Sink for Feed<'_> {
    fn observe(&mut self, observation: &Observation<'_>) {
        self.detector.observe(observation, &mut self.found);
    }
}

/// Plays a capture with a tick every second of its time, as the pipeline does.
fn replay(detector: &mut Detector, name: &str) -> Vec<Finding> {
    let capture = support::Capture::read(&support::folder(name));
    let mut inspector = Inspector::default();
    let mut feed = Feed {
        detector,
        found: Vec::new(),
    };
    let mut ticked = Timestamp::ZERO;
    for frame in capture.frames() {
        if frame.time.since(ticked) >= Duration::from_secs(1) {
            ticked = frame.time;
            inspector.tick(ticked, &mut feed);
            feed.detector.tick(ticked, &mut feed.found);
        }
        inspector.frame(&frame, &mut feed);
    }
    inspector.finish(&mut feed);
    feed.detector.finish(&mut feed.found);
    feed.found
}

/// Findings of a detector that knows nothing.
fn findings(name: &str) -> Vec<Finding> {
    replay(&mut Detector::new(DetectorSettings::default()), name)
}

/// One event of the published label: what must be said about it.
struct Event {
    capture: &'static str,
    engine: Engine,
    id: &'static str,
    /// Either party, where the label names it.
    parties: &'static [&'static str],
    /// Messages at least.
    count: u64,
}

const fn event(
    capture: &'static str,
    engine: Engine,
    id: &'static str,
    parties: &'static [&'static str],
    count: u64,
) -> Event {
    Event {
        capture,
        engine,
        id,
        parties,
        count,
    }
}

use Engine::{Anomaly, Operational, PolicyViolation as Policy, ProtocolViolation as Protocol};
use first::{PART1, PART2};

/// The events of all areas.
fn events() -> impl Iterator<Item = &'static Event> {
    [
        factory::EVENTS,
        first::EVENTS,
        it::EVENTS,
        malware::EVENTS,
        power::EVENTS,
        s7comm::EVENTS,
        vendors::EVENTS,
    ]
    .into_iter()
    .flatten()
}

fn names(finding: &Finding, party: &str) -> bool {
    let party = PartyKey::Ip(party.parse().unwrap());
    [&finding.source, &finding.destination]
        .into_iter()
        .flatten()
        .any(|end| PartyKey::from(end) == party)
}

#[test]
fn published_events_are_seen_by_the_engine_they_belong_to() {
    for event in events() {
        let found = findings(event.capture);
        let count: u64 = found
            .iter()
            .filter(|f| &*f.alert_type.id == event.id && f.alert_type.engine == event.engine)
            .filter(|f| event.parties.iter().all(|party| names(f, party)))
            .map(|f| f.count)
            .sum();
        assert!(
            count >= event.count,
            "{}: {} {count} times",
            event.capture,
            event.id
        );
    }
}

/// What is held against traffic. Equipment that restarts or fails does so in ordinary use too.
fn held_against(mut found: Vec<Finding>) -> Vec<Finding> {
    found.retain(|finding| finding.alert_type.engine != Operational);
    found
}

/// Captures published as ordinary use; those of IEC 104, `zeek_udp_read` and
/// `icsnpp_s7comm_plus` have no published verdict, and hold polls, interrogations and commands without a fault.
const BENIGN: &[&str] = &[
    "modbus/iti_plant1_modbustcp.pcap",
    "iec104/zeek_iec104_first.pcap",
    "iec104/iti_javarmi_and_iec.pcap",
    "dnp3/iti_full_exchange.pcap",
    "dnp3/zeek_udp_read.pcap",
    "goose/iti_goose.pcap",
    "goose/iti_sample_goose.pcap",
    "s7comm/iti_wincc_s400_production.pcapng",
    "s7comm/iti_libnodave_demo.pcap",
    "s7comm/icsnpp_s7comm_plus.pcap",
    "enip/icsnpp_enip_cip_example.pcap",
    "enip/iti_plant1_enip.pcap",
    "profinet/iti_plant1_dcp.pcap",
    "arp/zeek_arp_communityid.pcap",
    "dns/zeek_dns_long_connection.pcap",
    "dhcp/zeek_dhcp.pcap",
    "http/zeek_http_get.pcap",
    "lldp/zeek_lldp.pcap",
    "ntp/zeek_ntp_sync.pcap",
    "smb/zeek_smb3.pcap",
    "ssh/zeek_ssh_single.pcap",
    "tls/zeek_tls12.pcap",
];

#[test]
fn benign_traffic_that_was_learned_raises_nothing() {
    for capture in BENIGN {
        let mut detector = Detector::new(DetectorSettings {
            mode: Mode::Learning,
            ..DetectorSettings::default()
        });
        let while_learning = held_against(replay(&mut detector, capture));
        assert!(
            while_learning.is_empty(),
            "{capture}: {:?}",
            while_learning[0].key()
        );
        detector.apply(Command::SetMode(Mode::Operational));
        let afterwards = held_against(replay(&mut detector, capture));
        assert!(
            afterwards.is_empty(),
            "{capture}: {:?}",
            afterwards[0].key()
        );
        assert!(!detector.baseline().is_empty(), "{capture}");
    }
}

#[test]
fn what_was_learned_survives_a_restart_and_the_order_of_captures() {
    let mut first = Detector::new(DetectorSettings {
        mode: Mode::Learning,
        ..DetectorSettings::default()
    });
    replay(&mut first, "modbus/iti_modbus_test.pcap");
    let mut second = Detector::new(DetectorSettings::default());
    second.restore(first.baseline(), first.devices().cloned());
    let found = replay(&mut second, "modbus/iti_modbus_test.pcap");
    assert!(found.is_empty(), "{:?}", found[0].key());
    let attack = replay(&mut second, PART1);
    assert!(
        attack
            .iter()
            .any(|f| &*f.alert_type.id == "modbus_force_listen_only")
    );
}

#[test]
fn the_same_capture_gives_the_same_findings() {
    for capture in [PART2, "scan/zeek_nmap_version_scan.pcap"] {
        let text = |found: Vec<Finding>| format!("{found:?}");
        assert_eq!(
            text(findings(capture)),
            text(findings(capture)),
            "{capture}"
        );
    }
}

#[test]
fn devices_are_taken_in_with_what_they_are() {
    use sensor_detect::detector::DeviceKind;
    let mut detector = Detector::new(DetectorSettings::default());
    replay(&mut detector, "modbus/iti_plant1_modbustcp.pcap");
    let of = |kind| detector.devices().filter(|d| d.kind == kind).count();
    assert_eq!(of(DeviceKind::Controller), 13);
    assert_eq!(of(DeviceKind::OtClient), 1);
    assert!(detector.devices().all(|d| d.ot && d.mac.is_some()));
}
