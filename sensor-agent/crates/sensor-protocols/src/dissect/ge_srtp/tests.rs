//! Messages made from the published layouts (no capture was at hand), and hostile input.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// Header up to the service: type, sequence, octets of text, message type.
fn header(kind: &str, sequence: &str, text: &str, form: &str) -> String {
    format!(
        "{kind}00 {sequence}00 {text}00 {} {form} 00000000 100e0000 0101",
        "00".repeat(25)
    )
}

fn request(sequence: &str, service: &str) -> String {
    format!(
        "{} {service} {}",
        header("02", sequence, "00", "c0"),
        "00".repeat(8)
    )
}

fn response(sequence: &str, status: &str) -> String {
    let head = header("03", sequence, "00", "d4");
    format!("{head} {status} 000000000000 00 02 0000 0020")
}

#[test]
fn a_controller_is_read_stopped_and_refuses() {
    let zeros = "00".repeat(56);
    let write = format!(
        "{} 000000000000 0101 07 08 0900 0100 1234",
        header("02", "04", "02", "80")
    );
    let name = format!(
        "{} 0000 000000000000 00 02 0000 0000 504c433120202000",
        header("03", "05", "08", "d4")
    );
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{zeros}"),
            &format!("<01{}", "00".repeat(55)),
            &format!(">{}", request("02", "04 08 0900 0100")),
            &format!("<{}", response("02", "0000")),
            &format!(">{}", request("03", "23 00 0000 0000")),
            &format!("<{}", response("03", "0203")),
            &format!(">{write}"),
            &format!(">{}", request("05", "43 00 0000 0000")),
            &format!("<{name}"),
        ],
        &[
            "> ge_srtp 0x100 init (session)",
            "< ge_srtp 0x101 init_response (session) ok answers #1",
            "> ge_srtp 0x4 read_system_memory (read) register[9+1]",
            "< ge_srtp 0x4 read_system_memory (read) register[9+1] privilege_level=2 plc_state=2 ok \
             answers #3",
            "> ge_srtp 0x23/0x0 set_plc_run_or_stop (control)",
            "< ge_srtp 0x23/0x0 set_plc_run_or_stop (control) privilege_level=2 plc_state=2 \
             error 0x203 insufficient privilege answers #5",
            "> ge_srtp 0x7 write_system_memory (write) register[9+1]",
            "> ge_srtp 0x43 return_controller_type (discovery)",
            "< ge_srtp 0x43 return_controller_type (discovery) privilege_level=2 plc_state=0 \
             controller_id=\"PLC1\" ok vendor:GE hostname:PLC1 answers #8",
        ],
    );
}

/// A minor status alone is no success either.
#[test]
fn a_refusal_is_not_called_a_success() {
    check(
        &ENTRY,
        Transport::Tcp,
        &[
            &format!(">{}", request("02", "23 00 0000 0000")),
            &format!("<{}", response("02", "0003")),
        ],
        &[
            "> ge_srtp 0x23/0x0 set_plc_run_or_stop (control)",
            "< ge_srtp 0x23/0x0 set_plc_run_or_stop (control) privilege_level=2 plc_state=2 \
             error 0x3 unknown answers #1",
        ],
    );
}

/// What was written to a memory is zeros, and its header was lost.
#[test]
fn zeros_behind_lost_octets_start_no_connection() {
    let mut flow = Flow::new(&ENTRY, Transport::Tcp);
    flow.lose(Role::Client, 56);
    flow.offer(Role::Client, &[0; 200], false);
    let read = request("02", "04 08 0900 0100");
    flow.offer(Role::Client, &bytes(&read), false);
    let told = "> ge_srtp 0x4 read_system_memory (read) register[9+1]";
    assert_eq!(flow.seen, [told]);
}

#[test]
fn hostile_input() {
    let read = request("02", "04 08 0900 0100");
    let answer = response("02", "0000");
    hostile(&ENTRY, Transport::Tcp, &[&read, &answer]);
}
