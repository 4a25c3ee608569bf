//! Where rules report: modes, switches, limits and counts of every alert type.
//!
//! A rule says *this is not in the baseline* or *this is wrong*; the desk decides by the type's
//! mode and switch whether that is learned, dropped or handed out, and counts all three.

use std::sync::Arc;
use std::time::Duration;

use sensor_protocols::observation::Repeats;
use sensor_protocols::time::Timestamp;

use super::command::Changes;
use super::status::TypeStatus;
use crate::catalogue::{AlertType, Engine, catalogue};
use crate::finding::{Finding, PartyKey};
use crate::settings::{DetectorSettings, Mode};
use crate::state::BoundedMap;

/// How late a frame may come without time being taken to run backwards.
const OUT_OF_ORDER_NANOS: u64 = 2_000_000_000;

/// State of one alert type.
#[derive(Clone, Debug)]
pub(super) struct TypeState {
    enabled: bool,
    mode: Option<Mode>,
    /// Dynamic mode: the baseline was stable for long enough.
    settled: bool,
    /// When its baseline last grew, or when dynamic learning began.
    pub(super) last_news: Option<Timestamp>,
    findings: u64,
    suppressed: u64,
    pub(super) would_have_alerted: u64,
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
    pub(super) ot_focused: bool,
    /// Until when the traffic of a new device is learned.
    newcomers: BoundedMap<PartyKey, Timestamp>,
    /// Learned tuples, and how many there may be.
    tuples: usize,
    most_tuples: usize,
    pub(super) refused_tuples: u64,
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

    pub(super) fn state(&mut self, alert_type: &AlertType) -> &mut TypeState {
        &mut self.types[usize::from(alert_type.index)]
    }

    pub(super) fn is_enabled(&self, alert_type: &AlertType) -> bool {
        self.types[usize::from(alert_type.index)].enabled
    }

    /// Whether what the baseline of this type does not hold is learned at this moment.
    pub(super) fn type_is_learning(&mut self, alert_type: &'static AlertType) -> bool {
        if !learns(alert_type) {
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

    pub(super) fn is_newcomer(&self, party: PartyKey, now: Timestamp) -> bool {
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

    /// How many of the findings that this one stands for the rate limit lets through: one, or with
    /// `repeats` as many as it counts, each in its second.
    pub(super) fn within_rate(&mut self, finding: &Finding, repeats: Option<&Repeats>) -> u64 {
        let Some(repeats) = repeats else {
            return self.of_second(finding.alert_type, second(finding.time), 1);
        };
        let (mut passed, mut counted) = (0, 0);
        while counted < finding.count {
            let at = second(repeats.time(counted, finding.count));
            let until = first_after(repeats, (counted, finding.count), at);
            passed += self.of_second(finding.alert_type, at, until - counted);
            counted = until;
        }
        passed
    }

    /// How many of `count` findings in one second pass. A second that is over has what the limit
    /// gives to itself.
    fn of_second(&mut self, alert_type: &AlertType, second: u64, count: u64) -> u64 {
        let limit = u64::from(self.findings_per_second);
        let state = self.state(alert_type);
        if state.second < second || state.second > second + SECONDS_KEPT {
            state.second = second;
            state.in_second = 0;
        }
        let before = if state.second == second {
            let before = u64::from(state.in_second);
            let after = before.saturating_add(count);
            state.in_second = u32::try_from(after).unwrap_or(u32::MAX);
            before
        } else {
            0
        };
        let passed = limit.saturating_sub(before).min(count);
        state.findings += passed;
        state.suppressed += count - passed;
        passed
    }
}

/// Types of other engines than that of policies whose rules hold traffic against a learned profile.
const PROFILES: &[&str] = &[
    "http_abnormal_header_length",
    "http_abnormal_header_param_count",
    "backup_missed",
];

/// Whether a type has something to learn. Scans and floods are what they are in every mode.
pub(super) fn learns(alert_type: &AlertType) -> bool {
    alert_type.engine == Engine::PolicyViolation || PROFILES.contains(&&*alert_type.id)
}

/// How far back repeats reach whose second is over.
const SECONDS_KEPT: u64 = 5;

fn second(time: Timestamp) -> u64 {
    time.as_nanos() / 1_000_000_000
}

/// The first of `count` repeats after number `from` that is not in the second `at`; by bisection,
/// since there may be many.
fn first_after(repeats: &Repeats, (from, count): (u64, u64), at: u64) -> u64 {
    let (mut inside, mut outside) = (from, count);
    while outside - inside > 1 {
        let middle = inside + (outside - inside) / 2;
        if second(repeats.time(middle, count)) == at {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    outside
}
