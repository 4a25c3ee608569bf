//! Caps of IEC 60870-5-104.

/// IEC 60870-5-104 commands waiting for their confirmation or termination on one connection. A
/// controlling station seldom has more than a few open, one for each station behind a gateway;
/// terminations that never come are what fills it. A confirmed command makes room first, without
/// a word; one that is not shows as `limit_reached` on the command that took its place.
pub const IEC104_OPEN_COMMANDS: usize = 32;
