//! Services, paths, what lies inside, and how replies are told.

use super::super::services;
use super::{Session, bytes, connected, exchange, multiple, told};
use crate::dissect::Role;

#[test]
fn tags_are_told_as_engineers_write_them() {
    for (request, expected) in [
        (
            "4c04 9104 74616e6b 2803 0100",
            "> cip 0x4c read_tag (read) \"tank[3]\"",
        ),
        (
            "4d04 9105 6c6576656c00 c400 0100 01000000",
            "> cip 0x4d write_tag (write) \"level\"",
        ),
        (
            "520d 910c 50726f6772616d3a4d61696e 9103 78797a00 290001002800 0100 00000000",
            "> cip 0x52 read_tag_fragmented (read) \"Program:Main.xyz[1,0]\"",
        ),
        (
            "5303 9104 74616e6b c400 0100 00000000 01000000",
            "> cip 0x53 write_tag_fragmented (write) \"tank\"",
        ),
        (
            "4c05 9102 6161 2801 9102 6262 0100",
            "> cip 0x4c read_tag (read) \"aa[1].bb\"",
        ),
        // By the instance of the symbol.
        (
            "4c03 206b 25000102 0100",
            "> cip 0x4c:0x6b read_tag (read) class:107 symbol:513",
        ),
        // A symbolic segment of the oldest kind.
        (
            "4c03 64 74616e6b 00 0100",
            "> cip 0x4c read_tag (read) \"tank\"",
        ),
        (
            "4c03 9104 74616e6b 01",
            "> cip 0x4c read_tag (read) \"tank\" !truncated",
        ),
    ] {
        assert_eq!(told(request), [expected], "{request}");
    }
}

#[test]
fn a_reply_has_the_objects_of_its_request() {
    assert_eq!(
        exchange("4c04 9104 74616e6b 2803 0100", "cc00 0000 c400 05000000"),
        [
            "> cip 0x4c read_tag (read) \"tank[3]\"",
            "< cip 0x4c read_tag (read) \"tank[3]\" ok answers #1 after 1 ms",
        ]
    );
    // More of it comes with the next fragment: that is no error.
    assert_eq!(
        exchange("5203 9104 74616e6b 6400 00000000", "d200 0600 c400 0500")[1],
        "< cip 0x52 read_tag_fragmented (read) \"tank\" general_status:6 ok answers #1 after 1 ms"
    );
}

#[test]
fn a_refusal_is_an_error_with_its_name() {
    for (reply, expected) in [
        ("8e00 0500", "error 5 path_destination_unknown"),
        ("8e00 0800", "error 8 service_not_supported"),
        ("8e00 1400", "error 20 attribute_not_supported"),
        ("8e00 d100", "error 209 class_specific_error"),
        ("8e00 ff01 0521", "error 255 class_specific_error"),
        ("8e00 0101 0001", "error 1 connection_in_use"),
    ] {
        let lines = exchange("0e03 2001 2401 3001", reply);
        let expected = format!(
            "< cip 0xe:0x1 get_attribute_single (read) class:1 identity:1 attribute:1 {expected} \
             answers #1 after 1 ms"
        );
        assert_eq!(lines[1], expected, "{reply}");
    }
    let lines = exchange("0e03 2001 2401 3001", "8e00 8000");
    assert!(lines[1].ends_with("error 128 unknown answers #1 after 1 ms !bad_value"));
    let lines = exchange("0e03 2001 2401 3001", "8e01 0000");
    assert!(lines[1].ends_with("!bad_value"), "the reserved octet");
}

#[test]
fn services_mean_what_their_class_says() {
    for (request, expected) in [
        // `iti_cip_stop_plc.pcap`, `iti_cip_start_plc.pcap`, `iti_cip_unlock_cpu.pcap`.
        (
            "0702 208e 2401",
            "0x7:0x8e stop (control) class:142 controller_mode:1",
        ),
        (
            "0602 208e 2401",
            "0x6:0x8e start (control) class:142 controller_mode:1",
        ),
        (
            "4c04 208e 2401 2074 2401",
            "0x4c:0x8e class_specific_service (unknown) class:142 controller_mode:1 class:116 instance:1",
        ),
        (
            "0502 2001 2401 00",
            "0x5:0x1 reset (control) class:1 identity:1",
        ),
        // `openics_firmware_change.pcap`.
        (
            "4b02 20a1 2401 16ff",
            "0x4b:0xa1 firmware_service (program) class:161 firmware_memory:1",
        ),
        (
            "0802 20ac 2400",
            "0x8:0xac create (program) class:172 controller_program:0",
        ),
        (
            "4c02 2037 24c8 00",
            "0x4c:0x37 initiate_download (file) class:55 file:200",
        ),
        (
            "5402 2039 2401",
            "0x54:0x39 safety_reset (control) class:57 safety_supervisor:1",
        ),
        (
            "5202 2039 2401",
            "0x52:0x39 configuration_lock (config) class:57 safety_supervisor:1",
        ),
        (
            "5502 206b 2400",
            "0x55:0x6b get_instance_attribute_list (read) class:107 symbol:0",
        ),
        (
            "1003 20f5 2401 3005 00",
            "0x10:0xf5 set_attribute_single (write) class:245 tcp_ip_interface:1 attribute:5",
        ),
        (
            "0e03 2004 2c66 3003",
            "0xe:0x4 get_attribute_single (read) class:4 attribute:3 connection_point:102",
        ),
        ("3200", "0x32 vendor_specific_service (unknown)"),
        (
            "0b02 2001 2401",
            "0xb:0x1 unknown (unknown) class:1 identity:1 !reserved_code",
        ),
        ("7000", "0x70 unknown (unknown) !reserved_code"),
    ] {
        assert_eq!(told(request), [format!("> cip {expected}")], "{request}");
    }
}

