//! Causes of transmission, as data.
//!
//! Source: IEC 60870-5-101 ed. 2, 7.2.3, table 14; 14 to 16 are of IEC TS 60870-5-7.

/// Causes that the pairing of commands knows.
pub(super) mod cause {
    pub(in super::super) const REQUEST: u8 = 5;
    pub(in super::super) const ACTIVATION: u8 = 6;
    pub(in super::super) const ACTIVATION_CONFIRMATION: u8 = 7;
    pub(in super::super) const DEACTIVATION: u8 = 8;
    pub(in super::super) const DEACTIVATION_CONFIRMATION: u8 = 9;
    pub(in super::super) const ACTIVATION_TERMINATION: u8 = 10;
}

const CAUSES: &[(u8, &str)] = &[
    (1, "periodic"),
    (2, "background_scan"),
    (3, "spontaneous"),
    (4, "initialised"),
    (5, "request"),
    (6, "activation"),
    (7, "activation_confirmation"),
    (8, "deactivation"),
    (9, "deactivation_confirmation"),
    (10, "activation_termination"),
    (11, "return_information_remote_command"),
    (12, "return_information_local_command"),
    (13, "file_transfer"),
    (14, "authentication"),
    (15, "session_key_maintenance"),
    (16, "user_role_and_update_key_maintenance"),
    (20, "interrogated_by_station"),
    (21, "interrogated_by_group_1"),
    (22, "interrogated_by_group_2"),
    (23, "interrogated_by_group_3"),
    (24, "interrogated_by_group_4"),
    (25, "interrogated_by_group_5"),
    (26, "interrogated_by_group_6"),
    (27, "interrogated_by_group_7"),
    (28, "interrogated_by_group_8"),
    (29, "interrogated_by_group_9"),
    (30, "interrogated_by_group_10"),
    (31, "interrogated_by_group_11"),
    (32, "interrogated_by_group_12"),
    (33, "interrogated_by_group_13"),
    (34, "interrogated_by_group_14"),
    (35, "interrogated_by_group_15"),
    (36, "interrogated_by_group_16"),
    (37, "requested_by_general_counter"),
    (38, "requested_by_group_1_counter"),
    (39, "requested_by_group_2_counter"),
    (40, "requested_by_group_3_counter"),
    (41, "requested_by_group_4_counter"),
    (44, "unknown_type_identification"),
    (45, "unknown_cause_of_transmission"),
    (46, "unknown_common_address"),
    (47, "unknown_information_object_address"),
];

/// Name of a cause of transmission (0 to 63); `unknown` when the standard has none.
#[must_use]
pub fn cause_name(cause: u8) -> &'static str {
    match CAUSES.iter().find(|(known, _)| *known == cause) {
        Some((_, name)) => name,
        None if cause >= 48 => "private",
        None => "unknown",
    }
}

/// Whether the standard lets anybody use a cause: defined, or in the range for special use.
pub(super) fn is_defined(cause: u8) -> bool {
    cause >= 48 || CAUSES.iter().any(|(known, _)| *known == cause)
}

/// Whether the cause refuses a command whatever the P/N bit says.
pub(super) const fn refuses(cause: u8) -> bool {
    matches!(cause, 44..=47)
}

/// Name of a refusal: of the cause, or of a confirmation with the P/N bit set.
pub(super) fn refusal_name(cause: u8) -> &'static str {
    match cause {
        cause::ACTIVATION_CONFIRMATION => "negative_activation_confirmation",
        cause::DEACTIVATION_CONFIRMATION => "negative_deactivation_confirmation",
        cause::ACTIVATION_TERMINATION => "negative_activation_termination",
        44..=47 => cause_name(cause),
        _ => "negative",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defined_causes_are_those_of_the_standard() {
        let defined: Vec<u8> = (0..64).filter(|cause| is_defined(*cause)).collect();
        let expected: Vec<u8> = (1..=16).chain(20..=41).chain(44..=63).collect();
        assert_eq!(defined, expected);
        assert_eq!(cause_name(6), "activation");
        assert_eq!(cause_name(18), "unknown");
    }
}
