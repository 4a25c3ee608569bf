//! Frames of named captures, and input that somebody made to break the sensor.

use super::ENTRY;
use crate::dissect::message::tests::{check, hostile};
use crate::observation::Transport;

/// `icsnpp_1pmu_tcp.pcap`, frames 4, 6, 8 and 10.
const SEND_CONFIGURATION: &str = "aa41001200f100000000000000000005d7d0";
const CONFIGURATION: &str = "aa31008600f14893344a0019999a00ffffff0001426c756520504d55202020202020202000f1\
    000600040000000056314c504d202020202020202020202056414c504d202020202020202020202056424c504d2020\
    20202020202020202056434c504d202020202020202020202000000001000000010000000100000001000100590032\
    c1e2";
const START: &str = "aa41001200f100000000000000000002a737";
const DATA: &str = "aa01003600f14893344a001eb852080042f68f24c7c36623430188cbc7c36332c7a956764742fe4b47a91c\
    dd4743d1440000000047ef";

#[test]
fn a_client_asks_for_the_configuration_and_starts_the_data() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{SEND_CONFIGURATION}"),
            &format!("<{CONFIGURATION}"),
            &format!(">{START}"),
            &format!("<{DATA}"),
        ],
        &[
            "> synchrophasor 0x4/0x5 send_configuration_2 (discovery) @241",
            "< synchrophasor 0x3 configuration_2 (discovery) @241 station_name=\"Blue PMU\" pmu=241 \
             data_rate=50 ok hostname:Blue PMU answers #1",
            "- synchrophasor 0x4/0x2 turn_on_transmission (control) @241",
            "- synchrophasor 0x0 data (event) @241",
        ],
    );
}

#[test]
fn a_wrong_check_word_is_flagged_and_nothing_is_read() {
    check(
        &ENTRY,
        Transport::Udp,
        &[">aa41001200f100000000000000000001a737"],
        &["- synchrophasor 0x4 command (control) @241 !bad_checksum"],
    );
}

#[test]
fn hostile_input() {
    let seeds = [SEND_CONFIGURATION, CONFIGURATION, START, DATA];
    hostile(&ENTRY, Transport::Tcp, &seeds);
    hostile(&ENTRY, Transport::Udp, &seeds);
}