#[test]
fn every_service_is_common_specific_or_reserved() {
    let reserved: Vec<u8> = (0..0x80)
        .filter(|code| services::lookup(*code, None).reserved)
        .collect();
    let expected: Vec<u8> = [0x00, 0x0b, 0x0c, 0x0f, 0x12, 0x13]
        .into_iter()
        .chain(0x1e..=0x31)
        .chain(0x64..=0x7f)
        .collect();
    assert_eq!(reserved, expected);
}

/// `openics_reboot_or_download.pcap`, frames 11 and 12: to slot 0 behind port 1.
#[test]
fn an_unconnected_send_is_answered_by_the_station_it_is_routed_to() {
    assert_eq!(
        exchange(
            "5202 2006 2401 07f9 0c00 0302 2001 2401 0200 6500 6600 0100 0100",
            "8300 0000 0200 6500 0000 0201 6600 0000 0800 0000",
        ),
        [
            "> cip 0x52:0x6 unconnected_send (session) class:6 connection_manager:1",
            "> cip 0x3:0x1 get_attribute_list (read) @0 class:1 identity:1",
            "< cip 0x3:0x1 get_attribute_list (read) @0 class:1 identity:1 ok \
             answers #1 after 1 ms",
        ]
    );
    // A device on the way could not route it.
    assert_eq!(
        exchange(
            "5202 2006 2401 07f9 0600 0102 2001 2401 0100 0109",
            "d200 0101 1203 01",
        )[2],
        "< cip 0x52:0x6 unconnected_send (session) class:6 connection_manager:1 \
         error 1 link_address_not_valid answers #1 after 1 ms"
    );
}

/// `openics_reboot_or_download.pcap`, frames 21, 22 and 31, 32.
#[test]
fn connections_are_opened_and_closed_with_the_object_they_lead_to() {
    assert_eq!(
        exchange(
            "5402 2006 2401 07f9 14000080 1300fe80 1400 4d00 f32b9532 00000000 127a00f4 4300 \
             127a00f4 4300 a3 03 0100 2002 2401",
            "d400 0000 01037900 1300fe80 1400 4d00 f32b9532 00127a00 00127a00 0000",
        ),
        [
            "> cip 0x54:0x6 forward_open (session) class:6 connection_manager:1 \
             connected_class:2 connected_instance:1",
            "< cip 0x54:0x6 forward_open (session) @0 class:6 connection_manager:1 \
             connected_class:2 connected_instance:1 ok answers #1 after 1 ms",
        ]
    );
    assert_eq!(
        exchange(
            "4e02 2006 2401 07f9 1400 4d00 f32b9532 0300 0100 2002 2401",
            "ce00 0000 1400 4d00 f32b9532 0000",
        )[0],
        "> cip 0x4e:0x6 forward_close (session) class:6 connection_manager:1 connected_class:2 connected_instance:1"
    );
    // Large, with an electronic key, to an assembly and its connection points.
    let large = "5b02 2006 2401 07f9 14000080 1300fe80 1400 4d00 f32b9532 00000000 127a00f4 \
                 43000000 127a00f4 43000000 01 0a 0100 3404 0100 0c00 3a00 84 03 2004 2401 2c65 \
                 2c66";
    assert_eq!(
        told(large),
        [
            "> cip 0x5b:0x6 large_forward_open (session) class:6 connection_manager:1 \
          connected_class:4 connected_instance:1 connection_point:101 connection_point:102"
        ]
    );
    assert!(told(&large[..large.len() - 5])[0].ends_with("!truncated"));
}

