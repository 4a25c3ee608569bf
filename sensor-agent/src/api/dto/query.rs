//! Query parameters of the lists. Values of one repeated parameter are alternatives; different
//! parameters narrow each other.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::filter::{PartyAddress, TypeId};
use super::term::{
    EngineTerm, EventSeverityTerm, EventTypeTerm, ProtocolTerm, SeverityTerm, StatusTerm,
};
use super::time::UtcTime;
use crate::api::bounded::{Id, Limit, Text};
use crate::api::negotiate;

/// The cursor of the previous page.
pub type CursorText = Text<1, { crate::api::limits::CURSOR_CHARS }>;

/// Text to look for.
pub type Needle = Text<1, 200>;

/// Form of a list, when `Accept` cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Json,
    Csv,
    Ndjson,
}

impl Format {
    pub const fn media(self) -> &'static str {
        match self {
            Self::Json => negotiate::JSON,
            Self::Csv => negotiate::CSV,
            Self::Ndjson => negotiate::NDJSON,
        }
    }
}

/// Parameters of the alert list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertParams {
    /// Only alerts with this status. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub status: Vec<StatusTerm>,
    /// Only alerts with this severity. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub severity: Vec<SeverityTerm>,
    /// Only alerts of this engine. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub engine: Vec<EngineTerm>,
    /// Only alerts of this type of the catalogue. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub type_id: Vec<TypeId>,
    /// Only alerts about traffic of this protocol. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub protocol: Vec<ProtocolTerm>,
    /// Only alerts whose source has this address. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub source: Vec<PartyAddress>,
    /// Only alerts whose destination has this address. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub destination: Vec<PartyAddress>,
    /// Only alerts that have this address on either side. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub party: Vec<PartyAddress>,
    /// Only alerts last detected at this time or later.
    #[param(inline)]
    pub since: Option<UtcTime>,
    /// Only alerts last detected before this time.
    #[param(inline)]
    pub until: Option<UtcTime>,
    /// Only alerts that can be learned, or only those that cannot.
    pub learnable: Option<bool>,
    /// Only alerts that somebody acknowledged, or only the others.
    pub acknowledged: Option<bool>,
    /// Only alerts that are learned, or only the others.
    pub learned: Option<bool>,
    /// Only alerts that are muted, or only the others.
    pub muted: Option<bool>,
    /// Only alerts that are pinned, or only the others.
    pub pinned: Option<bool>,
    /// Only alerts with this text in title, message or an address; case does not matter.
    #[param(inline, value_type = Option<String>, min_length = 1, max_length = 200, example = "boiler")]
    pub text: Option<Needle>,
    /// Form of the answer; wins over `Accept`. CSV and NDJSON hold the whole list, not a page.
    #[param(inline)]
    pub format: Option<Format>,
    /// Items on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, default = 100, example = 100)]
    pub limit: Option<Limit>,
    /// `next_cursor` of the previous page, with the same filter.
    #[param(inline, value_type = Option<String>, min_length = 1, max_length = 2048, pattern = r"^1[0-9a-f]{16}\.[0-9a-f]{2,}$")]
    pub cursor: Option<CursorText>,
}

/// Parameters of the timeline.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineParams {
    /// Only events of this kind. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub event_type: Vec<EventTypeTerm>,
    /// Only events that ask for this much attention. Repeatable.
    #[serde(default)]
    #[param(inline, max_items = 50, required = false)]
    pub severity: Vec<EventSeverityTerm>,
    /// Only events of this alert.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub alert_id: Option<Id>,
    /// Only events of this device.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub device_id: Option<Id>,
    /// Only what people and programs did, or only what the sensor did by itself.
    pub user_operation: Option<bool>,
    /// Only events at this time or later.
    #[param(inline)]
    pub since: Option<UtcTime>,
    /// Only events before this time.
    #[param(inline)]
    pub until: Option<UtcTime>,
    /// Only events with this text in title or content; case does not matter.
    #[param(inline, value_type = Option<String>, min_length = 1, max_length = 200, example = "learned")]
    pub text: Option<Needle>,
    /// Form of the answer; wins over `Accept`. CSV and NDJSON hold the whole list, not a page.
    #[param(inline)]
    pub format: Option<Format>,
    /// Items on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, default = 100, example = 100)]
    pub limit: Option<Limit>,
    /// `next_cursor` of the previous page, with the same filter.
    #[param(inline, value_type = Option<String>, min_length = 1, max_length = 2048, pattern = r"^1[0-9a-f]{16}\.[0-9a-f]{2,}$")]
    pub cursor: Option<CursorText>,
}

/// Parameters of lists without a filter.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Items on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, default = 100, example = 100)]
    pub limit: Option<Limit>,
    /// `next_cursor` of the previous page.
    #[param(inline, value_type = Option<String>, min_length = 1, max_length = 2048, pattern = r"^1[0-9a-f]{16}\.[0-9a-f]{2,}$")]
    pub cursor: Option<CursorText>,
}
