//! Messages of `fox/quickdraw_fox_info.pcap`, shortened, and what departs from them.

use super::ENTRY;
use crate::dissect::framed::hex;
use crate::dissect::message::tests::{Flow, hostile};
use crate::dissect::{Probe, ProbeInput, Role};
use crate::observation::Transport;

const HELLO: &str = "fox a 1 -1 fox hello\n{\nfox.version=s:1.0\nid=i:1\nhostName=s:xpvm-0omdc01xmy\n\
    app.name=s:Workbench\napp.version=s:3.7.44\nvm.name=s:Java HotSpot(TM) Server VM\n\
    os.name=s:Windows XP\nos.version=s:5.1\nhostId=s:Win-99CB-D49D-5442-07BB\nbrandId=s:vykon\n};;\n";
const STATION: &str = "fox a 0 -1 fox hello\n{\nhostName=s:192.168.2.15\napp.name=s:Station\n\
    app.version=s:3.5.41.1\nos.name=s:QNX\nstation.name=s:Legion_HQ_V4\nhostId=s:Qnx-NPM6-0000-1490-C30C\n\
    brandId=s:vykon\nsysInfo=o:bog 19[<bog>\n};;\nx=s:1\n<e>]\n};;\n";
const CHALLENGE: &str = "fox a 1 -1 fox challenge\n{\nmethod=s:digest-md5\nnonce=b:5[ab};;]\n};;\n";
const OTHER: &str = "fox s 7 -1 station command\n{\nto=s:h:12a\n};;\n";

#[test]
fn a_station_greets() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, HELLO.as_bytes(), false);
    flow.offer(Role::Server, STATION.as_bytes(), false);
    flow.offer(Role::Server, CHALLENGE.as_bytes(), false);
    flow.offer(Role::Client, OTHER.as_bytes(), false);
    assert_eq!(
        flow.seen,
        [
            "> fox 0x1 hello (discovery) virtual_machine=\"Java HotSpot(TM) Server VM\" os_version=\"5.1\" \
             vendor:vykon model:Workbench firmware:3.7.44 serial:Win-99CB-D49D-5442-07BB \
             hostname:xpvm-0omdc01xmy os:Windows XP",
            "< fox 0x1 hello (discovery) station=\"Legion_HQ_V4\" ok vendor:vykon model:Station \
             firmware:3.5.41.1 serial:Qnx-NPM6-0000-1490-C30C hostname:192.168.2.15 os:QNX answers #1",
            "- fox 0x2 challenge (auth) method=\"digest-md5\"",
            "- fox 0x100 message (session) channel=\"station\" command=\"command\"",
        ]
    );
}

#[test]
fn a_message_without_an_end_is_cut() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.offer(Role::Client, HELLO.as_bytes(), false);
    let mut endless = b"fox a 2 -1 fox login\n{\n".to_vec();
    endless.extend(b"key=s:value\n".repeat(2000));
    flow.offer(Role::Client, &endless, false);
    flow.offer(Role::Client, HELLO.as_bytes(), false);
    assert_eq!(flow.seen.len(), 4, "{:?}", flow.seen);
    assert!(flow.seen[1].ends_with("!limit_reached"), "{:?}", flow.seen);
    assert!(flow.seen[2].contains("unframed_bytes"), "{:?}", flow.seen);
    assert!(flow.seen[3].contains("hello"), "{:?}", flow.seen);
}

/// A key that goes over lines is none: many first lines behind each other are not read from each one to the end.
#[test]
fn a_line_without_a_key_is_no_message() {
    let starts = b"fox a 1 1 a b\n{\nx=s:".repeat(700);
    let measure = <super::Fox as crate::dissect::framed::Spoken>::measure;
    let measured = measure(&starts, Transport::Tcp);
    assert_eq!(
        measured,
        crate::dissect::message::framing::Measure::Foreign,
        "the second line ends no value"
    );
}

#[test]
fn only_its_first_line_is_taken_for_it() {
    for (text, known) in [
        (HELLO, Some(true)),
        ("fox a 1 -", None),
        ("fox jumps over the dog\n{\n", Some(false)),
        ("GET / HTTP/1.1\r\n", Some(false)),
        ("fo", None),
    ] {
        let probed = (ENTRY.probe)(&ProbeInput {
            bytes: text.as_bytes(),
            transport: Transport::Tcp,
            hinted: false,
            sender: None,
        });
        let known_now = match probed {
            Probe::Recognised(_) => Some(true),
            Probe::Unrecognised => Some(false),
            Probe::Incomplete => None,
        };
        assert_eq!(known_now, known, "{text}");
    }
}

#[test]
fn hostile_input_is_survived() {
    let seeds = [HELLO, STATION, CHALLENGE, OTHER].map(|text| hex(text.as_bytes()));
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    hostile(&ENTRY, Transport::Tcp, &seeds);
}
