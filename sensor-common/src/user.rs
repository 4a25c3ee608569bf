//! User-space additions: markers that let aya read and write these types as map contents.
//!
//! [`aya::Pod`] promises that a type may be copied byte for byte to and from a map. The layouts
//! are asserted in [`crate::abi`]: `repr(C)`, integers and byte arrays only, no padding between
//! fields (the field sizes add up to the asserted size), so every bit pattern is a valid value and
//! no uninitialised byte is ever written.

use crate::counter::CounterBlock;
use crate::flow::{FlowKey, FlowStats};
use crate::rule::{PairGroups, PairKey, PrefixV4, PrefixV6, Rule};
use crate::settings::Settings;

// SAFETY: 16 + 16 + 2 + 2 + 2 + 1 + 1 = 40 bytes, the asserted size; words and bytes only.
unsafe impl aya::Pod for FlowKey {}
// SAFETY: two halves of 4 × 8 + 2 × 4 = 40 bytes: 80 bytes, the asserted size.
unsafe impl aya::Pod for FlowStats {}
// SAFETY: two u32, 8 bytes, the asserted size.
unsafe impl aya::Pod for Rule {}
// SAFETY: two u32, 8 bytes, the asserted size.
unsafe impl aya::Pod for PairGroups {}
// SAFETY: two u32, 8 bytes, the asserted size.
unsafe impl aya::Pod for PairKey {}
// SAFETY: transparent over four bytes.
unsafe impl aya::Pod for PrefixV4 {}
// SAFETY: transparent over sixteen bytes.
unsafe impl aya::Pod for PrefixV6 {}
// SAFETY: five u32: 20 bytes, the asserted size.
unsafe impl aya::Pod for Settings {}
// SAFETY: an array of u64 with the asserted size.
unsafe impl aya::Pod for CounterBlock {}
