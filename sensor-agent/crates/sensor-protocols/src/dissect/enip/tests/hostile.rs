//! Truncation, flipped bits, random bytes: nothing panics, and what departs is told.

use proptest::prelude::*;

use super::super::{io, probe};
use super::{Session, bytes, connected, multiple, unconnected};
use crate::dissect::{ProbeInput, Role};
use crate::limits;
use crate::observation::Transport;

/// Messages of every kind, with their sender.
fn seeds() -> Vec<(Role, Vec<u8>)> {
    let read = bytes("4c04 9104 74616e6b 2803 0100");
    let get = bytes("0e03 2001 2401 3001");
    let sent = bytes("5202 2006 2401 07f9 0600 0102 2001 2401 0100 0100");
    let open = bytes(
        "5402 2006 2401 07f9 14000080 1300fe80 1400 4d00 f32b9532 00000000 127a00f4 4300 \
         127a00f4 4300 a3 03 0100 2002 2401",
    );
    let pccc = bytes("4b02 2067 2401 07 4d00 01020304 0f 00 1234 a2 02 07 89 00 00");
    let packet = multiple(&bytes("0a02 2002 2401"), &[&read, &get, &pccc]);
    let replies = multiple(
        &bytes("8a00 0000"),
        &[&bytes("cc00 0000 c400 01000000"), &bytes("8e00 1400")],
    );
    let identity = bytes("8100 0000 0100 0c00 3a00 0403 3000 c3ae5100 0b 313735362d454e42542f41");
    let mut seeds = vec![
        (Role::Client, super::message(0x65, 0, &[1, 0, 0, 0])),
        (Role::Client, super::message(0x63, 0, &[])),
        (
            Role::Server,
            super::message(
                0x63,
                0,
                &bytes(
                    "0100 0c00 2d00 0100 0002af120a0101a40000000000000000 0100 0c00 3a00 0403 \
                     3000 8e4d5200 0b 313735362d454e42542f41 03",
                ),
            ),
        ),
        (
            Role::Server,
            super::message(
                0x04,
                0,
                &bytes("0100 0001 1400 0100 2001 436f6d6d756e69636174696f6e730000"),
            ),
        ),
    ];
    for request in [&read, &get, &sent, &open, &pccc, &packet] {
        seeds.push((Role::Client, unconnected(1, request)));
        seeds.push((Role::Client, connected(1, 1, request)));
    }
    for reply in [&replies, &identity, &bytes("d200 0101 0402 02")] {
        seeds.push((Role::Server, unconnected(1, reply)));
        seeds.push((Role::Server, connected(2, 1, reply)));
    }
    seeds
}

/// Plays bytes from both sides, on TCP and as a datagram, behind requests of every kind.
fn play(data: &[u8]) {
    for transport in [Transport::Tcp, Transport::Udp] {
        for sender in [Role::Client, Role::Server] {
            for cut in [false, true] {
                let mut session = Session::new();
                session.transport = transport;
                for (role, seed) in seeds() {
                    session.segment(role, &seed, false);
                }
                session.cut = cut;
                session.segment(sender, data, true);
            }
        }
    }
}

/// The octets of a message cannot end early without being noticed.
#[test]
fn every_truncation_is_survived_and_shown() {
    for (sender, whole) in seeds() {
        for len in 1..whole.len() {
            let mut session = Session::new();
            session.segment(Role::Client, &super::message(0, 0, &[]), false);
            session.segment(sender, &whole[..len], true);
            let told = &session.seen[1..];
            assert!(
                told.iter().any(|line| line.contains('!')),
                "{len} of {whole:02x?}: {told:?}"
            );
        }
    }
}

/// The data of a message that ends early, with the length fields of the layers around it made to fit,
/// are truncated for the layer they belong to.
#[test]
fn every_truncation_of_a_cip_message_is_survived() {
    for (sender, whole) in seeds() {
        let Some(cip) = whole.get(40..).filter(|_| whole[0] == 0x6f) else {
            continue;
        };
        for len in 1..cip.len() {
            let mut session = Session::new();
            session.segment(sender, &unconnected(1, &cip[..len]), true);
            assert!(session.seen.len() >= 2, "{:?}", session.seen);
        }
    }
}

/// Packets in packets: what one message costs is bounded however wide and deep it is, and what is left
/// out shows on the packet that holds it.
#[test]
fn services_in_services_are_bounded_and_it_shows() {
    let nested = |head: &[u8], leaf: &[u8]| {
        let mut message = leaf.to_vec();
        for _ in 0..3 {
            let copies = vec![message.as_slice(); 12];
            message = multiple(head, &copies);
        }
        message
    };
    let request = nested(&bytes("0a02 2002 2401"), &bytes("0100"));
    let reply = nested(&bytes("8a00 0000"), &bytes("8100 0000"));
    for (sender, cip) in [(Role::Client, request), (Role::Server, reply)] {
        let mut session = Session::new();
        session.segment(sender, &unconnected(1, &cip), false);
        // The encapsulation and the outermost packet come on top.
        assert_eq!(session.seen.len(), 2 + limits::CIP_SERVICES);
        let limited = session.seen.iter().filter(|l| l.contains("!limit_reached"));
        assert!(limited.count() > 0);
        assert!(!session.seen[1].contains('!'), "{}", session.seen[1]);
    }
}

