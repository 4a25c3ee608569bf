//! Protocols of single vendors and of buildings: OPC UA, ADS, FINS, MELSEC, SRTP, ROC, S-Bus, `LonTalk`, BACnet, and
//! the OT protocols without a type of their own.
//!
//! Messages are those that the tests of the dissectors have, with their sources there.

mod opcua;
mod srtp;

use sensor_detect::detector::{Command, Mode};
use sensor_protocols::observation::{Observation, Protocol};

use super::Case;
use crate::world::{MASTER, PLC, World, end, function, registers};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    ("opcua_unauthorized_activity", opcua::connects, |w| learned(w, opcua::connects)),
    ("opcua_unauthorized_request_response", |w| opcua::writes(w, opcua::SPEED), |w| learned(w, |w| opcua::writes(w, opcua::SPEED))),
    ("opcua_unlearned_node", |w| { learning(w, |w| opcua::writes(w, opcua::SPEED)); opcua::writes(w, opcua::START); }, |w| learned(w, |w| opcua::writes(w, opcua::START))),
    ("opcua_event_needs_attention", |w| opcua::event(w, 667), |w| opcua::event(w, 666)),
    ("opcua_service_failed", |w| opcua::answered(w, opcua::FAULT), |w| opcua::answered(w, opcua::WRITTEN)),
    ("ams_new_command", |w| ads(w, READ_MEMORY), |w| learned(w, |w| ads(w, READ_MEMORY))),
    ("ams_new_index_group", |w| { learning(w, |w| ads(w, READ_MEMORY)); ads(w, READ_RETAIN); }, |w| { learning(w, |w| ads(w, READ_MEMORY)); ads(w, READ_OTHER_MEMORY); }),
    ("ams_new_index_offset", |w| { learning(w, |w| ads(w, READ_MEMORY)); ads(w, READ_OTHER_MEMORY); }, |w| learned(w, |w| ads(w, READ_MEMORY))),
    ("ads_route_added", |w| udp(w, 48_899, ADD_ROUTE), |w| udp(w, 48_899, SERVER_INFO)),
    ("beckhoff_software_changed", |w| twincat(w, ["b408", "b508"]), |w| twincat(w, ["b408", "b408"])),
    ("fins_unauthorized_command", |w| udp(w, 9600, FINS_STOP), |w| learned(w, |w| udp(w, 9600, FINS_STOP))),
    ("melsec_unauthorized_command", |w| tcp(w, 5007, &[SLMP_STOP]), |w| learned(w, |w| tcp(w, 5007, &[SLMP_STOP]))),
    ("mitsubishi_firmware_changed", |w| melsec_firmware(w, ["2300", "2400"]), |w| melsec_firmware(w, ["2300", "2300"])),
    ("srtp_unauthorized_command", |w| srtp::asks(w, "25"), |w| learned(w, |w| srtp::asks(w, "25"))),
    ("srtp_unauthorized_file_access", |w| srtp::asks(w, "06"), |w| srtp::asks(w, "04")),
    ("srtp_unauthorized_memory_operation", |w| srtp::asks(w, "04"), |w| srtp::asks(w, "25")),
    ("srtp_command_failed", |w| srtp::answered(w, "0203"), |w| srtp::answered(w, "0000")),
    ("srtp_stop_command", |w| srtp::stopped(w, "0000", "0020"), |w| srtp::stopped(w, "0000", "0000")),
    ("emerson_roc_unauthorized_operation", |w| tcp(w, 4000, &[ROC_CLOCK]), |w| learned(w, |w| tcp(w, 4000, &[ROC_CLOCK]))),
    ("emerson_roc_firmware_changed", |w| roc_firmware(w, ["3.80", "3.81"]), |w| roc_firmware(w, ["3.80", "3.80"])),
    ("sbus_unauthorized_command", |w| udp(w, 5050, SBUS_STOP), |w| learned(w, |w| udp(w, 5050, SBUS_STOP))),
    ("lontalk_new_command_code", |w| udp(w, 1628, LON_MODE), |w| udp(w, 1628, LON_POLL)),
    // An update after polls that were learned.
    ("lontalk_new_network_variable", |w| { learning(w, |w| udp(w, 1628, LON_POLL)); udp(w, 1628, LON_UPDATE); }, |w| learned(w, |w| udp(w, 1628, LON_UPDATE))),
    ("bacnet_unauthorized_object_access", |w| operations(w, &[16]), |w| learned(w, |w| operations(w, &[16]))),
    ("bacnet_unauthorized_route", |w| operations(w, &[7]), |w| operations(w, &[13])),
    ("bacnet_device_control", |w| operations(w, &[19]), |w| operations(w, &[16])),
    ("bacnet_operation_failed", |w| operations(w, &[43]), |w| operations(w, &[42])),
    ("bacnet_illegal_message", |w| udp(w, 47_808, "810a0009 0100 1008"), |w| udp(w, 47_808, "810a0008 0100 1008")),
    ("bacnet_foreign_device_registration", |w| discovery(w, &[25, 26]), |w| discovery(w, &[21, 22])),
    ("bacnet_bbmd_table_access", |w| discovery(w, &[21, 22]), |w| discovery(w, &[25, 26])),
    ("bacnet_bbmd_refusals", |w| discovery(w, &[21, 22, 25, 26]), |w| discovery(w, &[21, 22, 25])),
    ("mqtt_unlearned_topic", |w| { learning(w, |w| publish(w, "pump/1")); publish(w, "pump/2"); }, |w| learned(w, |w| publish(w, "pump/2"))),
    ("ptp_new_grandmaster", |w| { learning(w, |w| announce(w, "01")); announce(w, "02"); }, |w| learned(w, |w| announce(w, "02"))),
    ("tristation_program_download", |w| tristation(w, 1), |w| tristation(w, 19)),
    ("ot_unlearned_operation", |w| udp(w, 3671, KNX_WRITE), |w| learned(w, |w| udp(w, 3671, KNX_WRITE))),
    ("ot_unlearned_write_target", |w| { learning(w, |w| fins_write(w, "0064")); fins_write(w, "00c8"); }, |w| learned(w, |w| fins_write(w, "00c8"))),
    ("ot_request_refused", |w| sbus_acknowledged(w, "02"), |w| sbus_acknowledged(w, "00")),
];

