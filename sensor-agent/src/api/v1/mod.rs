//! The operations of version 1, one file per resource. A handler extracts, makes one call of the
//! service and converts; a shared answer (statuses that many operations have) is added to the
//! specification by [`super::openapi`].

pub(crate) mod actions;
pub(crate) mod alert_types;
pub(crate) mod alerts;
pub(crate) mod baseline;
pub(crate) mod comments;
pub(crate) mod devices;
pub(crate) mod filters;
pub(crate) mod mutes;
pub(crate) mod sensor;
pub(crate) mod timeline;

use utoipa::IntoParams;

use super::bounded::Id;

/// `{id}` in a path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(
    dead_code,
    reason = "describes the parameter; the handler takes the bare number"
)]
pub(crate) struct IdPath {
    /// Number of the resource.
    #[param(value_type = u64, minimum = 1, maximum = 9_007_199_254_740_991_u64, example = 17)]
    pub(crate) id: Id,
}

/// The header that guards a change.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(
    dead_code,
    reason = "describes the header; the extractor `IfMatch` reads it"
)]
pub(crate) struct IfMatchHeader {
    /// ETag the resource was read with; the change is refused with 412 when it has another revision.
    /// `*` or no header: whatever its revision is.
    #[param(
        rename = "If-Match",
        pattern = r#"^(\*|"[0-9]{1,16}"|[0-9]{1,16})$"#,
        example = "\"7\""
    )]
    pub(crate) if_match: Option<String>,
}

/// `{id}` of an alert type.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(
    dead_code,
    reason = "describes the parameter; the handler takes the bare text"
)]
pub(crate) struct TypeIdPath {
    /// Identifier of the type.
    #[param(
        min_length = 1,
        max_length = 100,
        pattern = "^[a-z0-9_]{1,100}$",
        example = "port_scan"
    )]
    pub(crate) id: String,
}

/// `{code}` of a problem.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(
    dead_code,
    reason = "describes the parameter; the handler takes the bare text"
)]
pub(crate) struct CodePath {
    /// Code of the problem.
    #[param(
        min_length = 1,
        max_length = 100,
        pattern = "^[a-z_]{1,100}$",
        example = "not_found"
    )]
    pub(crate) code: String,
}
