//! Exchanges of `zeek_snmpv1_get.pcap` and `zeek_snmpv3.pcap`, and messages by hand.

use super::super::collected::rig::{digits, feed, hex, hostile};
use super::*;

const GET: &str =
    "302602010004067075626c6963a019020126020100020100300e300c06082b060102010102000500";

const GOT: &str = "303802010004067075626c6963a22b0201260201000201003020301e06082b0601020101020006122b060104\
     018f5101010182295d011b020201";

const SET: &str = "30818502010004067075626c6963a37802013a020100020100306d3013060e2b06010401817d083308020102\
     010201043021060e2b06010401817d08330802010301040f46756a695865726f7845786f647573301d060e2b\
     06010401817d08330802010401060b2b06010401817d083308023014060e2b06010401817d08330802010501\
     0202012c";

const DONE: &str = "30818502010004067075626c6963a27802013a020100020100306d3013060e2b06010401817d083308020102\
     010201043021060e2b06010401817d08330802010301040f46756a695865726f7845786f647573301d060e2b\
     06010401817d08330802010401060b2b06010401817d083308023014060e2b06010401817d08330802010501\
     0202012c";

const DISCOVERY: &str = "303d02010330100204207b2f72020240000401040201030410300e040002012a02012a040004000400301404\
     000400a00e0204207b2f720201000201003000";

const REPORT: &str = "306a02010330100204207b2f7202024000040100020103041d301b040d80001f8880a9498e5e3a2c30430201\
     dd0201dd0400040004003034040d80001f8880a9498e5e3a2c30430400a8210204207b2f7202010002010030\
     13301106092b060106030f010100410400000003";

const GET_NEXT_V3: &str = "307902010330100204207b2f72020240000401040201030431302f040d80001f8880a9498e5e3a2c30430201\
     dd0201dd0408757365726e616d65040c0000000000000000000000000400302f040d80001f8880a9498e5e3a\
     2c30430400a11c0204207b2f72020100020100300e300c06082b060102010106000500";

const GOT_V3: &str = "306d02010330100204207b2f720202400004010002010304253023040d80001f8880a9498e5e3a2c30430201\
     dd0201dd0408757365726e616d6504000400302f040d80001f8880a9498e5e3a2c30430400a21c0204207b2f\
     72020100020100300e300c06082b060102010106000400";

