//! Built-in types as they are encoded (OPC 10000-6, 5.2.2): read, or passed over.
//!
//! Data in: a cursor. Data out: the value, or why there is none.
//!
//! Limits: [`limits::OPCUA_NESTING`] variants within variants. An element takes an octet at least, so that no count
//! makes a walk longer than the message.

use crate::dissect::cursor::{Cursor, Short};
use crate::limits;

/// Why a walk ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The message ends before the value does.
    Short,
    /// A value that the encoding does not allow.
    Value,
    /// Deeper than is gone into.
    Limit,
}

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

pub(super) type Read<T> = Result<T, Fault>;

/// Octets of a text or a byte string; `None` when it is null.
#[inline]
pub(super) fn octets<'a>(cursor: &mut Cursor<'a>) -> Read<Option<&'a [u8]>> {
    match cursor.u32_le()? {
        u32::MAX => Ok(None),
        length => match usize::try_from(length) {
            Ok(length) if i32::try_from(length).is_ok() => Ok(Some(cursor.take(length)?)),
            _ => Err(Fault::Value),
        },
    }
}

/// A text; empty when it is null.
#[inline]
pub(super) fn text<'a>(cursor: &mut Cursor<'a>) -> Read<&'a str> {
    let octets = octets(cursor)?.unwrap_or_default();
    std::str::from_utf8(octets).map_err(|_| Fault::Value)
}

/// Number of elements of an array; none when it is null.
#[inline]
pub(super) fn count(cursor: &mut Cursor<'_>) -> Read<u32> {
    match cursor.u32_le()? {
        u32::MAX => Ok(0),
        count if i32::try_from(count).is_err() => Err(Fault::Value),
        count if u64::from(count) > cursor.remaining() as u64 => Err(Fault::Short),
        count => Ok(count),
    }
}

/// What tells a node apart within its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identifier<'a> {
    Numeric(u32),
    Text(&'a str),
    Guid([u8; 16]),
    Opaque(&'a [u8]),
}

/// A node identifier (OPC 10000-6, 5.2.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId<'a> {
    pub(super) namespace: u16,
    pub(super) identifier: Identifier<'a>,
}

impl NodeId<'_> {
    /// The number of a node of the namespace that the OPC Foundation defines.
    #[inline]
    pub(super) const fn standard(&self) -> Option<u32> {
        match self {
            Self {
                namespace: 0,
                identifier: Identifier::Numeric(number),
            } => Some(*number),
            _ => None,
        }
    }

    pub(super) const fn is_null(&self) -> bool {
        matches!(self.standard(), Some(0))
    }
}

/// Bits of an expanded node identifier that say what follows.
const HAS_NAMESPACE: u8 = 0x80;
const HAS_SERVER: u8 = 0x40;

#[inline]
pub(super) fn node<'a>(cursor: &mut Cursor<'a>) -> Read<NodeId<'a>> {
    let encoding = cursor.u8()?;
    identifier(encoding, cursor)
}

#[inline]
fn identifier<'a>(encoding: u8, cursor: &mut Cursor<'a>) -> Read<NodeId<'a>> {
    let (namespace, identifier) = match encoding {
        0 => (0, Identifier::Numeric(u32::from(cursor.u8()?))),
        1 => {
            let namespace = u16::from(cursor.u8()?);
            (namespace, Identifier::Numeric(u32::from(cursor.u16_le()?)))
        }
        2 => (cursor.u16_le()?, Identifier::Numeric(cursor.u32_le()?)),
        3 => (cursor.u16_le()?, Identifier::Text(text(cursor)?)),
        4 => (cursor.u16_le()?, Identifier::Guid(cursor.array()?)),
        5 => {
            let namespace = cursor.u16_le()?;
            let opaque = octets(cursor)?.unwrap_or_default();
            (namespace, Identifier::Opaque(opaque))
        }
        _ => return Err(Fault::Value),
    };
    Ok(NodeId {
        namespace,
        identifier,
    })
}

/// An expanded node identifier (5.2.2.10), without the address of its namespace and server.
#[inline]
pub(super) fn expanded<'a>(cursor: &mut Cursor<'a>) -> Read<NodeId<'a>> {
    let encoding = cursor.u8()?;
    let node = identifier(encoding & !(HAS_NAMESPACE | HAS_SERVER), cursor)?;
    if encoding & HAS_NAMESPACE != 0 {
        octets(cursor)?;
    }
    if encoding & HAS_SERVER != 0 {
        cursor.skip(4)?;
    }
    Ok(node)
}

/// An extension object (5.2.2.15): what it holds, and the octets of it; none when there is no body.
#[inline]
pub(super) fn extension<'a>(cursor: &mut Cursor<'a>) -> Read<(NodeId<'a>, &'a [u8])> {
    let kind = node(cursor)?;
    let body = match cursor.u8()? {
        0 => &[],
        1 | 2 => octets(cursor)?.unwrap_or_default(),
        _ => return Err(Fault::Value),
    };
    Ok((kind, body))
}

/// The text of a localized text (5.2.2.14); empty when it has none.
#[inline]
pub(super) fn localized<'a>(cursor: &mut Cursor<'a>) -> Read<&'a str> {
    let mask = cursor.u8()?;
    if mask & !3 != 0 {
        return Err(Fault::Value);
    }
    if mask & 1 != 0 {
        octets(cursor)?;
    }
    if mask & 2 != 0 { text(cursor) } else { Ok("") }
}

