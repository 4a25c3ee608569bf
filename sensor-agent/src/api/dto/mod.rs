//! What goes over the wire. These types are the contract: they are separate from the domain's, and
//! every field says what it is, in which unit, with an example and its bounds.

pub mod action;
pub mod alert;
pub mod alert_type;
pub mod baseline;
pub mod device;
pub mod filter;
pub mod learning;
pub mod query;
pub mod sensor;
mod sensor_from;
pub mod term;
pub mod time;
pub mod timeline;

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct List<T: ToSchema> {
    /// The items of this page.
    #[schema(max_items = 1000)]
    pub items: Vec<T>,
    /// Parameter `cursor` of the next page; null on the last.
    #[schema(example = "1a0b4c2d9e8f70615.0100000000000007", max_length = 2048)]
    pub next_cursor: Option<String>,
}
