//! Bytes of `zeek_tls12.pcap`, `zeek_tls13_wolfssl.pcap`, `zeek_ssl_v2.pcap` and
//! `zeek_heartbleed_success.pcap`, and a certificate made with `openssl req -x509 -newkey rsa:1024`.

use super::*;
use crate::dissect::harness::{
    Talk, damage_is_survived, hex, lines, splits_do_not_matter, truncation_invents_nothing,
};

const CLIENT: Role = Role::Client;
const SERVER: Role = Role::Server;

/// First message of `zeek_tls12.pcap`.
const HELLO_12: &str = "\
    160301013d01000139030350e731d038d05540f1aa6d49b553450b82a4e09e47f3dd1fee79a65bccd704900000a0 \
    c030c02cc028c024c014c00ac022c02100a3009f006b006a0039003800880087c032c02ec02ac026c00fc005009d \
    003d00350084c012c008c01cc01b00160013c00dc003000ac02fc02bc027c023c013c009c01fc01e00a2009e0067 \
    004000330032009a009900450044c031c02dc029c025c00ec004009c003c002f009600410007c011c007c00cc002 \
    000500040015001200090014001100080006000300ff020100006f000b000403000102000a00340032000e000d00 \
    19000b000c00180009000a00160017000800060007001400150004000500120013000100020003000f0010001100 \
    230000000d002200200601060206030501050205030401040204030301030203030201020202030101000f000101";

/// First message of `zeek_tls13_wolfssl.pcap`.
const HELLO_13: &str = "\
    16030300c7010000c30303c6e550c8939853f74bb084d6f54e6e450b980bf96a3119f4bd5bc8ab82ec5620000002 \
    1302010000980033004700450017004104a664a53c214d4bf17548d86c6d86d36413fd2d9b9fd3fe9e9e0adeeb42 \
    2476cc5c9399970c001b39e33b91928f00f496c98090a7571bf31e6a90f6717efa9021002b000706030403030302 \
    000d0020001e06030503040302030806080b0805080a0804080906010501040103010201000b00020100000a0010 \
    000e001900180017001500130010010000170000";

/// Its answer.
const SERVER_13: &str = "\
    160303007b0200007703036bba3137df6e1c4c68565243a7fbab5f5c6bdf1ab11a1800c3c6ca64786fbdbd001302 \
    00004f003300450017004104f6b563a3ba8e4d9a945bcb83eb8be292b04724749724b0ebbb6ab726ac9cc82a4126 \
    8a752326b1118a099d9f43b27027f224ed1a719b3762acfcb93fa2dc9461002b00020304";

/// First message of `zeek_ssl_v2.pcap`.
const HELLO_SSL2: &str = "\
    802e0100020015000000100700c00500800300800100800600400400800200801c30e2b12f4c04525476f280c07a \
    bee5";

/// Self-signed, of `plc-7.plant.example`.
const CERTIFICATE: &str = "\
    3082022830820191a00302010202041234abcd300d06092a864886f70d01010b0500302e310e300c060355040a0c \
    05506c616e74311c301a06035504030c13706c632d372e706c616e742e6578616d706c65301e170d323631313234 \
    3231313034335a170d3336313132313231313034335a302e310e300c060355040a0c05506c616e74311c301a0603 \
    5504030c13706c632d372e706c616e742e6578616d706c6530819f300d06092a864886f70d010101050003818d00 \
    30818902818100e65b24665a7f9f5180c055dee198a074567720f41feac7b27b81dc60e23db88df8ccae272f48ed \
    ae89444e6b71d76fe32a5766b7bbdd5d597197f791f567d045bcc91e4258506bed59bf05a022f216858ac9cf0ef4 \
    c505fe6baeabc702327dd40fae7e5025ec4fe8b497ddb32486f8fbd7940177792239c9c38fd459459658c5020301 \
    0001a3533051301d0603551d0e041604149ac1944c504c74405ba249fc84c8afb1bd01a13e301f0603551d230418 \
    301680149ac1944c504c74405ba249fc84c8afb1bd01a13e300f0603551d130101ff040530030101ff300d06092a \
    864886f70d01010b0500038181004dcf8ed0ad186df9ea3e60f0854417758754e290a172067f86c30336854c112f \
    a1d888b74dca69c3388ffe6aa3ffed676cd4d02621deb03f4e8c848e391b6aaac6653f77b59134b5a7902189a95d \
    1c78bb43b886cd78c3d1065e759d2744c053caabb370ba308e4f7c96573638cf8379e59a161f30601cdd74ac55cd \
    4a658a3d";

