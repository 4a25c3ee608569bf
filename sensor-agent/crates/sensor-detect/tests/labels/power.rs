//! Published events of captures of telecontrol and substations.

use super::Event;

pub(super) const EVENTS: &[Event] = &[];
