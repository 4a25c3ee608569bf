//! The alert catalogue.

use sensor_detect::catalogue;
use serde::Serialize;
use utoipa::ToSchema;

use super::term::{EngineTerm, SeverityTerm};
use super::{Line, Word};

/// A type of alert with its fixed properties.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent columns of the catalogue"
)]
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertType {
    /// Stable identifier.
    #[schema(example = "modbus_unpermitted_function_code", max_length = 100)]
    pub id: String,
    pub engine: EngineTerm,
    #[schema(
        example = "Unpermitted Usage of Modbus Function Code",
        max_length = 500
    )]
    pub title: String,
    /// What the type is about.
    #[schema(
        example = "A client used a function code that is not part of the baseline.",
        max_length = 4000
    )]
    pub description: String,
    pub severity: SeverityTerm,
    #[schema(example = "Unauthorized Communication Behavior", max_length = 100)]
    pub category: String,
    /// Alerts of this type can be put into the baseline.
    #[schema(example = true)]
    pub learnable: bool,
    /// Alerts of this type can be muted.
    #[schema(example = false)]
    pub mutable: bool,
    /// One alert collects several violations of the same parties.
    #[schema(example = true)]
    pub aggregated: bool,
    /// Raised without being switched on.
    #[schema(example = true)]
    pub enabled_by_default: bool,
    /// How much it takes; null for types without a threshold.
    pub threshold: Option<Threshold>,
    /// ATT&CK for ICS techniques.
    #[schema(inline, value_type = Vec<Word>, example = json!(["T0855"]), max_items = 50)]
    pub techniques: Vec<String>,
    /// What to do about alerts of this type, step by step.
    #[schema(inline, value_type = Vec<Line>, example = json!(["Ask the engineer of the source about the change."]), max_items = 100)]
    pub remediation_steps: Vec<String>,
    /// When alerts of this type are known to be wrong.
    #[schema(
        example = "A controller was replaced during a planned stop.",
        max_length = 4000
    )]
    pub false_positives: String,
    /// Whether this build raises it.
    #[schema(example = true)]
    pub implemented: bool,
    /// Why this build does not raise it.
    #[schema(example = "needs a rule; dissected: OPC UA", max_length = 1000)]
    pub not_implemented: Option<String>,
}

/// So many events within so much time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Threshold {
    /// Events.
    #[schema(example = 50, minimum = 0, maximum = 4_294_967_295_u64)]
    pub count: u32,
    /// Span of time in seconds; null when the count alone decides.
    #[schema(example = 120.0, minimum = 0)]
    pub window_seconds: Option<f64>,
}

/// All types, in the order of the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertTypeList {
    /// The types.
    #[schema(max_items = 10000)]
    pub items: Vec<AlertType>,
}

impl From<&catalogue::AlertType> for AlertType {
    fn from(kind: &catalogue::AlertType) -> Self {
        Self {
            id: kind.id.to_string(),
            engine: kind.engine.into(),
            title: kind.title.clone(),
            description: kind.description.clone(),
            severity: kind.severity.into(),
            category: kind.category.clone(),
            learnable: kind.learnable,
            mutable: kind.mutable,
            aggregated: kind.aggregated,
            enabled_by_default: kind.enabled_by_default,
            threshold: kind.threshold.map(Into::into),
            techniques: kind.techniques.clone(),
            remediation_steps: kind.remediation_steps.clone(),
            false_positives: kind.false_positives.clone(),
            implemented: kind.not_implemented.is_none(),
            not_implemented: kind.not_implemented.clone(),
        }
    }
}

impl From<catalogue::Threshold> for Threshold {
    fn from(threshold: catalogue::Threshold) -> Self {
        Self {
            count: threshold.count,
            window_seconds: (!threshold.window.is_zero()).then_some(threshold.window.as_secs_f64()),
        }
    }
}
