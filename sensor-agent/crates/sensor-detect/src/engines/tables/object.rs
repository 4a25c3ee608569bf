//! Objects of messages as items of the baseline, for people, and as numbers.

use sensor_protocols::observation::{Object, Observation};

use super::learned::NAME;
use crate::baseline::{Item, Span};

/// The kind of an object, as rows name it.
pub(super) fn kind<'a>(object: &Object<'a>) -> &'a str {
    match *object {
        Object::Range { table, .. } => table,
        Object::Id { kind, .. } | Object::Text { kind, .. } => kind,
        Object::Name(_) => NAME,
        Object::Address(_) => "address",
    }
}

/// The item that an object is in the baseline.
pub(super) fn item<'a>(
    code: u32,
    observation: &Observation<'_>,
    object: &Object<'a>,
) -> Option<Item<'a>> {
    match *object {
        Object::Range { .. } => {
            let (table, span) = span(object, observation)?;
            Some(Item::Range { code, table, span })
        }
        Object::Id { kind, id } => Some(Item::Id { code, kind, id }),
        Object::Name(name) => Some(Item::Name { code, name }),
        Object::Text { kind, text } => Some(Item::Text { code, kind, text }),
        Object::Address(_) => None,
    }
}

/// Table and elements of a range.
pub(super) fn span(
    object: &Object<'_>,
    observation: &Observation<'_>,
) -> Option<(&'static str, Span)> {
    let Object::Range {
        table,
        start,
        count,
    } = *object
    else {
        return None;
    };
    let span = Span {
        station: observation.station.unwrap_or(0),
        first: start,
        last: start.saturating_add(count.saturating_sub(1)),
    };
    Some((table, span))
}

/// An object for people.
pub(crate) fn text(item: &Item<'_>) -> String {
    match *item {
        Item::Range { table, span, .. } if DATA_BLOCKS.contains(&table) => data_block(table, span),
        Item::Range { table, span, .. } if span.first == span.last => {
            format!("{table} {}", span.first)
        }
        Item::Range { table, span, .. } => format!("{table} {} to {}", span.first, span.last),
        Item::Id { kind, id, .. } => format!("{kind} {id}"),
        Item::Name { name, .. } => name.to_owned(),
        Item::Text { kind, text, .. } => format!("{kind} {text}"),
        Item::Operation { .. } | Item::Exception { .. } => String::new(),
    }
}

/// Tables whose number holds a block: octet *n* mod 65536 of block *n* div 65536 (S7comm).
const DATA_BLOCKS: [&str; 2] = ["data_block_byte", "instance_data_block_byte"];

fn data_block(table: &str, span: Span) -> String {
    const OCTETS: u32 = 0x1_0000;
    let kind = if table == DATA_BLOCKS[0] {
        "DB"
    } else {
        "instance DB"
    };
    let (block, first) = (span.first / OCTETS, span.first % OCTETS);
    let last = span.last.saturating_sub(block.saturating_mul(OCTETS));
    if first == last {
        format!("{kind} {block} byte {first}")
    } else {
        format!("{kind} {block} bytes {first} to {last}")
    }
}

/// Tells the objects of one channel apart (FNV-1a over the parts).
pub(super) fn discriminator(item: &Item<'_>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let fold = |sum: u64, bytes: &[u8]| {
        bytes.iter().fold(sum, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(PRIME)
        })
    };
    match *item {
        Item::Range { code, table, span } => [code, span.station, span.first, span.last]
            .iter()
            .fold(fold(OFFSET, table.as_bytes()), |sum, part| {
                fold(sum, &part.to_be_bytes())
            }),
        Item::Id { code, kind, id } => fold(
            fold(fold(OFFSET, kind.as_bytes()), &code.to_be_bytes()),
            &id.to_be_bytes(),
        ),
        Item::Name { code, name } => fold(fold(OFFSET, name.as_bytes()), &code.to_be_bytes()),
        Item::Text { code, kind, text } => fold(
            fold(fold(OFFSET, kind.as_bytes()), &code.to_be_bytes()),
            text.as_bytes(),
        ),
        Item::Operation { code, .. } | Item::Exception { code, .. } => u64::from(code),
    }
}