/// Passes over a qualified name (5.2.2.13).
#[inline]
pub(super) fn qualified(cursor: &mut Cursor<'_>) -> Read<()> {
    cursor.skip(2)?;
    octets(cursor).map(|_| ())
}

/// Passes over diagnostic information (5.2.2.12), which may hold more of the kind as its last field.
#[inline]
pub(super) fn diagnostic(cursor: &mut Cursor<'_>) -> Read<()> {
    loop {
        let mask = cursor.u8()?;
        if mask & 0x80 != 0 {
            return Err(Fault::Value);
        }
        let numbers = usize::try_from((mask & 0x0f).count_ones()).unwrap_or_default();
        cursor.skip(numbers.saturating_mul(4))?;
        if mask & 0x10 != 0 {
            octets(cursor)?;
        }
        if mask & 0x20 != 0 {
            cursor.skip(4)?;
        }
        if mask & 0x40 == 0 {
            return Ok(());
        }
    }
}

/// What a data value (5.2.2.17) says of its quality, and its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct DataValue<'a> {
    /// Good when it is not told.
    pub(super) status: u32,
    pub(super) scalar: Option<Scalar<'a>>,
}

#[inline]
pub(super) fn data_value<'a>(cursor: &mut Cursor<'a>) -> Read<DataValue<'a>> {
    nested_value(cursor, 0)
}

fn nested_value<'a>(cursor: &mut Cursor<'a>, depth: u8) -> Read<DataValue<'a>> {
    let mask = cursor.u8()?;
    if mask & 0xc0 != 0 {
        return Err(Fault::Value);
    }
    let scalar = if mask & 0x01 != 0 {
        nested_variant(cursor, depth)?
    } else {
        None
    };
    let status = if mask & 0x02 != 0 {
        cursor.u32_le()?
    } else {
        0
    };
    let times = usize::from(mask & 0x04 != 0).saturating_add(usize::from(mask & 0x08 != 0));
    let parts = usize::from(mask & 0x10 != 0).saturating_add(usize::from(mask & 0x20 != 0));
    cursor.skip(
        times
            .saturating_mul(8)
            .saturating_add(parts.saturating_mul(2)),
    )?;
    Ok(DataValue { status, scalar })
}

/// A value of a variant that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    Number16(u16),
    Text(&'a str),
    Localized(&'a str),
    /// What an extension object holds, and its body.
    Structure(NodeId<'a>, &'a [u8]),
}

/// Passes over a variant (5.2.2.16); answers its value where it is one of [`Scalar`].
#[inline]
pub(super) fn variant<'a>(cursor: &mut Cursor<'a>) -> Read<Option<Scalar<'a>>> {
    nested_variant(cursor, 0)
}

const ARRAY: u8 = 0x80;
const DIMENSIONS: u8 = 0x40;

fn nested_variant<'a>(cursor: &mut Cursor<'a>, depth: u8) -> Read<Option<Scalar<'a>>> {
    if depth >= limits::OPCUA_NESTING {
        return Err(Fault::Limit);
    }
    let mask = cursor.u8()?;
    let kind = mask & 0x3f;
    if mask & ARRAY == 0 {
        return if mask & DIMENSIONS == 0 {
            scalar(kind, cursor, depth)
        } else {
            Err(Fault::Value)
        };
    }
    let elements = count(cursor)?;
    match size(kind) {
        Some(size) => {
            let elements = usize::try_from(elements).map_err(|_| Fault::Value)?;
            cursor.skip(elements.saturating_mul(size))?;
        }
        None if kind == 0 => return Err(Fault::Value),
        None => {
            for _ in 0..elements {
                scalar(kind, cursor, depth)?;
            }
        }
    }
    if mask & DIMENSIONS != 0 {
        let dimensions = usize::try_from(count(cursor)?).map_err(|_| Fault::Value)?;
        cursor.skip(dimensions.saturating_mul(4))?;
    }
    Ok(None)
}

/// Octets of a built-in type of fixed size (5.1.2).
const fn size(kind: u8) -> Option<usize> {
    Some(match kind {
        1..=3 => 1,
        4 | 5 => 2,
        6 | 7 | 10 | 19 => 4,
        8 | 9 | 11 | 13 => 8,
        14 => 16,
        _ => return None,
    })
}

fn scalar<'a>(kind: u8, cursor: &mut Cursor<'a>, depth: u8) -> Read<Option<Scalar<'a>>> {
    if kind == 5 {
        return Ok(Some(Scalar::Number16(cursor.u16_le()?)));
    }
    if let Some(size) = size(kind) {
        cursor.skip(size)?;
        return Ok(None);
    }
    match kind {
        0 => {}
        12 => return Ok(Some(Scalar::Text(text(cursor)?))),
        // Byte strings, XML, and numbers that are reserved and encoded as byte strings (5.1.2).
        15 | 16 | 26..=31 => {
            octets(cursor)?;
        }
        17 => {
            node(cursor)?;
        }
        18 => {
            expanded(cursor)?;
        }
        20 => qualified(cursor)?,
        21 => return Ok(Some(Scalar::Localized(localized(cursor)?))),
        22 => {
            let (kind, body) = extension(cursor)?;
            return Ok(Some(Scalar::Structure(kind, body)));
        }
        23 => {
            nested_value(cursor, depth.saturating_add(1))?;
        }
        24 => {
            nested_variant(cursor, depth.saturating_add(1))?;
        }
        25 => diagnostic(cursor)?,
        _ => return Err(Fault::Value),
    }
    Ok(None)
}
