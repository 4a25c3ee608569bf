//! Where rules report: modes, switches, limits and counts of every alert type.
//!
//! A rule says *this is not in the baseline* or *this is wrong*; the desk decides by the type's
//! mode and switch whether that is learned, dropped or handed out, and counts all three.

use std::sync::Arc;
use std::time::Duration;

use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use super::command::{Changes, WouldHaveAlerted};
use super::status::TypeStatus;
use crate::baseline::{Channel, History, Item, Learned, Outcome, Parties, PartyItem};
use crate::catalogue::{AlertType, Engine, catalogue};
use crate::engines::ChannelState;
use crate::finding::{Finding, Keyed, PartyKey};
use crate::inventory::AddressBook;
use crate::settings::{DetectorSettings, Mode};
use crate::state::BoundedMap;

/// How late a frame may come without time being taken to run backwards.
const OUT_OF_ORDER_NANOS: u64 = 2_000_000_000;

/// State of one alert type.
#[derive(Clone, Debug)]
struct TypeState {
    enabled: bool,
    mode: Option<Mode>,
    /// Dynamic mode: the baseline was stable for long enough.
    settled: bool,
    /// When its baseline last grew, or when dynamic learning began.
    last_news: Option<Timestamp>,
    findings: u64,
    suppressed: u64,
    would_have_alerted: u64,
    /// Second of capture time that the rate limit counts in, and findings in it.
    second: u64,
    in_second: u32,
}

/// All types, and what the rules changed.
pub struct Desk {
    types: Vec<TypeState>,
    mode: Mode,
    stable_for: Duration,
    new_device_learning: Duration,
    findings_per_second: u32,
    ot_focused: bool,
    /// Until when the traffic of a new device is learned.
    newcomers: BoundedMap<PartyKey, Timestamp>,
    /// Learned tuples, and how many there may be.
    tuples: usize,
    most_tuples: usize,
    refused_tuples: u64,
    /// Time of the capture.
    now: Timestamp,
    pub(super) changes: Changes,
}

