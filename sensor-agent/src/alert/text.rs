//! Text forms that every output shares.

use sensor_detect::baseline::{Tuple, TupleKind, TupleObject};
use sensor_protocols::time::Timestamp;

/// RFC 3339 in UTC with as many digits of the second as are needed,
/// for instance `2026-01-31T12:00:00.25Z`.
pub fn rfc3339(time: Timestamp) -> String {
    // The largest u64 of nanoseconds lies in the year 2554, inside jiff's range.
    jiff::Timestamp::from_nanosecond(i128::from(time.as_nanos()))
        .map_or_else(|_| time.as_nanos().to_string(), |time| time.to_string())
}

/// A tuple in one line for people, for instance
/// `operation modbus 10.0.0.1 -> 10.0.0.2 operation 43/14`.
pub fn tuple_text(tuple: &Tuple) -> String {
    let mut text = format!(
        "{} {} {}",
        kind(tuple.kind),
        tuple.protocol.id(),
        tuple.source
    );
    if let Some(destination) = &tuple.destination {
        text.push_str(&format!(" -> {destination}"));
    }
    if let Some(operation) = tuple.operation {
        text.push_str(&format!(" operation {operation}"));
    }
    if let Some(sub) = tuple.sub_operation {
        text.push_str(&format!("/{sub}"));
    }
    match &tuple.object {
        None => {}
        Some(TupleObject::Range {
            table,
            station,
            first,
            last,
        }) => text.push_str(&format!(" {table} {first}-{last} of station {station}")),
        Some(TupleObject::Id { kind, id }) => text.push_str(&format!(" {kind} {id}")),
        Some(TupleObject::Text(name)) => text.push_str(&format!(" {name}")),
    }
    text
}

/// The kind's name as it stands in JSON.
fn kind(kind: TupleKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => format!("{kind:?}"),
    }
}
