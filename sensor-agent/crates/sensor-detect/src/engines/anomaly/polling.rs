//! Channels whose polling fell silent.
//!
//! Why: a client that polls does so for as long as it runs; when it stops its operators see old values.
//! T0881.
//!
//! A channel counts as polled when [`STEADY`] messages of its client came with no gap longer than
//! [`LONGEST_POLL`]. It is silent when nothing came for the threshold's window, and for [`PATIENCE`]
//! times its longest gap so far.
//!
//! Limits: state stands in the channel; each polled channel is looked at when it could be silent, not
//! on every tick. False positives: clients that are switched off by plan.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use sensor_protocols::addr::Endpoint;
use sensor_protocols::observation::{Direction, Observation, Protocol};
use sensor_protocols::time::Timestamp;

use crate::baseline::ChannelIndex;
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup, TickContext,
};
use crate::finding::{Finding, Keyed, Values};

const INACTIVE: &str = "inactive_channel";

/// Messages that make a channel a polled one.
const STEADY: u64 = 20;

/// Longest time from one poll to the next.
const LONGEST_POLL: Duration = Duration::from_mins(1);

/// Room for watched channels from the start; it grows to one for each channel.
const WATCHED: usize = 1024;

/// So many times its longest gap a channel may be quiet.
const PATIENCE: u32 = 5;

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: INACTIVE,
        values: &["seconds"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Polls::new(setup)),
    },
};

/// When one channel's client asks.
#[derive(Debug, Default)]
pub struct Rhythm {
    last: Timestamp,
    /// Messages without a gap longer than [`LONGEST_POLL`].
    messages: u64,
    longest: Duration,
    /// When the queue of the rule has it looked at; zero when it waits for nothing.
    due: Timestamp,
    ends: Option<Box<(Endpoint, Endpoint)>>,
}

impl Rhythm {
    /// Takes a message, or repeats of one. Those that are told late move nothing back.
    fn messages(&mut self, observation: &Observation<'_>) {
        let (first, longest) = match observation.repeats {
            Some(repeats) => (repeats.first, repeats.max_gap),
            None => (observation.time, Duration::ZERO),
        };
        let gap = first.since(self.last).max(longest);
        if self.messages == 0 || gap > LONGEST_POLL {
            self.messages = 0;
            self.longest = Duration::ZERO;
        } else {
            self.longest = self.longest.max(gap);
        }
        self.last = self.last.max(observation.time);
        self.messages = self.messages.saturating_add(observation.count);
    }

    /// When it is silent if nothing comes.
    fn deadline(&self, threshold: Threshold) -> Timestamp {
        let patience = self.longest.saturating_mul(PATIENCE);
        self.last.after(threshold.window.max(patience))
    }
}

struct Polls {
    inactive: &'static AlertType,
    threshold: Threshold,
    /// Polled channels by the time at which they could be silent.
    watched: BinaryHeap<Reverse<(Timestamp, ChannelIndex)>>,
}

impl Polls {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            inactive: setup.alert(INACTIVE),
            threshold: setup.threshold(INACTIVE),
            watched: BinaryHeap::with_capacity(WATCHED),
        }
    }
}

impl PairRule for Polls {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if cx.channel.shared || observation.direction == Direction::Response {
            return;
        }
        let rhythm = &mut cx.channel.state.rhythm;
        rhythm.messages(observation);
        if rhythm.ends.is_none() {
            rhythm.ends = Some(Box::new((observation.source, observation.destination)));
        }
        if rhythm.messages >= STEADY && rhythm.due == Timestamp::ZERO {
            rhythm.due = rhythm.deadline(self.threshold);
            self.watched.push(Reverse((rhythm.due, cx.index)));
        }
    }

    fn tick(&mut self, now: Timestamp, cx: &mut TickContext<'_>) {
        while let Some(Reverse((due, index))) = self.watched.peek().copied() {
            if due > now {
                return;
            }
            self.watched.pop();
            let channel = cx.channels.at(index);
            let protocol = channel.key.protocol;
            let rhythm = &mut channel.state.rhythm;
            // Another channel may have taken the place of one that was evicted.
            if rhythm.due != due {
                continue;
            }
            let deadline = rhythm.deadline(self.threshold);
            if deadline > now {
                rhythm.due = deadline;
                self.watched.push(Reverse((deadline, index)));
                continue;
            }
            rhythm.due = Timestamp::ZERO;
            rhythm.messages = 0;
            let last = rhythm.last;
            if let Some(ends) = &rhythm.ends {
                cx.report.raise(self.silent(now, last, **ends, protocol));
            }
        }
    }
}

impl Polls {
    fn silent(
        &self,
        now: Timestamp,
        last: Timestamp,
        (client, server): (Endpoint, Endpoint),
        protocol: Protocol,
    ) -> Finding {
        Finding {
            alert_type: self.inactive,
            time: now,
            frame: 0,
            count: 1,
            source: Some(client),
            destination: Some(server),
            protocol,
            keyed: Keyed::Pair,
            discriminator: 0,
            values: Values::from_iter([("seconds", now.since(last).as_secs().into())]),
            tuple: None,
        }
    }
}
