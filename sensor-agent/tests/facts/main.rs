//! Every capture of `tests/captures`: the facts the sensor finds against those tshark found.
//!
//! The oracle's facts lie beside each capture. Compared are all sections the sensor has, value by
//! value. What may differ stands in `facts_disagreements.json`, by file and field, with both
//! values and the name of the test, below or in `facts/`, that proves the reason; an entry that is no
//! longer needed fails as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

mod bacnet;
mod command;
mod dnp3;
mod enip;
mod http;
mod icmp;
mod known;
mod mms;
mod operations;
mod rtps;
mod s7comm;
mod smb;

use known::{LAYERS, NOT_NAMED, SCHEMA};
use sensor_agent::cli::facts::collect_file;
use serde_json::{Map, Value};

/// Documents of the oracle that are no section of a protocol, or are compared in part.
const COMPARED_IN_PART: &[&str] = &["oracle", "protocol_packets", "quality", "events", "sensor"];

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures")
}

fn ours(capture: &str) -> Value {
    let facts = collect_file(&captures().join(capture)).unwrap();
    serde_json::to_value(facts).unwrap()
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn oracle(capture: &str) -> Value {
    read(&captures().join(capture).with_extension("facts.json"))
}

/// The reviewed list of differences.
fn disagreements() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/facts_disagreements.json");
    let Value::Array(list) = read(&path) else {
        panic!("a list");
    };
    list
}

/// Captures of a folder that have facts, as `folder/name`, in name order.
fn folder(name: &str) -> Vec<String> {
    let mut found: Vec<String> = std::fs::read_dir(captures().join(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| e == "pcap" || e == "pcapng")
        })
        .filter(|path| path.with_extension("facts.json").exists())
        .map(|path| format!("{name}/{}", path.file_name().unwrap().to_string_lossy()))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no captures in {name}");
    found
}

/// By field: the oracle's value, ours.
type Differences = BTreeMap<String, (Value, Value)>;

/// Adds every leaf in which two documents differ.
fn differ(path: &str, oracle: &Value, ours: &Value, found: &mut Differences) {
    if let (Value::Object(a), Value::Object(b)) = (oracle, ours) {
        for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            let value = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
            differ(&format!("{path}.{key}"), &value(a), &value(b), found);
        }
    } else if oracle != ours {
        found.insert(path.to_owned(), (oracle.clone(), ours.clone()));
    }
}