/// As in `iti_plant1_enip.pcap`: two reads in one message.
#[test]
fn each_service_of_a_packet_is_told_and_answered_by_its_own_reply() {
    let first = bytes("4c03 9104 74616e6b 0100");
    let second = bytes("4c03 9104 70756d70 0100");
    let request = multiple(&bytes("0a02 2002 2401"), &[&first, &second]);
    let reply = multiple(
        &bytes("8a00 1e00"),
        &[&bytes("cc00 0000 c400 01000000"), &bytes("cc00 0500")],
    );
    let mut session = Session::new();
    session.segment(Role::Client, &connected(1, 1, &request), false);
    session.segment(Role::Server, &connected(2, 1, &reply), false);
    assert_eq!(
        session.seen,
        [
            "- enip 0x70 send_unit_data (session)",
            "> cip 0xa:0x2 multiple_service_packet (session) class:2 message_router:1",
            "> cip 0x4c read_tag (read) \"tank\"",
            "> cip 0x4c read_tag (read) \"pump\"",
            "- enip 0x70 send_unit_data (session)",
            "< cip 0xa:0x2 multiple_service_packet (session) class:2 message_router:1 \
             error 30 embedded_service_error answers #1 after 1 ms",
            "< cip 0x4c read_tag (read) \"tank\" ok answers #1 after 1 ms",
            "< cip 0x4c read_tag (read) \"pump\" error 5 path_destination_unknown \
             answers #1 after 1 ms",
        ]
    );
}

#[test]
fn offsets_that_cannot_be_right_are_told_and_followed_nowhere() {
    for packet in [
        // Into the offsets, backwards, beyond the end, twice the same.
        "0a02 2002 2401 0100 0200 0102 2001 2401",
        "0a02 2002 2401 0200 0c00 0600 0102 2001 2401 0102 2001 2401",
        "0a02 2002 2401 0100 ff00 0102 2001 2401",
        "0a02 2002 2401 0200 0600 0600 0102 2001 2401",
    ] {
        let lines = told(packet);
        assert!(lines[0].contains("!bad_pointer"), "{lines:?}");
    }
    assert!(told("0a02 2002 2401 0000")[0].ends_with("!bad_value"));
    assert!(told("0a02 2002 2401 0500 0c00")[0].ends_with("!truncated"));
}

#[test]
fn pccc_is_told_with_command_and_function() {
    // Requestor identification of seven octets, then the command.
    let identification = "07 4d00 01020304";
    assert_eq!(
        exchange(
            &format!("4b02 2067 2401 {identification} 0f 00 1234 a2 02 07 89 00 00"),
            &format!("cb00 0000 {identification} 4f 00 1234 0500"),
        ),
        [
            "> cip 0x4b:0x67 execute_pccc (session) class:103 pccc:1",
            "> cip 0x1000f:0xa2 protected_typed_logical_read_3 (read)",
            "< cip 0x4b:0x67 execute_pccc (session) class:103 pccc:1 ok answers #1 after 1 ms",
            "< cip 0x1000f:0xa2 protected_typed_logical_read_3 (read) ok answers #1 after 1 ms",
        ]
    );
    let refused = exchange(
        &format!("4b02 2067 2401 {identification} 0f 00 1234 80 02"),
        &format!("cb00 0000 {identification} 4f 60 1234"),
    );
    assert_eq!(refused[1], "> cip 0x1000f:0x80 change_mode (control)");
    assert_eq!(
        refused[3],
        "< cip 0x1000f:0x80 change_mode (control) error 96 command_protection \
         answers #1 after 1 ms"
    );
    let other = exchange(
        &format!("4b02 2067 2401 {identification} 0f 00 1234 a2"),
        &format!("cb00 0000 {identification} 46 00 1234"),
    );
    assert!(other[3].ends_with("!mismatch"));
    let lines = told(&format!("4b02 2067 2401 {identification} 0f 00 1234 ee"));
    assert!(lines[1].ends_with("!reserved_code"));
    assert!(told("4b02 2067 2401 07 4d00")[1].ends_with("!truncated"));
}

/// `openics_firmware_change.pcap`, frame 10683.
#[test]
fn the_identity_object_tells_of_the_device_itself() {
    let reply = "8100 0000 0100 0c00 3a00 0403 3000 c3ae5100 0b 313735362d454e42542f41";
    let lines = exchange("0102 2001 2401", reply);
    assert!(
        lines[1].ends_with(
            "vendor=\"Rockwell Automation/Allen-Bradley\" model=\"1756-ENBT/A\" \
             firmware=\"4.3\" serial=\"0051AEC3\""
        ),
        "{lines:?}"
    );
    // A vendor without a row, a product without a name.
    let lines = exchange(
        "0102 2001 2401",
        "8100 0000 ffff 0c00 3a00 0403 3000 c3ae5100 00",
    );
    assert!(lines[1].contains("vendor=\"vendor 65535\" model=\"product 58\""));
    // Of a module behind the device nothing is said about the device.
    let routed = "5202 2006 2401 07f9 0600 0102 2001 2401 0100 0100";
    let lines = exchange(routed, reply);
    assert!(!lines.last().unwrap().contains("vendor"));
}
