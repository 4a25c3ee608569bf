//! Generic types and those of Modbus.

use std::time::Duration;

use sensor_detect::baseline::TupleKind;
use sensor_protocols::observation::{Anomaly, Protocol, conn};

use crate::traffic::{
    addresses, answer, arp_conflict, arp_replies, arp_requests, ask, attempts, content,
    controllers, learn, odd, odd_request, operation, party, pings, ports, queries, quiet_interface,
    refusals, refuse, sessions, silence, slow_scan, teach_poll, unanswered,
};
use crate::world::{MASTER, PLC, end, function, registers};

use super::Case;

pub(super) const CASES: &[Case] = &[
    ("modbus_exception", |w| refuse(w, 1), |w| answer(w)),
    (
        "modbus_illegal_function_code",
        |w| refuse(w, 1),
        |w| refuse(w, 2),
    ),
    (
        "modbus_illegal_data_address",
        |w| refuse(w, 2),
        |w| refuse(w, 3),
    ),
    (
        "modbus_illegal_data_value",
        |w| refuse(w, 3),
        |w| refuse(w, 4),
    ),
    (
        "slave_unrecoverable_failure",
        |w| refuse(w, 4),
        |w| refuse(w, 6),
    ),
    (
        "modbus_exception_by_master",
        |w| odd_request(w, 129, Anomaly::WrongRole),
        |w| odd_request(w, 1, Anomaly::BadValue),
    ),
    (
        "modbus_function_code_zero",
        |w| odd_request(w, 0, Anomaly::BadValue),
        |w| odd_request(w, 1, Anomaly::BadValue),
    ),
    (
        "reserved_function_code",
        |w| odd_request(w, 9, Anomaly::ReservedCode),
        |w| odd_request(w, 90, Anomaly::ReservedCode),
    ),
    (
        "malformed_ethernet_frame",
        |w| odd(w, Protocol::Ethernet),
        |w| odd(w, Protocol::Arp),
    ),
    (
        "malformed_arp_message",
        |w| odd(w, Protocol::Arp),
        |w| odd(w, Protocol::Dns),
    ),
    (
        "malformed_ip_packet",
        |w| odd(w, Protocol::Ipv6),
        |w| odd(w, Protocol::Tcp),
    ),
    (
        "malformed_transport_segment",
        |w| odd(w, Protocol::Udp),
        |w| odd(w, Protocol::Ipv4),
    ),
    (
        "malformed_dns_message",
        |w| odd(w, Protocol::Dns),
        |w| odd(w, Protocol::Modbus),
    ),
    (
        "malformed_ot_message",
        |w| odd(w, Protocol::Modbus),
        |w| odd(w, Protocol::Tcp),
    ),
    (
        "foreign_protocol_on_ot_port",
        |w| _ = w.odd(Protocol::Modbus, Anomaly::NotThisProtocol),
        |w| _ = w.odd(Protocol::Dns, Anomaly::NotThisProtocol),
    ),
    (
        "unexpected_protocol_on_port",
        |w| _ = w.odd(Protocol::Dns, Anomaly::NotThisProtocol),
        |w| _ = w.odd(Protocol::Dns, Anomaly::BadLength),
    ),
    (
        "conflicting_overlap",
        |w| _ = w.odd(Protocol::Tcp, Anomaly::ConflictingOverlap),
        |w| _ = w.odd(Protocol::Tcp, Anomaly::LimitReached),
    ),
    (
        "illegal_protocol_version",
        |w| _ = w.odd(Protocol::Modbus, Anomaly::BadVersion),
        |w| _ = w.odd(Protocol::Modbus, Anomaly::BadLength),
    ),
    (
        "illegal_ip_address",
        |w| _ = w.odd(Protocol::Ipv4, Anomaly::IllegalAddress),
        |w| _ = w.odd(Protocol::Ipv4, Anomaly::BadLength),
    ),
    (
        "malformed_packets_excessive",
        |w| {
            odd(w, Protocol::Modbus);
            odd(w.pass(Duration::from_mins(10)), Protocol::Modbus);
        },
        |w| {
            odd(w, Protocol::Modbus);
            odd(w.pass(Duration::from_secs(601)), Protocol::Modbus);
        },
    ),
    (
        "port_zero_connection",
        |w| _ = w.syn(MASTER, PLC, 0),
        |w| _ = w.syn(MASTER, PLC, 1),
    ),
    (
        "modbus_unpermitted_function_code",
        |w| ask(w, 3, None),
        |w| {
            learn(w, operation(3, None));
            ask(w, 3, None);
        },
    ),
    (
        "modbus_restart_communications",
        |w| ask(w, 8, Some(1)),
        |w| ask(w, 8, Some(2)),
    ),
    (
        "modbus_force_listen_only",
        |w| ask(w, 8, Some(4)),
        |w| ask(w, 8, Some(0)),
    ),
    (
        "modbus_clear_counters",
        |w| ask(w, 8, Some(10)),
        |w| ask(w, 8, Some(11)),
    ),
    (
        "modbus_identification_read",
        |w| ask(w, 43, Some(14)),
        |w| ask(w, 43, Some(13)),
    ),
    (
        "modbus_unpermitted_schneider_extension",
        |w| ask(w, 90, Some(2)),
        |w| ask(w, 91, Some(2)),
    ),
    (
        "modbus_address_range_violation",
        |w| {
            teach_poll(w);
            w.ask(MASTER, PLC, function(3, None), Some(registers(5, 6)));
        },
        |w| {
            teach_poll(w);
            w.ask(MASTER, PLC, function(3, None), Some(registers(5, 5)));
        },
    ),
    (
        "modbus_unauthorized_exception_for_fc",
        |w| refuse(w, 2),
        |w| answer(w),
    ),
    (
        "modbus_firmware_changed",
        |w| {
            _ = w
                .identify(PLC, Protocol::Modbus, "1.0")
                .identify(PLC, Protocol::Modbus, "1.1");
        },
        |w| {
            _ = w
                .identify(PLC, Protocol::Modbus, "1.0")
                .identify(PLC, Protocol::Modbus, "1.0");
        },
    ),
    (
        "firmware_version_changed",
        |w| {
            w.started(Protocol::Udp, end(PLC, 1), end(MASTER, 2));
            w.identify(PLC, Protocol::Udp, "1.0")
                .identify(PLC, Protocol::Udp, "1.1");
        },
        |w| {
            w.started(Protocol::Udp, end(PLC, 1), end(MASTER, 2));
            w.identify(PLC, Protocol::Udp, "1.0")
                .identify(PLC, Protocol::Udp, "1.0");
        },
    ),
    (
        "internet_access_detected",
        |w| _ = w.syn(MASTER, "8.8.8.8", 443),
        |w| _ = w.syn(MASTER, "10.8.8.8", 443),
    ),
    (
        "internet_connectivity_unauthorized",
        |w| _ = w.connect(MASTER, "8.8.8.8", 443),
        |w| _ = w.syn(MASTER, "8.8.8.8", 443),
    ),
    (
        "external_address_internet_comm",
        |w| _ = w.syn("9.9.9.9", "8.8.8.8", 443),
        |w| _ = w.syn("9.9.9.9", PLC, 443),
    ),
    (
        "name_query_unauthorized",
        |w| _ = w.query(MASTER, PLC, "example.com"),
        |w| _ = w.query(MASTER, "224.0.0.251", "example.com"),
    ),
    (
        "new_asset_detected",
        |w| _ = w.started(Protocol::Tcp, end(PLC, 1), end(MASTER, 2)),
        |w| {
            learn(w, party(TupleKind::Device, PLC));
            w.started(Protocol::Tcp, end(PLC, 1), end(MASTER, 2));
        },
    ),
    (
        "field_device_unexpected",
        |w| answer(w),
        |w| ask(w, 3, None),
    ),
    (
        "plc_unauthorized_programming",
        |w| ask(w, 90, Some(0x31)),
        |w| {
            learn(w, party(TupleKind::ProgrammingDevice, MASTER));
            ask(w, 90, Some(0x31));
        },
    ),
    (
        "plc_unauthorized_program_upload",
        |w| ask(w, 90, Some(0x34)),
        |w| ask(w, 90, Some(0x22)),
    ),
    (
        "controller_stop",
        |w| ask(w, 90, Some(0x41)),
        |w| ask(w, 90, Some(0x40)),
    ),
    (
        "eicar_test_file",
        |w| content(w, "eicar_test_file"),
        |w| content(w, "another_pattern"),
    ),
    (
        "denial_of_service_suspicion",
        |w| attempts(w, 3000, Duration::from_millis(20)),
        |w| attempts(w, 2999, Duration::from_millis(20)),
    ),
    ("name_query_burst", |w| queries(w, 25), |w| queries(w, 24)),
    (
        "excessive_sessions",
        |w| sessions(w, 50),
        |w| sessions(w, 49),
    ),
    ("icmp_flooding", |w| pings(w, 60), |w| pings(w, 59)),
    ("port_scan", |w| ports(w, 25), |w| ports(w, 24)),
    ("port_scan_unanswered", |w| ports(w, 5), |w| ports(w, 4)),
    (
        "address_scan",
        |w| addresses(w, 50, 2),
        |w| addresses(w, 49, 2),
    ),
    (
        "address_scan_long",
        |w| addresses(w, 50, 12),
        |w| addresses(w, 50, 13),
    ),
    (
        "address_scan_unanswered",
        |w| slow_scan(w, 8, Duration::from_mins(30)),
        |w| slow_scan(w, 7, Duration::from_mins(30)),
    ),
    (
        "plc_scan",
        |w| controllers(w, 10, 502),
        |w| controllers(w, 9, 502),
    ),
    (
        "arp_address_scan",
        |w| arp_requests(w, 40, 9),
        |w| arp_requests(w, 39, 9),
    ),
    (
        "arp_sweep",
        |w| arp_requests(w, 40, 3),
        |w| arp_requests(w, 40, 4),
    ),
    (
        "arp_spoofing",
        |w| arp_replies(w, 60),
        |w| arp_replies(w, 59),
    ),
    (
        "arp_binding_conflict",
        |w| arp_conflict(w, Duration::from_mins(5)),
        |w| arp_conflict(w, Duration::from_secs(301)),
    ),
    (
        "stealth_probe",
        |w| _ = w.conn(MASTER, PLC, 80, conn::PROBE),
        |w| _ = w.conn(MASTER, PLC, 80, conn::RESET),
    ),
    (
        "abnormal_exception_pattern",
        |w| refusals(w, 20, 6),
        |w| refusals(w, 19, 6),
    ),
    (
        "modbus_function_code_scan",
        |w| (60..68).for_each(|code| _ = w.refuse(code, 1, 1, registers(0, 1))),
        |w| (60..67).for_each(|code| _ = w.refuse(code, 1, 1, registers(0, 1))),
    ),
    (
        "modbus_point_scan",
        |w| (0..8).for_each(|at| _ = w.refuse(3, 2, 1, registers(at, 1))),
        |w| (0..8).for_each(|_| _ = w.refuse(3, 2, 1, registers(7, 1))),
    ),
    (
        "modbus_unit_scan",
        |w| (1..9).for_each(|unit| _ = w.refuse(3, 11, unit, registers(0, 1))),
        |w| (1..9).for_each(|_| _ = w.refuse(3, 11, 7, registers(0, 1))),
    ),
    ("device_unresponsive", |w| silence(w, 8), |w| silence(w, 7)),
    (
        "modbus_device_unresponsive",
        |w| unanswered(w, 3),
        |w| unanswered(w, 2),
    ),
    (
        "sensor_no_traffic",
        |w| quiet_interface(w, 300),
        |w| quiet_interface(w, 299),
    ),
    (
        "sensor_traffic_resumed",
        |w| {
            quiet_interface(w, 300);
            w.detector.interface(w.now(), "mirror0", 11, &mut w.found);
        },
        |w| {
            quiet_interface(w, 299);
            w.detector.interface(w.now(), "mirror0", 11, &mut w.found);
        },
    ),
];
