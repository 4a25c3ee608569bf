//! What engineering stations do: blocks, programs, lists, tables, the clock.

use crate::dissect::Role;
use crate::dissect::cotp::tests::{Session, bytes, check, packet};

/// `iti_step7_download.pcapng`, frames 87 to 94 without the octets of the block. The controller
/// fetches the block with jobs of its own.
#[test]
fn a_block_is_downloaded_and_inserted() {
    check(
        &[
            "> 0300003102f080320100008300002000001a00010000000000095f30413030303031500d31303030323136303030303838",
            "< 0300001402f0803203000083000001000000001a",
            "< 0300002302f080320100006501001200001b00000000000000095f3041303030303150",
            "> 0300001c02f0803203000065010002000700001b01000300fb707001",
            "< 0300002302f080320100006701001200001c00000000000000095f3041303030303150",
            "> 0300001402f0803203000067010001000000001c",
            "> 0300002b02f080320100008400001a000028000000000000fd000a01003041303030303150055f494e5345",
            "< 0300001402f08032030000840000010000000028",
        ],
        &[
            "> s7comm 0x1a request download (program) data_block=1",
            "< s7comm 0x1a request download (program) data_block=1 ok answers #1 after 1 ms",
            "- s7comm 0x1b download block (program) data_block=1 rosctr=1",
            "- s7comm 0x1b download block (program) data_block=1 rosctr=3 =000300fb707001 ok \
             answers #3 after 1 ms",
            "- s7comm 0x1c download ended (program) data_block=1 rosctr=1",
            "- s7comm 0x1c download ended (program) data_block=1 rosctr=3 ok answers #5 after 1 ms",
            "> s7comm 0x28/2 PI service _INSE (program) data_block=1",
            "< s7comm 0x28/2 PI service _INSE (program) data_block=1 ok answers #7 after 1 ms",
        ],
    );
}

/// `icsnpp_snap7.pcap`, frames 57 to 63, and `iti_step7_stop.pcapng`, frames 1 to 4.
#[test]
fn a_controller_is_stopped_and_started() {
    check(
        &[
            "> 0300002102f0803201000035000010000029000000000009505f50524f4752414d",
            "< 0300001402f08032030000350000010000000029",
            "< 0300001902f0803207000000000008000001001010 00000000",
            "> 0300002302f080320100001d000012000028000000000000fd00024550055f4d4f4455",
            "> 0300002702f080320100001f000016000028000000000000fd0002432009505f50524f4752414d",
        ],
        &[
            "> s7comm 0x29 PLC stop (control) Name(\"P_PROGRAM\")",
            "< s7comm 0x29 PLC stop (control) ok answers #1 after 1 ms",
            "- s7comm 0x100/0 mode transition STOP (event)",
            "> s7comm 0x28/4 PI service _MODU (program) Name(\"EP\")",
            "> s7comm 0x28/1 PI service P_PROGRAM (control) Name(\"C\")",
        ],
    );
}

/// `icsnpp_snap7.pcap`, frames 3 to 6, of the lists the rows that tell something.
#[test]
fn a_module_tells_what_it_is() {
    let module = "0011 0000 001c 0002 \
        0001 36455337203331352d32454831342d304142302000c0 0003 0001 \
        0007 202020202020202020202020202020202020202000c0 5603 0206";
    let component = "001c 0000 0022 0004 \
        0001 53372d33303020 00000000000000000000000000000000000000000000000000 \
        0003 504c414e542031 00000000000000000000000000000000000000000000000000 \
        0005 5320432d58344255 000000000000000000000000000000000000000000000000 \
        0007 435055203331352d32 0000000000000000000000000000000000000000000000";
    let mut session = Session::default();
    for (list, reference) in [(module, 1), (component, 2)] {
        let rows = bytes(list);
        let mut data = vec![0xff, 9, 0, u8::try_from(rows.len()).unwrap()];
        data.extend(&rows);
        let mut pdu = bytes("320700000000000c0000 0001120812840101 00000000");
        pdu[5] = reference;
        pdu[9] = u8::try_from(data.len()).unwrap();
        pdu.extend(&data);
        session.segment(Role::Server, &packet(&pdu), false);
    }
    let told = |line: &String| {
        let (_, told) = line.split_once(" ok ").unwrap();
        told.to_owned()
    };
    let told: Vec<String> = session.seen.iter().map(told).collect();
    assert_eq!(
        told,
        [
            "model=\"6ES7 315-2EH14-0AB0\" firmware=\"V3.2.6\"",
            "model=\"CPU 315-2\" serial=\"S C-X4BU\" hostname=\"S7-300\"",
        ]
    );
    assert!(
        session.last().contains("Name(\"PLANT 1\")"),
        "{}",
        session.last()
    );
}

