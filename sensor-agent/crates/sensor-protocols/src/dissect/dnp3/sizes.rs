//! Object groups and the size of each variation, as data.
//!
//! Source: IEEE 1815-2012, Annex A (object library). The names of groups say what their points are.

/// How long an object of a variation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Octets.
    Fixed(u8),
    /// Bits, of consecutive points packed together.
    Packed(u8),
    /// As many octets as the number of the variation says.
    Variation,
    /// An attribute: type, length, then as many octets (A.1).
    Attribute,
    /// Only the object header tells: it has a size prefix.
    Prefixed,
    /// The standard has no such variation.
    Unknown,
}

/// One group: number, table name of its points, sizes of variations 1, 2, 3 ….
struct Group(u8, &'static str, &'static [u8]);

/// Groups whose variations have a fixed number of octets, in ascending order. Zero marks a
/// variation without data.
const GROUPS: &[Group] = &[
    Group(1, "binary_input", &[0, 1]),
    Group(2, "binary_input_event", &[1, 7, 3]),
    Group(3, "double_bit_input", &[0, 1]),
    Group(4, "double_bit_input_event", &[1, 7, 3]),
    Group(10, "binary_output", &[0, 1]),
    Group(11, "binary_output_event", &[1, 7]),
    Group(12, "binary_output_command", &[11, 11, 0]),
    Group(13, "binary_output_command_event", &[1, 7]),
    Group(20, "counter", &[5, 3, 5, 3, 4, 2, 4, 2]),
    Group(
        21,
        "frozen_counter",
        &[5, 3, 5, 3, 11, 9, 11, 9, 4, 2, 4, 2],
    ),
    Group(22, "counter_event", &[5, 3, 5, 3, 11, 9, 11, 9]),
    Group(23, "frozen_counter_event", &[5, 3, 5, 3, 11, 9, 11, 9]),
    Group(30, "analog_input", &[5, 3, 4, 2, 5, 9]),
    Group(31, "frozen_analog_input", &[5, 3, 11, 9, 4, 2, 5, 9]),
    Group(32, "analog_input_event", &[5, 3, 11, 9, 5, 9, 11, 15]),
    Group(
        33,
        "frozen_analog_input_event",
        &[5, 3, 11, 9, 5, 9, 11, 15],
    ),
    Group(34, "analog_input_deadband", &[2, 4, 4]),
    Group(40, "analog_output_status", &[5, 3, 5, 9]),
    Group(41, "analog_output", &[5, 3, 5, 9]),
    Group(42, "analog_output_event", &[5, 3, 11, 9, 5, 9, 11, 15]),
    Group(
        43,
        "analog_output_command_event",
        &[5, 3, 11, 9, 5, 9, 11, 15],
    ),
    Group(50, "time_and_date", &[6, 10, 6, 11]),
    Group(51, "time_and_date_cto", &[6, 6]),
    Group(52, "time_delay", &[2, 2]),
    Group(60, "class", &[0, 0, 0, 0]),
    Group(80, "internal_indications", &[0]),
    Group(81, "storage", &[3]),
    Group(101, "binary_coded_decimal", &[2, 4, 8]),
    Group(102, "unsigned_integer", &[1]),
    Group(121, "security_statistic", &[7]),
    Group(122, "security_statistic_event", &[7, 13]),
];

/// Groups with sizes of another kind.
const OTHERS: &[(u8, &str, Size)] = &[
    (0, "device_attribute", Size::Attribute),
    (70, "file", Size::Prefixed),
    (82, "device_profile", Size::Prefixed),
    (83, "data_set", Size::Prefixed),
    (85, "data_set_prototype", Size::Prefixed),
    (86, "data_set_descriptor", Size::Prefixed),
    (87, "data_set_present_value", Size::Prefixed),
    (88, "data_set_event", Size::Prefixed),
    (90, "application", Size::Prefixed),
    (91, "status_of_request", Size::Prefixed),
    (110, "octet_string", Size::Variation),
    (111, "octet_string_event", Size::Variation),
    (112, "virtual_terminal_output", Size::Variation),
    (113, "virtual_terminal_event", Size::Variation),
    (120, "authentication", Size::Prefixed),
];

/// Name of the points of a group; `None` when the standard has no such group.
pub(super) fn group_name(group: u8) -> Option<&'static str> {
    let fixed = GROUPS.iter().find(|row| row.0 == group).map(|row| row.1);
    fixed.or_else(|| {
        let other = OTHERS.iter().find(|(known, ..)| *known == group);
        other.map(|(_, name, _)| *name)
    })
}

/// Size of an object. Variation 0 ("any") has none.
pub(super) fn size(group: u8, variation: u8) -> Size {
    match (group, variation) {
        (1 | 10 | 80, 1) | (12, 3) => return Size::Packed(1),
        (3, 1) => return Size::Packed(2),
        // Aggressive mode request and session key status request are the fixed ones of their group.
        (120, 3) => return Size::Fixed(6),
        (120, 4) => return Size::Fixed(2),
        (0, _) => return Size::Attribute,
        (_, 0) => return Size::Unknown,
        _ => {}
    }
    if let Some((.., size)) = OTHERS.iter().find(|(known, ..)| *known == group) {
        return *size;
    }
    let place = usize::from(variation.saturating_sub(1));
    GROUPS
        .iter()
        .find(|row| row.0 == group)
        .and_then(|row| row.2.get(place))
        .map_or(Size::Unknown, |octets| Size::Fixed(*octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_object_library() {
        for (group, variation, expected) in [
            (12, 1, Size::Fixed(11)),
            (1, 1, Size::Packed(1)),
            (3, 1, Size::Packed(2)),
            (2, 2, Size::Fixed(7)),
            (32, 7, Size::Fixed(11)),
            (50, 1, Size::Fixed(6)),
            (110, 5, Size::Variation),
            (70, 5, Size::Prefixed),
            (120, 3, Size::Fixed(6)),
            (30, 0, Size::Unknown),
            (30, 7, Size::Unknown),
            (127, 1, Size::Unknown),
        ] {
            assert_eq!(size(group, variation), expected, "{group}/{variation}");
        }
    }

    #[test]
    fn every_group_has_a_name() {
        let named = (0..=255)
            .filter(|group| group_name(*group).is_some())
            .count();
        assert_eq!(named, GROUPS.len() + OTHERS.len());
        assert_eq!(group_name(60), Some("class"));
        assert_eq!(group_name(99), None);
    }
}
