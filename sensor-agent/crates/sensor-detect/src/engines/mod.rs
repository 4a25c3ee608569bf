//! The five engines: rules, one per file, grouped by what kind of departure they look for.
//!
//! | engine | looks for | needs a baseline |
//! |--|--|--|
//! | [`protocol_violation`] | messages that break their specification | no |
//! | [`policy_violation`] | traffic that was not learned | yes |
//! | [`malware`] | behaviour and content of malicious software | no |
//! | [`anomaly`] | scans, floods, unusual rates | no |
//! | [`operational`] | failing or silent equipment | no |
//!
//! A *pair rule* sees every [`Observation`] of the protocols and kinds it asks for and keeps its
//! state per channel. A *site rule* sees [`Fact`]s, which say what spans pairs. Both get time from
//! what they see and from ticks, and report through their context.
//!
//! # Adding a type
//! Where a table covers it (`tables`, `policy_violation::learned`, `anomaly::refusals` …) add a row. Otherwise add a file with a [`Rule`] constant and name it in
//! [`registry::RULES`]. The type itself is a row of `catalogue/alert-types.csv`.

pub mod anomaly;
pub mod malware;
pub mod operational;
pub mod policy_violation;
pub mod protocol_violation;
pub mod registry;

mod codes;
mod commands;
mod configuration;
mod context;
mod dnp3;
mod firmware_transfers;
mod iec61850;
mod interest;
mod numbers;
mod setup;
mod sign_ins;
mod tables;
mod told;

pub use context::{PairContext, SiteContext};
pub use interest::{Aspects, Interest, Protocols};
pub use setup::Setup;

use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use crate::catalogue::Engine;
use crate::detector::Fact;

/// A rule that looks at one pair of devices at a time.
pub trait PairRule: Send {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>);

    /// Time passes.
    fn tick(&mut self, now: Timestamp, cx: &mut TickContext<'_>) {
        let _ = (now, cx);
    }

    /// The tables of the rule, for the status.
    fn tables(&self, out: &mut Vec<crate::state::TableStatus>) {
        let _ = out;
    }
}

/// A rule about what spans pairs.
pub trait SiteRule: Send {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>);

    /// Time passes.
    fn tick(&mut self, now: Timestamp, cx: &mut SiteContext<'_>) {
        let _ = (now, cx);
    }

    /// The tables of the rule, for the status.
    fn tables(&self, out: &mut Vec<crate::state::TableStatus>) {
        let _ = out;
    }
}

/// What a pair rule may use when time passes.
pub struct TickContext<'a> {
    pub channels: &'a mut crate::baseline::Channels<ChannelState>,
    pub parties: &'a mut crate::baseline::Parties,
    pub report: crate::detector::Report<'a>,
}

/// What pair rules remember about one channel, beside what is learned. Small, since there is one
/// per channel.
#[derive(Debug, Default)]
pub struct ChannelState {
    /// Requests that wait for an answer.
    pub requests: operational::Requests,
    /// When the client asks.
    pub rhythm: anomaly::polling::Rhythm,
    /// Last flow on which the server's answer was reported as a fact.
    pub answered_flow: u64,
    /// Last flow on which the client's request was reported as a fact.
    pub asked_flow: u64,
}

/// An alert type that a rule raises, and the names of the values it puts into the finding.
#[derive(Clone, Copy, Debug)]
pub struct Raises {
    pub id: &'static str,
    pub values: &'static [&'static str],
}

/// One row of the registry.
pub struct Rule {
    pub engine: Engine,
    pub raises: &'static [Raises],
    pub build: Build,
}

/// How a rule is made.
pub enum Build {
    Pair {
        interest: Interest,
        new: fn(&Setup<'_>) -> Box<dyn PairRule>,
    },
    Site {
        new: fn(&Setup<'_>) -> Box<dyn SiteRule>,
    },
    /// Raised by the detector itself: what is about the sensor, not about traffic.
    Detector,
}
