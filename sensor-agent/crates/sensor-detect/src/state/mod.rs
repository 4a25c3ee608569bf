//! Bounded state for rules: tables with a cap and sliding windows on the time of the capture.

mod bounded;
mod window;

pub use bounded::BoundedMap;
pub use window::{DistinctWindow, EventWindow, Events};

use serde::Serialize;

/// One bounded table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TableStatus {
    pub name: &'static str,
    pub entries: u64,
    pub capacity: u64,
    /// Entries given up to make room.
    pub evicted: u64,
    /// Entries that were not taken in because the table was full of what must stay.
    pub refused: u64,
    /// Estimate of the memory in use, in bytes.
    pub bytes: u64,
}
