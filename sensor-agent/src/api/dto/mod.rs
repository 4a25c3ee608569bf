//! What goes over the wire. These types are the contract: they are separate from the domain's, and
//! every field says what it is, in which unit, with an example and its bounds.

pub mod action;
pub mod alert;
pub mod alert_type;
pub mod baseline;
mod capture_from;
pub mod device;
pub mod filter;
pub mod filters;
pub mod learning;
pub mod query;
pub mod sensor;
mod sensor_from;
pub mod term;
pub mod time;
pub mod timeline;

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::bounded::{Id, Text};
use super::limits;

/// Schemas of list items. The derive only knows bounds for whole fields.
pub(crate) type Line = Text<0, 4000>;
pub(crate) type Word = Text<0, 256>;
pub(crate) type IdItem = Id;
pub(crate) type CursorValue = Text<0, { limits::CURSOR_CHARS }>;

/// A page of a list.
#[derive(Clone, Debug, Serialize)]
pub struct List<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Parameter `cursor` of the next page; null on the last.
    pub next_cursor: Option<String>,
}

pub type AlertList = List<alert::Alert>;
pub type TimelineList = List<timeline::TimelineEvent>;
pub type DeviceList = List<device::Device>;
pub type MuteList = List<baseline::Mute>;
pub type BaselineList = List<baseline::BaselineEntry>;

/// Written by hand, so that the items are a reference to their own schema: generated clients then
/// have one type for an item, wherever it comes from.
impl<T: ToSchema> PartialSchema for List<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new()
            .items(Ref::from_schema_name(T::name()))
            .description(Some("The items of this page"))
            .max_items(usize::try_from(limits::PAGE_MAX).ok());
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(
                "Parameter `cursor` of the next page; null on the last",
            ))
            .max_length(Some(limits::CURSOR_CHARS))
            .examples(["1a0b4c2d9e8f70615.010000000000000007"]);
        ObjectBuilder::new()
            .description(Some("A page of a list"))
            .property("items", items)
            .required("items")
            .property("next_cursor", cursor)
            .required("next_cursor")
            .into()
    }
}

impl<T: ToSchema> ToSchema for List<T> {
    fn name() -> Cow<'static, str> {
        format!("{}List", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}
