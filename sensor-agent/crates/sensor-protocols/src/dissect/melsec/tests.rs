//! Frames of the manual and of a named capture, and input that somebody made to break the sensor.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile, values};
use crate::observation::Transport;

/// SH-080008, 8.2: reading D100 to D102, in binary and in ASCII.
const READ: &str = "5000 00 ff ff03 00 0c00 1000 0104 0000 640000 a8 0300";
const READ_ASCII: &str = "35303030 3030 4646 30334646 3030 30303138 30303130 30343031 30303030 442a 303030313030 \
    30303033";
const WRITE: &str = "5400 3412 0000 00 ff ff03 00 0e00 1000 0114 0000 0a0000 a8 0100 9519";
/// Remote stop, read type name, remote password unlock with `1234`.
const STOP: &str = "5000 00 ff ff03 00 0800 1000 0210 0000 0100";
const TYPE_NAME: &str = "5000 00 ff ff03 00 0600 1000 0101 0000";
const UNLOCK: &str = "5000 00 ff ff03 00 0c00 1000 3016 0000 0400 31323334";

#[test]
fn devices_are_read_and_written() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{READ}"),
            "<d000 00 ff ff03 00 0800 0000 341202000000",
            &format!(">{READ_ASCII}"),
            "<44303030 3030 4646 30334646 3030 30303034 43303539",
            &format!(">{WRITE}"),
            "<d400 3412 0000 00 ff ff03 00 0200 0000",
        ],
        &[
            "> melsec 0x401/0x0 device_read (read) @255 data_register[100+3]",
            "< melsec 0x401/0x0 device_read (read) @255 data_register[100+3] ok answers #1",
            "> melsec 0x401/0x0 device_read (read) @255 data_register[100+3]",
            "< melsec 0x401/0x0 device_read (read) @255 data_register[100+3] error 0xc059 no such \
             command or subcommand answers #3",
            "> melsec 0x1401/0x0 device_write (write) @255 data_register[10+1]",
            "< melsec 0x1401/0x0 device_write (write) @255 data_register[10+1] ok answers #5",
        ],
    );
}

/// SD918 to SD920 of an iQ-R CPU: day of the week, version after the update, version before. In ASCII SD919 alone, and
/// after an update that failed.
#[test]
fn the_firmware_is_told_where_its_update_is_read() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            ">5000 00 ff ff03 00 0c00 1000 0104 0000 960300 a9 0300",
            "<d000 00 ff ff03 00 0800 0000 0300 2300 2200",
            ">35303030 3030 4646 30334646 3030 30303138 30303130 30343031 30303030 5344 303030393139 30303031",
            "<44303030 3030 4646 30334646 3030 30303038 30303030 30303233",
            ">5000 00 ff ff03 00 0c00 1000 0104 0000 970300 a9 0100",
            "<d000 00 ff ff03 00 0400 0000 0000",
        ],
        &[
            "> melsec 0x401/0x0 device_read (read) @255 special_register[918+3]",
            "< melsec 0x401/0x0 device_read (read) @255 special_register[918+3] ok vendor:Mitsubishi \
             Electric firmware:35 answers #1",
            "> melsec 0x401/0x0 device_read (read) @255 special_register[919+1]",
            "< melsec 0x401/0x0 device_read (read) @255 special_register[919+1] ok vendor:Mitsubishi \
             Electric firmware:35 answers #3",
            "> melsec 0x401/0x0 device_read (read) @255 special_register[919+1]",
            "< melsec 0x401/0x0 device_read (read) @255 special_register[919+1] ok answers #5",
        ],
    );
}

#[test]
fn a_controller_is_stopped_named_and_unlocked() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            &format!(">{STOP}"),
            &format!(">{TYPE_NAME}"),
            &format!(">{UNLOCK}"),
            "<d000 00 ff ff03 00 0200 0000",
            "<d000 00 ff ff03 00 1400 0000 51303255 4350552020202020202020 20 6302",
        ],
        &[
            "> melsec 0x1002/0x0 remote_stop (control) @255",
            "> melsec 0x101/0x0 read_type_name (discovery) @255",
            "> melsec 0x1630/0x0 remote_password_unlock (auth) @255 password_octets=4",
            "< melsec 0x1002/0x0 remote_stop (control) @255 ok answers #1",
            "< melsec 0x101/0x0 read_type_name (discovery) @255 type_code=611 ok \
             vendor:Mitsubishi Electric model:Q02UCPU answers #2",
        ],
    );
}

/// `iti_melsoft_129.pcap`, frames 7 and 9.
const MELSOFT: [&str; 2] = [
    ">57000000001111070000ffff0300000000000034001c02161400000000000000000000000000000000000000000410f43f\
     000000000000000000000000010060000000000000001900",
    "<d70000000011117f000000a80300ffff03000024009c021814000000000000000000000000000000000000000000000410\
     f43f000000000000",
];

