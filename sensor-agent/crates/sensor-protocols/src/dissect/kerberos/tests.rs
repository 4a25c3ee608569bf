//! Kerberos by hand, after RFC 4120. The same octets were shown to tshark 4.0.17, which reads the same names
//! (and looks into the proof, which is filler here).

use super::*;
use crate::dissect::Role;
use crate::dissect::tests::{Line, Seen, hostile, play, texts};
use crate::observation::{Anomaly, Outcome};

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut octets = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(length) if length < 128 => octets.push(length),
        Ok(length) => octets.extend([0x81, length]),
        Err(_) => {
            octets.push(0x82);
            octets.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
        }
    }
    octets.extend(contents);
    octets
}

fn integer(value: u32) -> Vec<u8> {
    let octets = value.to_be_bytes();
    let skip = octets
        .iter()
        .take(3)
        .take_while(|octet| **octet == 0)
        .count();
    let mut contents = octets[skip..].to_vec();
    if contents[0] >= 0x80 {
        contents.insert(0, 0);
    }
    element(2, &contents)
}

fn member(number: u8, contents: &[u8]) -> Vec<u8> {
    element(0xa0 | number, contents)
}

fn realm(text: &str) -> Vec<u8> {
    element(0x1b, text.as_bytes())
}

fn principal(kind: u32, parts: &[&str]) -> Vec<u8> {
    let parts: Vec<u8> = parts.iter().flat_map(|part| realm(part)).collect();
    let name = [member(0, &integer(kind)), member(1, &element(0x30, &parts))].concat();
    element(0x30, &name)
}

fn application(number: u8, members: &[Vec<u8>]) -> Vec<u8> {
    element(0x60 | number, &element(0x30, &members.concat()))
}

fn request(proves: bool) -> Vec<u8> {
    let stamp = [member(1, &integer(2)), member(2, &element(4, &[0x55; 60]))].concat();
    let proof = member(3, &element(0x30, &element(0x30, &stamp)));
    let types: Vec<u8> = [18, 17, 23]
        .iter()
        .flat_map(|kind| integer(*kind))
        .collect();
    let body = [
        member(0, &element(3, &[0, 0x40, 0x81, 0, 0x10])),
        member(1, &principal(1, &["operator"])),
        member(2, &realm("PLANT.EXAMPLE")),
        member(3, &principal(2, &["krbtgt", "PLANT.EXAMPLE"])),
        member(5, &element(0x18, b"20370913024805Z")),
        member(7, &integer(0x1234_5678)),
        member(8, &element(0x30, &types)),
    ]
    .concat();
    let mut members = vec![member(1, &integer(5)), member(2, &integer(10))];
    if proves {
        members.push(proof);
    }
    members.push(member(4, &element(0x30, &body)));
    application(10, &members)
}

fn encrypted(kind: u32) -> Vec<u8> {
    let parts = [
        member(0, &integer(kind)),
        member(1, &integer(2)),
        member(2, &element(4, &[0x77; 40])),
    ];
    element(0x30, &parts.concat())
}

fn reply(encryption: u32) -> Vec<u8> {
    let ticket = application(
        1,
        &[
            member(0, &integer(5)),
            member(1, &realm("PLANT.EXAMPLE")),
            member(2, &principal(2, &["krbtgt", "PLANT.EXAMPLE"])),
            member(3, &encrypted(encryption)),
        ],
    );
    application(
        11,
        &[
            member(0, &integer(5)),
            member(1, &integer(11)),
            member(3, &realm("PLANT.EXAMPLE")),
            member(4, &principal(1, &["operator"])),
            member(5, &ticket),
            member(6, &encrypted(18)),
        ],
    )
}

fn error(code: u32) -> Vec<u8> {
    application(
        30,
        &[
            member(0, &integer(5)),
            member(1, &integer(30)),
            member(4, &element(0x18, b"20261124203800Z")),
            member(5, &integer(77)),
            member(6, &integer(code)),
            member(9, &realm("PLANT.EXAMPLE")),
            member(10, &principal(2, &["krbtgt", "PLANT.EXAMPLE"])),
        ],
    )
}

fn conversation() -> Vec<Line> {
    vec![
        (Role::Client, request(false)),
        (Role::Server, error(25)),
        (Role::Client, request(true)),
        (Role::Server, reply(23)),
    ]
}

fn marked(lines: &[Line]) -> Vec<Line> {
    let mark = |(role, bytes): &Line| {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        (*role, [&length[..], bytes].concat())
    };
    lines.iter().map(mark).collect()
}

fn expected(all: &[Seen]) {
    let names = "client=operator@PLANT.EXAMPLE service=krbtgt/PLANT.EXAMPLE@PLANT.EXAMPLE";
    let types = "encryption=18 encryption=17 encryption=23";
    assert_eq!(
        texts(all),
        [
            format!("as_exchange(10) {types} {names}").as_str(),
            "as_exchange(10) service=krbtgt/PLANT.EXAMPLE@PLANT.EXAMPLE",
            format!("as_exchange(10) preauthentication=1 {types} {names}").as_str(),
            format!(
                "as_exchange(10) ticket_encryption=23 weak_encryption=1 reply_encryption=18 {names}"
            )
            .as_str(),
        ]
    );
    let name = "KDC_ERR_PREAUTH_REQUIRED";
    assert_eq!(all[1].outcome, Outcome::Error { code: 25, name });
    assert_eq!(all[1].answers, Some(1));
    assert_eq!(all[3].outcome, Outcome::Ok);
    assert_eq!(all[3].answers, Some(3));
    assert!(all.iter().all(|seen| seen.anomalies.is_empty()), "{all:?}");
}

#[test]
fn names_and_types_of_encryption_are_told_over_both_transports() {
    expected(&play(&ENTRY, Transport::Udp, &conversation()));
    let lines = marked(&conversation());
    expected(&play(&ENTRY, Transport::Tcp, &lines));
    hostile(&ENTRY, Transport::Tcp, &lines);
    hostile(&ENTRY, Transport::Udp, &conversation());
}

#[test]
fn what_departs_from_the_standard_is_flagged() {
    let udp = |bytes: Vec<u8>| play(&ENTRY, Transport::Udp, &[(Role::Client, bytes)]).remove(0);
    let version = application(10, &[member(1, &integer(4))]);
    assert!(udp(version).anomalies.contains(Anomaly::BadVersion));
    let unknown = application(9, &[member(1, &integer(5))]);
    assert!(udp(unknown).anomalies.contains(Anomaly::ReservedCode));
    let mut longer = request(false);
    longer.push(0);
    assert!(udp(longer).anomalies.contains(Anomaly::TrailingBytes));
    let mut shorter = request(false);
    shorter.pop();
    assert!(udp(shorter).anomalies.contains(Anomaly::BadLength));
    let parts: Vec<&str> = (0..40).map(|_| "a").collect();
    let body = element(0x30, &member(1, &principal(1, &parts)));
    let many = application(10, &[member(1, &integer(5)), member(4, &body)]);
    assert!(udp(many).anomalies.contains(Anomaly::LimitReached));
}
