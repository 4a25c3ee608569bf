//! Transfers that recur and then do not take place: a backup that was missed.
//!
//! A transfer is traffic from one device to another of at least a mebibyte, with ten quiet minutes before it.
//! When two times between three of them agree within the tolerance (the window of the threshold), the next is
//! expected after that time. It is missed when it has not begun by then. After a miss the rhythm is learned
//! anew. T0809. Limits: a connection that never is quiet hides the transfers in it; the rhythm is forgotten
//! when the sensor starts again. False positives: a plan that was changed, a plant at rest. Learning the alert
//! says that transfers of the pair need not recur.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use sensor_protocols::addr::Endpoint;
use sensor_protocols::observation::{Observation, Protocol, Transport, flow};
use sensor_protocols::time::Timestamp;

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup, TickContext,
};
use crate::finding::{Finding, PartyKey, Values};
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "backup_missed";

/// Octets of a transfer at least.
const OCTETS: u64 = 1 << 20;

/// Time without traffic that ends a transfer.
const QUIET: Duration = Duration::from_mins(10);

/// What the exemption is called in the baseline.
const EXEMPT: &str = "transfers need not recur";

pub const RULE: Rule = Rule {
    engine: Engine::Operational,
    raises: &[Raises {
        id: ID,
        values: &["period_minutes", "octets"],
    }],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Tcp),
            aspects: Aspects::FLOW,
        },
        new: |setup| Box::new(Backup::new(setup)),
    },
};

type Pair = (PartyKey, PartyKey);

/// What is known of the transfers from one device to another.
struct Transfers {
    source: Endpoint,
    destination: Endpoint,
    /// The one that goes on, or the last.
    begun: Timestamp,
    last: Timestamp,
    octets: u64,
    /// Begin of the last one that was long enough.
    counted: Option<Timestamp>,
    period: Option<Duration>,
}

struct Backup {
    alert_type: &'static AlertType,
    tolerance: Duration,
    pairs: BoundedMap<Pair, Transfers>,
    /// When transfers are looked for, and when they were expected.
    due: BinaryHeap<Reverse<(Timestamp, Timestamp, Pair)>>,
    most_due: usize,
}

impl Backup {
    fn new(setup: &Setup<'_>) -> Self {
        let most = setup.limits().counters;
        Self {
            alert_type: setup.alert(ID),
            tolerance: setup.threshold(ID).window,
            pairs: BoundedMap::new(most),
            due: BinaryHeap::new(),
            most_due: most,
        }
    }

    fn wait(&mut self, until: Timestamp, expected: Timestamp, pair: Pair) {
        if self.due.len() < self.most_due {
            self.due.push(Reverse((until, expected, pair)));
        }
    }

    /// A transfer is long enough: it counts, and tells when the next is due.
    fn counts(&mut self, pair: Pair) {
        let tolerance = self.tolerance;
        let Some(transfers) = self.pairs.get_mut(&pair) else {
            return;
        };
        let begun = transfers.begun;
        let between = transfers.counted.map(|before| begun.since(before));
        let regular = between
            .zip(transfers.period)
            .is_some_and(|(now, before)| now.abs_diff(before) <= tolerance);
        transfers.counted = Some(begun);
        transfers.period = between;
        if let Some(period) = between.filter(|_| regular) {
            let expected = begun.after(period);
            self.wait(expected.after(tolerance), expected, pair);
        }
    }

    /// Looks for the transfer that was expected.
    fn check(&mut self, now: Timestamp, expected: Timestamp, pair: Pair, cx: &mut TickContext<'_>) {
        let tolerance = self.tolerance;
        let Some(transfers) = self.pairs.get_mut(&pair) else {
            return;
        };
        let in_time = |begun: Timestamp| begun.after(tolerance) >= expected;
        if transfers.counted.is_some_and(in_time) {
            return;
        }
        let goes_on = in_time(transfers.begun) && now.since(transfers.last) < QUIET;
        if goes_on {
            return self.wait(now.after(QUIET), expected, pair);
        }
        let Some(period) = transfers.period.take() else {
            return;
        };
        transfers.counted = None;
        let finding = missed(self.alert_type, transfers, now, period);
        report(finding, pair, cx);
    }
}

fn missed(
    alert_type: &'static AlertType,
    transfers: &Transfers,
    now: Timestamp,
    period: Duration,
) -> Finding {
    let mut finding = Finding {
        alert_type,
        time: now,
        frame: 0,
        count: 1,
        source: Some(transfers.source),
        destination: Some(transfers.destination),
        protocol: Protocol::Tcp,
        keyed: crate::finding::Keyed::Pair,
        discriminator: 0,
        values: Values::new(),
        tuple: None,
    };
    finding.value("period_minutes", period.as_secs() / 60);
    finding.value("octets", OCTETS);
    finding
}

/// Reports a miss, or learns that this pair's transfers need not recur.
fn report(mut finding: Finding, (source, destination): Pair, cx: &mut TickContext<'_>) {
    let item = PartyItem {
        kind: TupleKind::Feature,
        source,
        destination: Some(destination),
        protocol: Protocol::Tcp,
        text: Some(EXEMPT),
    };
    let (alert_type, now) = (finding.alert_type, finding.time);
    if cx.parties.permits(&item, now, 1) {
        return;
    }
    if cx.report.is_learning_of(alert_type, None, now) {
        cx.report.learn_party(alert_type, cx.parties, &item, now, 1);
        return;
    }
    finding.tuple = Some(item.tuple());
    cx.report.raise(finding);
}

impl PairRule for Backup {
    fn observe(&mut self, observation: &Observation<'_>, _cx: &mut PairContext<'_>) {
        let code = observation.operation.code;
        let is_flow = code == flow::STARTED.code || code == flow::UPDATED.code;
        if !is_flow || observation.transport != Transport::Tcp {
            return;
        }
        let (source, destination, now) = (
            observation.source,
            observation.destination,
            observation.time,
        );
        let pair = (PartyKey::from(&source), PartyKey::from(&destination));
        let transfers = self.pairs.entry(pair, || Transfers {
            source,
            destination,
            begun: now,
            last: now,
            octets: 0,
            counted: None,
            period: None,
        });
        if now.since(transfers.last) >= QUIET {
            transfers.begun = now;
            transfers.octets = 0;
        }
        transfers.last = now;
        let before = transfers.octets;
        transfers.octets = before.saturating_add(observation.bytes);
        if before < OCTETS && transfers.octets >= OCTETS {
            self.counts(pair);
        }
    }

    fn tick(&mut self, now: Timestamp, cx: &mut TickContext<'_>) {
        while let Some(&Reverse((until, expected, pair))) = self.due.peek() {
            if until > now {
                break;
            }
            self.due.pop();
            self.check(now, expected, pair, cx);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.pairs.status("transfers", 0));
    }
}
