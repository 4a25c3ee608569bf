//! Messages of `zeek_ntp_sync.pcap`, `zeek_ntp_mode67.pcap` and `iti_mms_and_goose.pcap`.

use super::super::collected::rig::{feed, hex, hostile};
use super::*;
use crate::observation::Transport;

const ASKED: &str = "23000000000000000000000000000000000000000000000000000000000000000000000000000000\
     cc2b0c4efb1abd7d";

const TOLD: &str = "240600ec00000000000002e37f7f0100cc2b0c374b1a1279cc2b0c4efb1abd7dcc2b0c4efa8a1cac\
     cc2b0c4efa8b00e5";

const READ_STATUS: &str = "160100010000000000000000";

fn seen(ntp: &mut Ntp, sender: Role, frame: u64, text: &str) -> String {
    let mut all = feed(ntp, Transport::Udp, sender, frame, &hex(text), false);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn alone(text: &str) -> String {
    seen(&mut Ntp::default(), Role::Client, 1, text)
}

#[test]
fn a_client_asks_and_a_server_tells_the_time() {
    let mut ntp = Ntp::default();
    assert_eq!(
        seen(&mut ntp, Role::Client, 1, ASKED),
        "Request client Session [version=4 stratum=0] None  req=None {} 0 values"
    );
    assert_eq!(
        seen(&mut ntp, Role::Server, 2, TOLD),
        "Response server Session [version=4 stratum=6 127.127.1.0] Ok  req=Some(1) {} 0 values"
    );
    assert!(
        seen(&mut ntp, Role::Server, 3, TOLD).contains("req=None"),
        "told twice"
    );
}

#[test]
fn a_clock_has_letters_and_a_kiss_of_death_is_a_refusal() {
    let told = |stratum: &str, reference: &str| {
        TOLD.replacen("2406", stratum, 1)
            .replacen("7f7f0100", reference, 1)
    };
    assert!(alone(&told("2401", "47505300")).contains("reference=1 \"GPS\""));
    let refused = alone(&told("2400", "52415445"));
    assert!(refused.contains("reference=0 \"RATE\""), "{refused}");
    assert!(
        refused.contains("Error { code: 0, name: \"kiss_of_death\" }"),
        "{refused}"
    );
}

#[test]
fn control_and_private_messages() {
    let mut ntp = Ntp::default();
    let asked = seen(&mut ntp, Role::Client, 1, READ_STATUS);
    assert!(
        asked.starts_with("Request read_status Diagnostic [version=2]"),
        "{asked}"
    );
    let failed = seen(&mut ntp, Role::Server, 2, "16c100010700000000000000");
    assert!(
        failed.contains("Error { code: 7, name: \"administratively_prohibited\" } "),
        "{failed}"
    );
    assert!(failed.contains("req=Some(1)"), "{failed}");
    let write = alone("160300010000 4aef 0000 0003 612c62 00");
    assert!(
        write.starts_with("Request write_variables Write"),
        "{write}"
    );
    assert!(write.contains("association=19183"), "{write}");
    let monlist = alone("1700032a00000000");
    assert!(
        monlist.starts_with("Request monlist.3 Diagnostic"),
        "{monlist}"
    );
    let items = alone("9700032a00020002 aabb ccdd");
    assert!(items.starts_with("Response monlist.3"), "{items}");
    assert!(items.contains("items=2"), "{items}");
    assert!(
        alone("9700032a00020008 aabb").contains("truncated"),
        "two items are not there"
    );
    assert!(alone("1700030a00000000").contains("configure.3 Config"));
    // Numbers of `ntp_request.h`, of which 40 is none.
    for (code, operation) in [
        ("25", "set_clock_fudge.3 Config"),
        ("26", "kernel_information.3 Diagnostic"),
        ("27", "clock_debugging.3 Diagnostic"),
        ("28", "unknown.3 Unknown"),
        ("29", "set_precision.3 Config"),
        ("2b", "host_name_association.3 Diagnostic"),
        ("2d", "reload_interfaces.3 Control"),
    ] {
        let line = alone(&format!("170003{code}00000000"));
        assert!(line.contains(operation), "{operation}: {line}");
    }
}

#[test]
fn what_departs_from_the_standard() {
    assert!(alone(&ASKED.replacen("23", "03", 1)).contains("bad_version"));
    assert!(
        alone(&ASKED.replacen("23", "20", 1)).contains("reserved_code"),
        "mode 0"
    );
    assert!(alone("161500010000000000000000").contains("reserved_code"));
    assert!(alone(&(ASKED.to_owned() + "000102")).contains("bad_length"));
    assert!(alone("160100010000000000000009").contains("truncated"));
}

#[test]
fn a_response_that_ends_early_is_not_taken_for_a_good_one() {
    // In front of the error there is, of what refuses, nothing.
    for (refusal, len) in [("9700032a 7000", 5), (TOLD, 2), ("16c10001 0700", 4)] {
        let whole = hex(refusal);
        let ntp = &mut Ntp::default();
        let line = feed(ntp, Transport::Udp, Role::Server, 1, &whole[..len], true).remove(0);
        assert!(
            line.starts_with("Response") && line.contains("] None "),
            "{line}"
        );
    }
}

#[test]
fn hostile_bytes() {
    for whole in [TOLD, READ_STATUS, "9700032a00020002aabbccdd"] {
        let whole = hex(whole);
        hostile(ENTRY.create, Transport::Udp, &whole);
        for len in 1..whole.len() {
            let ntp = &mut Ntp::default();
            let line = feed(ntp, Transport::Udp, Role::Client, 1, &whole[..len], false).remove(0);
            assert!(line.contains("truncated"), "{len}: {line}");
        }
    }
}
