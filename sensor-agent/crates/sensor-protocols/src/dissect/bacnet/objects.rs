//! Types of objects, and how an object is told.
//!
//! Source: ASHRAE 135-2020, clause 12 and the enumeration `BACnetObjectType` of clause 21.

use crate::observation::Object;

/// Type of the object that stands for the device itself.
pub(super) const DEVICE: u16 = 8;

/// Type of an object that is a program.
pub(super) const PROGRAM: u16 = 16;

/// Types from here on are those of vendors (23.1).
const PROPRIETARY: u16 = 128;

/// Object types, by number.
const TYPES: &[&str] = &[
    "analog_input",
    "analog_output",
    "analog_value",
    "binary_input",
    "binary_output",
    "binary_value",
    "calendar",
    "command",
    "device",
    "event_enrollment",
    "file",
    "group",
    "loop",
    "multi_state_input",
    "multi_state_output",
    "notification_class",
    "program",
    "schedule",
    "averaging",
    "multi_state_value",
    "trend_log",
    "life_safety_point",
    "life_safety_zone",
    "accumulator",
    "pulse_converter",
    "event_log",
    "global_group",
    "trend_log_multiple",
    "load_control",
    "structured_view",
    "access_door",
    "timer",
    "access_credential",
    "access_point",
    "access_rights",
    "access_user",
    "access_zone",
    "credential_data_input",
    "network_security",
    "bitstring_value",
    "characterstring_value",
    "date_pattern_value",
    "date_value",
    "datetime_pattern_value",
    "datetime_value",
    "integer_value",
    "large_analog_value",
    "octetstring_value",
    "positive_integer_value",
    "time_pattern_value",
    "time_value",
    "notification_forwarder",
    "alert_enrollment",
    "channel",
    "lighting_output",
    "binary_lighting_output",
    "network_port",
    "elevator_group",
    "escalator",
    "lift",
    "staging",
    "audit_log",
    "audit_reporter",
    "color",
    "color_temperature",
];

/// Object type and instance, one number of 10 and 22 bits (20.2.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identifier {
    pub(super) kind: u16,
    pub(super) instance: u32,
}

impl Identifier {
    pub(super) fn new(raw: u32) -> Self {
        Self {
            kind: u16::try_from(raw >> 22).unwrap_or(u16::MAX),
            instance: raw & 0x3f_ffff,
        }
    }

    /// The object under the name of its type. A type without a name keeps its number: the identifier
    /// is then told whole, type above instance.
    pub(super) fn object(self) -> Object<'static> {
        let Self { kind, instance } = self;
        let whole = (u64::from(kind) << 22) | u64::from(instance);
        let (kind, id) = match TYPES.get(usize::from(kind)) {
            Some(name) => (*name, u64::from(instance)),
            None if kind >= PROPRIETARY => ("proprietary_object", whole),
            None => ("unknown_object", whole),
        };
        Object::Id { kind, id }
    }

    /// Whether the standard reserves the type.
    pub(super) fn is_reserved(self) -> bool {
        usize::from(self.kind) >= TYPES.len() && self.kind < PROPRIETARY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_stand_at_their_number() {
        let told = |kind: u32, instance: u32| Identifier::new(kind << 22 | instance).object();
        let id = |kind, id| Object::Id { kind, id };
        assert_eq!(told(0, 1), id("analog_input", 1));
        assert_eq!(told(8, 4_194_303), id("device", 4_194_303));
        assert_eq!(told(19, 7), id("multi_state_value", 7));
        assert_eq!(told(56, 1), id("network_port", 1));
        assert_eq!(told(128, 3), id("proprietary_object", 128 << 22 | 3));
        assert_eq!(told(100, 3), id("unknown_object", 100 << 22 | 3));
        assert!(Identifier::new(100 << 22).is_reserved());
        assert!(!Identifier::new(1023 << 22).is_reserved());
    }
}
