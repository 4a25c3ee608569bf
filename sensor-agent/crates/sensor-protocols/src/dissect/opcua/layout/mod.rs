//! Layouts of requests and responses as data, and the walk over them.
//!
//! Data in: the fields of a service in their order, and a message. Data out: a [`Body`].
//!
//! Source of the layouts: OPC 10000-4 (services, clauses in `ask` and `tell`), as `Opc.Ua.Types.bsd` of the OPC
//! Foundation's UA-Nodeset repository has them.

pub(super) mod ask;
mod history;
pub(super) mod notification;
pub(super) mod session;
pub(super) mod tell;

use super::body::Body;
use super::reader::{self, DataValue, Fault, Read, Scalar};
use crate::dissect::cursor::Cursor;
use crate::observation::Object;

/// Reads one field, or several.
pub(super) type Custom = for<'a> fn(&mut Cursor<'a>, &mut Body<'a>) -> Read<()>;

/// Takes a text.
pub(super) type Take = for<'a> fn(&mut Body<'a>, &'a str);

/// A field, and what is told of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Octets of fixed size: numbers, truth values, times. Nothing is told.
    Skip(usize),
    /// A text or a byte string. Nothing is told.
    Text,
    /// A text that is an object of this kind.
    Label(&'static str),
    /// The same, once however often it is told.
    LabelOnce(&'static str),
    /// A text that something is made of.
    TextTo(Take),
    /// A number of 32 bits that is an object.
    Number(&'static str),
    /// An enumeration with its largest value. Nothing is told.
    Enumeration(u32),
    /// An enumeration that is an object, once however often it is told.
    EnumerationOnce(&'static str, u32),
    /// A node identifier. Nothing is told.
    Node,
    /// A node identifier that is an object.
    NodeObject,
    /// A node identifier that is an object of this kind.
    NodeAs(&'static str),
    /// A node identifier with more, of which nothing is told.
    Expanded,
    ExpandedObject,
    Qualified,
    Localized,
    LocalizedTo(Take),
    Extension,
    Variant,
    Diagnostic,
    /// The status of an item, or of the part of it.
    Status,
    /// A structure of its own.
    Part(&'static [Step]),
    /// An array of structures.
    Each(&'static [Step]),
    /// The array whose elements are what the request is about.
    Items(&'static [Step]),
    /// The same; its octets are the values of the message.
    ItemValues(&'static [Step]),
    Custom(Custom),
}

/// Reads fields in their order.
pub(super) fn walk<'a>(
    steps: &'static [Step],
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
) -> Read<()> {
    steps.iter().try_for_each(|step| take(*step, cursor, body))
}

fn take<'a>(step: Step, cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    match step {
        Step::Skip(octets) => cursor.skip(octets)?,
        Step::Text => {
            reader::octets(cursor)?;
        }
        Step::Label(kind) => body.text(kind, reader::text(cursor)?),
        Step::LabelOnce(kind) => body.text_once(kind, reader::text(cursor)?),
        Step::TextTo(take) => take(body, reader::text(cursor)?),
        Step::Number(kind) => body.id(kind, cursor.u32_le()?),
        Step::Enumeration(largest) => {
            enumeration(cursor, largest)?;
        }
        Step::EnumerationOnce(kind, largest) => {
            let id = u64::from(enumeration(cursor, largest)?);
            body.once(Object::Id { kind, id });
        }
        Step::Node => {
            reader::node(cursor)?;
        }
        Step::NodeObject => {
            let node = reader::node(cursor)?;
            body.node(&node);
        }
        Step::NodeAs(kind) => {
            let node = reader::node(cursor)?;
            body.node_as(kind, &node);
        }
        Step::Expanded => {
            reader::expanded(cursor)?;
        }
        Step::ExpandedObject => {
            let node = reader::expanded(cursor)?;
            body.node(&node);
        }
        Step::Qualified => reader::qualified(cursor)?,
        Step::Localized => {
            reader::localized(cursor)?;
        }
        Step::LocalizedTo(take) => take(body, reader::localized(cursor)?),
        Step::Extension => {
            reader::extension(cursor)?;
        }
        Step::Variant => {
            reader::variant(cursor)?;
        }
        Step::Diagnostic => reader::diagnostic(cursor)?,
        Step::Status => body.item_status(cursor.u32_le()?),
        Step::Part(steps) => walk(steps, cursor, body)?,
        Step::Each(steps) => {
            for _ in 0..reader::count(cursor)? {
                walk(steps, cursor, body)?;
            }
        }
        Step::Items(steps) => items(steps, cursor, body)?,
        Step::ItemValues(steps) => {
            let before = cursor.rest();
            items(steps, cursor, body)?;
            let used = before.len().saturating_sub(cursor.remaining());
            body.values = before.get(..used).unwrap_or_default();
        }
        Step::Custom(read) => read(cursor, body)?,
    }
    Ok(())
}

fn items<'a>(steps: &'static [Step], cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let count = reader::count(cursor)?;
    body.items = Some(count);
    for item in 0..count {
        body.item = item;
        walk(steps, cursor, body)?;
    }
    Ok(())
}

fn enumeration(cursor: &mut Cursor<'_>, largest: u32) -> Read<u32> {
    match cursor.u32_le()? {
        number if number <= largest => Ok(number),
        _ => Err(Fault::Value),
    }
}

/// Kind of the object that is an attribute of the node before it, where that is not its value
/// (OPC 10000-6, A.1).
pub(super) const ATTRIBUTE: &str = "attribute";

/// The attribute that nearly everybody means.
const VALUE: u32 = 13;
/// The last attribute that is defined.
const LAST_ATTRIBUTE: u32 = 27;

/// An attribute of the node before it.
pub(super) fn attribute<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    told_attribute(cursor.u32_le()?, body);
    Ok(())
}

fn told_attribute(attribute: u32, body: &mut Body<'_>) {
    if !(1..=LAST_ATTRIBUTE).contains(&attribute) {
        body.flag(crate::observation::Anomaly::ReservedCode);
    }
    if attribute != VALUE {
        body.id(ATTRIBUTE, attribute);
    }
}

/// `ReadValueId` (OPC 10000-4, 7.29): node, attribute, range of an array, encoding.
pub(super) fn read_value<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let node = reader::node(cursor)?;
    let attribute = cursor.u32_le()?;
    reader::octets(cursor)?;
    reader::qualified(cursor)?;
    body.node(&node);
    if attribute == VALUE {
        body.asked(&node);
    }
    told_attribute(attribute, body);
    Ok(())
}

/// A value that was read, of which some tell what the server is.
pub(super) fn read_result<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let DataValue { status, scalar } = reader::data_value(cursor)?;
    body.item_status(status);
    if let Some(scalar) = scalar
        && let Some(at) = body.answers()
    {
        told(at, scalar, body);
    }
    Ok(())
}

/// Takes a value of what the server says of itself; see [`Body::asked`] for the order.
fn told<'a>(at: usize, scalar: Scalar<'a>, body: &mut Body<'a>) {
    match (at, scalar) {
        (0, Scalar::Text(text)) => session::model(body, text),
        (1, Scalar::Text(text)) => session::vendor(body, text),
        (2, Scalar::Text(text)) => session::firmware(body, text),
        (3 | 4, Scalar::Structure(kind, octets)) => {
            let mut cursor = Cursor::new(octets);
            let layout = match kind.standard() {
                Some(BUILD_INFO) => tell::BUILD_INFO,
                Some(SERVER_STATUS) => tell::SERVER_STATUS,
                _ => return,
            };
            if let Err(fault) = walk(layout, &mut cursor, body) {
                body.fault(fault);
            }
        }
        _ => {}
    }
}

/// Encodings of `BuildInfo` and `ServerStatusDataType` (`NodeIds.csv`).
const BUILD_INFO: u32 = 340;
const SERVER_STATUS: u32 = 864;
