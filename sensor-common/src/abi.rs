//! Proof of the layouts: size, alignment and offsets of everything that crosses the border.
//!
//! A change here is a change of the interface: raise [`crate::ABI_VERSION`] with it.

use core::mem::{align_of, offset_of, size_of};

use crate::counter::{COUNTER_COUNT, CounterBlock};
use crate::flow::{Address, FlowHalf, FlowKey, FlowStats};
use crate::record::{BUCKETS, RecordHeader};
use crate::rule::{PairGroups, PairKey, PrefixV4, PrefixV6, Rule};
use crate::settings::Settings;

macro_rules! layout {
    ($type:ty, size $size:expr, align $align:expr $(, $field:ident at $offset:expr)* $(,)?) => {
        const _: () = assert!(size_of::<$type>() == $size);
        const _: () = assert!(align_of::<$type>() == $align);
        $(const _: () = assert!(offset_of!($type, $field) == $offset);)*
    };
}

layout!(Address, size 16, align 8);
layout!(FlowKey, size 40, align 8, low at 0, high at 16, low_port at 32, high_port at 34,
    vlan at 36, protocol at 38, kind at 39);
layout!(FlowHalf, size 40, align 8, packets at 0, bytes at 8, first_ns at 16, last_ns at 24,
    tcp_flags at 32, reserved at 36);
layout!(FlowStats, size 80, align 8, halves at 0);
layout!(RecordHeader, size 24, align 8, time_ns at 0, wire_len at 8, data_len at 12,
    interface at 16, payload_offset at 20, class at 22, direction at 23);
layout!(Rule, size 8, align 4, action at 0, hit_index at 4);
layout!(PairGroups, size 8, align 4, groups at 0);
layout!(PairKey, size 8, align 4);
layout!(PrefixV4, size 4, align 1);
layout!(PrefixV6, size 16, align 1);
layout!(Settings, size 20, align 4, abi_version at 0, flags at 4, verdict at 8, snap_len at 12,
    wake_bytes at 16);
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
