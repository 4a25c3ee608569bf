//! Findings of a replay: into alerts in memory, or nowhere while learning.

use sensor_detect::detector::{Changes, Device};
use sensor_detect::finding::Finding;

use crate::alert::{Alert, Lifecycle, LifecycleSettings, MemoryRepository, Occurrence};
use crate::config::Config;
use crate::pipeline::outlet::Outlet;

/// Learning: what is new enters the baseline, and nothing else is wanted.
pub(crate) struct Discard;

impl Outlet for Discard {
    fn changes(&mut self, _changes: Changes) {}

    fn findings(&mut self, _findings: &mut Vec<Finding>) {}
}

/// Alert stage in memory. The sensor's clock is the time of the finding.
pub(crate) struct Alerts {
    lifecycle: Lifecycle,
    repository: MemoryRepository,
    findings: u64,
}

impl Alerts {
    pub(crate) fn new(config: &Config, devices: &[Device]) -> Self {
        let mut repository = MemoryRepository::new();
        repository.update_devices(devices);
        Self {
            lifecycle: Lifecycle::new(LifecycleSettings {
                internal_subnets: config.detect.internal_subnets.clone(),
                site: config.sensor.site.clone(),
                zone: config.sensor.zone.clone(),
                ..LifecycleSettings::default()
            }),
            repository,
            findings: 0,
        }
    }

    /// The alerts, in the order of opening.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.repository.alerts()
    }

    /// Messages that the findings taken in stand for.
    pub(crate) fn findings(&self) -> u64 {
        self.findings
    }
}

impl Outlet for Alerts {
    fn changes(&mut self, changes: Changes) {
        self.repository.update_devices(&changes.devices);
    }

    fn findings(&mut self, findings: &mut Vec<Finding>) {
        for finding in findings.iter() {
            self.findings += finding.count;
            let occurrence = Occurrence::from(finding);
            match self
                .lifecycle
                .ingest(&mut self.repository, &occurrence, finding.time)
            {
                Ok(_) => {}
                Err(impossible) => match impossible {},
            }
        }
    }
}
