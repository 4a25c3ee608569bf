//! What learning an alert would do.

use serde::Serialize;
use utoipa::ToSchema;

use super::baseline::Combination;
use crate::alert as domain;

/// What *learn* would put into the baseline, before anything changes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LearnPreview {
    #[schema(example = 17, minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub alert_id: u64,
    /// Exactly the combinations that would enter, in the order of the violations, none twice.
    #[schema(max_items = 100)]
    pub combinations: Vec<Combination>,
    /// Those of them that a person has learned already.
    #[schema(max_items = 100)]
    pub already_learned: Vec<Combination>,
}

impl LearnPreview {
    /// The preview for this alert.
    pub fn new(alert_id: u64, preview: domain::LearnPreview) -> Self {
        let list = |tuples: Vec<_>| tuples.into_iter().map(Combination::from).collect();
        Self {
            alert_id,
            combinations: list(preview.tuples),
            already_learned: list(preview.already_learned),
        }
    }
}
