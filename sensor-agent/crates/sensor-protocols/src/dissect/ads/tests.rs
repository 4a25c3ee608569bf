//! Messages of named captures, and input that somebody made to break the sensor.

use super::ENTRY;
use crate::dissect::message::tests::{check, hostile};
use crate::observation::Transport;

/// `iti_beckhoff_add_route.pcapng`, frames 58, 59 and 43.
const ADD_ROUTE: &str = "036614710000000006000000c0a801c701011027050000000c000d005348454e4855414a362d504300\
     07000600c0a801c701010d000e0041646d696e6973747261746f720002000200310005000d005348454e4855414a362d504300";
const SERVER_INFO: &str = "036614710000000001000000c0a801c70101102700000000";

#[test]
fn a_route_is_told_without_its_password() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            &format!(">{ADD_ROUTE}"),
            "<036614710000000006000080050d756001011027010000000100040000000000",
            &format!(">{SERVER_INFO}"),
            "<036614710000000001000080050d7560010110270200000005000a0043585f3044373536300003000400020bb408",
        ],
        &[
            "> ads 0x20006 add_route (config) @10000 ams_net_id=211827816857857 route_name=\"SHENHUAJ6-PC\" \
             route_net_id=211827816857857 user_name=\"Administrator\" password_octets=1 host=\"SHENHUAJ6-PC\"",
            "< ads 0x20006 add_route (config) @10000 ams_net_id=5555361939713 ok answers #1",
            "> ads 0x20001 server_info (discovery) @10000 ams_net_id=211827816857857",
            "< ads 0x20001 server_info (discovery) @10000 ams_net_id=5555361939713 ok \
             vendor:Beckhoff firmware:2.11.2228 hostname:CX_0D7560 answers #3",
        ],
    );
}

/// The same capture, frames 86 and 87, 115 and 116, 117 and 118, 97 and 98.
const EXCHANGE: [&str; 8] = [
    ">000020000000050d756001011027c0a801c7010103800400040000000000000000000a000000",
    "<000028000000c0a801c701010380050d7560010110270400050008000000000000000a0000000000000005000200",
    ">000020000000050d75600101f401c0a801c701012f80010004000000000000000000a9000000",
    "<000020000000c0a801c701012f80050d75600101f401010005000000000006000000a9000000",
    ">000020000000050d756001012003c0a801c701012f80010004000000000000000000aa000000",
    "<000038000000c0a801c701012f80050d756001012003010005001800000000000000aa00000000000000020b3708504c43\
     20536572766572000000000000",
    ">00005a000000050d756001011027c0a801c701012f80090004003a000000000000009a000000c800000000000000e80300\
     002a000000536f6674776172655c4265636b686f66665c5477696e4341545c447269766572730054635254696d6500",
    "<000029000000c0a801c701012f80050d7560010110270900050009000000000000009a000000000000000100000000",
];

#[test]
fn what_is_asked_and_answered() {
    check(
        &ENTRY,
        Transport::Tcp,
        &EXCHANGE,
        &[
            "> ads 0x4 read_state (diagnostic) @10000 ams_net_id=5555361939713",
            "< ads 0x4 read_state (diagnostic) @10000 ams_net_id=5555361939713 \
             ads_state=5 device_state=2 ok answers #1",
            "> ads 0x1 read_device_info (discovery) @500 ams_net_id=5555361939713",
            "< ads 0x1 read_device_info (discovery) @500 ams_net_id=5555361939713 \
             ams_error=6 error 0x6 target port not found answers #3",
            "> ads 0x1 read_device_info (discovery) @800 ams_net_id=5555361939713",
            "< ads 0x1 read_device_info (discovery) @800 ams_net_id=5555361939713 \"PLC Server\" \
             version=34277431 ok answers #5",
            "> ads 0x9 read_write (read) @10000 index_group=200 registry_local_machine[0+1000] \
             \"Software\\\\Beckhoff\\\\TwinCAT\\\\Drivers\" ams_net_id=5555361939713",
            "< ads 0x9 read_write (read) @10000 ams_net_id=5555361939713 index_group=200 ok \
             answers #7",
        ],
    );
}

