//! Why an action on an alert cannot be done. Codes are stable: automation branches on them.

use super::limits;

/// How a refusal maps to the caller's mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The alert's type or state does not allow it (HTTP 409).
    Conflict,
    /// The request itself is not acceptable (HTTP 422).
    Invalid,
}

/// A refused action. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("alerts of type {type_id} cannot be learned; mute or close this one instead")]
    NotLearnable { type_id: String },
    #[error("this alert carries nothing the baseline could take; close it instead")]
    NothingToLearn,
    #[error("the alert has no violation number {index}; it has {count}")]
    UnknownViolation { index: usize, count: usize },
    #[error("this alert is learned already")]
    AlreadyLearned,
    #[error("this alert is not learned")]
    NotLearned,
    #[error("alerts of type {type_id} can be learned, and so they cannot be muted; learn it")]
    LearnableNotMutable { type_id: String },
    #[error("alerts of type {type_id} are about the sensor and cannot be muted; close it instead")]
    NotMutable { type_id: String },
    #[error(
        "{address} is an Internet address, and alerts with one cannot be muted; close it instead"
    )]
    InternetParty { address: String },
    #[error("this traffic is muted already, since alert {alert_id}")]
    AlreadyMuted { alert_id: u64 },
    #[error("this alert is not muted")]
    NotMuted,
    #[error("the end {expires} is not in the future")]
    ExpiryInThePast { expires: String },
    #[error(
        "a comment has 1 to {} characters, this one {length}",
        limits::COMMENT_CHARS
    )]
    CommentLength { length: usize },
    #[error(
        "the alert has {} comments, which is the most one can have",
        limits::COMMENTS
    )]
    TooManyComments,
    #[error("a {field} has at most {max} characters, this one {length}")]
    TextLength {
        field: &'static str,
        max: usize,
        length: usize,
    },
}

impl Refusal {
    /// Every code, for documentation and for the API's description.
    pub const CODES: &'static [&'static str] = &[
        "not_learnable",
        "nothing_to_learn",
        "unknown_violation",
        "already_learned",
        "not_learned",
        "learnable_not_mutable",
        "not_mutable",
        "internet_party",
        "already_muted",
        "not_muted",
        "expiry_in_the_past",
        "comment_length",
        "too_many_comments",
        "text_length",
    ];

    /// Stable machine-readable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotLearnable { .. } => "not_learnable",
            Self::NothingToLearn => "nothing_to_learn",
            Self::UnknownViolation { .. } => "unknown_violation",
            Self::AlreadyLearned => "already_learned",
            Self::NotLearned => "not_learned",
            Self::LearnableNotMutable { .. } => "learnable_not_mutable",
            Self::NotMutable { .. } => "not_mutable",
            Self::InternetParty { .. } => "internet_party",
            Self::AlreadyMuted { .. } => "already_muted",
            Self::NotMuted => "not_muted",
            Self::ExpiryInThePast { .. } => "expiry_in_the_past",
            Self::CommentLength { .. } => "comment_length",
            Self::TooManyComments => "too_many_comments",
            Self::TextLength { .. } => "text_length",
        }
    }

    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::NotLearnable { .. }
            | Self::NothingToLearn
            | Self::AlreadyLearned
            | Self::NotLearned
            | Self::LearnableNotMutable { .. }
            | Self::NotMutable { .. }
            | Self::InternetParty { .. }
            | Self::AlreadyMuted { .. }
            | Self::NotMuted
            | Self::TooManyComments => RefusalKind::Conflict,
            Self::UnknownViolation { .. }
            | Self::ExpiryInThePast { .. }
            | Self::CommentLength { .. }
            | Self::TextLength { .. } => RefusalKind::Invalid,
        }
    }
}

/// Why a lifecycle call ended without effect.
#[derive(Debug, thiserror::Error)]
pub enum ActionError<E> {
    #[error("there is no alert {id}")]
    NotFound { id: u64 },
    #[error("the alert was changed by somebody else: it is at revision {current}")]
    RevisionMismatch { current: u64 },
    #[error(transparent)]
    Refused(Refusal),
    /// The repository failed; the transaction around the call must be given up.
    #[error(transparent)]
    Repository(#[from] E),
}
