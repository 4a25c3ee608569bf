//! Frames of named captures, and input that somebody made to break the sensor.

use super::ENTRY;
use crate::dissect::message::tests::{check, hostile};
use crate::observation::Transport;

/// `quickdraw_omron_controller_read.pcap`, frames 6 to 9.
const SESSION: [&str; 4] = [
    ">46494e530000000c000000000000000000000000",
    "<46494e53000000100000000100000000000000fb000000c8",
    ">46494e5300000015000000020000000080000200c8000000ef05050100",
    "<46494e53000000720000000200000000c0000200fbef00c80005050100004350314c2d454c323044522d440000002020\
     202030312e3030000000000030312e303600000000000000000000000000000000000000000000000001000000000000\
     0000000000000000000000010003000a172a1008000000000000",
];

#[test]
fn a_controller_says_what_it_is_over_tcp() {
    check(
        &ENTRY,
        Transport::Tcp,
        &SESSION,
        &[
            "> fins 0x10000 node_address_request (session) client_node=0",
            "< fins 0x10001 node_address_response (session) client_node=251 server_node=200 ok",
            "> fins 0x501 controller_data_read (discovery) @200",
            "< fins 0x501 controller_data_read (discovery) @200 ok vendor:Omron model:CP1L-EL20DR-D \
             firmware:01.00 answers #3",
        ],
    );
}

/// W420, 7-4-2: a header that says to be 4 GiB long is refused, and the stop behind it is not.
#[test]
fn a_length_does_not_hide_what_follows() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            SESSION[0],
            ">46494e53ffffffff0000000200000000",
            ">46494e5300000014000000020000000080000200c8000000ef01 0402",
        ],
        &[
            "> fins 0x10000 node_address_request (session) client_node=0",
            "- fins 0x0 unframed_bytes (unknown) !bad_value",
            "> fins 0x402 stop (control) @200",
        ],
    );
}

/// `icsnpp_omron.pcap`, frames 42, 43, 34 and 87, with the port of the server for the response.
#[test]
fn what_acts_on_a_controller_is_told_and_no_password() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            ">8000020000000000007a0401000004",
            "<c000020000000000007a04010000",
            ">8000020000000000007a0402",
            "<c000020000000000007a0402a205000a",
            ">8000020000000000007a030400000000000000ffffffff50415353",
            ">8000020000000000007a23010001800080000001",
            ">8000020000000000007a010282000a000002 11112222",
            ">8000020000000000007a2205000000 0166696c656e616d652e6f6e65",
        ],
        &[
            "> fins 0x401/0x4 run (control) @0 program=0",
            "< fins 0x401/0x4 run (control) @0 program=0 ok answers #1",
            "> fins 0x402 stop (control) @0",
            "< fins 0x402 stop (control) @0 relay_error=10 error 0x2205 wrong mode: MONITOR answers #3",
            "> fins 0x304 program_area_protect (config) @0 program=0 program_word[0+4294967295] \
             password_octets=4",
            "> fins 0x2301/0x8000 forced_set_reset (write) @0 cio_word[0+1]",
            "> fins 0x102 memory_area_write (write) @0 dm_word[10+2]",
            "> fins 0x2205 file_delete (file) @0 disk=0 \"filename.one\"",
        ],
    );
}

#[test]
fn lengths_that_do_not_fit_are_flagged() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            // icsnpp_omron.pcap, frame 20: six octets for one bit.
            ">8000020000000000007a010200cccccc0001414243444546",
            ">8000020000000000007a010182000a000002",
            "<c000020000000000007a01010000 111122",
            ">8000020000000000007a9999",
        ],
        &[
            "> fins 0x102 memory_area_write (write) @0 cio_bit[839052+1] !bad_length",
            "> fins 0x101 memory_area_read (read) @0 dm_word[10+2]",
            "< fins 0x101 memory_area_read (read) @0 dm_word[10+2] ok answers #2 !mismatch",
            "> fins 0x9999 unknown (unknown) @0 !reserved_code",
        ],
    );
}

/// Commands whose last field is not optional.
const DATAGRAMS: &[&str] = &[
    "8000020000000000007a010182000a000002",
    "8000020000000000007a010282000a00000211112222",
    "8000020000000000007a010580000a0081000a000010",
    "8000020000000000007a030500000000000000ffffffff50415353",
    "8000020000000000007a22080000 66696c656e616d652e6e657766696c656e616d652e6f6c64",
    "8000020000000000007a23010002800080000001800080000001",
];

#[test]
fn hostile_input() {
    hostile(
        &ENTRY,
        Transport::Tcp,
        &SESSION.map(|message| &message[1..]),
    );
    hostile(&ENTRY, Transport::Udp, &DATAGRAMS[..3]);
}
