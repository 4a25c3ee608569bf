//! One case per function code, request and response. Unless a line names another source, the
//! bytes are those of `icsnpp_modbus_example.pcap` (cisagov/icsnpp-modbus).

use super::check;

#[test]
fn f01_read_coils() {
    check(
        &[
            "> 0002 0000 0006 05 01 0001 0008",
            "< 0002 0000 0004 05 01 01 e9",
        ],
        &[
            "> 1 read_coils (read) coil:1+8",
            "< 1 read_coils (read) coil:1+8 =e9 ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f02_read_discrete_inputs() {
    check(
        &[
            "> 0004 0000 0006 05 02 0001 0008",
            "< 0004 0000 0004 05 02 01 2c",
        ],
        &[
            "> 2 read_discrete_inputs (read) discrete_input:1+8",
            "< 2 read_discrete_inputs (read) discrete_input:1+8 =2c ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f03_read_holding_registers() {
    check(
        &[
            "> 0005 0000 0006 03 03 0001 0001",
            "< 0005 0000 0005 03 03 02 00aa",
        ],
        &[
            "> 3 read_holding_registers (read) holding_register:1+1",
            "< 3 read_holding_registers (read) holding_register:1+1 =00aa ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f04_read_input_registers() {
    check(
        &[
            "> 0007 0000 0006 04 04 0001 0001",
            "< 0007 0000 0005 04 04 02 8e2b",
        ],
        &[
            "> 4 read_input_registers (read) input_register:1+1",
            "< 4 read_input_registers (read) input_register:1+1 =8e2b ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f05_write_single_coil() {
    check(
        &[
            "> 0009 0000 0006 06 05 0001 ff00",
            "< 0009 0000 0006 06 05 0001 ff00",
        ],
        &[
            "> 5 write_single_coil (write) coil:1+1 =ff00",
            "< 5 write_single_coil (write) coil:1+1 =ff00 ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f06_write_single_register() {
    check(
        &[
            "> 000a 0000 0006 07 06 0001 abcd",
            "< 000a 0000 0006 07 06 0001 abcd",
        ],
        &[
            "> 6 write_single_register (write) holding_register:1+1 =abcd",
            "< 6 write_single_register (write) holding_register:1+1 =abcd ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f07_read_exception_status() {
    check(
        &["> 000b 0000 0002 02 07", "< 000b 0000 0003 02 07 00"],
        &[
            "> 7 read_exception_status (diagnostic)",
            "< 7 read_exception_status (diagnostic) =00 ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f08_diagnostics() {
    check(
        &[
            "> 000c 0000 0006 02 08 0002 0000",
            "< 000c 0000 0006 02 08 0002 0000",
        ],
        &[
            "> 8/2 return_diagnostic_register (diagnostic) =0000",
            "< 8/2 return_diagnostic_register (diagnostic) =0000 ok answers #1 after 1 ms",
        ],
    );
}

/// `quickdraw_modbus_part1.pcap`, frames 8, 9, 17, 18, 23.
#[test]
fn f08_diagnostics_that_act_on_the_device() {
    check(
        &[
            "> 0000 0000 0006 0a 08 0004 0000",
            "< 0000 0000 0003 0a 88 0b",
            "> 0000 0000 0006 0a 08 0001 0000",
            "< 0000 0000 0006 0a 08 0001 0000",
            "> 0000 0000 0006 0a 08 000a 0000",
        ],
        &[
            "> 8/4 force_listen_only_mode (control) =0000",
            "< 8/4 force_listen_only_mode (control) error 11 gateway_target_failed_to_respond \
             answers #1 after 1 ms",
            "> 8/1 restart_communications_option (control) =0000",
            "< 8/1 restart_communications_option (control) =0000 ok answers #3 after 1 ms",
            "> 8/10 clear_counters_and_diagnostic_register (control) =0000",
        ],
    );
}

/// Example of MAP 6.9.
#[test]
fn f11_get_comm_event_counter() {
    check(
        &["> 0001 0000 0002 01 0b", "< 0001 0000 0006 01 0b ffff 0108"],
        &[
            "> 11 get_comm_event_counter (diagnostic)",
            "< 11 get_comm_event_counter (diagnostic) =ffff0108 ok answers #1 after 1 ms",
        ],
    );
}

/// Example of MAP 6.10.
#[test]
fn f12_get_comm_event_log() {
    check(
        &[
            "> 0001 0000 0002 01 0c",
            "< 0001 0000 000b 01 0c 08 0000 0108 0121 2000",
        ],
        &[
            "> 12 get_comm_event_log (diagnostic)",
            "< 12 get_comm_event_log (diagnostic) =0000010801212000 ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f15_write_multiple_coils() {
    check(
        &[
            "> 000d 0000 0008 07 0f 0001 0004 01 09",
            "< 000d 0000 0006 07 0f 0001 0004",
        ],
        &[
            "> 15 write_multiple_coils (write) coil:1+4 =09",
            "< 15 write_multiple_coils (write) coil:1+4 ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f16_write_multiple_registers() {
    check(
        &[
            "> 000e 0000 000f 07 10 0001 0004 08 00aa00bb00cc00dd",
            "< 000e 0000 0006 07 10 0001 0004",
        ],
        &[
            "> 16 write_multiple_registers (write) holding_register:1+4 =00aa00bb00cc00dd",
            "< 16 write_multiple_registers (write) holding_register:1+4 ok answers #1 after 1 ms",
        ],
    );
}

/// `quickdraw_modbus_part1.pcap`, frames 40 and 41.
#[test]
fn f17_report_server_id() {
    check(
        &[
            "> 0000 0000 0002 0a 11",
            "< 0000 0000 0015 0a 11 12 00ff57696e6770617468204c696d69746564",
        ],
        &[
            "> 17 report_server_id (discovery)",
            "< 17 report_server_id (discovery) =00ff57696e6770617468204c696d69746564 ok \
             answers #1 after 1 ms",
        ],
    );
}

/// Example of MAP 6.14: two references.
#[test]
fn f20_read_file_record() {
    check(
        &[
            "> 0001 0000 0011 01 14 0e 06 0004 0001 0002 06 0003 0009 0002",
            "< 0001 0000 000f 01 14 0c 05 06 0dfe 0020 05 06 33cd 0040",
        ],
        &[
            "> 20 read_file_record (read) file_record:262145+2 file_record:196617+2",
            "< 20 read_file_record (read) file_record:262145+2 =05060dfe0020050633cd0040 ok \
             answers #1 after 1 ms",
        ],
    );
}

/// Example of MAP 6.15.
#[test]
fn f21_write_file_record() {
    let pdu = "0001 0000 0010 01 15 0d 06 0004 0007 0003 06af 04be 100d";
    check(
        &[&format!("> {pdu}"), &format!("< {pdu}")],
        &[
            "> 21 write_file_record (write) file_record:262151+3 =0600040007000306af04be100d",
            "< 21 write_file_record (write) file_record:262151+3 =0600040007000306af04be100d ok \
             answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f22_mask_write_register() {
    check(
        &[
            "> 0013 0000 0008 04 16 000a ffff dead",
            "< 0013 0000 0008 04 16 000a ffff dead",
        ],
        &[
            "> 22 mask_write_register (write) holding_register:10+1 =ffffdead",
            "< 22 mask_write_register (write) holding_register:10+1 =ffffdead ok \
             answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f23_read_write_multiple_registers() {
    check(
        &[
            "> 0015 0000 0011 06 17 0001 0004 0002 0003 06 00aa00bb00cc",
            "< 0015 0000 000b 06 17 08 00aa00aa00bb00cc",
        ],
        &[
            "> 23 read_write_multiple_registers (write) holding_register:1+4 \
             holding_register:2+3 =00aa00bb00cc",
            "< 23 read_write_multiple_registers (write) holding_register:1+4 \
             holding_register:2+3 =00aa00aa00bb00cc ok answers #1 after 1 ms",
        ],
    );
}

/// Example of MAP 6.18.
#[test]
fn f24_read_fifo_queue() {
    check(
        &[
            "> 0001 0000 0004 01 18 04de",
            "< 0001 0000 000a 01 18 0006 0002 01b8 1284",
        ],
        &[
            "> 24 read_fifo_queue (read) fifo_queue:1246",
            "< 24 read_fifo_queue (read) fifo_queue:1246 =01b81284 ok answers #1 after 1 ms",
        ],
    );
}

#[test]
fn f43_14_read_device_identification() {
    check(
        &[
            "> 0017 0000 0005 01 2b 0e 01 00",
            "< 0017 0000 003d 01 2b 0e 01 83 00 00 03 \
             00 10 5a65656b204d6f646275732054657374 \
             01 18 50726f746f636f6c2050617273696e672069732066756e21 \
             02 07 312e322e332e36",
        ],
        &[
            "> 43/14 read_device_identification (discovery) mei_object:0",
            "< 43/14 read_device_identification (discovery) mei_object:0 mei_object:1 \
             mei_object:2 =00105a65656b204d6f6462757320546573740118\
             50726f746f636f6c2050617273696e672069732066756e210207312e322e332e36 ok \
             answers #1 after 1 ms vendor=\"Zeek Modbus Test\" \
             model=\"Protocol Parsing is fun!\" firmware=\"1.2.3.6\"",
        ],
    );
}

/// Example of MAP 6.20: the data are those of `CANopen`, not of Modbus.
#[test]
fn f43_13_canopen_general_reference() {
    check(
        &["> 0001 0000 0007 01 2b 0d 0001 0203"],
        &["> 43/13 canopen_general_reference (config) =00010203"],
    );
}

#[test]
fn f65_to_72_and_100_to_110_are_free_for_use() {
    check(
        &["> 0001 0000 0004 01 41 0102", "> 0002 0000 0002 01 6e"],
        &[
            "> 65 user_defined (unknown) =0102",
            "> 110 user_defined (unknown)",
        ],
    );
}

/// `quickdraw_modicon_umas.pcap`, frames 4, 6, 11 and 12; the last pair is made up.
#[test]
fn f90_umas() {
    check(
        &[
            "> 0000 0000 0004 00 5a 00 02",
            "< 0000 0000 0032 00 5a 00 fe 10ff5a010100000070020000270009000800000000000e\
             3134302043505520333131203130010101000000001100",
            "> 0003 0000 0005 00 5a 00 03 00",
            "> 0004 0000 0005 00 5a 01 41 ff",
            "< 0004 0000 0005 00 5a 01 fd 83",
        ],
        &[
            "> 90/2 umas_read_id (discovery)",
            "< 90/2 umas_read_id (discovery) =10ff5a010100000070020000270009000800000000000e\
             3134302043505520333131203130010101000000001100 ok answers #1 after 1 ms \
             model=\"140 CPU 311 10\"",
            "> 90/3 umas_read_project_info (discovery) =00",
            "> 90/65 umas_stop_plc (control) =ff",
            "< 90/65 umas_stop_plc (control) =83 error 64899 umas_refused answers #4 after 1 ms",
        ],
    );
}

/// `quickdraw_modicon_umas.pcap`, frame 19: 254 octets of data are legal here and nowhere else.
#[test]
fn f90_umas_is_longer_than_other_functions() {
    let data = "00".repeat(251);
    check(
        &[
            &format!("> 0007 0000 00ff 00 5a 00 0a {data}"),
            &format!("> 0008 0000 00ff 00 03 00 0a {data}"),
        ],
        &[
            &format!("> 90/10 umas_repeat (diagnostic) ={data}"),
            "> 3 read_holding_registers (read) holding_register:10+0 !bad_length !bad_value \
             !trailing_bytes",
        ],
    );
}

#[test]
fn reserved_and_unassigned_codes_are_flagged() {
    check(
        &[
            "> 0001 0000 0003 01 7e 00",
            "> 0002 0000 0002 01 2a",
            "> 0003 0000 0002 01 00",
            "> 0004 0000 0006 01 08 0005 0000",
            "> 0005 0000 0003 01 2b 00",
        ],
        &[
            "> 126 program_584 (program) =00 !reserved_code",
            "> 42 unknown (unknown) !reserved_code",
            "> 0 invalid (unknown) !bad_value",
            "> 8/5 diagnostics (diagnostic) =0000 !reserved_code",
            "> 43/0 encapsulated_interface_transport (unknown) !reserved_code",
        ],
    );
}
