//! Published events of captures of office protocols.

use super::Event;

pub(super) const EVENTS: &[Event] = &[];
