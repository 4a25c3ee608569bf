//! The built-in mixes: what the flows of a plant say, by name.
//!
//! Data in: a name. Data out: the frames that open a flow and those of one round. Every frame is
//! what a real device sends: sequence numbers, transaction identifiers and counters of publishers
//! move on, checksums are right.

mod iec104;
mod modbus;
mod publishers;

use anyhow::{Result, bail};
use sensor_ebpf::generator::Step;

use super::step::Conversation;

/// What each flow sends.
#[derive(Clone, Debug)]
pub struct Mix {
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Port of the servers; 0 for publishers.
    pub(super) port: u16,
    /// Frames that open a flow, sent once.
    pub(super) opening: Vec<Step>,
    /// Frames of a round; empty when opening is all.
    pub(super) round: Vec<Step>,
    /// TCP payload bytes of each side in a round.
    pub(super) client_round: u32,
    pub(super) server_round: u32,
    /// Flows unless told otherwise.
    pub flows: u32,
}

type Make = fn() -> Mix;

/// Every mix, by name.
const MIXES: &[(&str, Make)] = &[
    ("modbus-polls", modbus::polls),
    ("modbus-mixed", modbus::mixed),
    ("new-flows", modbus::new_flows),
    ("iec104", iec104::measured_values),
    ("goose", publishers::goose),
    ("sv", publishers::sampled_values),
    ("profinet-rt", publishers::profinet),
];

/// All mixes.
pub fn all() -> impl Iterator<Item = Mix> {
    MIXES.iter().map(|(_, make)| make())
}

/// The mix with this name; an error lists the names.
pub fn named(name: &str) -> Result<Mix> {
    if let Some((_, make)) = MIXES.iter().find(|(known, _)| *known == name) {
        return Ok(make());
    }
    let names: Vec<_> = MIXES.iter().map(|(known, _)| *known).collect();
    bail!("no mix `{name}`; there are {}", names.join(", "))
}

impl Mix {
    /// Over TCP: `opening` up to the first round, then `round` again and again.
    fn tcp(
        name: &'static str,
        about: &'static str,
        port: u16,
        opening: Conversation,
        round: impl FnOnce(Conversation) -> Conversation,
    ) -> Self {
        let done = round(opening.goes_on());
        Self {
            name,
            about,
            port,
            client_round: done.client - opening.client,
            server_round: done.server - opening.server,
            opening: opening.steps,
            round: done.steps,
            flows: 64,
        }
    }

    /// Publishers, which open nothing.
    fn link(name: &'static str, about: &'static str, round: Conversation) -> Self {
        Self {
            name,
            about,
            port: 0,
            opening: Vec::new(),
            round: round.steps,
            client_round: 0,
            server_round: 0,
            flows: 64,
        }
    }

    /// Frames that open one flow.
    pub fn opening_frames(&self) -> u64 {
        u64::try_from(self.opening.len()).unwrap_or(u64::MAX)
    }

    /// Frames of a round of one flow.
    pub fn round_frames(&self) -> u64 {
        u64::try_from(self.round.len()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mix_has_its_name_and_fits_the_program() {
        for mix in all() {
            assert_eq!(named(mix.name).unwrap().name, mix.name);
            let steps = mix.opening.len() + mix.round.len();
            let most = usize::try_from(sensor_ebpf::generator::MAX_STEPS).unwrap();
            assert!((1..=most).contains(&steps), "{}: {steps}", mix.name);
        }
        let error = named("nonsense").unwrap_err().to_string();
        assert!(error.contains("modbus-polls"), "{error}");
    }
}
