//! The desk as rules see it.

use std::sync::Arc;

use sensor_protocols::observation::{Observation, Repeats};
use sensor_protocols::time::Timestamp;

use super::command::WouldHaveAlerted;
use super::desk::Desk;
use crate::baseline::{Channel, History, Item, Parties, PartyItem, Span};
use crate::catalogue::{AlertType, Engine};
use crate::engines::ChannelState;
use crate::finding::{Finding, Keyed, PartyKey};
use crate::indicators::IndicatorSet;
use crate::inventory::AddressBook;

/// The desk as rules see it, with the place where findings go.
pub struct Report<'a> {
    pub(super) desk: &'a mut Desk,
    pub(super) addresses: &'a AddressBook,
    pub(super) out: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// Latest time seen.
    pub fn now(&self) -> Timestamp {
        self.desk.now()
    }

    pub fn is_enabled(&self, alert_type: &AlertType) -> bool {
        self.desk.is_enabled(alert_type)
    }

    /// Whether a departure of this type is learned: its type is learning, or one of the parties is
    /// a new device in its learning period.
    pub fn is_learning(
        &mut self,
        alert_type: &'static AlertType,
        observation: &Observation<'_>,
    ) -> bool {
        self.desk.type_is_learning(alert_type)
            || super::desk::learns(alert_type)
                && [&observation.source, &observation.destination]
                    .into_iter()
                    .any(|end| self.desk.is_newcomer(end.into(), observation.time))
    }

    /// The same for a departure of one party, when there is a newcomer to ask about.
    pub fn is_learning_of(
        &mut self,
        alert_type: &'static AlertType,
        newcomer: Option<PartyKey>,
        now: Timestamp,
    ) -> bool {
        self.desk.type_is_learning(alert_type)
            || newcomer.is_some_and(|party| self.desk.is_newcomer(party, now))
    }

    /// The indicators that traffic is compared with.
    pub fn indicators(&self) -> &Arc<IndicatorSet> {
        self.desk.indicators()
    }

    /// Counts a finding that learning kept back.
    fn kept_back(&mut self, alert_type: &'static AlertType, count: u64) {
        if !self.is_enabled(alert_type) {
            return;
        }
        let state = self.desk.state(alert_type);
        state.would_have_alerted = state.would_have_alerted.saturating_add(count);
        let total = state.would_have_alerted;
        let changes = &mut self.desk.changes.would_have_alerted;
        match changes.iter_mut().find(|c| *c.type_id == *alert_type.id) {
            Some(change) => change.count = total,
            None => changes.push(WouldHaveAlerted {
                type_id: Arc::clone(&alert_type.id),
                count: total,
            }),
        }
    }

    /// Puts an item of a channel into the baseline, on account of a type that is learning.
    pub fn learn_item(
        &mut self,
        alert_type: &'static AlertType,
        channel: &mut Channel<ChannelState>,
        item: Item<'_>,
        observation: &Observation<'_>,
    ) {
        let mut history = History::traffic(observation.time, observation.count);
        if let Some(repeats) = observation.repeats {
            history.first = repeats.first;
        }
        let learned = self.desk.learn_item(channel, item, history);
        if learned {
            self.news(alert_type);
        }
        // The first of repeats is learned, and permits the others.
        let departures = match observation.repeats {
            Some(_) if learned => 1,
            _ => observation.count,
        };
        self.kept_back(alert_type, departures);
    }

    /// Widens the range of a table that was learned from traffic so far as to hold `span`, on account
    /// of a type that is learning. The first range of an object is no departure.
    pub fn widen(
        &mut self,
        alert_type: &'static AlertType,
        channel: &mut Channel<ChannelState>,
        (table, span): (&'static str, Span),
        observation: &Observation<'_>,
    ) {
        let code = Item::ANY_OPERATION;
        let item = |span| Item::Range { code, table, span };
        let known = channel.baseline.from_traffic(code, table, span.station);
        let mut history = History::traffic(observation.time, observation.count);
        let mut wide = span;
        if let Some((old, before)) = known {
            wide.first = wide.first.min(old.first);
            wide.last = wide.last.max(old.last);
            history = before.joined(history);
        }
        let old = known.map(|(old, _)| item(old));
        if self.desk.replace_range(channel, (old, item(wide)), history) {
            self.news(alert_type);
        }
        if known.is_some() {
            self.kept_back(alert_type, observation.count);
        }
    }

    /// Puts a thing about one device into the baseline, on account of a type that is learning.
    pub fn learn_party(
        &mut self,
        alert_type: &'static AlertType,
        parties: &mut Parties,
        item: &PartyItem<'_>,
        time: Timestamp,
        count: u64,
    ) {
        let history = History::traffic(time, count);
        if self.desk.learn_party(parties, item, history) {
            self.news(alert_type);
        }
        self.kept_back(alert_type, count);
    }

    /// Puts a thing into the baseline that is no departure: the first of its kind.
    pub fn note_party(&mut self, parties: &mut Parties, item: &PartyItem<'_>, time: Timestamp) {
        self.desk
            .learn_party(parties, item, History::traffic(time, 1));
    }

    /// The baseline of a type grew: dynamic mode waits for it to become stable anew.
    fn news(&mut self, alert_type: &'static AlertType) {
        let now = self.desk.now();
        self.desk.state(alert_type).last_news = Some(now);
    }

    /// A device appeared.
    pub fn newcomer(&mut self, party: PartyKey, now: Timestamp) {
        self.desk.newcomer(party, now);
    }

    /// Hands a finding out, unless its type is off, the OT focus passes it over or the rate limit
    /// holds it back.
    pub fn raise(&mut self, finding: Finding) {
        self.raise_each(finding, None);
    }

    /// The same for a finding about each of the messages that were repeated; it counts those that
    /// are within the rate limit.
    pub fn raise_each(&mut self, mut finding: Finding, repeats: Option<&Repeats>) {
        let wanted = self.desk.is_enabled(finding.alert_type)
            && (!self.desk.ot_focused || self.concerns_ot(&finding));
        if !wanted {
            return;
        }
        let passed = self.desk.within_rate(&finding, repeats);
        if repeats.is_some() {
            finding.count = passed;
        }
        if passed > 0 {
            self.out.push(finding);
        }
    }

    /// Malware counts everywhere, and so does what is about the sensor; all else needs an OT
    /// protocol or an OT subnet.
    fn concerns_ot(&self, finding: &Finding) -> bool {
        finding.alert_type.engine == Engine::Malware
            || finding.keyed == Keyed::Sensor
            || finding.protocol.is_ot()
            || [&finding.source, &finding.destination]
                .into_iter()
                .flatten()
                .any(|end| end.ip.is_some_and(|ip| self.addresses.is_ot(ip)))
    }
}
