//! Conditions of a query that no index answers; they are put to the records.

use super::query::{AlertQuery, TimelineQuery};
use crate::alert::{Alert, TimelineEvent};

impl AlertQuery {
    /// Whether an alert that the indexes found also meets the rest. `text` is [`Self::text`] in
    /// lower case.
    pub(super) fn admits(&self, alert: &Alert, text: Option<&str>) -> bool {
        let wanted = |wish: Option<bool>, is: bool| wish.is_none_or(|wish| wish == is);
        (self.protocol.is_empty() || self.protocol.contains(&alert.protocol))
            && wanted(self.learnable, alert.learnable)
            && wanted(self.acknowledged, alert.acknowledged)
            && wanted(self.learned, alert.learned)
            && wanted(self.muted, alert.muted)
            && wanted(self.pinned, alert.pinned)
            && self.from.is_none_or(|from| alert.last_detection >= from)
            && self.to.is_none_or(|to| alert.last_detection < to)
            && text.is_none_or(|text| mentions(alert, text))
    }
}

fn mentions(alert: &Alert, text: &str) -> bool {
    let has = |field: &str| field.to_lowercase().contains(text);
    let parties = [&alert.source, &alert.destination];
    has(&alert.title)
        || has(&alert.message)
        || has(&alert.type_id)
        || parties.into_iter().flatten().any(|party| {
            party.name.as_deref().is_some_and(has)
                || party.ip.is_some_and(|ip| has(&ip.to_string()))
                || party.mac.is_some_and(|mac| has(&mac.to_string()))
        })
}

impl TimelineQuery {
    /// Whether an event meets what its key does not tell. `text` is [`Self::text`] in lower case.
    pub(super) fn admits(&self, event: &TimelineEvent, text: Option<&str>) -> bool {
        let has = |field: &str, text: &str| field.to_lowercase().contains(text);
        (self.event_type.is_empty() || self.event_type.contains(&event.event_type))
            && (self.severity.is_empty() || self.severity.contains(&event.severity))
            && self
                .device_id
                .is_none_or(|device| event.device_ids.contains(&device))
            && self
                .user_operation
                .is_none_or(|user| event.actor.is_user() == user)
            && text.is_none_or(|text| has(&event.title, text) || has(&event.content, text))
    }
}
