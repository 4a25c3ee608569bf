//! The record of a timeline event.

use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ActorV1, Result, by_code, pack, unpack};
use crate::alert::{EventSeverity, EventType, NewEvent, Operation, TimelineEvent};
use crate::store::codes;

#[derive(Serialize, Deserialize)]
struct EventV1 {
    id: u64,
    time: u64,
    event_type: u8,
    severity: u8,
    title: String,
    content: String,
    /// `None`: the sensor itself.
    actor: Option<ActorV1>,
    operation: Option<u8>,
    alert_id: Option<u64>,
    device_ids: Vec<u64>,
    before: Option<String>,
    after: Option<String>,
}

pub(crate) fn encode_event(id: u64, event: &NewEvent) -> Result<Vec<u8>> {
    pack(&EventV1 {
        id,
        time: event.time.as_nanos(),
        event_type: event.event_type.code(),
        severity: codes::event_severity(event.severity),
        title: event.title.clone(),
        content: event.content.clone(),
        actor: Some(&event.actor)
            .filter(|actor| actor.is_user())
            .map(ActorV1::from),
        operation: event.operation.map(Operation::code),
        alert_id: event.alert_id,
        device_ids: event.device_ids.clone(),
        before: event.before.clone(),
        after: event.after.clone(),
    })
}

pub(crate) fn decode_event(bytes: &[u8]) -> Result<TimelineEvent> {
    let record: EventV1 = unpack(bytes)?;
    let operation = |code| by_code(Operation::ALL, Operation::code, code, "operation");
    let severity = |code| by_code(&EventSeverity::ALL, codes::event_severity, code, "severity");
    Ok(TimelineEvent {
        id: record.id,
        event: NewEvent {
            time: Timestamp::from_nanos(record.time),
            event_type: by_code(EventType::ALL, EventType::code, record.event_type, "event")?,
            severity: severity(record.severity)?,
            title: record.title,
            content: record.content,
            actor: record
                .actor
                .map_or_else(crate::alert::Actor::sensor, Into::into),
            operation: record.operation.map(operation).transpose()?,
            alert_id: record.alert_id,
            device_ids: record.device_ids,
            before: record.before,
            after: record.after,
        },
    })
}
