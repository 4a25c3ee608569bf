//! Application layer: one fragment, its object headers and objects.
//!
//! Data in: a fragment as the transport function put it together. Data out: a [`Body`]. A fragment
//! that departs from the standard still gives one, with the departures in [`Body::anomalies`].
//! Source: IEEE 1815-2012, 4.2 (fragments, object headers) and Annex A (objects).
//!
//! Limits: at most [`MAX_OBJECTS`] objects, ranges among the first [`MAX_RANGES`]; more raise [`Anomaly::LimitReached`]. Points are not
//! visited one by one unless each has an index or a length of its own.

use smallvec::SmallVec;

use super::codes::{self, function};
use super::objects;
use super::sizes::{self, Size};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet, Identity, Object};

/// Objects kept of a fragment.
const MAX_OBJECTS: usize = 128;

/// Objects up to which ranges of points are kept.
const MAX_RANGES: usize = 64;

/// Objects kept without allocating: a poll of all classes is answered with fewer headers.
const INLINE_OBJECTS: usize = 32;

/// Kind of the object that names group and variation of a header (group × 256 + variation).
pub const OBJECT: &str = "object";

/// The octets before the objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) control: u8,
    pub(super) function: u8,
    /// Internal indications of a response, first octet high.
    pub(super) indications: Option<u16>,
}

impl Header {
    pub(super) const fn sequence(self) -> u8 {
        self.control & 0x0f
    }

    /// The last fragment of a message.
    pub(super) const fn is_final(self) -> bool {
        self.control & 0x40 != 0
    }

    /// The receiver is to confirm the fragment.
    pub(super) const fn is_to_be_confirmed(self) -> bool {
        self.control & 0x20 != 0
    }

    const fn is_unsolicited(self) -> bool {
        self.control & 0x10 != 0
    }
}

/// What one fragment says. It is large: the caller makes it and hands it down by reference.
pub(super) struct Body<'a> {
    pub(super) header: Header,
    pub(super) objects: SmallVec<[Object<'a>; INLINE_OBJECTS]>,
    /// Everything behind the header, when it brings data.
    pub(super) values: &'a [u8],
    /// The first error that indications or a status report.
    pub(super) error: Option<(u32, &'static str)>,
    pub(super) anomalies: AnomalySet,
    pub(super) identity: Identity<'a>,
}

/// Which points an object header names.
#[derive(Clone, Copy, Debug)]
enum Points {
    /// All, or none in particular.
    All,
    /// Consecutive points, by number or by virtual address.
    Range { start: u32, count: u64 },
    /// So many objects.
    Count(u64),
}

impl<'a> Body<'a> {
    pub(super) fn new() -> Self {
        Self {
            header: Header::default(),
            objects: SmallVec::new(),
            values: &[],
            error: None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
        }
    }

    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// Flags `anomaly` unless `holds`.
    pub(super) fn expect(&mut self, holds: bool, anomaly: Anomaly) {
        if !holds {
            self.flag(anomaly);
        }
    }

    pub(super) fn object(&mut self, object: Object<'a>) {
        if self.objects.len() < MAX_OBJECTS {
            self.objects.push(object);
        } else {
            self.flag(Anomaly::LimitReached);
        }
    }

    /// Adds points; those that continue the last range make it longer. Room is left for the headers
    /// behind them.
    fn points(&mut self, table: &'static str, start: u32, count: u64) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if let Some(Object::Range {
            table: before,
            start: from,
            count: so_far,
        }) = self.objects.last_mut()
            && *before == table
            && from.saturating_add(*so_far) == start
        {
            *so_far = so_far.saturating_add(count);
        } else if self.objects.len() < MAX_RANGES {
            self.object(Object::Range {
                table,
                start,
                count,
            });
        } else {
            self.flag(Anomaly::LimitReached);
        }
    }
}