/// A route is added when the status says so: here it is missing, then cut short.
#[test]
fn a_route_without_a_status_was_not_added() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            &format!(">{ADD_ROUTE}"),
            "<036614710000000006000080050d756001011027 00000000",
            "<036614710000000006000080050d756001011027 01000000 0100 0200 0407",
        ],
        &[
            "> ads 0x20006 add_route (config) @10000 ams_net_id=211827816857857 route_name=\"SHENHUAJ6-PC\" \
             route_net_id=211827816857857 user_name=\"Administrator\" password_octets=1 host=\"SHENHUAJ6-PC\"",
            "< ads 0x20006 add_route (config) @10000 ams_net_id=5555361939713 answers #1",
            "< ads 0x20006 add_route (config) @10000 ams_net_id=5555361939713 !truncated !unsolicited",
        ],
    );
}

/// A command of the router that says to be 4 GiB long is none.
#[test]
fn a_length_does_not_hide_what_follows() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[EXCHANGE[0], ">0100ffffffff", STOP],
        &[
            "> ads 0x4 read_state (diagnostic) @10000 ams_net_id=5555361939713",
            "- ads 0x0 unframed_bytes (unknown) !bad_value",
            "> ads 0x5/0x6 write_control stop (control) @800 ads_state=6 device_state=0 \
             ams_net_id=5555361939713",
        ],
    );
}

/// Of an answer that is not known nobody can say that it is a good one.
#[test]
fn an_unknown_service_is_not_called_a_success() {
    check(
        &ENTRY,
        Transport::Udp,
        &["<036614710000000009000080050d756001011027 00000000"],
        &["< ads 0x20009 unknown (unknown) @10000 ams_net_id=5555361939713 !reserved_code"],
    );
}

/// A call by handle, a group that is not known, lists of several commands: handles by name, a value, one that is missing.
#[test]
fn what_reads_and_writes_is_told_as_a_write() {
    let head = |ams: &str, data: &str| {
        format!(
            ">0000{ams}000000 050d756001012003 c0a801c701010380 09000400 {data}000000 00000000 0d000000"
        )
    };
    let call = format!(
        "{} 05f00000 78563412 00000000 04000000 01020304",
        head("34", "14")
    );
    let unknown = format!(
        "{} 99990000 01000000 00000000 04000000 01020304",
        head("34", "14")
    );
    let names = format!(
        "{} 82f00000 01000000 0c000000 15000000 03f00000 00000000 04000000 05000000 4d41494e2e",
        head("45", "25")
    );
    let more = names.replace("82f00000 01", "82f00000 02");
    let values = format!(
        "{} 82f00000 01000000 0c000000 15000000 05f00000 00000000 04000000 05000000 4d41494e2e",
        head("45", "25")
    );
    check(
        &ENTRY,
        Transport::Tcp,
        &[&call, &unknown, &names, &values, &more],
        &[
            "> ads 0x9 read_write (write) @800 index_group=61445 ams_net_id=5555361939713",
            "> ads 0x9 read_write (write) @800 index_group=39321 index_offset[1+0] \
             ams_net_id=5555361939713",
            "> ads 0x9 read_write (read) @800 index_group=61570 sum_read_write[1+12] \
             ams_net_id=5555361939713",
            "> ads 0x9 read_write (write) @800 index_group=61570 sum_read_write[1+12] \
             ams_net_id=5555361939713",
            "> ads 0x9 read_write (write) @800 index_group=61570 sum_read_write[2+12] \
             ams_net_id=5555361939713",
        ],
    );
}

const STOP: &str =
    ">000028000000050d756001012003c0a801c7010103800500040008000000000000000b0000000600000000000000";

#[test]
fn a_controller_is_stopped() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            STOP,
            ">000030000000050d756001012003c0a801c7010103800300040010000000000000000c000000\
              20400000 0a000000 04000000 01020304",
            ">000031000000050d756001012003c0a801c7010103800300040011000000000000000c000000\
              20400000 0a000000 04000000 0102030405",
        ],
        &[
            "> ads 0x5/0x6 write_control stop (control) @800 ads_state=6 device_state=0 \
             ams_net_id=5555361939713",
            "> ads 0x3 write (write) @800 index_group=16416 plc_memory_byte[10+4] \
             ams_net_id=5555361939713",
            "> ads 0x3 write (write) @800 index_group=16416 plc_memory_byte[10+4] \
             ams_net_id=5555361939713 !trailing_bytes",
        ],
    );
}

#[test]
fn hostile_input() {
    hostile(
        &ENTRY,
        Transport::Tcp,
        &EXCHANGE.map(|message| &message[1..]),
    );
    hostile(&ENTRY, Transport::Udp, &[ADD_ROUTE, SERVER_INFO]);
}
