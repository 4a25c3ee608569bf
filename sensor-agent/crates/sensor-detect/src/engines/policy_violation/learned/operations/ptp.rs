//! PTP: the clock that is announced as the best, by whoever announces it.
//!
//! Why: who becomes the grandmaster sets the time of everything that follows it.

use sensor_protocols::observation::Protocol;

use super::{MESSAGE, UNLEARNED_OPERATION, operation};
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, ObjectRow, Per, Table};

pub(super) const TABLE: Table = Table {
    operations: &[operation(UNLEARNED_OPERATION, MESSAGE)],
    objects: &[ObjectRow {
        id: "ptp_new_grandmaster",
        when: When::Any,
        kinds: Kinds::Only(&["grandmaster"]),
        per: Per::Channel,
    }],
    ..Table::of(Protocol::Ptp)
};
