//! What can be asked of an alert.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::term::{ModeTerm, StatusTerm};
use super::time::UtcTime;
use crate::api::bounded::{Int, Text};

/// Why something was done.
pub type Reason = Text<1, 1000>;

/// Changes of an alert; fields that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"status": "active", "assignee": "j.weber"}))]
pub struct AlertPatch {
    /// New status.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = StatusTerm)]
    pub status: Option<StatusTerm>,
    /// Somebody has taken notice of it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, example = true)]
    pub acknowledged: Option<bool>,
    /// Keep it for good.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, example = true)]
    pub pinned: Option<bool>,
    /// Who works on it; null takes the assignment away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, example = "j.weber")]
    pub assignee: Option<Option<Text<1, 200>>>,
}

impl AlertPatch {
    pub const fn is_empty(&self) -> bool {
        self.status.is_none()
            && self.acknowledged.is_none()
            && self.pinned.is_none()
            && self.assignee.is_none()
    }
}

/// A field that is there, so that `null` is a value and not an absence.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What to learn from an alert.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Planned by work order 1178"}))]
pub struct LearnBody {
    /// Positions in the alert's `violations`, counted from 0; left out, all are learned.
    #[schema(inline, min_items = 1, max_items = 100, example = json!([0]))]
    pub violations: Option<Vec<Int<0, 99>>>,
    /// Why, for the timeline.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000, example = "Planned by work order 1178")]
    pub reason: Option<Reason>,
    /// End of its validity, in the future; left out, it is valid until it is unlearned.
    pub expires_at: Option<UtcTime>,
}

/// How to mute an alert's traffic.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Known fault of the meter, replacement ordered"}))]
pub struct MuteBody {
    /// Why, for the timeline.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000, example = "Known fault of the meter, replacement ordered")]
    pub reason: Option<Reason>,
    /// End of the mute, in the future; left out, it lasts until it is lifted.
    pub expires_at: Option<UtcTime>,
}

/// A new comment.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// The remark.
    #[schema(value_type = String, min_length = 1, max_length = 4096, example = "Planned change, see work order 1178.")]
    pub text: Text<1, 4096>,
}

/// The learning mode.
#[derive(Clone, Debug, Deserialize, serde::Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LearningModeBody {
    /// Mode of every alert type that has none of its own.
    pub mode: ModeTerm,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(json: &str) -> Result<AlertPatch, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn null_takes_the_assignment_away_and_absence_leaves_it() {
        assert!(matches!(
            patch(r#"{"assignee":null}"#).expect("valid").assignee,
            Some(None)
        ));
        assert!(patch("{}").expect("valid").is_empty());
        assert!(
            patch(r#"{"status":null}"#).is_err(),
            "a status cannot be taken away"
        );
    }
}
