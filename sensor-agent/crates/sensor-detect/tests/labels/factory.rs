//! Published events of captures of controllers and field devices.

use super::Event;

pub(super) const EVENTS: &[Event] = &[];