/// The part of an object with the keys that the sensor has.
fn only(value: &Value, keep: impl Fn(&str) -> bool) -> Value {
    let object = value.as_object().unwrap();
    let kept = object.iter().filter(|(key, _)| keep(key));
    Value::Object(kept.map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn differences(capture: &str) -> Differences {
    let (oracle, ours) = (oracle(capture), ours(capture));
    let mut found = Differences::new();
    let sections = [&oracle, &ours]
        .into_iter()
        .flat_map(|facts| facts.as_object().unwrap().keys());
    for section in sections.collect::<BTreeSet<_>>() {
        if !COMPARED_IN_PART.contains(&section.as_str()) {
            differ(section, &oracle[section], &ours[section], &mut found);
        }
    }
    differ("events", &oracle["events"], &ours["events"], &mut found);
    let section = "protocol_packets";
    for part in ["ot", "it", "layers"] {
        let named = |name: &str| {
            let known = SCHEMA.contains(&name) || LAYERS.contains(&name);
            known && !NOT_NAMED.contains(&name)
        };
        let theirs = only(&oracle[section][part], named);
        let path = format!("{section}.{part}");
        differ(&path, &theirs, &ours[section][part], &mut found);
    }
    judged(capture, &oracle, &ours, &mut found);
    found
}

/// The sensor judges the messages it dissects; faults of other layers are the oracle's alone.
fn judged(capture: &str, oracle: &Value, ours: &Value, found: &mut Differences) {
    let layers = &oracle["protocol_packets"]["layers"];
    let any = |names: &[&str]| names.iter().any(|name| layers.get(name).is_some());
    let dissected = [
        "modbus",
        "iec60870_104",
        "dnp3",
        "s7comm",
        "mms",
        "opcua",
        "enip",
        "bacapp",
        "goose",
        "sv",
        "pn_rt",
        "omron",
        "hart_ip",
        "ams",
        "ecat",
        "synphasor",
    ];
    if any(&dissected) || !any(NOT_NAMED) || capture.starts_with("crafted/") {
        let field = "malformed_frames";
        let (theirs, mine) = (&oracle["quality"][field], &ours["quality"][field]);
        differ("quality.malformed_frames", theirs, mine, found);
    }
}

/// The reviewed differences of one capture.
fn reviewed(capture: &str) -> Differences {
    disagreements()
        .into_iter()
        .filter(|entry| entry["file"] == capture)
        .map(|entry| {
            let field = entry["field"].as_str().unwrap().to_owned();
            (field, (entry["oracle"].clone(), entry["ours"].clone()))
        })
        .collect()
}

fn agree(name: &str) {
    for capture in folder(name) {
        assert_eq!(differences(&capture), reviewed(&capture), "{capture}");
    }
}

/// One test for each folder of captures.
macro_rules! agreement {
    ($($test:ident $folder:literal,)*) => {
        $(#[test]
        fn $test() {
            agree($folder);
        })*

        const COMPARED: &[&str] = &[$($folder,)*];
    };
}

agreement! {
    modbus_captures_agree "modbus",
    iec104_captures_agree "iec104",
    dnp3_captures_agree "dnp3",
    s7comm_captures_agree "s7comm",
    mms_captures_agree "mms",
    opcua_captures_agree "opcua",
    enip_captures_agree "enip",
    bacnet_captures_agree "bacnet",
    goose_captures_agree "goose",
    sampled_values_captures_agree "sv",
    profinet_captures_agree "profinet",
    fins_captures_agree "fins",
    hart_ip_captures_agree "hart_ip",
    ads_captures_agree "ads",
    ethercat_captures_agree "ethercat",
    synchrophasor_captures_agree "synchrophasor",
    mqtt_captures_agree "mqtt",
    fox_captures_agree "fox",
    captures_of_several_protocols_agree "mixed",
    arp_captures_agree "arp",
    dns_captures_agree "dns",
    vlan_captures_agree "vlan",
    scan_captures_agree "scan",
    http_captures_agree "http",
    tls_captures_agree "tls",
    ssh_captures_agree "ssh",
    ftp_captures_agree "ftp",
    telnet_captures_agree "telnet",
    rdp_captures_agree "rdp",
    malformed_captures_agree "malformed",
    smb_captures_agree "smb",
    dhcp_captures_agree "dhcp",
    lldp_captures_agree "lldp",
    malware_captures_agree "malware",
    ntp_captures_agree "ntp",
    crafted_captures_agree "crafted",
}

#[test]
fn every_folder_with_facts_is_compared() {
    for entry in std::fs::read_dir(captures()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = captures().join(&name);
        let has_facts = path.is_dir()
            && std::fs::read_dir(path).unwrap().any(|file| {
                let file = file.unwrap().file_name().into_string().unwrap();
                file.ends_with(".facts.json")
            });
        assert!(!has_facts || COMPARED.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn every_reviewed_difference_names_a_capture_and_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/facts");
    let proofs: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    for entry in disagreements() {
        let capture = captures().join(entry["file"].as_str().unwrap());
        assert!(capture.exists(), "{}", capture.display());
        let test = format!("fn {}()", entry["why"].as_str().unwrap());
        assert!(proofs.iter().any(|file| file.contains(&test)), "{test}");
    }
}

/// The oracle reads the octet behind the message and calls the frame malformed. By the Messaging
/// Implementation Guide, 3.1.3, the length of 1 is at fault, which the sensor reports with the
/// bytes it cannot frame.
#[test]
fn a_message_too_short_for_a_function_code() {
    let sensor = &ours("crafted/header.pcap")["sensor"];
    assert_eq!(sensor["modbus_fragments"]["unframed_bytes"], 3);
}

/// A keep-alive repeats one octet of what was sent (RFC 9293, 3.8.4). Where that octet is the
/// middle of a message over two segments the oracle says "new fragment overlaps old data".
#[test]
fn a_keep_alive_inside_a_message_is_no_fault() {
    let facts = ours("crafted/retransmission.pcap");
    assert!(facts["sensor"].get("modbus_fragments").is_none());
}

/// The oracle takes the next 68H for a start, whatever the control field behind it holds, and waits
/// for as many octets as the one behind it says; so parts of later APDUs go into an ASDU of its own
/// making. IEC 60870-5-104, 5.1, fixes bits of each format: without them no APDU starts. All that was
/// sent behind such bytes is seen.
#[test]
fn bytes_that_are_no_apdu_are_not_read_as_one() {
    let iec104 = &ours("iec104/iti_test_dissect_malformed.pcap")["sensor"]["iec104"];
    assert_eq!(iec104["fragments"]["unframed_bytes"], 17);
    for (operation, count) in [("STARTDT act", 6), ("TESTFR act", 7), ("TESTFR con", 7)] {
        assert_eq!(iec104["operations"][operation], count, "{operation}");
    }
}

/// What tshark passes over is in the sensor's own count, by reason.
#[test]
fn messages_that_the_oracle_passes_over_are_counted() {
    let facts = ours("crafted/retransmission.pcap");
    let not_booked = &facts["sensor"]["modbus_messages_not_booked"];
    // Of requests 4 and 5 the first came late; request 9 came with octets of request 8.
    assert_eq!(not_booked["out_of_order_segment"], 1);
    assert_eq!(not_booked["retransmitted_segment"], 1);
    // Request 10 had its header split behind five octets once.
    assert_eq!(not_booked["segment_does_not_start_with_a_header"], 1);
    let all = facts["sensor"]["modbus_messages"].as_u64().unwrap();
    assert_eq!(all, facts["modbus"]["pdus"].as_u64().unwrap() + 3);
}

/// Modbus is Modbus on port 5020; the facts say under which rule tshark agrees.
#[test]
fn another_port_comes_with_its_rule() {
    let facts = ours("crafted/other_port.pcap");
    assert_eq!(facts["decode_as"][0], "tcp.port==5020,mbtcp");
}
