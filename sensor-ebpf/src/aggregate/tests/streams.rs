//! Segments in and out of their place, headers out of the ordinary, and what the record says.

use super::*;

#[test]
fn pieces_of_messages_are_inspected_and_whole_ones_are_not() {
    for (payload, verdict) in [
        (read(2)[..7].to_vec(), Verdict::Inspect),
        ([read(2), read(3)[..5].to_vec()].concat(), Verdict::Inspect),
        ([read(2), read(3)].concat(), Verdict::HandUp),
    ] {
        let mut world = World::granted();
        assert_eq!(world.say(true, payload), verdict);
    }
}

#[test]
fn segments_out_of_their_place_are_inspected() {
    for shift in [-12_i32, -1, 1, 12, i32::MIN] {
        let mut world = World::granted();
        let mut segment = world.segment(true, read(2));
        segment.sequence = segment.sequence.wrapping_add_signed(shift);
        assert_eq!(world.frame(&segment.bytes()), Verdict::Inspect, "{shift}");
        assert!(world.inspected());
    }
}

#[test]
fn acknowledgments_in_their_place_are_counted_and_a_keep_alive_is_not() {
    let mut world = World::granted();
    let mut segment = world.segment(true, vec![]);
    segment.flags = ACK;
    assert_eq!(world.frame(&segment.bytes()), Verdict::Count);
    segment.sequence -= 1;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    assert!(!world.inspected());
    segment.sequence -= 1;
    assert_eq!(world.frame(&segment.bytes()), Verdict::Inspect);
}

#[test]
fn flags_options_and_other_senders_go_up() {
    for flags in [
        FIN | ACK,
        PSH,
        0,
        ACK | 0x20,
        ACK | 0x40,
        ACK | 0x80,
        PSH_ACK | FIN,
    ] {
        let mut world = World::granted();
        let mut segment = world.segment(true, read(2));
        segment.flags = flags;
        assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp, "{flags:#x}");
        segment.payload.clear();
        segment.sequence = world.next[1];
        segment.flags = flags;
    }
    let mut world = World::granted();
    let mut segment = world.segment(true, read(2));
    segment.options = true;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    let mut world = World::granted();
    let mut segment = world.segment(true, read(2));
    segment.mac = 9;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    assert_eq!(world.stats.track.open, OPEN_UNNAMED);
    // Its own address again is a change too.
    world.next[1] += 12;
    world.reply(2);
    assert_eq!(world.ask(3), Verdict::HandUp);
}

#[test]
fn a_frame_that_breaks_off_goes_up() {
    let whole = World::granted().segment(true, read(2)).bytes();
    for len in 34 + 20..whole.len() {
        let mut world = World::granted();
        let verdict = world.frame(&whole[..len]);
        assert!(!matches!(verdict, Verdict::Count), "{len}");
    }
}

#[test]
fn the_record_says_where_the_streams_stood() {
    let mut world = World::granted();
    let [server, client] = world.next;
    world.ask(2);
    world.reply(2);
    assert_eq!(world.say(true, write(3)), Verdict::HandUp);
    let told = RECORD_WITHHELD | RECORD_OWN_SEQUENCE | RECORD_PEER_SEQUENCE;
    assert_eq!(world.header.flags, told);
    assert_eq!(world.header.own_sequence, client + 12);
    assert_eq!(world.header.peer_sequence, server + 11);
    // The next record has nothing to add.
    world.say(false, write(3));
    assert_eq!(world.header.flags, 0);
}

#[test]
fn what_was_lost_in_the_ring_is_not_told_as_withheld() {
    let mut world = World::granted();
    world.ask(2);
    let direction = Direction::from_u8(world.header.direction);
    settle(&mut world.stats, direction, 12, false);
    assert_eq!(world.stats.track.open, OPEN_WITHHELD);
    assert_ne!(world.stats.track.state & TRACK_WITHHELD, 0);
    world.say(false, exception(2));
    let told = RECORD_WITHHELD | RECORD_OWN_SEQUENCE | RECORD_OPEN;
    assert_eq!(world.header.flags, told, "nothing of the client's stream");
    world.say(true, write(3));
    let half = &world.stats.halves[direction as usize];
    assert_eq!(half.marks & MARK_LOST, 0, "the reader saw the gap");
}

#[test]
fn a_new_connection_is_a_new_flow() {
    let mut world = World::granted();
    world.ask(2);
    let mut open = world.segment(true, vec![]);
    (open.flags, open.sequence) = (SYN, 5000);
    assert_eq!(world.frame(&open.bytes()), Verdict::HandUp);
    assert_eq!(world.header.flow, 1000);
    assert_ne!(world.header.flags & RECORD_OPEN, 0);
    assert_eq!(world.stats.track.id, 1);
    let mut accept = world.segment(false, vec![]);
    (accept.flags, accept.sequence) = (SYN | ACK, 9000);
    world.frame(&accept.bytes());
    assert_eq!(world.stats.track.id, 1, "the same connection");
    world.next = [9001, 5001];
    assert_eq!(world.ask(3), Verdict::HandUp, "nothing is granted to it");
    assert!(!world.inspected());
}

#[test]
fn the_first_handshake_keeps_its_flow() {
    let mut world = World::new();
    for (to_server, flags) in [(true, SYN), (false, SYN | ACK), (true, ACK)] {
        let mut segment = world.segment(to_server, vec![]);
        segment.flags = flags;
        segment.sequence = if flags == ACK { 2 } else { 1 };
        assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    }
    assert_eq!(world.stats.track.id, 1000);
    assert_eq!(world.stats.halves.map(|half| half.next_sequence), [2, 2]);
}

#[test]
fn syn_and_fin_take_a_number_and_a_reset_takes_none() {
    let mut world = World::granted();
    let client = world.next[1];
    let mut segment = world.segment(true, vec![]);
    segment.flags = RST;
    segment.sequence = 77;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    segment.flags = FIN | ACK;
    segment.sequence = client;
    assert_eq!(world.frame(&segment.bytes()), Verdict::HandUp);
    segment.flags = ACK;
    segment.sequence = client + 1;
    assert_eq!(world.frame(&segment.bytes()), Verdict::Count);
}

#[test]
fn a_flow_with_a_gap_is_counted_again_once_it_is_forgiven() {
    let mut world = World::granted();
    let mut late = world.segment(true, read(2));
    late.sequence += 1000;
    world.next[1] += 1012;
    assert_eq!(world.frame(&late.bytes()), Verdict::Inspect);
    assert_eq!(world.reply(2), Verdict::HandUp);
    assert_eq!(world.ask(3), Verdict::HandUp);
    world.maps.forgiven = Some(1000);
    // Only a request begins anew: its response must not stand alone.
    assert_eq!(world.reply(3), Verdict::HandUp);
    assert!(world.inspected());
    assert_eq!(world.ask(4), Verdict::Count);
    assert!(!world.inspected());
    assert_eq!(world.reply(4), Verdict::Count);
}

#[test]
fn pieces_of_messages_are_never_forgiven() {
    let mut world = World::granted();
    world.maps.forgiven = Some(1000);
    assert_eq!(world.say(true, read(2)[..7].to_vec()), Verdict::Inspect);
    assert_eq!(world.say(true, read(2)[7..].to_vec()), Verdict::HandUp);
    assert_eq!(world.reply(2), Verdict::HandUp);
    assert_eq!(world.ask(3), Verdict::HandUp);
    assert!(world.inspected());
}
