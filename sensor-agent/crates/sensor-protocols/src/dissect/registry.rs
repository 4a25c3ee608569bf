//! Every dissector on one page: hints, probe, constructor.
//!
//! Order is the order of probing among rows whose hint fits, then among the rest. A flow is probed
//! once; port numbers are hints, so Modbus on port 5020 is Modbus.

use super::{Dissector, Probe, ProbeInput, modbus};
use crate::observation::Protocol;

/// Where a protocol is usually found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Server port over TCP.
    Tcp(u16),
    /// Server port over UDP.
    Udp(u16),
    /// Protocol number in the IP header. Decides: nothing else is tried.
    IpProtocol(u8),
    /// Ethertype. Decides: nothing else is tried.
    Ethertype(u16),
}

/// One row of the registry.
pub struct Entry {
    pub protocol: Protocol,
    pub hints: &'static [Hint],
    /// Whether content on an unhinted TCP port or UDP port is tried as well.
    pub anywhere: bool,
    pub probe: fn(&ProbeInput<'_>) -> Probe,
    pub create: fn() -> Box<dyn Dissector>,
}

/// All dissectors, in order of probing.
pub const REGISTRY: &[Entry] = &[
    // OT protocols first: they are what the sensor is for.
    Entry {
        protocol: Protocol::Modbus,
        hints: &[Hint::Tcp(502), Hint::Udp(502)],
        anywhere: true,
        probe: modbus::probe,
        create: modbus::Modbus::create,
    },
    // IT protocols.
];
