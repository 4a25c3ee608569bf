//! Protocols of controllers and field devices: S7comm, EtherNet/IP, CIP, PROFINET.

mod ethercat;
mod modbus;
mod profinet;
mod rockwell;
mod siemens;
mod written_values;

use std::time::Duration;

use sensor_detect::detector::{Command, Mode};

use super::Case;
use crate::world::{MASTER, PLC, World};

pub(super) const CASES: &[Case] = &[
    (
        "s7_unauthorized_control_function",
        |w| siemens::ask(w, &siemens::stop()),
        |w| taught(w, |w| siemens::ask(w, &siemens::stop())),
    ),
    (
        "s7_unauthorized_user_function",
        |w| siemens::ask(w, &siemens::system_status(0x11)),
        |w| siemens::ask(w, &siemens::read_block(0, 4)),
    ),
    (
        "s7_unauthorized_data_block_access",
        |w| siemens::ask(w, &siemens::read_block(0, 5)),
        |w| {
            teach(w, |w| siemens::ask(w, &siemens::read_block(0, 4)));
            siemens::ask(w, &siemens::read_block(1, 3));
        },
    ),
    (
        "s7plus_unauthorized_operation",
        |w| siemens::plus(w, 0x04f2),
        |w| taught(w, |w| siemens::plus(w, 0x04f2)),
    ),
    (
        "s7_stop_command",
        |w| siemens::ask(w, &siemens::stop()),
        // The same service starts with another function code.
        |w| {
            let service = [&[0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0, 0, 9], &b"P_PROGRAM"[..]].concat();
            siemens::ask(w, &siemens::job(&service, &[]));
        },
    ),
    (
        "plc_operating_mode_changed",
        |w| siemens::stopped(w, [0, 0]),
        |w| siemens::stopped(w, [0x84, 4]),
    ),
    (
        "abnormal_application_termination",
        |w| stops(w, 20, Duration::from_secs(568)),
        |w| stops(w, 20, Duration::from_secs(569)),
    ),
    (
        "enip_new_command",
        |w| rockwell::connect(w).ask(w, &rockwell::command(0x04, 0, &[])),
        |w| {
            taught(w, |w| {
                rockwell::connect(w).ask(w, &rockwell::command(0x04, 0, &[]));
            });
        },
    ),
    ("enip_new_io_connection", rockwell::io_data, |w| {
        taught(w, rockwell::io_data);
    }),
    ("enip_command_failed", |w| listed(w, 1), |w| listed(w, 0)),
    (
        "cip_new_class",
        |w| rockwell::ask(w, 0x0e, 0xf5, &[]),
        |w| {
            teach(w, |w| rockwell::ask(w, 0x0e, 0xf5, &[]));
            rockwell::ask(w, 0x01, 0xf5, &[]);
        },
    ),
    (
        "cip_new_class_service",
        |w| rockwell::ask(w, 0x0e, 0xf5, &[]),
        |w| taught(w, |w| rockwell::ask(w, 0x0e, 0xf5, &[])),
    ),
    (
        "cip_new_pccc_command",
        |w| rockwell::pccc(w, 0x3a, &[0]),
        |w| taught(w, |w| rockwell::pccc(w, 0x3a, &[0])),
    ),
    (
        "cip_new_symbol",
        |w| rockwell::read_tag(w, *b"Pump"),
        |w| {
            teach(w, |w| rockwell::read_tag(w, *b"Pump"));
            rockwell::read_tag(w, *b"Pump");
        },
    ),
    (
        "cip_service_failed",
        |w| rockwell::asked(w, (0x04, 0x8b), 0x08),
        |w| rockwell::asked(w, (0x04, 0x8b), 0),
    ),
    (
        "plc_unauthorized_config_read",
        |w| rockwell::ask(w, 0x01, 0xf5, &[]),
        // The identity, which every browser asks for.
        |w| rockwell::ask(w, 0x01, 0x01, &[]),
    ),
    (
        "plc_unauthorized_config_write",
        |w| rockwell::asked(w, (0x04, 0x8b), 0),
        // Data of an assembly are process data.
        |w| rockwell::asked(w, (0x10, 0x04), 0),
    ),
    (
        "device_configuration_changed",
        |w| rockwell::asked(w, (0x04, 0x8b), 0),
        |w| rockwell::asked(w, (0x04, 0x8b), 0x0f),
    ),
    (
        "controller_reset",
        |w| rockwell::ask(w, 0x05, 0x01, &[0]),
        |w| rockwell::ask(w, 0x06, 0x01, &[]),
    ),
    (
        "firmware_update_command",
        |w| rockwell::ask(w, 0x4d, 0xa1, &[1, 2, 3]),
        |w| rockwell::ask(w, 0x4d, 0xa2, &[1, 2, 3]),
    ),
    (
        "firmware_change_detected",
        |w| {
            rockwell::asked(w, (0x4d, 0xa1), 0);
            rockwell::ask(w, 0x05, 0x01, &[0]);
        },
        |w| {
            rockwell::asked(w, (0x4d, 0xa1), 0x0f);
            rockwell::ask(w, 0x05, 0x01, &[0]);
        },
    ),
    (
        "profinet_unauthorized_frame_type",
        |w| profinet::cyclic(w, 32, 0x35),
        |w| {
            teach(w, |w| profinet::cyclic(w, 32, 0x35));
            // Another state of the provider is no other type of frame.
            profinet::cyclic(w, 64, 0x25);
        },
    ),
    (
        "profinet_dcp_failed",
        |w| profinet::set_name(w, 6),
        |w| profinet::set_name(w, 0),
    ),
    (
        "profinet_factory_reset",
        |w| profinet::set(w, [5, 6], &[]),
        |w| profinet::set(w, [5, 3], &[1, 0]),
    ),
    (
        "s7_unauthorized_memory_access",
        |w| siemens::ask(w, &siemens::read_flags(0, 4)),
        |w| siemens::ask(w, &siemens::read_block(0, 4)),
    ),
    (
        "s7_password_sent",
        |w| siemens::password(w, [0, 0]),
        |w| siemens::ask(w, &siemens::userdata(5, 2, &[])),
    ),
    (
        "s7_password_refused",
        |w| siemens::password(w, [0xd6, 2]),
        |w| siemens::password(w, [0xd6, 5]),
    ),
    (
        "cip_identity_written",
        |w| rockwell::ask(w, 0x10, 0x01, &[1]),
        |w| rockwell::ask(w, 0x0e, 0x01, &[]),
    ),
    (
        "cip_network_settings_written",
        |w| rockwell::ask(w, 0x10, 0xf5, &[1]),
        |w| rockwell::ask(w, 0x10, 0x48, &[1]),
    ),
    (
        "profinet_station_name_set",
        |w| profinet::set(w, [2, 2], b"pump"),
        |w| profinet::set(w, [1, 2], &[10, 0, 0, 9, 255, 0, 0, 0, 0, 0, 0, 0]),
    ),
    (
        "profinet_address_set",
        |w| profinet::set(w, [1, 2], &[10, 0, 0, 9, 255, 0, 0, 0, 0, 0, 0, 0]),
        |w| profinet::set(w, [2, 2], b"pump"),
    ),
    (
        "profinet_name_conflict",
        |w| name_conflict(w, Duration::from_mins(5)),
        |w| name_conflict(w, Duration::from_secs(301)),
    ),
    (
        "profinet_address_conflict",
        |w| conflict_told(w, 0x81),
        |w| conflict_told(w, 0x01),
    ),
    (
        "ethercat_state_command",
        |w| ethercat::al_control(w, 1),
        |w| ethercat::al_control(w, 8),
    ),
    (
        "written_value_out_of_range",
        |w| set_point(w, 300),
        |w| set_point(w, 120),
    ),
];

