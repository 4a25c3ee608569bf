//! Proof of the layouts: size, alignment and offsets of everything that crosses the border.
//!
//! A change here is a change of the interface: raise [`crate::ABI_VERSION`] with it.

use core::mem::{align_of, offset_of, size_of};

use crate::counter::{COUNTER_COUNT, CounterBlock};
use crate::dialogue::{Dialogue, Turn};
use crate::flow::{Address, FlowHalf, FlowKey, FlowStats, Track};
use crate::operation::{Interval, OperationKey, OperationStats};
use crate::record::{BUCKETS, RecordHeader};
use crate::rule::{PairGroups, PairKey, PrefixV4, PrefixV6, Rule, RuleGenerations};
use crate::settings::Settings;

macro_rules! layout {
    ($type:ty, size $size:expr, align $align:expr $(, $field:ident at $offset:expr)* $(,)?) => {
        const _: () = assert!(size_of::<$type>() == $size);
        const _: () = assert!(align_of::<$type>() == $align);
        $(const _: () = assert!(offset_of!($type, $field) == $offset);)*
    };
}

layout!(Address, size 16, align 8);
layout!(FlowKey, size 40, align 8, low at 0, high at 16, tail at 32);
layout!(FlowHalf, size 56, align 8, packets at 0, bytes at 8, first_ns at 16, last_ns at 24,
    tcp_flags at 32, next_sequence at 36, mac at 40, next_cyclic at 48, marks at 52);
layout!(Track, size 32, align 8, id at 0, state at 8, open at 12, open_tag at 16,
    open_handle at 20, open_ns at 24);
layout!(FlowStats, size 144, align 8, halves at 0, track at 112);
layout!(OperationKey, size 32, align 8, flow at 0, operation at 8, request at 24, protocol at 28,
    kind at 29, direction at 30, reserved at 31);
layout!(Interval, size 56, align 8, epoch at 0, packets at 8, bytes at 16, first_ns at 24,
    last_ns at 32, min_gap_ns at 40, max_gap_ns at 48);
layout!(OperationStats, size 136, align 8, handle at 0, reserved at 4, last_ns at 8,
    refreshed_ns at 16, intervals at 24);
layout!(RecordHeader, size 80, align 8, time_ns at 0, wire_len at 8, data_len at 12,
    interface at 16, payload_offset at 20, class at 22, direction at 23, flow at 24,
    operation at 32, tag at 48, kind at 52, protocol at 53, flags at 54, reserved at 55,
    own_sequence at 56, peer_sequence at 60, open_handle at 64, open_tag at 68, open_ns at 72);
layout!(Rule, size 8, align 4, action at 0, hit_index at 4);
layout!(RuleGenerations, size 16, align 4, rules at 0);
layout!(PairGroups, size 8, align 4, groups at 0);
layout!(PairKey, size 8, align 4);
layout!(PrefixV4, size 4, align 1);
layout!(PrefixV6, size 16, align 1);
layout!(Settings, size 40, align 8, abi_version at 0, flags at 4, verdict at 8, snap_len at 12,
    wake_bytes at 16, epoch at 20, refresh_ns at 24, hash_seed at 32);
layout!(Turn, size 276, align 4, frame at 0, sequence at 256, payload at 260, count at 264,
    step at 268, reserved at 272);
layout!(Dialogue, size 584, align 4, turns at 0, next at 552, alternates at 556, len at 560,
    sequence_at at 564, count_at at 568, wide at 572, little_endian at 576, reserved at 580);
layout!(CounterBlock, size COUNTER_COUNT * 8, align 8);

// Ring records start at multiples of eight bytes, so the header may be read in place.
const _: () = assert!(size_of::<RecordHeader>().is_multiple_of(8));
// `bpf_xdp_load_bytes` is bounded with a mask, which needs powers of two.
const _: () = {
    let mut index = 0;
    while index < BUCKETS.len() {
        assert!(BUCKETS[index].is_power_of_two());
        assert!(index == 0 || BUCKETS[index] > BUCKETS[index - 1]);
        index += 1;
    }
};