/// Reads a fragment. `cut` says that its end is missing through no fault of the sender.
pub(super) fn read<'a>(fragment: &'a [u8], cut: bool, body: &mut Body<'a>) {
    let mut cursor = Cursor::new(fragment);
    let read = header(&mut cursor, body).and_then(|()| {
        judge(body);
        let function = body.header.function;
        if codes::brings_data(function) {
            body.values = cursor.rest();
        }
        while !cursor.is_empty() {
            object_header(&mut cursor, body)?;
        }
        Ok(())
    });
    if read.is_err() && !cut {
        body.flag(Anomaly::Truncated);
        body.flag(Anomaly::BadLength);
    }
    if cut {
        body.flag(Anomaly::LimitReached);
    }
}

fn header(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    body.header.control = cursor.u8()?;
    body.header.function = cursor.u8()?;
    if codes::is_response(body.header.function) {
        body.header.indications = Some(cursor.u16_be()?);
    }
    Ok(())
}

fn judge(body: &mut Body<'_>) {
    let header = body.header;
    let known = codes::function_named(header.function).is_some();
    body.expect(known, Anomaly::ReservedCode);
    // 4.2.2.4: UNS marks unsolicited responses and their confirmations.
    let unsolicited = match header.function {
        function::CONFIRM => header.is_unsolicited(),
        code => code == function::UNSOLICITED_RESPONSE,
    };
    body.expect(header.is_unsolicited() == unsolicited, Anomaly::BadValue);
    if let Some(indications) = header.indications {
        let [_, second] = indications.to_be_bytes();
        // 4.5: the two highest bits are reserved.
        body.expect(second & 0xc0 == 0, Anomaly::BadValue);
        body.error = codes::indicated(second);
    }
}

/// One object header and its objects.
fn object_header<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    let (group, variation) = (cursor.u8()?, cursor.u8()?);
    body.object(Object::Id {
        kind: OBJECT,
        id: u64::from(group) << 8 | u64::from(variation),
    });
    let name = sizes::group_name(group);
    body.expect(name.is_some(), Anomaly::BadValue);
    let qualifier = cursor.u8()?;
    let (prefix, range) = (qualifier >> 4 & 7, qualifier & 0x0f);
    let Some(points) = points(range, cursor)? else {
        // What follows cannot be told apart.
        body.flag(Anomaly::BadValue);
        cursor.take_rest();
        return Ok(());
    };
    body.expect(
        qualifier & 0x80 == 0 && prefix_allowed(prefix, range),
        Anomaly::BadValue,
    );
    let header = ObjectHeader {
        group,
        variation,
        prefix,
        table: name.unwrap_or("unknown"),
    };
    if let Points::Range { start, count } = points {
        body.points(header.table, start, count);
    }
    data(&header, points, cursor, body)
}

/// What a header says of its objects.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObjectHeader {
    pub(super) group: u8,
    pub(super) variation: u8,
    prefix: u8,
    table: &'static str,
}

/// The range field (4.2.2.7.3). `None` when the specifier is reserved, or the range runs
/// backwards.
fn points(range: u8, cursor: &mut Cursor<'_>) -> Result<Option<Points>, Short> {
    let ends = match range {
        0 | 3 => (u32::from(cursor.u8()?), u32::from(cursor.u8()?)),
        1 | 4 => (u32::from(cursor.u16_le()?), u32::from(cursor.u16_le()?)),
        2 | 5 => (cursor.u32_le()?, cursor.u32_le()?),
        6 => return Ok(Some(Points::All)),
        7 | 0x0b => return Ok(Some(Points::Count(u64::from(cursor.u8()?)))),
        8 => return Ok(Some(Points::Count(u64::from(cursor.u16_le()?)))),
        9 => return Ok(Some(Points::Count(u64::from(cursor.u32_le()?)))),
        _ => return Ok(None),
    };
    let (start, stop) = ends;
    let count = stop
        .checked_sub(start)
        .map(|n| u64::from(n).saturating_add(1));
    Ok(count.map(|count| Points::Range { start, count }))
}