impl Desk {
    pub fn new(settings: &DetectorSettings) -> Self {
        let types = catalogue()
            .iter()
            .map(|alert_type| {
                let own = settings
                    .types
                    .get(&*alert_type.id)
                    .copied()
                    .unwrap_or_default();
                TypeState {
                    enabled: own.enabled.unwrap_or(alert_type.enabled_by_default),
                    mode: own.mode,
                    settled: false,
                    last_news: None,
                    findings: 0,
                    suppressed: 0,
                    would_have_alerted: 0,
                    second: 0,
                    in_second: 0,
                }
            })
            .collect();
        Self {
            types,
            mode: settings.mode,
            stable_for: settings.dynamic_stable_for,
            new_device_learning: settings.new_device_learning,
            findings_per_second: settings.findings_per_second.max(1),
            ot_focused: settings.ot_focused(),
            newcomers: BoundedMap::new(settings.limits.devices),
            tuples: 0,
            most_tuples: settings.limits.tuples,
            refused_tuples: 0,
            now: Timestamp::ZERO,
            changes: Changes::default(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Takes the time of an observation or a tick. Small steps back are frames out of order and
    /// move nothing; a large one is another capture or a clock that was set, and is followed.
    /// Returns whether that happened.
    #[inline]
    pub fn time(&mut self, now: Timestamp) -> bool {
        let back = self.now.as_nanos().saturating_sub(now.as_nanos()) > OUT_OF_ORDER_NANOS;
        if back || now > self.now {
            self.now = now;
        }
        back
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns whether that is a change.
    pub fn set_mode(&mut self, mode: Mode) -> bool {
        let changed = self.mode != mode;
        self.mode = mode;
        if changed {
            for state in &mut self.types {
                state.settled = false;
                state.last_news = None;
            }
        }
        changed
    }

    pub fn set_type_mode(&mut self, type_id: &str, mode: Option<Mode>) -> bool {
        self.change(type_id, |state| {
            let changed = state.mode != mode;
            if changed {
                state.mode = mode;
                state.settled = false;
                state.last_news = None;
            }
            changed
        })
    }

    pub fn set_enabled(&mut self, type_id: &str, enabled: bool) -> bool {
        self.change(type_id, |state| {
            let changed = state.enabled != enabled;
            state.enabled = enabled;
            changed
        })
    }

    fn change(&mut self, type_id: &str, change: impl FnOnce(&mut TypeState) -> bool) -> bool {
        catalogue()
            .get(type_id)
            .and_then(|alert_type| self.types.get_mut(usize::from(alert_type.index)))
            .is_some_and(change)
    }

    fn state(&mut self, alert_type: &AlertType) -> &mut TypeState {
        &mut self.types[usize::from(alert_type.index)]
    }

    fn is_enabled(&self, alert_type: &AlertType) -> bool {
        self.types[usize::from(alert_type.index)].enabled
    }

    /// Whether what the baseline of this type does not hold is learned at this moment.
    fn type_is_learning(&mut self, alert_type: &'static AlertType) -> bool {
        if alert_type.engine != Engine::PolicyViolation {
            return false;
        }
        let (common, now, stable_for) = (self.mode, self.now, self.stable_for);
        let state = self.state(alert_type);
        match state.mode.unwrap_or(common) {
            Mode::Learning => true,
            Mode::Operational => false,
            Mode::Dynamic if state.settled => false,
            Mode::Dynamic => {
                let quiet_since = *state.last_news.get_or_insert(now);
                state.settled = now.since(quiet_since) >= stable_for;
                let settled = state.settled;
                if settled {
                    self.changes
                        .became_operational
                        .push(Arc::clone(&alert_type.id));
                }
                !settled
            }
        }
    }

    fn is_newcomer(&self, party: PartyKey, now: Timestamp) -> bool {
        !self.new_device_learning.is_zero()
            && self.newcomers.get(&party).is_some_and(|until| now < *until)
    }

    /// A device appeared: its traffic is learned for the configured time.
    pub fn newcomer(&mut self, party: PartyKey, now: Timestamp) {
        if !self.new_device_learning.is_zero() {
            let until = now.after(self.new_device_learning);
            self.newcomers.entry(party, || until);
        }
    }

    /// Makes room for `more` tuples; `false`, and counted, when there is none.
    pub(super) fn admit_tuple(&mut self) -> bool {
        if self.tuples >= self.most_tuples {
            self.refused_tuples += 1;
            return false;
        }
        self.tuples += 1;
        true
    }

    /// An operator took a tuple out of the baseline.
    pub(super) fn tuple_unlearned(&mut self, tuple: crate::baseline::Tuple) {
        self.tuples_gone(1);
        self.changes.unlearned.push(tuple);
    }

    pub(super) fn tuples_gone(&mut self, gone: usize) {
        self.tuples = self.tuples.saturating_sub(gone);
    }

    pub(super) fn refuse_tuple(&mut self) {
        self.refused_tuples += 1;
        self.tuples_gone(1);
    }

    pub fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    pub fn status(&self, engines: &mut [super::EngineStatus]) -> Vec<TypeStatus> {
        let mut rows = Vec::new();
        for (alert_type, state) in catalogue().iter().zip(&self.types) {
            if let Some(engine) = engines.iter_mut().find(|e| e.engine == alert_type.engine) {
                engine.findings += state.findings;
                engine.suppressed += state.suppressed;
            }
            if alert_type.not_implemented.is_some() {
                continue;
            }
            let mut mode = state.mode.unwrap_or(self.mode);
            if mode == Mode::Dynamic && state.settled {
                mode = Mode::Operational;
            }
            rows.push(TypeStatus {
                type_id: Arc::clone(&alert_type.id),
                enabled: state.enabled,
                mode,
                findings: state.findings,
                suppressed: state.suppressed,
                would_have_alerted: state.would_have_alerted,
            });
        }
        rows
    }

    pub fn table_status(&self) -> [crate::state::TableStatus; 2] {
        [
            crate::state::TableStatus {
                name: "learned_tuples",
                entries: self.tuples as u64,
                capacity: self.most_tuples as u64,
                evicted: 0,
                refused: self.refused_tuples,
                bytes: 0,
            },
            self.newcomers.status("new_devices", 0),
        ]
    }

    /// Whether the rate limit lets one more finding of this type through.
    fn within_rate(&mut self, finding: &Finding) -> bool {
        let limit = self.findings_per_second;
        let second = finding.time.as_nanos() / 1_000_000_000;
        let state = self.state(finding.alert_type);
        if state.second != second {
            state.second = second;
            state.in_second = 0;
        }
        state.in_second = state.in_second.saturating_add(1);
        let within = state.in_second <= limit;
        if within {
            state.findings += 1;
        } else {
            state.suppressed += 1;
        }
        within
    }
}

/// The desk as rules see it, with the place where findings go.
pub struct Report<'a> {
    pub(super) desk: &'a mut Desk,
    pub(super) addresses: &'a AddressBook,
    pub(super) out: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// Latest time seen.
    pub fn now(&self) -> Timestamp {
        self.desk.now
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
            || alert_type.engine == Engine::PolicyViolation
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
        let history = History::traffic(observation.time, observation.count);
        if self.desk.learn_item(channel, item, history) {
            self.news(alert_type);
        }
        self.kept_back(alert_type, observation.count);
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
        let now = self.desk.now;
        self.desk.state(alert_type).last_news = Some(now);
    }

    /// A device appeared.
    pub fn newcomer(&mut self, party: PartyKey, now: Timestamp) {
        self.desk.newcomer(party, now);
    }

    /// Hands a finding out, unless its type is off, the OT focus passes it over or the rate limit
    /// holds it back.
    pub fn raise(&mut self, finding: Finding) {
        if self.desk.is_enabled(finding.alert_type)
            && (!self.desk.ot_focused || self.concerns_ot(&finding))
            && self.desk.within_rate(&finding)
        {
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

impl Desk {
    /// Learns an item; `true` when it is new.
    pub(super) fn learn_item(
        &mut self,
        channel: &mut Channel<ChannelState>,
        item: Item<'_>,
        history: History,
    ) -> bool {
        if channel.shared || !self.admit_tuple() {
            if channel.shared {
                self.refused_tuples += 1;
            }
            return false;
        }
        match channel.baseline.learn(item, history) {
            Outcome::New => {
                self.changes
                    .learned
                    .push(learned(item.tuple(&channel.key), history));
                true
            }
            Outcome::Known => {
                self.tuples_gone(1);
                false
            }
            Outcome::Refused => {
                self.refuse_tuple();
                false
            }
            Outcome::Joined { gone, union } => {
                self.tuples_gone(gone.len().saturating_sub(union.len()));
                self.report_joined(channel, item, gone, union);
                true
            }
        }
    }

    fn report_joined(
        &mut self,
        channel: &Channel<ChannelState>,
        item: Item<'_>,
        gone: Vec<crate::baseline::Span>,
        union: Vec<(crate::baseline::Span, History)>,
    ) {
        let Item::Range { code, table, .. } = item else {
            return;
        };
        let tuple = |span| Item::Range { code, table, span }.tuple(&channel.key);
        self.changes.unlearned.extend(gone.into_iter().map(tuple));
        self.changes.learned.extend(
            union
                .into_iter()
                .map(|(span, history)| learned(tuple(span), history)),
        );
    }

    /// Learns a thing about a device; `true` when it is new.
    pub(super) fn learn_party(
        &mut self,
        parties: &mut Parties,
        item: &PartyItem<'_>,
        history: History,
    ) -> bool {
        if !self.admit_tuple() {
            return false;
        }
        if !parties.learn(item, history) {
            self.tuples_gone(1);
            return false;
        }
        self.changes.learned.push(learned(item.tuple(), history));
        true
    }
}

fn learned(tuple: crate::baseline::Tuple, history: History) -> Learned {
    Learned {
        tuple,
        origin: history.origin,
        first_seen: history.first,
        last_seen: history.last,
        count: history.count,
    }
}
