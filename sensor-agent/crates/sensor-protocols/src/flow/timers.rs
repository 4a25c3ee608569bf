//! When a flow is forgotten.

use std::time::Duration;

use super::table::{Class, Index, Table};
use crate::limits;
use crate::time::Timestamp;

/// Idle times by class of flow.
#[derive(Clone, Copy, Debug)]
pub struct IdleTimes {
    /// TCP connections that were established.
    pub established: Duration,
    /// Everything else.
    pub other: Duration,
}

impl IdleTimes {
    fn of(&self, class: Class) -> Duration {
        match class {
            Class::Closed => limits::FLOW_LINGER,
            Class::Other => self.other,
            Class::Established => self.established,
        }
    }

    /// The next flow whose idle time is over at `now`.
    pub fn due(&self, table: &Table, now: Timestamp) -> Option<Index> {
        Class::ALL.into_iter().find_map(|class| {
            let (at, last) = table.oldest(class)?;
            (now.since(last) >= self.of(class)).then_some(at)
        })
    }
}