/// AMS/TCP: reads of 4 octets of memory at 10 and at 1000, and of retained data at 10.
const READ_MEMORY: &str = "00002c000000050d756001012003c0a801c701010380020004000c000000000000000c000000\
    20400000 0a000000 04000000";
const READ_OTHER_MEMORY: &str = "00002c000000050d756001012003c0a801c701010380020004000c000000000000000d000000\
    20400000 e8030000 04000000";
const READ_RETAIN: &str = "00002c000000050d756001012003c0a801c701010380020004000c000000000000000e000000\
    30400000 0a000000 04000000";
const ADD_ROUTE: &str = "036614710000000006000000c0a801c701011027050000000c000d005348454e4855414a362d504300\
    07000600c0a801c701010d000e0041646d696e6973747261746f720002000200310005000d005348454e4855414a362d504300";
const SERVER_INFO: &str = "036614710000000001000000c0a801c70101102700000000";
const FINS_STOP: &str = "8000020000000000007a0402";
const SLMP_STOP: &str = "5000 00 ff ff03 00 0800 1000 0210 0000 0100";
const ROC_CLOCK: &str = "0102030407003bbf";
const SBUS_STOP: &str = "0000000d0100000400053f1cbd";
const KNX_WRITE: &str = "061004200015041500001100bce011010a03010081";
const LON_UPDATE: &str = "001f010100000000000000010000000200000003010901820183aa05923407";
const LON_POLL: &str = "001e010100000000000000010000000200000003011901820183aa039234";
const LON_MODE: &str = "001e010100000000000000010000000200000003011901820183aa046c03";

/// The traffic while everything is learned.
fn learning(w: &mut World, traffic: fn(&mut World)) {
    w.detector.apply(Command::SetMode(Mode::Learning));
    traffic(w);
    w.detector.apply(Command::SetMode(Mode::Operational));
}

/// Traffic that was learned before.
fn learned(w: &mut World, traffic: fn(&mut World)) {
    learning(w, traffic);
    traffic(w);
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|octet| format!("{octet:02x}")).collect();
    pairs.concat()
}

/// A datagram of the client.
fn udp(w: &mut World, port: u16, hex: &str) {
    w.udp((MASTER, 50_000), (PLC, port), &bytes(hex));
}

/// The answer to it.
fn udp_answer(w: &mut World, port: u16, hex: &str) {
    w.udp((PLC, port), (MASTER, 50_000), &bytes(hex));
}

