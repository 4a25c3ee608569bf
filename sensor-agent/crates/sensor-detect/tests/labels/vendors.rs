//! Published events of captures of protocols of single vendors and of buildings.

use super::Event;

pub(super) const EVENTS: &[Event] = &[];
