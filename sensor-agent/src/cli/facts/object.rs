//! Numbers among the objects of an observation.

use sensor_protocols::observation::{Object, Observation};

/// The number of a kind, where the observation has one.
pub(super) fn id(observation: &Observation<'_>, wanted: &str) -> Option<u64> {
    observation.objects.iter().find_map(|object| match object {
        Object::Id { kind, id } if *kind == wanted => Some(*id),
        Object::Id { .. }
        | Object::Range { .. }
        | Object::Name(_)
        | Object::Text { .. }
        | Object::Address(_) => None,
    })
}