/// A connection with messages of client and server in turn.
fn tcp(w: &mut World, port: u16, messages: &[&str]) {
    let mut session = w.session(MASTER, PLC, port);
    for (at, message) in messages.iter().enumerate() {
        if at % 2 == 0 {
            session.ask(w, &bytes(message));
        } else {
            session.answer(w, &bytes(message));
        }
    }
}

fn ads(w: &mut World, message: &str) {
    tcp(w, 48_898, &[message]);
}

/// The build of TwinCAT in answers to a search for controllers.
fn twincat(w: &mut World, builds: [&str; 2]) {
    for build in builds {
        udp(w, 48_899, SERVER_INFO);
        let name = "05000a0043585f30443735363000";
        let answer =
            format!("036614710000000001000080050d75600101102702000000{name}03000400020b{build}");
        udp_answer(w, 48_899, &answer);
    }
}

/// Special register 919 of an iQ-R CPU.
fn melsec_firmware(w: &mut World, versions: [&str; 2]) {
    for version in versions {
        let answer = format!("d000 00 ff ff03 00 0400 0000 {version}");
        tcp(
            w,
            5007,
            &[
                "5000 00 ff ff03 00 0c00 1000 0104 0000 970300 a9 0100",
                &answer,
            ],
        );
    }
}

/// Version name among the system variables.
fn roc_firmware(w: &mut World, versions: [&str; 2]) {
    for version in versions {
        let text = hex(format!("W68265 Ver {version}\0\0\0\0\0").as_bytes());
        let answer = sealed(&format!("0301f001a7185b00010a{text}"), 0xffff);
        tcp(w, 4000, &[&sealed("f0010301a7045b00010a", 0xffff), &answer]);
    }
}

/// With its CRC-16 (0x8005, reflected), low octet first.
fn sealed(hex: &str, start: u16) -> String {
    let step = |crc: u16, _| crc >> 1 ^ if crc & 1 == 0 { 0 } else { 0xa001 };
    let crc = bytes(hex).into_iter().fold(start, |crc, octet| {
        (0..8).fold(crc ^ u16::from(octet), step)
    });
    format!("{hex}{:02x}{:02x}", crc & 0xff, crc >> 8)
}

/// Frames of a capture with a message of every service.
fn operations(w: &mut World, frames: &'static [u64]) {
    w.capture_while("bacnet/icsnpp_error_reject_abort.pcap", |n| {
        frames.contains(&n)
    });
}

/// Frames of a discovery.
fn discovery(w: &mut World, frames: &'static [u64]) {
    w.capture_while("bacnet/quickdraw_bacnet_discovery.pcap", |n| {
        frames.contains(&n)
    });
}

fn publish(w: &mut World, topic: &str) {
    let topic = hex(topic.as_bytes());
    let connect =
        "1025 0006 4d5149736470 03 02 0005 0017 7061686f2f333441414535344137354438333935363645";
    tcp(
        w,
        1883,
        &[connect, "20020000", &format!("300a 0006 {topic} 6f6e")],
    );
}

/// An announcement of a grandmaster whose identity ends so.
fn announce(w: &mut World, clock: &str) {
    let message = format!(
        "0b02004000000008 0000000000000000 00000000 001122fffe334455 0001 0002 05 01 \
         00000000000000000000 0025 00 80 06 21 4e5d 7f 001122fffe3344{clock} 0001 20"
    );
    w.udp((MASTER, 320), ("224.0.1.129", 320), &bytes(&message));
}

/// A command without data. The sum is that of its octets and of its length of 10, which counts twice.
fn tristation(w: &mut World, command: u8) {
    let sum = command + 20;
    let message = format!("05000a000000{command:02x}000000{sum:02x}000a00");
    udp(w, 1502, &sealed(&message, 0));
}

/// A write of a word of the data memory.
fn fins_write(w: &mut World, word: &str) {
    udp(
        w,
        9600,
        &format!("8000020000000000007a010282{word}0000011111"),
    );
}

/// A stop and its acknowledgement, or why not.
fn sbus_acknowledged(w: &mut World, code: &str) {
    udp(w, 5050, SBUS_STOP);
    let telegram = format!("0000000d0100000402 00{code}");
    // CRC of polynomial 0x1021 from 0.
    let step = |crc: u16, _| crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
    let crc = bytes(&telegram).into_iter().fold(0, |crc: u16, octet| {
        (0..8).fold(crc ^ u16::from(octet) << 8, step)
    });
    udp_answer(w, 5050, &format!("{telegram}{crc:04x}"));
}

