//! What messages tell beside their operation, by the kind that dissectors give it.

use sensor_protocols::observation::{Object, Observation};

/// The first text of this kind.
pub(super) fn text<'a>(observation: &Observation<'a>, wanted: &str) -> Option<&'a str> {
    observation.objects.iter().find_map(|object| match object {
        Object::Text { kind, text } if *kind == wanted => Some(*text),
        Object::Text { .. }
        | Object::Range { .. }
        | Object::Id { .. }
        | Object::Name(_)
        | Object::Address(_) => None,
    })
}

/// The first number of this kind.
pub(super) fn number(observation: &Observation<'_>, wanted: &str) -> Option<u64> {
    observation.objects.iter().find_map(|object| match object {
        Object::Id { kind, id } if *kind == wanted => Some(*id),
        Object::Id { .. }
        | Object::Range { .. }
        | Object::Text { .. }
        | Object::Name(_)
        | Object::Address(_) => None,
    })
}

/// The first name.
pub(super) fn name<'a>(observation: &Observation<'a>) -> Option<&'a str> {
    observation.objects.iter().find_map(|object| match object {
        Object::Name(name) => Some(*name),
        Object::Id { .. } | Object::Range { .. } | Object::Text { .. } | Object::Address(_) => None,
    })
}
