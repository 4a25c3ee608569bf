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
    let kind = kind(tuple.kind);
    let mut words = vec![
        kind,
        tuple.protocol.id().to_owned(),
        tuple.source.to_string(),
    ];
    words.extend(tuple.destination.map(|party| format!("-> {party}")));
    words.extend(tuple.operation.map(|operation| {
        let sub = tuple.sub_operation.map(|sub| format!("/{sub}"));
        format!("operation {operation}{}", sub.unwrap_or_default())
    }));
    words.extend(tuple.object.as_ref().map(object));
    words.join(" ")
}

fn object(object: &TupleObject) -> String {
    match object {
        TupleObject::Range {
            table,
            station,
            first,
            last,
        } => format!("{table} {first}-{last} of station {station}"),
        TupleObject::Id { kind, id } => format!("{kind} {id}"),
        TupleObject::Text(name) => name.clone(),
        TupleObject::Named { kind, text } => format!("{kind} {text}"),
    }
}

/// The kind's name as it stands in JSON.
fn kind(kind: TupleKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => format!("{kind:?}"),
    }
}
