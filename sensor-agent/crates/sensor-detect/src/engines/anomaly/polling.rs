//! Channels whose polling fell silent or changed its period.
//!
//! Why: a client that polls does so for as long as it runs; when it stops its operators see old
//! values, and when it changes its rhythm somebody else may be asking. T0881, T0842.
//!
//! A channel counts as polled when [`STEADY`] messages of its client came with no gap longer than
//! [`LONGEST_POLL`]. It is silent when nothing came for the threshold's window, and for [`PATIENCE`]
//! times its longest gap so far. Its period is measured over [`BLOCK`] messages without a gap longer
//! than [`REGULAR`] times their mean, and told by its octave, the power of two below. The first of a
//! run is known, and every one while learning; one that is no neighbour of a known one is reported when
//! it is measured twice on end. Repeats that the kernel program counted are taken as evenly spread.
//!
//! Limits: state stands in the channel; each polled channel is looked at when it could be silent, not
//! on every tick. False positives: clients that are switched off or set anew by plan.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use sensor_protocols::addr::Endpoint;
use sensor_protocols::observation::{Direction, Observation, Protocol};
use sensor_protocols::time::Timestamp;

use crate::baseline::{ChannelIndex, PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup, TickContext,
};
use crate::finding::{Finding, Keyed, Values};
use crate::settings::Mode;
use crate::state::Events;

const INACTIVE: &str = "inactive_channel";
const PERIOD: &str = "abnormal_periodic_behavior";

/// Messages that make a channel a polled one.
const STEADY: u32 = 20;

/// Longest time from one poll to the next.
const LONGEST_POLL: Duration = Duration::from_mins(1);

/// Room for watched channels from the start; it grows to one for each channel.
const WATCHED: usize = 1024;

/// So many times its longest gap a channel may be quiet.
const PATIENCE: u32 = 5;

/// Messages over which a period is measured.
const BLOCK: u32 = 32;

/// Messages whose longest gap is more than so many times their mean have no period.
const REGULAR: u64 = 3;

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: INACTIVE,
            values: &["seconds"],
        },
        Raises {
            id: PERIOD,
            values: &["period", "previous_period"],
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::Ot,
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Polls::new(setup)),
    },
};

/// The rhythm of one channel's client.
#[derive(Debug, Default)]
pub struct Rhythm {
    last: Timestamp,
    /// Messages without a gap longer than [`LONGEST_POLL`].
    messages: u32,
    longest: Duration,
    /// Start of the block in hand, its messages and their longest gap.
    block: Timestamp,
    counted: u32,
    widest: Duration,
    /// One bit for each octave of a known period.
    known: u64,
    /// The known period that was measured last, in milliseconds.
    period: u64,
    /// The last block had an unknown period.
    differed: bool,
    /// When the queue of the rule has it looked at; zero when it waits for nothing.
    due: Timestamp,
    ends: Option<Box<(Endpoint, Endpoint)>>,
}

impl Rhythm {
    /// Takes the messages of an observation; returns the last period that was measured over them.
    fn messages(&mut self, observation: &Observation<'_>) -> Option<u64> {
        let longest = observation.repeats.map_or(Duration::ZERO, |r| r.max_gap);
        self.longest = self.longest.max(longest);
        let mut measured = None;
        for time in Events::of(observation).times() {
            measured = self.message(time).or(measured);
        }
        measured
    }

    /// Takes one message; returns the period of the block that it ends.
    fn message(&mut self, time: Timestamp) -> Option<u64> {
        let gap = time.since(self.last);
        if self.messages == 0 || gap > LONGEST_POLL || time < self.last {
            self.messages = 0;
            self.longest = Duration::ZERO;
            self.widest = Duration::ZERO;
            self.block = time;
            self.counted = 0;
            self.differed = false;
        } else {
            self.longest = self.longest.max(gap);
            self.widest = self.widest.max(gap);
        }
        self.last = time;
        self.messages = self.messages.saturating_add(1);
        self.counted += 1;
        if self.counted <= BLOCK {
            return None;
        }
        let milliseconds = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let period = milliseconds(time.since(self.block)) / u64::from(BLOCK);
        let regular = milliseconds(self.widest) <= period.saturating_mul(REGULAR);
        self.block = time;
        self.counted = 1;
        self.widest = Duration::ZERO;
        (regular && period > 0).then_some(period)
    }

    /// Whether the period is unknown for the second time. `learns`: it becomes known instead.
    fn is_another(&mut self, period: u64, learns: bool) -> bool {
        let octave = 1_u64 << period.ilog2();
        let near = octave | octave << 1 | octave >> 1;
        if self.known == 0 || learns {
            self.known |= octave;
        }
        if self.known & near != 0 {
            self.period = period;
            self.differed = false;
            return false;
        }
        let again = self.differed;
        self.differed = !again;
        again
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
    period: &'static AlertType,
    /// Polled channels by the time at which they could be silent.
    watched: BinaryHeap<Reverse<(Timestamp, ChannelIndex)>>,
}

impl Polls {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            inactive: setup.alert(INACTIVE),
            threshold: setup.threshold(INACTIVE),
            period: setup.alert(PERIOD),
            watched: BinaryHeap::with_capacity(WATCHED),
        }
    }

    fn measured(&self, period: u64, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let learns = cx.report.mode() == Mode::Learning;
        let rhythm = &mut cx.channel.state.rhythm;
        if !rhythm.is_another(period, learns) {
            return;
        }
        let before = rhythm.period;
        let text = octave(period);
        let item = PartyItem {
            kind: TupleKind::Period,
            source: cx.channel.key.client,
            destination: Some(cx.channel.key.server),
            protocol: observation.protocol,
            text: Some(&text),
        };
        if cx.parties.permits(&item, observation.time, 1) {
            return;
        }
        cx.crossed(self.period, observation, |finding| {
            finding.tuple = Some(item.tuple());
            finding.value("period", format!("{period} ms"));
            finding.value("previous_period", format!("{before} ms"));
        });
    }
}

impl PairRule for Polls {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if cx.channel.shared || observation.direction == Direction::Response {
            return;
        }
        let rhythm = &mut cx.channel.state.rhythm;
        let period = rhythm.messages(observation);
        if rhythm.ends.is_none() {
            rhythm.ends = Some(Box::new((observation.source, observation.destination)));
        }
        if rhythm.messages >= STEADY && rhythm.due == Timestamp::ZERO {
            rhythm.due = rhythm.deadline(self.threshold);
            self.watched.push(Reverse((rhythm.due, cx.index)));
        }
        if let Some(period) = period {
            self.measured(period, observation, cx);
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

/// A period as the baseline names it: so coarse that small changes have one name.
fn octave(milliseconds: u64) -> String {
    let above = milliseconds.saturating_add(1).next_power_of_two();
    format!("{} to {} ms", above / 2, above - 1)
}

#[cfg(test)]
mod tests {
    use super::octave;

    #[test]
    fn periods_that_differ_little_have_one_name() {
        assert_eq!(octave(1), "1 to 1 ms");
        assert_eq!(octave(1000), "512 to 1023 ms");
        assert_eq!(octave(1023), "512 to 1023 ms");
        assert_eq!(octave(1024), "1024 to 2047 ms");
    }
}
