//! Timeline events.

use serde::Serialize;
use utoipa::ToSchema;

use super::IdItem;
use super::term::{EventSeverityTerm, EventTypeTerm, OperationTerm};
use super::time::UtcTime;
use crate::alert as domain;

/// Something that happened on the network, to an alert or by somebody's hand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEvent {
    /// Number of the event, from 1 in the order of recording; never used twice.
    #[schema(example = 210, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub id: u64,
    /// When it happened, by the sensor's clock.
    pub time: UtcTime,
    pub event_type: EventTypeTerm,
    pub severity: EventSeverityTerm,
    /// Title of the alert or of the kind of event.
    #[schema(example = "Unpermitted Modbus function code", max_length = 1024)]
    pub title: String,
    /// What happened, in one sentence.
    #[schema(example = "Alert 17 was learned", max_length = 8192)]
    pub content: String,
    /// Who did it: the name of a token, or `sensor`.
    #[schema(example = "j.weber", max_length = 200)]
    pub actor: String,
    /// Where the call came from; null when the sensor acted.
    #[schema(example = "127.0.0.1", max_length = 45)]
    pub actor_address: Option<String>,
    /// Whether a person or a program outside the sensor acted.
    #[schema(example = true)]
    pub user_operation: bool,
    /// What was done; null for plain notifications.
    pub operation: Option<OperationTerm>,
    /// The alert concerned.
    #[schema(example = 17, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub alert_id: Option<u64>,
    /// The devices concerned.
    #[schema(inline, value_type = Vec<IdItem>, example = json!([4, 7]), max_items = 1000)]
    pub device_ids: Vec<u64>,
    /// Value of the changed field before.
    #[schema(example = "new", max_length = 8192)]
    pub before: Option<String>,
    /// Value of the changed field after.
    #[schema(example = "closed", max_length = 8192)]
    pub after: Option<String>,
}

impl From<domain::TimelineEvent> for TimelineEvent {
    fn from(event: domain::TimelineEvent) -> Self {
        let domain::TimelineEvent { id, event } = event;
        Self {
            id,
            time: event.time.into(),
            event_type: event.event_type.into(),
            severity: event.severity.into(),
            title: event.title,
            content: event.content,
            user_operation: event.actor.is_user(),
            actor_address: event.actor.address.map(|address| address.to_string()),
            actor: event.actor.name,
            operation: event.operation.map(Into::into),
            alert_id: event.alert_id,
            device_ids: event.device_ids,
            before: event.before,
            after: event.after,
        }
    }
}
