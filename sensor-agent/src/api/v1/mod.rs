//! The operations of version 1, one file per resource. A handler extracts, makes one call of the
//! service and converts; a shared answer (statuses that many operations have) is added to the
//! specification by [`super::openapi`].

pub mod actions;
pub mod alert_types;
pub mod alerts;
pub mod baseline;
pub mod comments;
pub mod devices;
pub mod mutes;
pub mod sensor;
pub mod timeline;

use utoipa::IntoParams;

use super::bounded::Id;

/// `{id}` in a path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes the parameter; the handler takes the bare number")]
pub struct IdPath {
    /// Number of the resource.
    #[param(value_type = u64, minimum = 1, maximum = 9_007_199_254_740_991_u64, example = 17)]
    pub id: Id,
}

/// The header that guards a change.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the header; the extractor `IfMatch` reads it")]
pub struct IfMatchHeader {
    /// ETag the alert was read with; the change is refused with 412 when it has another revision.
    /// `*` or no header: whatever its revision is.
    #[param(rename = "If-Match", pattern = r#"^(\*|"[0-9]{1,16}")$"#, max_length = 18, example = "\"7\"")]
    pub if_match: Option<String>,
}
