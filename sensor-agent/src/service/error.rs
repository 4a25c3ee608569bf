//! Why a verb of the service failed, with a stable code for automation.

use super::{FilterFault, FilterFaults};
use crate::alert::{ActionError, Refusal};
use crate::store::{BadCursor, StoreError};

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
    /// A filter rule, or all of them together, cannot be in force.
    #[error(transparent)]
    Filter(Box<FilterFaults>),
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
            Self::Filter(faults) => faults.first.code.as_str(),
            Self::Invalid { code, .. } | Self::Unavailable { code, .. } => code,
        }
    }

    pub(super) fn not_found(what: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }
}

impl From<FilterFaults> for ServiceError {
    fn from(faults: FilterFaults) -> Self {
        Self::Filter(Box::new(faults))
    }
}

impl From<FilterFault> for ServiceError {
    fn from(fault: FilterFault) -> Self {
        FilterFaults::from(fault).into()
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::QueueFull => "store_busy",
            StoreError::Record { .. } => "record_unreadable",
            StoreError::Unavailable { .. } | StoreError::Closed | StoreError::Io { .. } => {
                "store_unavailable"
            }
        };
        Self::Unavailable {
            code,
            message: error.to_string(),
        }
    }
}

impl From<ActionError<StoreError>> for ServiceError {
    fn from(error: ActionError<StoreError>) -> Self {
        match error {
            ActionError::NotFound { id } => Self::not_found("alert", id),
            ActionError::RevisionMismatch { current } => Self::RevisionMismatch { current },
            ActionError::Refused(refusal) => Self::Refused(refusal),
            ActionError::Repository(error) => error.into(),
        }
    }
}

impl From<BadCursor> for ServiceError {
    fn from(error: BadCursor) -> Self {
        Self::Invalid {
            code: "invalid_cursor",
            message: error.to_string(),
        }
    }
}