/// Two stations give one name, the second after a while.
fn name_conflict(w: &mut World, after: Duration) {
    profinet::identified(w, "10.0.0.8", [2, 2], 0, b"pump");
    w.pass(after);
    profinet::identified(w, "10.0.0.9", [2, 2], 0, b"pump");
}

/// A station gives its address, with the bit of a conflict or without.
fn conflict_told(w: &mut World, info: u8) {
    let address = [10, 0, 0, 9, 255, 0, 0, 0, 0, 0, 0, 0];
    profinet::identified(w, "10.0.0.8", [1, 2], info, &address);
}

/// Teaches set points from 100 to 200 and then writes one.
fn set_point(w: &mut World, value: u16) {
    teach(w, |w| {
        modbus::write(w, &[150]);
        modbus::write(w, &[100]);
        modbus::write(w, &[200]);
    });
    modbus::write(w, &[value]);
}

/// Lets every type learn the traffic.
fn teach(w: &mut World, traffic: fn(&mut World)) {
    w.detector.apply(Command::SetMode(Mode::Learning));
    traffic(w);
    w.detector.apply(Command::SetMode(Mode::Operational));
}

/// Learns the traffic and sees it again.
fn taught(w: &mut World, traffic: fn(&mut World)) {
    teach(w, traffic);
    traffic(w);
}

/// Stop commands on one connection.
fn stops(w: &mut World, count: u32, gap: Duration) {
    let mut session = siemens::connect(w);
    for _ in 0..count {
        session.ask(w, &siemens::stop());
        session.answer(w, &siemens::acknowledgement([0, 0], &[0x29]));
        w.pass(gap);
    }
}

/// List Services, answered with this status of the encapsulation.
fn listed(w: &mut World, status: u8) {
    let mut session = rockwell::connect(w);
    session.ask(w, &rockwell::command(0x04, 0, &[]));
    let item = [1, 0, 0, 1, 20, 0, 1, 0, 0x20, 0];
    let data = [&item[..], b"Communications\0\0"].concat();
    session.answer(
        w,
        &rockwell::command(0x04, status, if status == 0 { &data } else { &[] }),
    );
}

/// The points of the path are those of an assembly; a connection to the message router has none.
#[test]
fn a_forward_open_to_an_assembly_is_an_io_connection() {
    for (path, count) in [
        (&[0x20, 4, 0x24, 1, 0x2c, 100, 0x2c, 101][..], 2),
        (&[0x20, 2, 0x24, 1], 0),
    ] {
        let mut w = World::default();
        rockwell::forward_open(&mut w, path);
        assert_eq!(w.count("enip_new_io_connection"), count);
    }
}

/// Whoever sends from the port of servers gives commands all the same.
#[test]
fn a_client_on_the_port_of_servers_is_a_client() {
    let list_services = rockwell::command(0x04, 0, &[]);
    let told = |source: u16, destination: u16| {
        let mut w = World::default();
        w.udp((MASTER, source), (PLC, destination), &list_services);
        w.count("enip_new_command")
    };
    assert_eq!(told(50_000, rockwell::PORT), 1);
    assert_eq!(told(rockwell::PORT, rockwell::PORT), 1);
}

/// Its reset register, and one in front of it.
#[test]
fn an_ethercat_device_is_reset() {
    for (register, resets) in [(0x40, 1), (0x30, 0)] {
        let mut w = World::default();
        ethercat::write(&mut w, register, b'R');
        assert_eq!(w.count("controller_reset"), resets);
    }
}
