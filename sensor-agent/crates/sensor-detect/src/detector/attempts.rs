//! What became of connection attempts.
//!
//! An attempt is answered, refused, or neither within [`ANSWER_TIME`]; an attempt on an OT port
//! counts as answered only when the server said something in an OT protocol, since scanners often
//! complete the handshake and leave. The outcome is handed on as a [`Fact`], so rules need no
//! timers of their own. Attempts that wait are bounded; an attempt that is given up to make room
//! counts as answered, and is counted in the status.

use std::collections::VecDeque;
use std::time::Duration;

use sensor_protocols::observation::Transport;
use sensor_protocols::time::Timestamp;

use super::fact::{Fact, FactKind};
use crate::engines::anomaly::is_ot_port;
use crate::state::{BoundedMap, TableStatus};

/// Time within which a live service answers; the first retransmissions of a SYN fall into it.
pub const ANSWER_TIME: Duration = Duration::from_secs(3);

struct Attempt {
    fact: Fact,
    /// Answered on the transport; only the OT server's own answer is missing.
    open: bool,
}

/// Attempts that wait for their outcome.
pub(super) struct Attempts {
    waiting: BoundedMap<u64, Attempt>,
    /// In ascending order.
    deadlines: VecDeque<(Timestamp, u64)>,
    most_deadlines: usize,
}

impl Attempts {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            waiting: BoundedMap::new(capacity),
            deadlines: VecDeque::new(),
            most_deadlines: capacity.saturating_mul(2).max(1),
        }
    }

    /// Takes a fact and appends the outcomes it brings about. `now` is the latest time seen.
    pub(super) fn fact(&mut self, fact: &Fact, now: Timestamp, outcomes: &mut Vec<Fact>) {
        let answered = matches!(fact.kind, FactKind::Refused | FactKind::OtAnswered);
        let over = matches!(fact.kind, FactKind::Reset | FactKind::Closed);
        if matches!(fact.kind, FactKind::Attempt { .. }) {
            self.begin(fact, now);
        } else if fact.kind == FactKind::FlowStarted && fact.transport == Transport::Udp {
            self.datagram(fact, now, outcomes);
        } else if fact.kind == FactKind::Established {
            self.established(fact.flow);
        } else if (answered || over)
            && let Some(attempt) = self.waiting.remove(&fact.flow)
            && over
        {
            outcomes.push(Fact {
                time: fact.time,
                frame: fact.frame,
                ..attempt.fact.as_kind(FactKind::Abandoned)
            });
        }
    }

    /// The first datagram of a flow tries, one in the other direction answers.
    fn datagram(&mut self, fact: &Fact, now: Timestamp, outcomes: &mut Vec<Fact>) {
        if self.waiting.remove(&fact.flow).is_none() && self.begin(fact, now) {
            outcomes.push(fact.as_kind(FactKind::Attempt { familiar: false }));
        }
    }

    /// Whether the fact begins an attempt: groups do not answer.
    fn begin(&mut self, fact: &Fact, now: Timestamp) -> bool {
        if fact.destination.mac.is_group() || fact.flow == 0 {
            return false;
        }
        self.waiting.entry(fact.flow, || Attempt {
            fact: fact.clone(),
            open: false,
        });
        if self.deadlines.len() >= self.most_deadlines
            && let Some((_, oldest)) = self.deadlines.pop_front()
        {
            self.waiting.remove(&oldest);
        }
        self.deadlines
            .push_back((now.max(fact.time).after(ANSWER_TIME), fact.flow));
        true
    }

    fn established(&mut self, flow: u64) {
        let Some(attempt) = self.waiting.get_mut(&flow) else {
            return;
        };
        if is_ot_port(attempt.fact.destination.port) {
            attempt.open = true;
        } else {
            self.waiting.remove(&flow);
        }
    }

    /// Time was set back to `now`: attempts that wait get the time to be answered anew.
    pub(super) fn time_ran_back(&mut self, now: Timestamp) {
        for (deadline, _) in &mut self.deadlines {
            *deadline = (*deadline).min(now.after(ANSWER_TIME));
        }
    }

    /// Appends the attempts that nobody answered in time.
    pub(super) fn overdue(&mut self, now: Timestamp, outcomes: &mut Vec<Fact>) {
        while let Some(&(deadline, flow)) = self.deadlines.front() {
            if deadline > now {
                break;
            }
            self.deadlines.pop_front();
            self.unanswered(flow, outcomes);
        }
    }

    /// The capture ends: what waits stays unanswered.
    pub(super) fn finish(&mut self, outcomes: &mut Vec<Fact>) {
        while let Some((_, flow)) = self.deadlines.pop_front() {
            self.unanswered(flow, outcomes);
        }
    }

    fn unanswered(&mut self, flow: u64, outcomes: &mut Vec<Fact>) {
        let waits = self.waiting.get(&flow).is_some_and(|attempt| !attempt.open);
        if waits && let Some(attempt) = self.waiting.remove(&flow) {
            outcomes.push(attempt.fact.as_kind(FactKind::Unanswered));
        }
    }

    pub(super) fn status(&self) -> TableStatus {
        self.waiting.status("connection_attempts", 0)
    }
}
