//! Datagrams of named captures, and input that somebody made to break the sensor.

use proptest::prelude::*;

use super::Bacnet;
use crate::dissect::{Dissector, Input, MessageFacts, Parsed, Role};
use crate::observation::{Anomaly, Outcome, Transport};
use crate::time::Timestamp;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

/// What is told of a datagram: operation, whether it was refused, objects, identity, anomalies.
#[derive(Debug)]
struct Seen {
    name: &'static str,
    sub: Option<u32>,
    refused: Option<u32>,
    paired: bool,
    objects: String,
    values: Vec<u8>,
    vendor: Option<String>,
    firmware: Option<String>,
    anomalies: Vec<Anomaly>,
}

fn seen(facts: &MessageFacts<'_>) -> Seen {
    Seen {
        name: facts.operation.name,
        sub: facts.operation.sub,
        refused: match facts.outcome {
            Outcome::Error { code, .. } => Some(code),
            Outcome::None | Outcome::Ok => None,
        },
        paired: facts.request.is_some(),
        objects: format!("{:?}", facts.objects),
        values: facts.values.to_vec(),
        vendor: facts.identity.vendor.map(str::to_owned),
        firmware: facts.identity.firmware.map(str::to_owned),
        anomalies: facts.anomalies.iter().collect(),
    }
}

fn play(datagrams: &[(Role, &[u8])]) -> Vec<Seen> {
    let mut bacnet = Bacnet::default();
    let mut all = Vec::new();
    for ((sender, bytes), frame) in datagrams.iter().zip(1..) {
        let input = Input {
            time: Timestamp::from_nanos(frame * 1_000_000),
            frame,
            sender: *sender,
            transport: Transport::Udp,
            bytes,
            cut: false,
            last: false,
        };
        match bacnet.parse(&input, &mut |facts| all.push(seen(facts))) {
            Parsed::Consumed(n) => assert_eq!(n, bytes.len()),
            Parsed::NotThisProtocol => {}
            Parsed::Incomplete { .. } => panic!("a datagram never grows"),
        }
    }
    all
}

fn exchange(request: &str, response: &str) -> Vec<Seen> {
    play(&[
        (Role::Client, &bytes(request)),
        (Role::Server, &bytes(response)),
    ])
}

/// `quickdraw_bacnet_discovery.pcap`, frames 9 and 10.
#[test]
fn a_property_of_the_device_tells_its_firmware() {
    let seen = exchange(
        "810a001101040005010c0c023fffff192c",
        "810a0029010030010c0c023fffff192c3e7515040035002e0031002e0030002e00340034003000303f",
    );
    assert_eq!(seen[0].name, "read_property");
    assert!(seen[1].paired && seen[1].anomalies.is_empty(), "{seen:?}");
    assert_eq!(seen[1].firmware.as_deref(), Some("5.1.0.4400"));
}

/// The same capture, frames 25 and 26.
#[test]
fn a_refused_registration_names_what_was_refused() {
    let seen = exchange("810500060010", "810000060030");
    assert_eq!(seen[1].name, "register_foreign_device");
    assert_eq!(seen[1].refused, Some(super::errors::LINK | 0x30));
    assert!(seen[1].paired);
}

/// `icsnpp_bacnet_example.pcap`, frames 572 and 573: the password goes nowhere.
#[test]
fn a_restart_is_told_without_its_password() {
    let seen = exchange(
        "810a001101040005011409061d0b0044656c63617474793730",
        "810a001101045001149105911a",
    );
    assert_eq!(
        (seen[0].name, seen[0].sub),
        ("reinitialize_device", Some(6))
    );
    assert!(seen[0].values.is_empty() && !format!("{seen:?}").contains("Delcatty"));
    assert_eq!(seen[1].refused, Some(26));
    assert!(seen[1].paired);
}

/// `icsnpp_segmented.pcap`, frame 5.
#[test]
fn i_am_tells_the_vendor() {
    let seen = play(&[(
        Role::Client,
        &bytes("810b001401001000c4020000002204009100219a"),
    )]);
    assert_eq!(seen[0].name, "i_am");
    assert!(seen[0].objects.contains("device"));
    assert_eq!(seen[0].vendor.as_deref(), Some("vendor 154"));
}

const SEEDS: &[&str] = &[
    "810a001101040005010c0c023fffff192c",
    "810a0029010030010c0c023fffff192c3e7515040035002e0031002e0030002e00340034003000303f",
    "810b001401001000c4020000002204009100219a",
    "810a00170100305d0c0c020000fe194c29003e2201aa3f",
];

#[test]
fn truncation_at_every_length_is_survived_and_shown() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for len in 4..whole.len() {
            let seen = play(&[(Role::Client, &whole[..len])]);
            assert_eq!(seen.len(), 1);
            assert!(seen[0].anomalies.contains(&Anomaly::Truncated), "{len}");
        }
    }
}

#[test]
fn single_bit_flips_are_survived() {
    for seed in SEEDS {
        let whole = bytes(seed);
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            play(&[(Role::Client, &flipped), (Role::Server, &flipped)]);
        }
    }
}

proptest! {
    #[test]
    fn random_apdus_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..300)) {
        let length = u16::try_from(tail.len() + 6).unwrap().to_be_bytes();
        let whole = [&[0x81, 0x0a, length[0], length[1], 1, 0][..], &tail].concat();
        play(&[(Role::Client, &whole), (Role::Server, &whole), (Role::Client, &tail)]);
    }
}

/// An invoke identifier that comes round again belongs to what is asked with it then.
#[test]
fn a_response_that_was_lost_does_not_name_the_next_one() {
    let write = |instance: &str| {
        bytes(&format!(
            "810a0017 0104 0005070f 0c 0040{instance} 1955 3e 44 41200000 3f"
        ))
    };
    let (first, second) = (write("0001"), write("0002"));
    let ack = bytes("810a0009 0100 20070f");
    let seen = play(&[
        (Role::Client, &first),
        (Role::Client, &second),
        (Role::Server, &ack),
        (Role::Client, &second),
        (Role::Client, &second),
        (Role::Server, &ack),
    ]);
    assert_eq!(seen[0].name, "write_property", "{:?}", seen[0]);
    for acknowledged in [&seen[2], &seen[5]] {
        assert!(acknowledged.paired, "{acknowledged:?}");
        let objects = &acknowledged.objects;
        assert!(
            objects.contains("analog_output") && objects.contains("id: 2 }"),
            "{objects}"
        );
    }
}
