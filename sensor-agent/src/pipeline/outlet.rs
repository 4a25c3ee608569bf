//! Where findings and changes leave the sensing thread.

use foldhash::fast::FixedState;
use hashbrown::HashSet;
use sensor_detect::detector::{Changes, Detector, Device};
use sensor_detect::finding::{Finding, PartyKey};

use super::repeats::Repeats;

/// Takes what the stages found. Called on the sensing thread, so it never blocks.
pub(crate) trait Outlet {
    /// What the detector wants kept: devices, baseline, totals.
    fn changes(&mut self, changes: Changes);
    /// Findings in the order in which they arose; the callee drains them.
    fn findings(&mut self, findings: &mut Vec<Finding>);
}

/// Parties remembered as reported. When it is full it starts again, which costs one more report.
const REMEMBERED: usize = 65_536;

/// Hands over in an order that lets alerts name devices.
///
/// Changes go out once a second, and before a finding whose party was not reported yet: an alert
/// about a new device has to know that device. What is handed over when depends on the frames
/// alone, so live capture and replay give the same alerts.
///
/// Repeats are merged and wait for [`Self::flush`].
#[derive(Default)]
pub(crate) struct Delivery {
    reported: HashSet<PartyKey, FixedState>,
    repeats: Repeats,
    /// Findings on their way; kept for its allocation.
    passing: Vec<Finding>,
}

impl Delivery {
    /// Takes findings; hands over those that are no repeats, and changes before them when a party
    /// is new.
    pub(crate) fn findings(
        &mut self,
        detector: &mut Detector,
        findings: &mut Vec<Finding>,
        outlet: &mut impl Outlet,
    ) {
        for finding in findings.drain(..) {
            if let Some(finding) = self.repeats.absorb(finding) {
                self.passing.extend(self.repeats.watch(&finding));
                self.passing.push(finding);
            }
        }
        if self.passing.is_empty() {
            return;
        }
        if self
            .passing
            .iter()
            .any(|finding| self.names_new_party(finding))
        {
            self.changes(detector, outlet);
            let passing = std::mem::take(&mut self.passing);
            for party in passing.iter().flat_map(parties) {
                self.remember(party);
            }
            self.passing = passing;
        }
        outlet.findings(&mut self.passing);
        self.passing.clear();
    }

    /// Hands over the repeats that wait.
    pub(crate) fn flush(&mut self, outlet: &mut impl Outlet) {
        self.repeats.flush(&mut self.passing);
        if !self.passing.is_empty() {
            outlet.findings(&mut self.passing);
            self.passing.clear();
        }
    }

    /// Hands over what changed since the last time.
    pub(crate) fn changes(&mut self, detector: &mut Detector, outlet: &mut impl Outlet) {
        let changes = detector.take_changes();
        if changes.is_empty() {
            return;
        }
        for device in &changes.devices {
            self.remember_device(device);
        }
        outlet.changes(changes);
    }

    /// Takes devices for reported, since an earlier run kept them.
    pub(crate) fn remember_device(&mut self, device: &Device) {
        let addresses = device.ips.iter().copied().map(PartyKey::Ip);
        for party in addresses.chain(device.mac.map(PartyKey::Mac)) {
            self.remember(party);
        }
    }

    fn remember(&mut self, party: PartyKey) {
        if self.reported.len() >= REMEMBERED {
            self.reported.clear();
        }
        self.reported.insert(party);
    }

    fn names_new_party(&self, finding: &Finding) -> bool {
        parties(finding).any(|party| !self.reported.contains(&party))
    }
}

fn parties(finding: &Finding) -> impl Iterator<Item = PartyKey> {
    [&finding.source, &finding.destination]
        .into_iter()
        .flatten()
        .map(PartyKey::from)
}