/// A handshake record.
fn record(version: [u8; 2], messages: &[u8]) -> Vec<u8> {
    let length = u16::try_from(messages.len()).unwrap().to_be_bytes();
    [&[22], version.as_slice(), &length, messages].concat()
}

/// A certificate message with one certificate.
fn certificate(der: &[u8]) -> Vec<u8> {
    let of = |length: usize| u32::try_from(length).unwrap().to_be_bytes()[1..].to_vec();
    let chain = [of(der.len()), der.to_vec()].concat();
    let body = [of(chain.len()), chain].concat();
    [vec![11], of(body.len()), body].concat()
}

fn probed(bytes: &[u8], hinted: bool) -> Probe {
    (ENTRY.probe)(&ProbeInput {
        bytes,
        transport: Transport::Tcp,
        hinted,
        sender: None,
    })
}

#[test]
fn hellos_tell_what_is_offered_and_chosen() {
    let (client, server) = (hex(HELLO_13), hex(SERVER_13));
    assert_eq!(
        lines(ENTRY.create, &[(CLIENT, &client), (SERVER, &server)]),
        [
            "Request client_hello Session version=\"TLS 1.3\" \
             ja4=\"t13i010600_ee47968ec53b_5af53a18c712\"",
            "Response server_hello Session version=\"TLS 1.3\" cipher_suite:4866 answers",
        ]
    );
    let seen = lines(ENTRY.create, &[(CLIENT, &hex(HELLO_12))]);
    assert_eq!(
        seen,
        [
            "Request client_hello Session version=\"TLS 1.2\" weak_offered=\"64_bit_block\" \
          weak_offered=\"rc4\" weak_offered=\"des\" weak_offered=\"export\" ja4=\"t12i800500_15c493246000_3eafcbe19126\""
        ]
    );
}

#[test]
fn a_certificate_tells_names_validity_and_key() {
    let message = certificate(&hex(CERTIFICATE));
    assert_eq!(
        lines(ENTRY.create, &[(SERVER, &record([3, 3], &message))]),
        [
            "OneWay certificate Session subject=\"plc-7.plant.example\" issuer=\"plc-7.plant.example\" \
          serial=\"1234abcd\" not_before:1795554643 not_after:2110914643 key=\"rsa\" key_bits:1024 \
          signature=\"sha256\" self_signed:1"
        ]
    );
    // In records of 50 octets each, as senders may cut it.
    let parts: Vec<u8> = message
        .chunks(50)
        .flat_map(|part| record([3, 3], part))
        .collect();
    let seen = lines(ENTRY.create, &[(SERVER, &parts)]);
    assert_eq!(seen.len(), 1);
    assert!(seen[0].contains("plc-7"), "{}", seen[0]);
}

#[test]
fn damaged_certificates_are_told_as_such() {
    let der = hex(CERTIFICATE);
    for end in 0..der.len() {
        let message = certificate(&der[..end]);
        let seen = lines(ENTRY.create, &[(SERVER, &record([3, 3], &message))]);
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!(seen[0].ends_with("!bad_length"), "{end}: {}", seen[0]);
    }
    for bit in 0..der.len() * 8 {
        let mut damaged = der.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let message = certificate(&damaged);
        assert_eq!(
            lines(ENTRY.create, &[(SERVER, &record([3, 3], &message))]).len(),
            1
        );
    }
}

#[test]
fn cuts_truncation_and_damage() {
    let (client, server) = (hex(HELLO_13), hex(SERVER_13));
    let closed = hex("14 0303 0001 01 17 0303 0003 aabbcc");
    let alert = hex("15 0303 0002 0228");
    let script = [
        (CLIENT, client.as_slice()),
        (SERVER, &server),
        (CLIENT, &closed),
        (SERVER, &alert),
    ];
    splits_do_not_matter(ENTRY.create, &script);
    truncation_invents_nothing(ENTRY.create, &script);
    damage_is_survived(ENTRY.create, &script);
    let script = [(CLIENT, hex(HELLO_SSL2))];
    let script = [(CLIENT, script[0].1.as_slice())];
    splits_do_not_matter(ENTRY.create, &script);
    damage_is_survived(ENTRY.create, &script);
}

#[test]
fn alerts_have_level_and_description() {
    let one = |body: &str| {
        lines(
            ENTRY.create,
            &[(SERVER, &hex(&format!("15 0301 0002 {body}")))],
        )
    };
    assert_eq!(
        one("0228"),
        ["OneWay alert/40 Session level=\"fatal\" error 40 handshake_failure"]
    );
    assert_eq!(one("0100"), ["OneWay alert/0 Session level=\"warning\""]);
    assert!(one("02c8")[0].ends_with("!reserved_code"));
    assert!(one("0928")[0].ends_with("!bad_value"));
}

