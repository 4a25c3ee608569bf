//! Caps of Niagara Fox.

/// Octets of one Fox message that are looked at: several times a greeting with its facts about the system.
/// What goes on without an end is cut, shown as `limit_reached`.
pub const FOX_MESSAGE: usize = 16_384;