/// A packet that announces the most services, each of which holds all the octets.
#[test]
fn overlapping_services_are_told_and_bounded() {
    let count = u16::MAX;
    let packet = [
        bytes("0a02 2002 2401 ffff"),
        vec![0; 2 * usize::from(count)],
    ]
    .concat();
    let mut session = Session::new();
    // As long as a length field can say.
    session.segment(Role::Client, &unconnected(1, &packet[..65_000]), false);
    assert!(session.seen.len() <= 2 + limits::CIP_SERVICES);
    assert!(session.seen[1].contains('!'), "{}", session.seen[1]);
}

#[test]
fn every_single_bit_flip_is_survived() {
    for (sender, message) in seeds() {
        for bit in 0..message.len() * 8 {
            let mut flipped = message.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let mut session = Session::new();
            for (role, seed) in seeds() {
                session.segment(role, &seed, false);
            }
            let before = session.seen.len();
            session.segment(sender, &flipped, true);
            assert!(session.seen.len() > before, "bit {bit} of {message:02x?}");
        }
    }
}

/// A single flipped bit in a fixed field of header or items is always told.
#[test]
fn a_flipped_bit_in_the_framing_is_told() {
    let message = connected(1, 1, &bytes("0e03 2001 2401 3001"));
    let context = 12..20;
    let free = |at: usize| {
        // Session, context, timeout, connection identifier and sequence count can have any value.
        (4..8).contains(&at)
            || context.contains(&at)
            || (28..30).contains(&at)
            || (36..40).contains(&at)
            || (44..46).contains(&at)
    };
    for bit in 0..46 * 8 {
        if free(bit / 8) {
            continue;
        }
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut session = Session::new();
        session.segment(Role::Client, &message, false);
        session.segment(Role::Client, &flipped, true);
        let told = &session.seen[2..];
        // A bit makes another command of this one, or a reply of a command.
        let other = !told[0].contains(" send_unit_data (session)") || told[0].contains(" error ");
        assert!(
            other || told.iter().any(|line| line.contains('!')),
            "bit {bit}: {told:?}"
        );
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        play(&data);
    }

    /// Random CIP messages in a frame that fits; each is told.
    #[test]
    fn random_messages_never_panic(data in proptest::collection::vec(any::<u8>(), 1..300)) {
        play(&unconnected(1, &data));
        play(&connected(1, 1, &data));
    }

    /// Random paths and data behind every service of the connection manager, and in packets.
    #[test]
    fn random_bodies_never_panic(
        service in prop::sample::select(vec![0x0a_u8, 0x4b, 0x4e, 0x52, 0x54, 0x5b, 0x4c]),
        class in prop::sample::select(vec![0x02_u8, 0x06, 0x67, 0x6b, 0x01]),
        data in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let request = [&[service, 2, 0x20, class, 0x24, 1], data.as_slice()].concat();
        let reply = [&[service | 0x80, 0, 0, 0], data.as_slice()].concat();
        let mut session = Session::new();
        session.segment(Role::Client, &unconnected(1, &request), false);
        session.segment(Role::Server, &unconnected(1, &reply), true);
        prop_assert!(session.seen.len() >= 4);
    }

    #[test]
    fn random_datagrams_never_panic(data in proptest::collection::vec(any::<u8>(), 0..100)) {
        let datagram = [bytes("020002800800").as_slice(), &data].concat();
        play(&datagram);
        io::is_implicit(&datagram);
    }

    /// How a stream is cut into segments does not change what is seen.
    #[test]
    fn segmentation_does_not_matter(
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 1..6),
        cuts in proptest::collection::vec(1usize..40, 1..60),
    ) {
        let all = seeds();
        let stream: Vec<u8> = picks
            .iter()
            .flat_map(|at| all[at.index(all.len())].1.clone())
            .collect();
        let mut whole = Session::new();
        whole.segment(Role::Client, &stream, false);
        let mut cut = Session::new();
        let mut rest = stream.as_slice();
        for at in cuts {
            let (head, tail) = rest.split_at(at.min(rest.len()));
            cut.segment(Role::Client, head, false);
            rest = tail;
        }
        cut.segment(Role::Client, rest, false);
        // In which segment a request came depends on the cuts.
        let told = |session: &Session| -> Vec<String> {
            let line = |line: &String| match line.split_once(" answers #") {
                Some((told, _)) => format!("{told} answers"),
                None => line.clone(),
            };
            session.seen.iter().map(line).collect()
        };
        prop_assert_eq!(told(&whole), told(&cut));
    }

    #[test]
    fn the_probe_never_panics(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        for hinted in [false, true] {
            for transport in [Transport::Tcp, Transport::Udp] {
                probe::probe(&ProbeInput {
                    bytes: &data,
                    transport,
                    hinted,
                    sender: None,
                });
            }
        }
    }
}
