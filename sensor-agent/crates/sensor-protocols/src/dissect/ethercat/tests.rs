//! Datagrams of named captures, and input that somebody made to break the sensor.

use super::ENTRY;
use crate::dissect::message::tests::{check, hostile};
use crate::observation::Transport;

/// What goes out has no working counter; what comes back has one.
#[test]
fn a_device_is_taken_to_operation() {
    check(
        &ENTRY,
        Transport::Link,
        &[
            ">0e10 05dd 0010 2001 0200 0000 0800 0000",
            "<0e10 05dd 0010 2001 0200 0000 0800 0100",
            // twincat_scan_devices.pcapng, frame 9, with padding.
            "<1210 01df 0600 3001 0600 0000 010000000000 0100 00000000",
            ">1a10 0201 ffff 1000 0280 0000 0110 0000 0802 0000 0001 0000 0000 0000",
            ">1210 0501 0110 0205 0600 0000 000108000000 0000",
        ],
        &[
            "> ethercat 0x5/0x8 al_control op (control) @4096 register[288+2]",
            "< ethercat 0x5/0x8 al_control op (control) @4096 register[288+2] ok",
            "< ethercat 0x1 aprd (read) register[304+6] ok",
            "> ethercat 0x2 station_address_write (config) position=1 register[16+2]",
            "> ethercat 0x8 bwr (write) register[256+0]",
            "> ethercat 0x5/0x1 sii_read (read) @4097 register[1282+6] sii_address=8",
        ],
    );
}

/// ETG.1000.4, annex A: the state is in the low octet; a write may begin in front of the command register.
#[test]
fn writes_of_other_lengths_do_the_same() {
    check(
        &ENTRY,
        Transport::Link,
        &[
            ">0d10 05dd 0010 2001 0100 0000 01 0000",
            ">0e10 05dd 0010 1f01 0200 0000 0001 0000",
            ">1410 05dd 0010 0005 0800 0000 0000 0102 08000000 0000",
            ">0d10 05dd 0010 0005 0100 0000 01 0000",
        ],
        &[
            "> ethercat 0x5/0x1 al_control init (control) @4096 register[288+1]",
            "> ethercat 0x5/0x1 al_control init (control) @4096 register[287+2]",
            "> ethercat 0x5/0x2 sii_write (config) @4096 register[1280+8] sii_address=8",
            "> ethercat 0x5 sii_assign (session) @4096 register[1280+1]",
        ],
    );
}

/// `ethercrab_replay_ek1914_segmented_upload.pcapng`: an upload, and made like it a download, a file, an abort.
#[test]
fn mailboxes() {
    check(
        &ENTRY,
        Transport::Link,
        &[
            ">1c10 05dd 0010 0010 1000 0000 0a00 0000 00 13 0020 40 0810 00 00000000 0000",
            ">1c10 05dd 0010 0010 1000 0000 0a00 0000 00 13 0020 23 1880 01 2a000000 0000",
            "<1c10 04dd 0010 8010 1000 0000 0a00 0000 00 13 0030 80 1880 01 00000206 0100",
            ">1f10 05dd 0010 0010 1300 0000 0d00 0000 00 14 02 00 01000000 66772e62696e00 0000",
        ],
        &[
            "> ethercat 0x305/0x202 sdo_upload_request (read) @4096 memory[4096+16] sdo[1050624+1]",
            "> ethercat 0x305/0x201 sdo_download_request (write) @4096 memory[4096+16] sdo[8394753+1]",
            "< ethercat 0x304/0x304 sdo_abort (session) @4096 memory[4224+16] sdo[8394753+1] \
             error 0x6020000 sdo abort",
            "> ethercat 0x405/0x2 foe_write_request (file) @4096 memory[4096+19] password_octets=4 \
             \"fw.bin\"",
        ],
    );
}

/// A device that answers by mailbox has processed the datagram, and refuses what it asks: an abort, also when its code
/// is cut off, an IP address that cannot be set (ETG.1000.6, 5.7), the result of ADS, an object that is not there.
#[test]
fn a_refusal_in_a_mailbox_is_no_success() {
    check(
        &ENTRY,
        Transport::Link,
        &[
            "<1a10 04dd 0010 8010 0e00 0000 0800 0000 00 13 0030 80 1880 01 0000 0100",
            "<1610 04dd 0010 8010 0a00 0000 0400 0000 00 12 0301 0102 0100",
            "<3610 04dd 0010 8010 2a00 0000 2400 0000 00 11 0000000000000000 0000000000000000 0900 0500 04000000 \
              00000000 01000000 03070000 0100",
            "<1c10 04dd 0010 8010 1000 0000 0a00 0000 00 13 0080 07 00 0000 00000206 0100",
        ],
        &[
            "< ethercat 0x304/0x304 sdo_abort (session) @4096 memory[4224+14] sdo[8394753+1] error 0x0 \
             sdo abort !truncated",
            "< ethercat 0x204/0x3 eoe_set_ip_response (config) @4096 memory[4224+10] error 0x201 eoe result",
            "< ethercat 0x104/0x9 aoe_read_write (write) @4096 memory[4224+42] error 0x703 ads error",
            "< ethercat 0x304/0x807 sdo_information (discovery) @4096 memory[4224+16] error 0x6020000 \
             sdo information error",
        ],
    );
}

#[test]
fn hostile_input() {
    let seeds = [
        "0e10 05dd 0010 2001 0200 0000 0800 0000",
        "1c10 05dd 0010 0010 1000 0000 0a00 0000 00 13 0020 23 1880 01 2a000000 0000",
        "1f10 05dd 0010 0010 1300 0000 0d00 0000 00 14 02 00 01000000 66772e62696e00 0000",
    ];
    hostile(&ENTRY, Transport::Link, &seeds);
}