/// Which object prefixes go with which range specifiers (4.2.2.7.3).
const fn prefix_allowed(prefix: u8, range: u8) -> bool {
    match range {
        0..=6 => prefix == 0,
        7..=9 => prefix <= 6,
        _ => matches!(prefix, 4..=6),
    }
}

/// The prefix of an object (4.2.2.7.3): an index, or a size.
fn prefix(code: u8, cursor: &mut Cursor<'_>) -> Result<u32, Short> {
    match code {
        1 | 4 => cursor.u8().map(u32::from),
        2 | 5 => cursor.u16_le().map(u32::from),
        3 | 6 => cursor.u32_le(),
        _ => Ok(0),
    }
}

/// The objects behind a header.
fn data<'a>(
    header: &ObjectHeader,
    points: Points,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    let count = match points {
        Points::All => return Ok(()),
        Points::Range { count, .. } | Points::Count(count) => count,
    };
    let code = body.header.function;
    // The time of a freeze is the data of its first object.
    let freeze = matches!(code, function::FREEZE_AT_TIME | function::FREEZE_AT_TIME_NR);
    let brings = codes::brings_data(code) || header.group == 120 || (freeze && header.group == 50);
    let size = sizes::size(header.group, header.variation);
    match (header.prefix, size) {
        (4..=6, _) => sized(header, count, cursor, body),
        (1..=3, _) if !brings => indexed(header, 0, count, cursor, body),
        _ if !brings => Ok(()),
        // Reserved, or nobody knows how long the objects are. Before the sizes: an object without
        // octets behind a reserved prefix moves nothing, however high its count is.
        (7.., _) | (_, Size::Prefixed | Size::Unknown) => {
            body.flag(Anomaly::BadValue);
            cursor.take_rest();
            Ok(())
        }
        (0, Size::Packed(bits)) => {
            let octets = count.saturating_mul(u64::from(bits)).div_ceil(8);
            skip(octets, cursor)
        }
        (_, Size::Packed(_)) => {
            body.flag(Anomaly::BadValue);
            indexed(header, 1, count, cursor, body)
        }
        (_, Size::Fixed(octets)) => indexed(header, octets, count, cursor, body),
        (_, Size::Variation) => indexed(header, header.variation, count, cursor, body),
        (_, Size::Attribute) => attributes(header, count, cursor, body),
    }
}

fn skip(octets: u64, cursor: &mut Cursor<'_>) -> Result<(), Short> {
    cursor.skip(usize::try_from(octets).unwrap_or(usize::MAX))
}

/// Objects of one length, each behind its index if there are indices.
fn indexed<'a>(
    header: &ObjectHeader,
    octets: u8,
    count: u64,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    if header.prefix == 0 && !objects::is_judged(header) {
        return skip(count.saturating_mul(u64::from(octets)), cursor);
    }
    if header.prefix == 0 && octets == 0 {
        return Ok(());
    }
    for _ in 0..count {
        let index = prefix(header.prefix, cursor)?;
        if header.prefix != 0 {
            body.points(header.table, index, 1);
        }
        let object = cursor.take(usize::from(octets))?;
        objects::judge(header, object, body);
    }
    Ok(())
}

/// Objects that each have their length before them.
fn sized<'a>(
    header: &ObjectHeader,
    count: u64,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    for _ in 0..count {
        let octets = prefix(header.prefix, cursor)?;
        let object = cursor.take(usize::try_from(octets).unwrap_or(usize::MAX))?;
        objects::judge(header, object, body);
    }
    Ok(())
}

/// Device attributes (A.1): data type, length, value.
fn attributes<'a>(
    header: &ObjectHeader,
    count: u64,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    for _ in 0..count {
        prefix(header.prefix, cursor)?;
        let kind = cursor.u8()?;
        let len = cursor.u8()?;
        let value = cursor.take(usize::from(len))?;
        objects::attribute(header.variation, kind, value, body);
    }
    Ok(())
}