/// The request of `zeek_heartbleed_success.pcap` asks for 16 365 octets of a record of 16 368.
#[test]
fn a_heartbeat_that_asks_for_more_than_it_brings() {
    let mut request = hex("18 0303 3ff0 01 3fed");
    request.resize(5 + 0x3ff0, 0x41);
    let mut answer = hex("18 0303 4000 02 3fed");
    answer.resize(5 + 0x4000, 0x41);
    assert_eq!(
        lines(ENTRY.create, &[(CLIENT, &request), (SERVER, &answer)]),
        [
            "Request heartbeat/1 Diagnostic payload_length:16365 !bad_length",
            "Response heartbeat/2 Diagnostic payload_length:16365",
        ]
    );
}

#[test]
fn encrypted_records_are_passed_and_never_wait() {
    let mut talk = Talk::new(ENTRY.create);
    talk.say(SERVER, &hex("14 0303 0001 01 17 0303 4000"));
    for _ in 0..4 {
        talk.say(SERVER, &[7; 4000]);
        assert_eq!((talk.waiting(SERVER), talk.held()), (0, 0));
    }
    talk.gap(SERVER, 384);
    talk.say(SERVER, &hex("16 0303 0002 aabb"));
    assert_eq!(
        talk.seen,
        [
            "OneWay change_cipher_spec Session",
            "OneWay encrypted_handshake Session"
        ],
        "a loss inside a record leaves the stream in order"
    );
}

/// Records of a connection that was not seen from its start, of `ethercrab_rs_detect_slaves_ek1100_el1004.pcapng`.
#[test]
fn what_only_looks_clear_is_told_as_encrypted() {
    let seen = lines(
        ENTRY.create,
        &[
            (
                SERVER,
                &hex("15 0303 001a 5555 000000000000000291070c1af887b8c2729e723cbd3aa286"),
            ),
            (CLIENT, &hex("16 0303 0004 68010203")),
        ],
    );
    assert_eq!(
        seen,
        [
            "OneWay encrypted_alert Session",
            "OneWay encrypted_handshake Session"
        ]
    );
}

#[test]
fn ssl2_hellos_are_told() {
    let hello = hex(HELLO_SSL2);
    assert_eq!(
        lines(ENTRY.create, &[(CLIENT, &hello)]),
        ["Request ssl2_client_hello Session version=\"SSL 2.0\" weak_offered=\"export\""]
    );
    let later = [hello.as_slice(), &[]].concat();
    let server = hex(SERVER_13);
    let seen = lines(ENTRY.create, &[(CLIENT, &later), (SERVER, &server)]);
    assert!(seen[1].starts_with("Response server_hello"), "{seen:?}");
}

#[test]
fn caps_show() {
    let mut long = vec![11, 1, 0, 0];
    long.resize(16_384, 0);
    let mut talk = Talk::new(ENTRY.create);
    talk.say(SERVER, &record([3, 3], &long));
    assert_eq!(talk.seen, ["OneWay certificate Session !limit_reached"]);
    for _ in 0..3 {
        talk.say(SERVER, &record([3, 3], &[0; 16_384]));
    }
    talk.say(SERVER, &record([3, 3], &[0, 0, 0, 0, 14, 0, 0, 0]));
    assert_eq!(talk.held(), 0);
    assert_eq!(
        talk.seen.len(),
        2,
        "what follows it is told: {:?}",
        talk.seen
    );
}

#[test]
fn content_decides_on_any_port() {
    assert_eq!(
        probed(&hex(HELLO_12), false),
        Probe::Recognised(Some(CLIENT))
    );
    assert_eq!(
        probed(&hex(SERVER_13), false),
        Probe::Recognised(Some(SERVER))
    );
    assert_eq!(
        probed(&hex(HELLO_SSL2), false),
        Probe::Recognised(Some(CLIENT))
    );
    assert_eq!(probed(&hex("160301"), false), Probe::Incomplete);
    assert_eq!(probed(&hex("170303000101"), false), Probe::Unrecognised);
    assert_eq!(probed(&hex("170303000101"), true), Probe::Recognised(None));
    let two = hex("17 0303 0002 aabb 17 0303 0001 cc 15");
    assert_eq!(probed(&two, false), Probe::Recognised(None));
    assert_eq!(probed(b"GET / HTTP/1.1\r\n", true), Probe::Unrecognised);
    assert_eq!(probed(&hex("0300000702f080"), false), Probe::Unrecognised);
}
