//! Why a verb of the service failed, with a stable code for automation.

use crate::alert::Refusal;

/// A failed call. Nothing of it was done, except where a variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    /// The type or state of the alert does not allow it, or the request is not acceptable; see
    /// [`Refusal::kind`].
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("it was changed by somebody else: it is at revision {current}; read it again")]
    RevisionMismatch { current: u64 },
    /// The request cannot be understood.
    #[error("{message}")]
    Invalid { code: &'static str, message: String },
    /// The store cannot take the call at present.
    #[error("{message}")]
    Unavailable { code: &'static str, message: String },
}

impl ServiceError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Refused(refusal) => refusal.code(),
            Self::RevisionMismatch { .. } => "revision_mismatch",
            Self::Invalid { code, .. } | Self::Unavailable { code, .. } => code,
        }
    }
}
