//! What rules about features of devices have in common: a feature is learned for a device, or for a pair.

use sensor_protocols::addr::Endpoint;
use sensor_protocols::observation::{Observation, Protocol};

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::AlertType;
use crate::engines::PairContext;
use crate::finding::{Finding, PartyKey};

/// A feature of `source`, towards `destination` where that matters.
pub(super) struct Feature<'a> {
    pub(super) source: Endpoint,
    pub(super) destination: Option<Endpoint>,
    pub(super) protocol: Protocol,
    pub(super) text: Option<&'a str>,
}

impl<'a> Feature<'a> {
    /// A feature of the sender of a message.
    pub(super) fn of_sender(observation: &Observation<'_>, text: Option<&'a str>) -> Self {
        Self {
            source: observation.source,
            destination: None,
            protocol: observation.protocol,
            text,
        }
    }

    /// A feature of a client towards a server.
    pub(super) fn of_pair(
        (client, server): (Endpoint, Endpoint),
        observation: &Observation<'_>,
        text: Option<&'a str>,
    ) -> Self {
        Self {
            source: client,
            destination: Some(server),
            protocol: observation.protocol,
            text,
        }
    }

    /// Learns or reports the feature, unless it was learned. `describe` adds values.
    pub(super) fn check(
        &self,
        alert_type: &'static AlertType,
        observation: &Observation<'_>,
        cx: &mut PairContext<'_>,
        describe: impl FnOnce(&mut Finding),
    ) {
        let item = PartyItem {
            kind: TupleKind::Feature,
            source: PartyKey::from(&self.source),
            destination: self.destination.as_ref().map(PartyKey::from),
            protocol: self.protocol,
            text: self.text,
        };
        if cx
            .parties
            .permits(&item, observation.time, observation.count)
        {
            return;
        }
        cx.unlearned_party(alert_type, &item, observation, |finding| {
            finding.source = Some(self.source);
            finding.destination = self.destination.or_else(|| other(observation, self.source));
            finding.discriminator = self.text.map_or(0, fingerprint);
            describe(finding);
        });
    }
}

/// The other party of a message.
fn other(observation: &Observation<'_>, one: Endpoint) -> Option<Endpoint> {
    let ends = [observation.source, observation.destination];
    ends.into_iter().find(|end| *end != one)
}

/// Tells the texts of one device apart.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(7, |sum: u64, octet| {
        sum.wrapping_mul(31).wrapping_add(u64::from(octet))
    })
}
