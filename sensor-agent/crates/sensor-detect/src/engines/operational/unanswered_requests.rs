//! A Modbus server that used to answer does not answer requests any more.
//!
//! Why: its process values are stale wherever they are shown. T0881. Counted per client and
//! server, since the server's last answer. Requests that are only on their way do not count: after
//! the one that crosses the threshold, an answer has `GRACE` to arrive. Requests that the kernel
//! program only counted were answered; the one that waits is told by itself. False positives:
//! mirror ports that drop one direction.

use std::collections::VecDeque;
use std::time::Duration;

use sensor_protocols::addr::Endpoint;
use sensor_protocols::observation::{Direction, Observation, Protocol};
use sensor_protocols::time::Timestamp;
use smallvec::SmallVec;

use crate::baseline::ChannelIndex;
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup, TickContext,
};
use crate::finding::{Finding, Keyed, Values};

const ID: &str = "modbus_device_unresponsive";

/// Time for an answer before the last request counts as unanswered.
const GRACE: Duration = Duration::from_secs(2);

/// Channels that wait for the grace period to end.
const SUSPECTS: usize = 4096;

/// Requests remembered per channel, whatever the threshold.
const REMEMBERED: usize = 64;

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["requests"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[Protocol::Modbus]),
            aspects: Aspects::REQUEST.or(Aspects::RESPONSE).or(Aspects::ERROR),
        },
        new: |setup| Box::new(Unanswered::new(setup)),
    },
};

/// Requests of one channel since the last answer.
#[derive(Debug, Default)]
pub struct Requests {
    times: SmallVec<[Timestamp; 3]>,
    /// The server answered at least once.
    alive: bool,
    /// The channel is in the queue of suspects.
    suspect: bool,
    /// Answers, so that a suspect can tell whether one came meanwhile.
    answers: u32,
}

impl Requests {
    /// The server answered. Answers that are told late, up to the time `until`, are none to the
    /// requests after that.
    fn answered(&mut self, until: Option<Timestamp>) {
        self.alive = true;
        match until {
            Some(until) => self.times.retain(|time| *time > until),
            None => self.times.clear(),
        }
        if self.times.is_empty() {
            self.answers = self.answers.wrapping_add(1);
        }
    }
}

struct Suspect {
    index: ChannelIndex,
    answers: u32,
    /// Start of the grace period.
    since: Timestamp,
    time: Timestamp,
    frame: u64,
    client: Endpoint,
    server: Endpoint,
}

struct Unanswered {
    alert_type: &'static AlertType,
    threshold: Threshold,
    suspects: VecDeque<Suspect>,
}

impl Unanswered {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            suspects: VecDeque::new(),
        }
    }

    fn asked(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let most = (self.threshold.count as usize).clamp(1, REMEMBERED);
        let requests = &mut cx.channel.state.requests;
        if !requests.alive {
            return;
        }
        let times = &mut requests.times;
        for _ in 0..observation.count.min(most as u64) {
            if times.len() >= most {
                times.remove(0);
            }
            times.push(observation.time);
        }
        let first = times.first().copied().unwrap_or(observation.time);
        let crossed = times.len() >= most && observation.time.since(first) <= self.threshold.window;
        if crossed && !requests.suspect && self.suspects.len() < SUSPECTS {
            requests.suspect = true;
            self.suspects.push_back(Suspect {
                index: cx.index,
                answers: requests.answers,
                since: cx.report.now(),
                time: observation.time,
                frame: observation.frame,
                client: observation.source,
                server: observation.destination,
            });
        }
    }

    fn silent(&self, suspect: &Suspect, requests: u64) -> Finding {
        Finding {
            alert_type: self.alert_type,
            time: suspect.time,
            frame: suspect.frame,
            count: requests,
            source: Some(suspect.client),
            destination: Some(suspect.server),
            protocol: Protocol::Modbus,
            keyed: Keyed::Destination,
            discriminator: 0,
            values: Values::from_iter([("requests", requests.into())]),
            tuple: None,
        }
    }
}

impl PairRule for Unanswered {
    #[inline]
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.direction == Direction::Response {
            let until = observation.repeats.map(|repeats| repeats.last);
            cx.channel.state.requests.answered(until);
        } else if observation.repeats.is_none() {
            self.asked(observation, cx);
        }
    }

    fn tick(&mut self, now: Timestamp, cx: &mut TickContext<'_>) {
        for _ in 0..self.suspects.len() {
            let Some(suspect) = self.suspects.pop_front() else {
                return;
            };
            let requests = &mut cx.channels.at(suspect.index).state.requests;
            let silent = requests.suspect && requests.answers == suspect.answers;
            // A time set back ends the case: what came before it has no end any more.
            let silent = silent && suspect.since <= now;
            if silent && now.since(suspect.since) < GRACE {
                self.suspects.push_back(suspect);
                continue;
            }
            requests.suspect = false;
            if silent {
                let count = requests.times.len() as u64;
                requests.times.clear();
                cx.report.raise(self.silent(&suspect, count));
            }
        }
    }
}