/// Bit 0 of the control field: no response (W342, 5-1).
#[test]
fn a_stop_that_wants_no_answer_is_a_stop() {
    let mut w = World::default();
    udp(&mut w, 9600, "8100020000000000007a0402");
    assert_eq!(w.count("controller_stop"), 1, "{:?}", w.ids());
    assert_eq!(w.count("fins_unauthorized_command"), 1);
    // Whether the controller took it is not known.
    assert_eq!(w.count("plc_operating_mode_changed"), 0);
}

/// The same bit: a clock that is set is configuration, whether the answer is wanted or not.
#[test]
fn configuration_that_wants_no_answer_is_written() {
    for control in ["80", "81"] {
        let mut w = World::default();
        let clock = format!("{control}00020000000000007a0702 261125021500");
        udp(&mut w, 9600, &clock);
        assert_eq!(w.count("plc_unauthorized_config_write"), 1, "{control}");
    }
}

/// Commands of network management go one way: from the managing node, or as a request to it (EPSG DS 301, 7.3.1).
#[test]
fn powerlink_nodes_are_stopped_and_reset() {
    let told = |frame: &str| {
        let mut w = World::default();
        w.link(end(MASTER, 0).mac, end(PLC, 0).mac, 0x88ab, &bytes(frame));
        ["controller_stop", "controller_reset"].map(|id| w.count(id))
    };
    assert_eq!(told("0601f0 04 22 00 00000000"), [1, 0]);
    assert_eq!(told("06f001 03 22 05"), [1, 0]);
    assert_eq!(told("0601f0 04 28 00 00000000"), [0, 1]);
    assert_eq!(told("0601f0 04 21 00 00000000"), [0, 0], "a start");
}

/// A telegram of a router, which nobody acknowledges: `A_Restart`, and a read.
#[test]
fn a_knx_device_is_restarted() {
    let told = |telegram: &str| {
        let mut w = World::default();
        w.udp((MASTER, 3671), ("224.0.23.12", 3671), &bytes(telegram));
        w.count("controller_reset")
    };
    assert_eq!(told("0610053000112900b06011011103014381"), 1);
    assert_eq!(told("0610053000112900bcd011010a03010000"), 0);
}

/// `TwinCAT` leaves its programs for configuration mode on the state *reconfig*.
#[test]
fn a_controller_in_configuration_mode_is_stopped() {
    let told = |state: &str| {
        let mut w = World::default();
        let head = "0000 28000000 050d75600101 1027 c0a801c70101 0380 0500 0400 08000000 00000000 0d000000";
        let answer = "0000 24000000 c0a801c70101 0380 050d75600101 1027 0500 0500 04000000 00000000 0d000000 00000000";
        tcp(
            &mut w,
            48_898,
            &[&format!("{head} {state} 0000 00000000"), answer],
        );
        ["controller_stop", "plc_operating_mode_changed"].map(|id| w.count(id))
    };
    assert_eq!(told("1000"), [1, 1]);
    assert_eq!(told("0300"), [0, 0], "init");
}

/// Error 2 of CIP is that resources are lacking.
#[test]
fn errors_of_other_protocols_are_no_scan_of_modbus() {
    for (protocol, scans) in [(Protocol::Modbus, 1), (Protocol::Cip, 0)] {
        let mut w = World::default();
        for start in 0..8 {
            let observation = w.response(MASTER, PLC, function(3, None), Some(2));
            let observation = Observation {
                protocol,
                objects: &[registers(start * 10, 1)],
                station: Some(1),
                ..observation
            };
            w.see(&observation);
        }
        assert_eq!(w.count("modbus_point_scan"), scans, "{protocol:?}");
    }
}

#[test]
fn a_version_that_another_protocol_tells_too_is_no_change() {
    let mut w = World::default();
    w.identify(PLC, Protocol::Modbus, "2.1");
    w.identify(PLC, Protocol::Cip, "2.1");
    assert_eq!(w.count("firmware_version_changed"), 0);
    w.identify(PLC, Protocol::Cip, "2.2");
    assert_eq!(w.count("firmware_version_changed"), 1);
    w.identify(PLC, Protocol::Cip, "2.2");
    assert_eq!(
        w.count("firmware_version_changed"),
        2,
        "it is still not learned"
    );
}
