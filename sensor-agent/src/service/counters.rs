//! Totals of intake, alert stage and store, as metrics show them.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{CounterSample, Service};

impl Service {
    /// Counters in a fixed order. Findings are conserved: `findings_received` is the sum of
    /// `findings` over its outcomes, `findings_waiting` and `findings_dropped`, as far as the
    /// totals are read in one moment.
    pub fn counters(&self) -> Vec<CounterSample> {
        let mut samples = self.intake_counters().to_vec();
        samples.extend(self.alert_counters());
        samples.extend(self.store_counters());
        samples
    }

    fn intake_counters(&self) -> [CounterSample; 5] {
        let intake = &self.inner.intake;
        let commands = self.inner.control.waiting() as u64;
        [
            CounterSample::new("findings_received", intake.received()),
            CounterSample::new("findings_waiting", intake.waiting()),
            CounterSample::new("findings_dropped", intake.dropped()).with("reason", "intake_full"),
            CounterSample::new("changes_dropped", intake.dropped_changes())
                .with("reason", "intake_full"),
            CounterSample::new("detector_commands_waiting", commands),
        ]
    }

    fn alert_counters(&self) -> Vec<CounterSample> {
        let totals = &self.inner.totals;
        let read = |total: &AtomicU64| total.load(Ordering::Relaxed);
        let findings = [
            ("opened", &totals.opened),
            ("repeated", &totals.repeated),
            ("violation_added", &totals.violations_added),
            ("muted", &totals.muted),
            ("learned", &totals.learned),
            ("record_unreadable", &totals.unreadable),
        ];
        let mut samples: Vec<CounterSample> = findings
            .into_iter()
            .map(|(outcome, total)| {
                CounterSample::new("findings", read(total)).with("outcome", outcome)
            })
            .collect();
        samples.extend([
            CounterSample::new("repeats_lost", read(&totals.repeats_lost))
                .with("reason", "store_failed"),
            CounterSample::new("alerts_auto_closed", read(&totals.auto_closed)),
            CounterSample::new("alerts_deleted", read(&totals.deleted)),
        ]);
        samples
    }

    fn store_counters(&self) -> [CounterSample; 7] {
        let status = self.inner.store.status();
        let available = u64::from(status.failure.is_none());
        [
            CounterSample::new("store_available", available),
            CounterSample::new("store_commits", status.commits),
            CounterSample::new("store_calls", status.calls),
            CounterSample::new("store_failures", status.failures),
            CounterSample::new("store_read_failures", status.read_failures),
            CounterSample::new("store_calls_refused", status.refused).with("reason", "queue_full"),
            CounterSample::new("store_bytes", status.bytes),
        ]
    }
}
