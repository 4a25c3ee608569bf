//! Caps of synchrophasors.

/// Octets of a frame that are kept for its check word: its length field has two octets.
pub const SYNCHROPHASOR_BYTES: usize = 65_535;

/// Stations told of one configuration: two objects each. A concentrator can have more; they are shown as
/// `limit_reached`.
pub const SYNCHROPHASOR_STATIONS: u16 = 10;
