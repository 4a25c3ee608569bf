//! Generated frames: chains of headers that are right more often than not, with and without tunnels.

use proptest::prelude::*;
use sensor_e2e::frames;

/// A chain of headers with random contents in the places that decide.
pub(crate) fn chain() -> impl Strategy<Value = Vec<u8>> {
    let ethertype = prop_oneof![
        4 => Just(0x0800_u16), 4 => Just(0x86dd), 1 => Just(0x0806), 1 => Just(0x88b8),
        1 => Just(0x8100), 1 => Just(0x88a8), 1 => Just(0x9100), 1 => Just(0x9200),
        1 => Just(0x0026), 1 => any::<u16>()
    ];
    let number = prop_oneof![
        Just(6_u8),
        Just(17),
        Just(132),
        Just(1),
        Just(58),
        Just(0),
        Just(43),
        Just(44),
        Just(51),
        Just(60),
        Just(59),
        Just(47),
        any::<u8>()
    ];
    let tags = prop::collection::vec(
        (
            any::<u16>(),
            prop_oneof![Just(0x8100_u16), Just(0x0800), Just(0x86dd)],
        ),
        0..4,
    );
    let extensions = prop::collection::vec((number.clone(), 0_u8..3, any::<u16>()), 0..10);
    let tail = prop::collection::vec(any::<u8>(), 0..60);
    (
        ethertype,
        tags,
        number,
        extensions,
        tail,
        any::<[u8; 4]>(),
        0_usize..400,
    )
        .prop_map(|(ethertype, tags, number, extensions, tail, noise, cut)| {
            let mut frame = frames::ethernet(ethertype);
            let mut last = ethertype;
            for (control, next) in tags {
                frame.extend(frames::tag(control, next));
                last = next;
            }
            frame.extend(ip(last, number, noise));
            for (next, length, middle) in extensions {
                frame.extend([next, length]);
                frame.extend(middle.to_be_bytes());
                frame.resize(frame.len() + 4 + usize::from(length) * 8, noise[0]);
            }
            frame.extend(tail);
            frame.truncate(cut.max(14));
            frame
        })
}

/// A link header with at most two VLAN tags and one HSR tag in any order, for what `last` announces.
fn link_header(last: u16) -> impl Strategy<Value = Vec<u8>> {
    let order = prop::sample::subsequence(vec![0x8100_u16, 0x88a8, 0x892f], 0..=3).prop_shuffle();
    (order, any::<u16>()).prop_map(move |(order, control)| {
        let mut announced = order.iter().skip(1).copied().chain([last]);
        let mut header = frames::ethernet(order.first().copied().unwrap_or(last));
        for kind in &order {
            header.extend(control.to_be_bytes());
            if *kind == 0x892f {
                header.extend([0, 1]);
            }
            header.extend(announced.next().unwrap_or(last).to_be_bytes());
        }
        header
    })
}

/// What a tunnel holds: ethertype and bytes behind the link header.
fn inside() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let ethertype = prop_oneof![
        4 => Just(0x0800_u16), 4 => Just(0x86dd), 1 => Just(0x0806), 1 => Just(0x88b8),
        1 => Just(0x0026), 1 => Just(0x88fb)
    ];
    let number = prop_oneof![
        4 => Just(6_u8), 4 => Just(17), 1 => Just(1), 1 => Just(47), 1 => Just(44), 1 => Just(60),
        1 => any::<u8>()
    ];
    let tail = prop::collection::vec(any::<u8>(), 0..60);
    (ethertype, number, tail, any::<[u8; 4]>()).prop_map(|(ethertype, number, tail, noise)| {
        (ethertype, [ip(ethertype, number, noise), tail].concat())
    })
}

/// The header of a tunnel, right more often than not, with the IP protocol number that carries it.
fn tunnel_header() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let kind = prop_oneof![
        Just(0x0800_u16),
        Just(0x86dd),
        Just(0x6558),
        Just(0x88be),
        Just(0x22eb),
        Just(0x880b)
    ];
    let flags = prop_oneof![
        Just(0_u16),
        Just(0x1000),
        Just(0x2000),
        Just(0xb000),
        Just(0x1001),
        Just(0x4000),
        any::<u16>()
    ];
    let version = prop_oneof![Just(0x10_u8), Just(0x20), any::<u8>()];
    let gre = (kind, flags, version, any::<u8>()).prop_map(|(kind, flags, version, options)| {
        let mut header = [flags.to_be_bytes(), kind.to_be_bytes()].concat();
        for field in [0x8000, 0x2000, 0x1000] {
            header.resize(header.len() + if flags & field == 0 { 0 } else { 4 }, 0);
        }
        let own = match kind {
            0x88be if flags & 0x1000 != 0 => 8,
            0x22eb => 12,
            _ => 0,
        };
        header.extend([vec![version; own.min(1)], vec![0; own.max(1) - 1]].concat());
        if kind == 0x22eb {
            *header.last_mut().expect("the header has bytes") = options;
            header.resize(header.len() + usize::from(options & 1) * 8, 0);
        }
        (47, header)
    });
    let port = prop_oneof![3 => Just(4789_u16), 1 => Just(8472), 1 => any::<u16>()];
    let flags = prop_oneof![3 => Just(8_u8), 1 => any::<u8>()];
    let vxlan = (
        port,
        flags,
        prop_oneof![2 => Just(200_usize), 1 => 0_usize..100],
    )
        .prop_map(|(port, flags, payload)| {
            let header = vec![flags, 0, 0, 0, 0, 0, 42, 0];
            (17, [frames::udp(50000, port, payload), header].concat())
        });
    prop_oneof![gre, vxlan]
}

/// A frame with a tunnel that holds a frame or, now and then, a bare packet.
pub(crate) fn tunnelled() -> impl Strategy<Value = Vec<u8>> {
    let carrier = prop_oneof![Just(0x0800_u16), Just(0x86dd)];
    let outer = carrier.prop_flat_map(|last| (Just(last), link_header(last)));
    let inner = inside().prop_flat_map(|(last, rest)| (link_header(last), Just(rest)));
    (
        outer,
        tunnel_header(),
        inner,
        prop::bool::weighted(0.7),
        prop_oneof![6 => Just(0_usize), 1 => 0_usize..150],
        prop_oneof![6 => Just(usize::MAX), 1 => 14_usize..250],
    )
        .prop_map(
            |((last, link), (number, tunnel), (inner, rest), framed, missing, cut)| {
                let inside = if framed { [inner, rest].concat() } else { rest };
                let payload = [tunnel, inside].concat();
                let claimed = payload.len().saturating_sub(missing);
                let header = if last == 0x86dd {
                    frames::ipv6([1; 16], [2; 16], number, claimed)
                } else {
                    frames::ipv4([198, 51, 100, 1], [198, 51, 100, 2], number, claimed)
                };
                let mut frame = [link, header, payload].concat();
                frame.truncate(cut);
                frame
            },
        )
}

/// An IP header that is right more often than not.
fn ip(ethertype: u16, number: u8, [a, b, c, d]: [u8; 4]) -> Vec<u8> {
    if ethertype == 0x86dd {
        let mut header = frames::ipv6(
            [a; 16],
            [b; 16],
            number,
            usize::from(c) * usize::from(d % 3),
        );
        header[0] = if c == 0 { d } else { 0x60 };
        return header;
    }
    let mut header = frames::ipv4([192, 0, 2, a], [192, 0, 2, b], number, usize::from(c));
    header[0] = if d < 40 { d } else { 0x45 };
    header[6] = if a < 60 { a } else { 0x40 };
    header
}
