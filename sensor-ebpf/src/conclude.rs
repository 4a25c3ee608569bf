//! The end of every frame that is not left out: booked under its flow, then counted or handed up.
//!
//! Data in: what the programs before wrote to the scratch element. Data out: exactly one outcome.

use aya_ebpf::programs::XdpContext;
use sensor_common::counter::Counter;
use sensor_common::flow::{FlowStats, TRACK_INSPECT};
use sensor_common::operation::KIND_NONE;
use sensor_common::record::{Class, RECORD_INSPECT, RecordHeader};
use sensor_common::settings::Settings;
use sensor_ebpf::aggregate::{Arrival, Verdict, Work, decide, describe, payload_len, settle, zero};
use sensor_ebpf::outcome::{Parsed, has_flow, in_table};

use crate::Here;
use crate::count::Counters;
use crate::maps::Scratch;
use crate::operations::Maps;
use crate::{emit, flows};

/// Decides what becomes of the frame, and does it.
#[inline(always)]
pub(crate) fn conclude(ctx: &XdpContext, here: &mut Here) {
    let Here {
        settings,
        counters,
        scratch,
    } = here;
    let class = scratch.parsed.class;
    let wire_len = scratch.header.wire_len;
    note(class, scratch.parsed.decapsulated, counters);
    let mut flow = None;
    if in_table(class) {
        flow = flows::entry(&scratch.parsed, counters);
    }
    if let Some(stats) = &mut flow {
        let verdict = follow(ctx, settings, stats, scratch);
        if let Some(note) = verdict.note() {
            counters.bump(note);
        }
        if matches!(verdict, Verdict::Count) {
            counters.add(Counter::CountedBytes, u64::from(wire_len));
            return;
        }
        name(stats, &scratch.parsed, &scratch.work, &mut scratch.header);
    } else {
        nameless(&mut scratch.header);
    }
    let header = &mut scratch.header;
    header.data_len = wire_len.min(settings.snap_len);
    header.interface = ctx.ingress_ifindex() as u32;
    let handed_up = emit::hand_up(ctx, header, settings, counters);
    if let Some(stats) = flow {
        let parsed = &scratch.parsed;
        let payload = payload_len(parsed, wire_len);
        settle(stats, parsed.direction(), payload, handed_up);
    }
}

/// Books a frame under its flow, says in the header where the flow stood, and decides.
#[inline(always)]
fn follow(
    ctx: &XdpContext,
    settings: &Settings,
    stats: &mut FlowStats,
    scratch: &mut Scratch,
) -> Verdict {
    let Scratch {
        parsed,
        header,
        work,
        identifiers,
        datagram,
        ..
    } = scratch;
    let arrival = Arrival {
        parsed,
        settings,
        wire_len: header.wire_len,
        now_ns: header.time_ns,
    };
    flows::book(stats, parsed, arrival.wire_len, arrival.now_ns, identifiers);
    describe(stats, parsed.direction(), header);
    let mut maps = Maps {
        ctx,
        parsed,
        identifiers,
        datagram,
    };
    decide(&arrival, stats, &mut maps, work)
}

/// Says in the header which way a frame of a flow went, what its message does, and whether the flow
/// is inspected.
#[inline(always)]
fn name(stats: &FlowStats, parsed: &Parsed, work: &Work, header: &mut RecordHeader) {
    header.direction = parsed.direction() as u8;
    header.payload_offset = 0;
    if has_flow(parsed.class) {
        header.payload_offset = parsed.payload_offset;
    }
    if stats.track.state & TRACK_INSPECT != 0 {
        header.flags |= RECORD_INSPECT;
    }
    header.kind = work.message.kind;
    if work.message.kind == KIND_NONE {
        without_message(header);
        return;
    }
    header.operation = work.message.operation;
    header.tag = work.message.tag;
    header.protocol = work.message.protocol;
}

/// Clears what a frame without a flow says nothing about.
#[inline(always)]
fn nameless(header: &mut RecordHeader) {
    let zero = zero();
    header.payload_offset = zero as u16;
    header.direction = zero as u8;
    header.flow = zero;
    header.kind = zero as u8;
    header.flags = zero as u8;
    header.own_sequence = zero as u32;
    header.peer_sequence = zero as u32;
    header.open_handle = zero as u32;
    header.open_tag = zero as u32;
    header.open_ns = zero;
    without_message(header);
}

#[inline(always)]
fn without_message(header: &mut RecordHeader) {
    let zero = zero();
    header.operation = [zero; 2];
    header.tag = zero as u32;
    header.protocol = zero as u8;
}

/// Counters that say more about a frame than its place in the conservation sum.
#[inline(always)]
fn note(class: Class, decapsulated: bool, counters: &mut Counters) {
    if decapsulated {
        counters.bump(Counter::Decapsulated);
    }
    match class {
        Class::Fragment => counters.bump(Counter::Fragments),
        Class::OtLink => counters.bump(Counter::OtLink),
        Class::Unparsed
        | Class::OtherLink
        | Class::Arp
        | Class::OtherIp
        | Class::Tcp
        | Class::Udp => {}
    }
}