/// `icsnpp_snap7.pcap`, frames 5 to 8: what continues a list has no identifier.
#[test]
fn a_list_that_goes_on_is_not_read_as_one_that_begins() {
    check(
        &[
            "> 0300002102f080320700000200000800080001120411440100ff090004001c0000",
            "< 0300002502f080320700000200000c00080001120812840102d5010000ff09000400 1c0000",
            "> 0300002102f080320700000300000c00040001120812440102000000000a000000",
            "< 0300002502f080320700000300000c00080001120812840102d5000000ff0900044d4d4320",
        ],
        &[
            "> s7comm 0x104/1 read SZL (diagnostic) szl_id=28 szl_index=0 =ff090004001c0000",
            "< s7comm 0x104/1 read SZL (diagnostic) szl_id=28 szl_index=0 =ff090004001c0000 ok \
             answers #1 after 1 ms !truncated !bad_length",
            "> s7comm 0x104/1 read SZL (diagnostic) =0a000000",
            "< s7comm 0x104/1 read SZL (diagnostic) =ff0900044d4d4320 ok answers #3 after 1 ms",
        ],
    );
}

/// `icsnpp_snap7.pcap`, frames 15, 23, 24, 45 to 48; `iti_step7_download.pcapng`, frame 33.
#[test]
fn blocks_are_listed_and_the_clock_is_set() {
    check(
        &[
            "> 0300001d02f0803207000007000008000400011204114301000a000000",
            "> 0300001f02f080320700004f00000800060001120411430200ff0900023038",
            "> 0300002502f080320700000b000008000c0001120411430300ff0900083041303030303041",
            "< 0300002102f080320700000b00000c000400011208128303000000d2090a000000",
            "> 0300002702f0803207000017000008000e0001120411470200ff09000a00191602082308100002",
            "< 0300002102f080320700001700000c00040001120812870200000000000a000000",
        ],
        &[
            "> s7comm 0x103/1 list blocks (diagnostic) =0a000000",
            "> s7comm 0x103/2 list blocks of type (diagnostic) Name(\"organization_block\") \
             =ff0900023038",
            "> s7comm 0x103/3 get block info (diagnostic) data_block=0 =ff0900083041303030303041",
            "< s7comm 0x103/3 get block info (diagnostic) data_block=0 =0a000000 \
             error 0xd209 block not found on the module answers #3 after 1 ms",
            "> s7comm 0x107/2 set clock (config) =ff09000a00191602082308100002",
            "< s7comm 0x107/2 set clock (config) =0a000000 ok answers #5 after 1 ms",
        ],
    );
}

/// `iti_step7_auth_password.pcapng`, frames 3 and 4. The eight octets are the password.
#[test]
fn a_password_is_told_and_not_kept() {
    check(
        &[
            "> 0300002502f0803207000006000008000c0001120411450100ff090008213a1b1d6e681b1d",
            "< 0300002102f080320700000600000c00040001120812850101000000000a000000",
        ],
        &[
            "> s7comm 0x105/1 PLC password (auth) =ff090008",
            "< s7comm 0x105/1 PLC password (auth) =0a000000 ok answers #1 after 1 ms",
        ],
    );
}

/// `iti_step7_rw_var_tab.pcapng`, frames 1, 7 and 17: double word and word of flags, a bit of an input.
#[test]
fn a_variable_table_names_what_it_watches_and_modifies() {
    check(
        &[
            "> 0300006102f080320700006803000c0044000112081241080000000000ff0900400014002800000001000100060001000100010001000102000003030100000000020100000004100100000008000900044133851f00090002dead000900010100",
            "< 0300002f02f080320700000000000c0012000112081201080200000000ff09000e00040006010000020003ffffff00",
            "> 0300004702f080320700006c03000c002a000112081241020000000000ff0900260014000e00000000000100120001000100010001000100000002010600000000110100000008",
        ],
        &[
            "> s7comm 0x101/8 modify variable (write) flag_byte 0+4 flag_byte 4+2 input_byte 8+1 \
             =ff0900400014002800000001000100060001000100010001000102000003030100000000020100000004100100000008000900044133851f00090002dead000900010100",
            "- s7comm 0x101/8 modify variable (write) =ff09000e00040006010000020003ffffff00",
            "> s7comm 0x101/2 variable status (diagnostic) flag_byte 0+6 input_byte 8+1 \
             =ff0900260014000e00000000000100120001000100010001000100000002010600000000110100000008",
        ],
    );
}
