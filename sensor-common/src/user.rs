//! User-space additions: markers that let aya read and write these types as map contents.
//!
//! [`aya::Pod`] promises that a type may be copied byte for byte to and from a map. The layouts
//! are asserted in [`crate::abi`]: `repr(C)`, integers and byte arrays only, no padding between
//! fields (the field sizes add up to the asserted size), so every bit pattern is a valid value and
//! no uninitialised byte is ever written.

use crate::counter::CounterBlock;
use crate::dialogue::Dialogue;
use crate::flow::{FlowKey, FlowStats};
use crate::operation::{OperationKey, OperationStats};
use crate::rule::{PairGroups, PairKey, PrefixV4, PrefixV6, Rule, RuleGenerations};
use crate::settings::Settings;

// SAFETY: two addresses of 2 × 8 bytes and a word of 8: 40 bytes, the asserted size.
unsafe impl aya::Pod for FlowKey {}
// SAFETY: two halves of 5 × 8 + 4 × 4 = 56 bytes and a track of 2 × 8 + 4 × 4 = 32 bytes: 144
// bytes, the asserted size.
unsafe impl aya::Pod for FlowStats {}
// SAFETY: 3 × 8 + 4 + 4 × 1 = 32 bytes, the asserted size.
unsafe impl aya::Pod for OperationKey {}
// SAFETY: 2 × 4 + 2 × 8 bytes and two intervals of 7 × 8: 136 bytes, the asserted size.
unsafe impl aya::Pod for OperationStats {}
// SAFETY: two u32, 8 bytes, the asserted size.
unsafe impl aya::Pod for Rule {}
// SAFETY: four u32, 16 bytes, the asserted size.
unsafe impl aya::Pod for RuleGenerations {}
// SAFETY: two u32, 8 bytes, the asserted size.
unsafe impl aya::Pod for PairGroups {}
// SAFETY: two u32, 8 bytes, the asserted size.
unsafe impl aya::Pod for PairKey {}
// SAFETY: transparent over four bytes.
unsafe impl aya::Pod for PrefixV4 {}
// SAFETY: transparent over sixteen bytes.
unsafe impl aya::Pod for PrefixV6 {}
// SAFETY: six u32 and two u64: 40 bytes, the asserted size.
unsafe impl aya::Pod for Settings {}
// SAFETY: an array of u64 with the asserted size.
unsafe impl aya::Pod for CounterBlock {}
// SAFETY: two turns of 88 bytes and three u32 each, and a u32: 204 bytes, the asserted size.
unsafe impl aya::Pod for Dialogue {}