fn seen(snmp: &mut Snmp, sender: Role, frame: u64, text: &str) -> String {
    let mut all = feed(snmp, Transport::Udp, sender, frame, &hex(text), false);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn alone(text: &str) -> String {
    seen(&mut Snmp::new(), Role::Client, 1, text)
}

#[test]
fn an_object_is_read_and_tells_the_vendor() {
    let mut snmp = Snmp::new();
    assert_eq!(
        seen(&mut snmp, Role::Client, 1, GET),
        "Request get Read [version=0 community=1 \"1.3.6.1.2.1.1.2.0\"] None  req=None {} 0 values"
    );
    let got = seen(&mut snmp, Role::Server, 2, GOT);
    assert!(
        got.starts_with("Response response.0 Read [version=0 community=1"),
        "{got}"
    );
    assert!(got.contains("Ok  req=Some(1) {}"), "{got}");
}

#[test]
fn what_is_set_is_a_write_and_texts_are_not_kept() {
    let mut snmp = Snmp::new();
    let set = seen(&mut snmp, Role::Client, 1, SET);
    assert!(set.starts_with("Request set Write"), "{set}");
    assert!(set.ends_with(" 0 values"), "{set}");
    assert!(set.contains("\"1.3.6.1.4.1.253.8.51.8.2.1.2.1\""), "{set}");
    let done = seen(&mut snmp, Role::Server, 2, DONE);
    assert!(done.starts_with("Response response.3 Write"), "{done}");
}

/// A version 1 message of `community` with a PDU of the bindings.
fn message(version: u8, community: &[u8], pdu: u8, status: u8, bindings: &[u8]) -> String {
    let tlv = |tag: u8, contents: &[u8]| {
        let mut all = vec![tag, u8::try_from(contents.len()).unwrap()];
        all.extend(contents);
        all
    };
    let mut inner = vec![2, 1, 9, 2, 1, status, 2, 1, 0];
    inner.extend(tlv(0x30, bindings));
    let mut fields = vec![2, 1, version];
    fields.extend(tlv(4, community));
    fields.extend(tlv(0xa0 | pdu, &inner));
    let whole = tlv(0x30, &fields);
    digits(&whole)
}

/// A binding of an identifier and a value.
fn binding(name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut all = vec![0x30, u8::try_from(name.len() + value.len() + 2).unwrap(), 6];
    all.push(u8::try_from(name.len()).unwrap());
    all.extend(name);
    all.extend(value);
    all
}

const IF_ADMIN_STATUS: [u8; 10] = [0x2b, 6, 1, 2, 1, 2, 2, 1, 7, 1];

#[test]
fn a_community_is_never_told() {
    for (community, kind) in [
        (b"public".as_slice(), 1),
        (b"private", 2),
        (b"", 3),
        (b"s3cret", 0),
    ] {
        let set = binding(&IF_ADMIN_STATUS, &[2, 1, 2]);
        let line = alone(&message(1, community, 3, 0, &set));
        assert!(line.contains(&format!("community={kind}")), "{line}");
        assert!(!line.contains("s3cret"), "{line}");
        assert!(line.ends_with("1 values"), "one number is set: {line}");
    }
}

#[test]
fn a_community_is_not_told_as_an_index_or_a_value() {
    // Columns of vacmSecurityToGroupTable, vacmAccessTable and snmpCommunityTable, then the index.
    for column in [[16, 1, 2, 1, 3], [16, 1, 4, 1, 5], [18, 1, 1, 1, 2]] {
        let mut name = vec![0x2b, 6, 1, 6, 3];
        name.extend(column);
        name.extend(b"\x02\x06s3cret");
        let line = alone(&message(1, b"x", 1, 0, &binding(&name, &[5, 0])));
        let column = column.map(|arc| arc.to_string()).join(".");
        assert!(
            line.contains(&format!("\"1.3.6.1.6.3.{column}\"]")),
            "{line}"
        );
    }
    for value in [
        b"\x04\x06s3cret".as_slice(),
        b"\x06\x06s3cret",
        b"\x44\x06s3cret",
        b"\x4f\x06s3cret",
        b"\x60\x06s3cret",
        b"\x02\x0as3cretlong",
    ] {
        let line = alone(&message(1, b"x", 3, 0, &binding(&IF_ADMIN_STATUS, value)));
        assert!(line.ends_with(" 0 values"), "{value:?}: {line}");
    }
    let address = binding(&IF_ADMIN_STATUS, &[0x40, 4, 10, 0, 0, 1]);
    assert!(alone(&message(1, b"x", 3, 0, &address)).ends_with(" 4 values"));
}

#[test]
fn the_response_to_a_request_that_made_room_is_not_held_against_anybody() {
    let null = binding(&IF_ADMIN_STATUS, &[5, 0]);
    // The request identifier stands behind its tag and length, in front of the error status.
    let numbered = |pdu, id: usize| {
        let text = message(1, b"x", pdu, 0, &null);
        text.replacen("020109", &format!("0201{id:02x}"), 1)
    };
    let mut snmp = Snmp::new();
    for id in 0..=limits::IT_OPEN_REQUESTS {
        seen(&mut snmp, Role::Client, id as u64, &numbered(0, id));
    }
    let late = seen(&mut snmp, Role::Server, 90, &numbered(2, 0));
    assert!(late.contains("req=None {}"), "{late}");
    let none = seen(&mut snmp, Role::Server, 91, &numbered(2, 100));
    assert!(none.contains("unsolicited"), "{none}");
}

#[test]
fn an_enterprise_of_more_than_32_bits_is_nobody() {
    let of = |arc: &[u8]| oids::enterprise(&[&[0x2b, 6, 1, 4, 1], arc].concat());
    assert_eq!(of(&[0xa0, 0x64, 1]), Some(4196));
    assert_eq!(of(&[0x8f, 0xff, 0xff, 0xff, 0x7f]), Some(u32::MAX));
    assert_eq!(of(&[0x90, 0x80, 0x80, 0x80, 9]), None, "2^32 + 9");
}

#[test]
fn the_system_group_tells_what_the_device_is() {
    let siemens =
        b"\x04\x00Siemens, SIMATIC NET, SCALANCE X208, 6GK5 208-0BA10-2AA3, HW: 4, FW: V4.4.0";
    let mut value = siemens.to_vec();
    value[1] = u8::try_from(value.len() - 2).unwrap();
    let bindings = binding(&[0x2b, 6, 1, 2, 1, 1, 1, 0], &value);
    let line = alone(&message(1, b"x", 2, 0, &bindings));
    assert!(
        line.contains("vendor=Siemens,model=6GK5 208-0BA10-2AA3,firmware=V4.4.0"),
        "{line}"
    );
    let mut bindings = binding(&[0x2b, 6, 1, 2, 1, 1, 5, 0], b"\x04\x05sw-12");
    let oid = [6, 9, 0x2b, 6, 1, 4, 1, 0x81, 0x78, 14, 4];
    bindings.extend(binding(&[0x2b, 6, 1, 2, 1, 1, 2, 0], &oid));
    let line = alone(&message(1, b"x", 2, 0, &bindings));
    assert!(line.contains("vendor=Hirschmann,hostname=sw-12"), "{line}");
}

#[test]
fn the_first_entity_is_the_device_and_the_others_are_its_modules() {
    // Firmware, software, serial number, manufacturer, model, as a walk has them: a column after the other.
    let told = [9, 10, 11, 12, 13].map(|column| {
        [&[1_u8][..], &[2], &[1, 2], &[0x87, 0x69]].map(|index| {
            let mut name = vec![0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, column];
            name.extend(index);
            let line = alone(&message(1, b"x", 2, 0, &binding(&name, b"\x04\x02v1")));
            let (_, identity) = line.split_once(" Ok ").unwrap();
            identity.split(' ').next().unwrap().to_owned()
        })
    });
    let expected = ["firmware", "software", "serial", "vendor", "model"];
    for (of_column, expected) in told.iter().zip(expected) {
        let first = format!("{expected}=v1");
        let of_column = of_column.each_ref().map(String::as_str);
        assert_eq!(of_column, [first.as_str(), "", "", ""]);
    }
}

#[test]
fn version_3_tells_user_and_level_and_why_it_is_refused() {
    let mut snmp = Snmp::new();
    let asked = seen(&mut snmp, Role::Client, 1, DISCOVERY);
    assert!(
        asked.contains("[version=3 security_level=0 security_model=3"),
        "{asked}"
    );
    let report = seen(&mut snmp, Role::Server, 2, REPORT);
    assert!(
        report.starts_with("Response report.0 Diagnostic"),
        "{report}"
    );
    assert!(report.contains("engine_enterprise=8072"), "{report}");
    // The capture's report is of a counter that there is none of.
    assert!(
        report.contains("Error { code: 512, name: \"unknown\" }"),
        "{report}"
    );
    let name = [0x2b, 6, 1, 6, 3, 15, 1, 1, 4, 0];
    let name_of = |outcome| match outcome {
        Outcome::Error { code, name } => (code, name),
        Outcome::None | Outcome::Ok => (0, ""),
    };
    assert_eq!(
        name_of(codes::report(Some(&name))),
        (0x204, "unknown_engine_id")
    );
    assert!(report.contains("req=Some(1)"), "{report}");
    let next = seen(&mut snmp, Role::Client, 3, GET_NEXT_V3);
    assert!(next.starts_with("Request get_next Read"), "{next}");
    assert!(next.contains("user=0 \"username\""), "{next}");
    assert!(seen(&mut snmp, Role::Server, 4, GOT_V3).contains("req=Some(3)"));
    // The scoped PDU as octets: it is encrypted.
    let parameters = "300f 0400 020100 020100 0401 61 0400 0400";
    let fields = hex(&format!(
        "020103 3011 020400000001 0203010000 040103 020103 0411 {parameters} 0404 deadbeef"
    ));
    let whole = format!("30{:02x}", fields.len());
    let body: String = digits(&fields);
    let line = alone(&(whole + &body));
    assert!(line.starts_with("OneWay encrypted_pdu Session"), "{line}");
    assert!(
        line.contains("security_level=3") && line.contains("user=3 \"a\""),
        "{line}"
    );
}

#[test]
fn traps_name_agent_and_enterprise() {
    let mut inner = vec![6, 8, 0x2b, 6, 1, 4, 1, 0x81, 0x78, 14];
    inner.extend([0x40, 4, 10, 0, 0, 9, 2, 1, 6, 2, 1, 17, 0x43, 1, 5, 0x30, 0]);
    let mut fields = vec![
        2,
        1,
        0,
        4,
        1,
        b'x',
        0xa4,
        u8::try_from(inner.len()).unwrap(),
    ];
    fields.extend(inner);
    let mut whole = vec![0x30, u8::try_from(fields.len()).unwrap()];
    whole.extend(fields);
    let mut all = feed(
        &mut Snmp::new(),
        Transport::Udp,
        Role::Client,
        1,
        &whole,
        false,
    );
    let line = all.remove(0);
    assert!(line.starts_with("OneWay trap.6 Event"), "{line}");
    assert!(line.contains("specific_trap=17 10.0.0.9]"), "{line}");
    assert!(line.contains("vendor=Hirschmann"), "{line}");
}

#[test]
fn errors_and_missing_objects() {
    let null = binding(&IF_ADMIN_STATUS, &[5, 0]);
    let line = alone(&message(0, b"x", 2, 2, &null));
    assert!(
        line.contains("Error { code: 2, name: \"no_such_name\" }"),
        "{line}"
    );
    let missing = binding(&IF_ADMIN_STATUS, &[0x81, 0]);
    let line = alone(&message(1, b"x", 2, 0, &missing));
    assert!(
        line.contains("Error { code: 129, name: \"no_such_instance\" }"),
        "{line}"
    );
    let end = binding(&IF_ADMIN_STATUS, &[0x82, 0]);
    assert!(
        alone(&message(1, b"x", 2, 0, &end)).contains(" Ok "),
        "a walk ends"
    );
    // The numbers of a bulk request are no error.
    assert!(alone(&message(1, b"x", 5, 3, &null)).contains("get_bulk Read"));
}

#[test]
fn what_departs_from_the_standard() {
    let null = binding(&IF_ADMIN_STATUS, &[5, 0]);
    assert!(alone(&(message(1, b"x", 0, 0, &null) + "00")).contains("trailing_bytes"));
    assert!(alone(&message(1, b"x", 9, 0, &null)).contains("reserved_code"));
    assert!(alone(&message(7, b"x", 0, 0, &null)).contains("bad_version"));
    let mut snmp = Snmp::new();
    seen(&mut snmp, Role::Client, 1, GET);
    let other = message(0, b"x", 2, 0, &null);
    assert!(seen(&mut snmp, Role::Server, 2, &other).contains("unsolicited"));
    let two = binding(&[0x2b, 0x86], &[5, 0]);
    assert!(
        alone(&message(0, b"x", 0, 0, &two)).contains("bad_value"),
        "an arc without an end"
    );
}

#[test]
fn random_bytes_elsewhere_are_not_snmp() {
    let recognised = |bytes: &[u8]| {
        let input = ProbeInput {
            bytes,
            transport: Transport::Udp,
            hinted: false,
            sender: None,
        };
        probe(&input) != Probe::Unrecognised
    };
    assert!(recognised(&hex(GET)) && recognised(&hex(GET_NEXT_V3)));
    assert!(
        !recognised(&hex(&(GET.to_owned() + "00"))),
        "a length that does not fit"
    );
    assert!(!recognised(&[0x30; 64]) && !recognised(b"0&"));
}

#[test]
fn hostile_bytes() {
    for whole in [GOT, SET, REPORT, GET_NEXT_V3] {
        let whole = hex(whole);
        hostile(ENTRY.create, Transport::Udp, &whole);
        for len in 1..whole.len() {
            let snmp = &mut Snmp::new();
            let line = feed(snmp, Transport::Udp, Role::Client, 1, &whole[..len], false).remove(0);
            assert!(line.contains("bad_length"), "{len}: {line}");
        }
    }
}