#[test]
fn an_engineering_tool_changes_a_value() {
    check(
        &ENTRY,
        Transport::Tcp,
        &MELSOFT,
        &[
            "> melsec 0x10410 modify_value (write) @255",
            "< melsec 0x10410 modify_value (write) ok answers #1",
        ],
    );
}

/// SH-080008: nobody answers what a module sends on demand; the stop behind it is refused.
#[test]
fn a_frame_on_demand_shifts_no_answer() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{READ}"),
            "<5000 00 ff ff03 00 0800 1000 0121 0000 4142",
            "<d000 00 ff ff03 00 0800 0000 341202000000",
            &format!(">{STOP}"),
            "<d000 00 ff ff03 00 0200 59c0",
        ],
        &[
            "> melsec 0x401/0x0 device_read (read) @255 data_register[100+3]",
            "- melsec 0x2101/0x0 on_demand (event) @255",
            "< melsec 0x401/0x0 device_read (read) @255 data_register[100+3] ok answers #1",
            "> melsec 0x1002/0x0 remote_stop (control) @255",
            "< melsec 0x1002/0x0 remote_stop (control) @255 error 0xc059 no such command or \
             subcommand answers #4",
        ],
    );
}

/// Octets that are no frame, in which a request may be: what is answered then nobody knows, until the client has waited.
#[test]
fn nothing_is_joined_over_octets_that_are_no_frame() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    let refused = bytes("d000 00 ff ff03 00 0200 59c0");
    flow.offer(Role::Client, &bytes(READ), false);
    flow.offer(Role::Client, &bytes("ffffff"), false);
    flow.offer(Role::Client, &bytes(STOP), false);
    flow.offer(Role::Server, &bytes("d000 00 ff ff03 00 0200 0000"), false);
    flow.offer(Role::Server, &refused, false);
    flow.wait(300);
    flow.offer(Role::Client, &bytes(STOP), false);
    flow.offer(Role::Server, &refused, false);
    let stop = "melsec 0x1002/0x0 remote_stop (control) @255";
    let error = "error 0xc059 no such command or subcommand";
    assert_eq!(
        flow.seen[1..],
        [
            "- melsec 0x0 unframed_bytes (unknown) !bad_value".to_owned(),
            format!("> {stop}"),
            "< melsec 0x20000 response (unknown) @255 ok".to_owned(),
            format!("< melsec 0x20000 response (unknown) @255 {error}"),
            format!("> {stop}"),
            format!("< {stop} {error} answers #306"),
        ]
    );
}

/// The response to a read is lost; the stop that follows later is refused.
#[test]
fn a_lost_datagram_does_not_shift_the_answers_for_ever() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(Role::Client, &bytes(READ), false);
    flow.wait(300);
    flow.offer(Role::Client, &bytes(STOP), false);
    flow.offer(Role::Server, &bytes("d000 00 ff ff03 00 0200 59c0"), false);
    assert_eq!(
        flow.seen[2],
        "< melsec 0x1002/0x0 remote_stop (control) @255 error 0xc059 no such command or subcommand \
         answers #302"
    );
}

/// Opening a file begins with a password, writing it does not; a command of MELSOFT without a name, and one that writes.
#[test]
fn passwords_are_not_kept() {
    let [request, _] = MELSOFT;
    let unknown = request[1..].replace("0410f43f", "0999f43f");
    let kept = values(
        &ENTRY,
        Transport::Tcp,
        &[
            "5000 00 ff ff03 00 0a00 1000 2718 0000 31323334",
            "5000 00 ff ff03 00 0a00 1000 2918 0000 41424344",
            &unknown,
            &request[1..],
        ],
    );
    assert_eq!(kept[0], b"");
    assert_eq!(kept[1], b"ABCD");
    assert_eq!(kept[2], b"");
    assert!(!kept[3].is_empty());
}

/// SH-080008, 8.2: blocks of words and of bits have a number of their own; a device with an extended
/// specification has other octets in front.
#[test]
fn blocks_are_counted_and_extended_devices_not_misread() {
    check(
        &ENTRY,
        Transport::Udp,
        &[
            ">5000 00 ff ff03 00 1400 1000 0604 0000 01 01 640000 a8 0300 640000 90 0200",
            ">5000 00 ff ff03 00 1000 1000 0104 8000 00 00 640000 a8 00 00 0300",
        ],
        &[
            "> melsec 0x406/0x0 device_read_block (read) @255 blocks=2 data_register[100+3]",
            "> melsec 0x401/0x80 device_read (read) @255",
        ],
    );
}

#[test]
fn hostile_input() {
    let seeds = [READ, WRITE, STOP, TYPE_NAME, UNLOCK, READ_ASCII];
    hostile(&ENTRY, Transport::Tcp, &seeds);
    hostile(&ENTRY, Transport::Udp, &seeds);
    hostile(&ENTRY, Transport::Tcp, &MELSOFT.map(|frame| &frame[1..]));
}
