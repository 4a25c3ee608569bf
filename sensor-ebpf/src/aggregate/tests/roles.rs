//! Who asks: datagrams between equal ports, ports of two protocols, protocols without requests.

use sensor_common::flow::{Address, End};

use super::*;

const BACNET: u16 = 47808;
const DNP3: u16 = 20000;
const IEC104: u16 = 2404;

/// What the program of the protocol makes of a payload.
enum Said {
    Request(u32),
    Response(u32),
    Unrecognised,
    /// Looked into by nobody.
    Nothing,
}

/// Twenty bytes from one of two stations and ports to the other.
fn say(world: &mut World, class: Class, ports: [u16; 2], reverse: bool, said: &Said) -> Verdict {
    let mut ends = [(1, ports[0]), (2, ports[1])]
        .map(|(last, port)| End::new(Address::v4([192, 0, 2, last]), port));
    if reverse {
        ends.reverse();
    }
    let mut parsed = Parsed::default();
    parsed.class = class;
    [parsed.source, parsed.destination] = ends;
    parsed.plain = true;
    parsed.tcp_flags = PSH_ACK;
    parsed.sequence = world.next[usize::from(reverse)];
    parsed.payload_offset = 42;
    parsed.packet_end = 62;
    parsed.datagram_len = 28;
    parsed.make_key();
    world.next[usize::from(reverse)] += 20;
    world.now += 10;
    world.header.direction = parsed.direction() as u8;
    let arrival = Arrival {
        parsed: &parsed,
        settings: &world.settings,
        wire_len: 62,
        now_ns: world.now,
    };
    let known = |index: u32| {
        let protocol = match index {
            _ if index == PORT_PROTOCOLS_UDP + u32::from(BACNET) => Aggregated::Bacnet,
            _ if index == PORT_PROTOCOLS_UDP + u32::from(DNP3) => Aggregated::Dnp3,
            _ if index == u32::from(IEC104) => Aggregated::Iec104,
            _ => Aggregated::None,
        };
        protocol as u32
    };
    let protocol = prepare(&arrival, known, &mut world.work);
    world.work.message.protocol = protocol as u8;
    let (kind, tag) = match *said {
        Said::Request(tag) => (KIND_REQUEST, tag),
        Said::Response(tag) => (KIND_RESPONSE, tag),
        Said::Unrecognised => (KIND_NONE, 0),
        Said::Nothing => {
            world.work.protocol = Aggregated::None as u32;
            (KIND_NONE, 0)
        }
    };
    if kind != KIND_NONE && protocol != Aggregated::None as u32 {
        world.work.shape = Shape::One;
        world.work.message.kind = kind;
        world.work.message.tag = tag;
    }
    let verdict = decide(&arrival, &mut world.stats, &mut world.maps, &mut world.work);
    if verdict != Verdict::Count {
        settle(&mut world.stats, parsed.direction(), 20, true);
    }
    verdict
}

fn bacnet(world: &mut World, reverse: bool, said: &Said) -> Verdict {
    say(world, Class::Udp, [BACNET; 2], reverse, said)
}

/// A world in which a request between equal ports and its response are granted.
fn between_equal_ports() -> World {
    let mut world = World::new();
    assert_eq!(
        bacnet(&mut world, false, &Said::Request(1)),
        Verdict::HandUp
    );
    world.grant_last(0, 7);
    assert_eq!(
        bacnet(&mut world, true, &Said::Response(1)),
        Verdict::HandUp
    );
    world.grant_last(7, 8);
    world
}

#[test]
fn datagrams_between_equal_ports_are_counted() {
    let mut world = between_equal_ports();
    for tag in 2..6 {
        assert_eq!(
            bacnet(&mut world, false, &Said::Request(tag)),
            Verdict::Count
        );
        assert_eq!(
            bacnet(&mut world, true, &Said::Response(tag)),
            Verdict::Count
        );
    }
}

#[test]
fn something_unrecognised_between_equal_ports_may_be_request_or_response() {
    let mut world = between_equal_ports();
    assert_eq!(bacnet(&mut world, false, &Said::Request(2)), Verdict::Count);
    assert_eq!(
        bacnet(&mut world, true, &Said::Unrecognised),
        Verdict::HandUp
    );
    assert_eq!(world.stats.track.open, OPEN_UNNAMED);
    // It was the response.
    assert_eq!(bacnet(&mut world, false, &Said::Request(3)), Verdict::Count);
    assert_eq!(bacnet(&mut world, true, &Said::Response(3)), Verdict::Count);
    // It was a request.
    assert_eq!(
        bacnet(&mut world, true, &Said::Unrecognised),
        Verdict::HandUp
    );
    assert_eq!(
        bacnet(&mut world, false, &Said::Unrecognised),
        Verdict::HandUp
    );
    assert_eq!(
        bacnet(&mut world, true, &Said::Response(4)),
        Verdict::HandUp
    );
    assert!(!world.inspected());
    assert_eq!(bacnet(&mut world, false, &Said::Request(5)), Verdict::Count);
}

#[test]
fn ports_of_two_protocols_say_nothing() {
    let mut world = World::new();
    for _ in 0..3 {
        let said = Said::Request(1);
        let verdict = say(&mut world, Class::Udp, [BACNET, DNP3], false, &said);
        assert_eq!(verdict, Verdict::HandUp);
        assert_eq!(world.work.message.kind, KIND_NONE);
    }
    assert!(!world.inspected());
}

#[test]
fn what_nobody_looks_into_goes_up_and_leaves_no_mark() {
    let mut world = World::new();
    for _ in 0..3 {
        assert_eq!(bacnet(&mut world, false, &Said::Nothing), Verdict::HandUp);
    }
    assert_eq!(world.stats.track.open, OPEN_NONE);
    assert!(!world.inspected());
}

#[test]
fn without_requests_nothing_waits_for_a_response() {
    let mut world = World::new();
    for _ in 0..3 {
        let ports = [40000, IEC104];
        let verdict = say(&mut world, Class::Tcp, ports, false, &Said::Unrecognised);
        assert_eq!(verdict, Verdict::HandUp);
    }
    assert_eq!(world.stats.track.open, OPEN_NONE);
    assert!(!world.inspected());
}
