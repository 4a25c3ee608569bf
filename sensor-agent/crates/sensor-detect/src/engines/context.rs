//! What rules work with: the state they may read and the ways to report.

use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use crate::baseline::{Channel, ChannelIndex, Item, Parties, PartyItem};
use crate::catalogue::AlertType;
use crate::detector::{Fact, Report};
use crate::engines::ChannelState;
use crate::finding::{Finding, PartyKey};
use crate::inventory::{AddressBook, Inventory};

/// For pair rules: the channel of the observation in hand.
pub struct PairContext<'a> {
    pub channel: &'a mut Channel<ChannelState>,
    pub index: ChannelIndex,
    pub parties: &'a mut Parties,
    pub addresses: &'a AddressBook,
    pub report: Report<'a>,
    /// For site rules.
    pub facts: &'a mut Vec<Fact>,
}

impl PairContext<'_> {
    /// Whether the channel's baseline permits the item; counts the sighting.
    #[inline]
    pub fn permits(&mut self, item: Item<'_>, observation: &Observation<'_>) -> bool {
        self.channel
            .baseline
            .permits(item, observation.time, observation.count)
    }

    /// An item that the baseline does not hold: learned or reported, by the mode of its type.
    /// `describe` completes the finding and is only called when there is one to be reported.
    pub fn unlearned(
        &mut self,
        alert_type: &'static AlertType,
        item: Item<'_>,
        observation: &Observation<'_>,
        describe: impl FnOnce(&mut Finding),
    ) {
        if self.report.is_learning(alert_type, observation) {
            self.report
                .learn_item(alert_type, self.channel, item, observation);
            return;
        }
        if !self.report.is_enabled(alert_type) {
            return;
        }
        let mut finding = Finding::of(alert_type, observation);
        finding.tuple = Some(item.tuple(&self.channel.key));
        describe(&mut finding);
        self.report.raise_each(finding, observation.repeats);
    }

    /// The same for a thing about one device.
    pub fn unlearned_party(
        &mut self,
        alert_type: &'static AlertType,
        item: &PartyItem<'_>,
        observation: &Observation<'_>,
        describe: impl FnOnce(&mut Finding),
    ) {
        if self.report.is_learning(alert_type, observation) {
            let (time, count) = (observation.time, observation.count);
            self.report
                .learn_party(alert_type, self.parties, item, time, count);
            return;
        }
        if !self.report.is_enabled(alert_type) {
            return;
        }
        let mut finding = Finding::of(alert_type, observation);
        finding.tuple = alert_type.learnable.then(|| item.tuple());
        describe(&mut finding);
        self.report.raise_each(finding, observation.repeats);
    }

    /// Something that is wrong whatever was learned.
    pub fn violation(
        &mut self,
        alert_type: &'static AlertType,
        observation: &Observation<'_>,
        describe: impl FnOnce(&mut Finding),
    ) {
        if !self.report.is_enabled(alert_type) {
            return;
        }
        let mut finding = Finding::of(alert_type, observation);
        describe(&mut finding);
        self.report.raise_each(finding, observation.repeats);
    }

    /// A threshold that the observation crossed: one finding, however many messages it stands for.
    pub fn crossed(
        &mut self,
        alert_type: &'static AlertType,
        observation: &Observation<'_>,
        describe: impl FnOnce(&mut Finding),
    ) {
        let mut finding = Finding::of(alert_type, observation);
        describe(&mut finding);
        self.report.raise(finding);
    }
}

/// For site rules.
pub struct SiteContext<'a> {
    pub inventory: &'a mut Inventory,
    pub parties: &'a mut Parties,
    pub addresses: &'a AddressBook,
    pub report: Report<'a>,
}

impl SiteContext<'_> {
    /// Whether a device has a role.
    pub fn has_role(&mut self, item: &PartyItem<'_>, time: Timestamp) -> bool {
        self.parties.permits(item, time, 1)
    }

    /// Learns or reports a thing about one device, by the mode of its type.
    pub fn unlearned_party(
        &mut self,
        item: &PartyItem<'_>,
        newcomer: Option<PartyKey>,
        finding: Finding,
    ) {
        let alert_type = finding.alert_type;
        if self
            .report
            .is_learning_of(alert_type, newcomer, finding.time)
        {
            self.report
                .learn_party(alert_type, self.parties, item, finding.time, finding.count);
            return;
        }
        self.report.raise(finding);
    }
}
