//! Who may call what: the one table behind the gate and the specification's security section.
//!
//! An operation that is missing here cannot be called by anybody, and a test fails.

use crate::service::Role;

/// What an operation asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reachable without a token.
    Open,
    /// Needs a token with this role or a higher one.
    Role(Role),
}

use Access::{Open, Role as Needs};
use Role::{Admin, Analyst, Viewer};

/// Every operation of the specification with what it asks.
pub const OPERATIONS: &[(&str, Access)] = &[
    ("getHealth", Open),
    ("listAlerts", Needs(Viewer)),
    ("getAlert", Needs(Viewer)),
    ("updateAlert", Needs(Analyst)),
    ("closeAlert", Needs(Analyst)),
    ("reopenAlert", Needs(Analyst)),
    ("activateAlert", Needs(Analyst)),
    ("acknowledgeAlert", Needs(Analyst)),
    ("learnAlert", Needs(Analyst)),
    ("unlearnAlert", Needs(Analyst)),
    ("muteAlert", Needs(Analyst)),
    ("unmuteAlert", Needs(Analyst)),
    ("previewLearn", Needs(Viewer)),
    ("listComments", Needs(Viewer)),
    ("addComment", Needs(Analyst)),
    ("getRemediation", Needs(Viewer)),
    ("getAlertTimeline", Needs(Viewer)),
    ("listTimeline", Needs(Viewer)),
    ("listAlertTypes", Needs(Viewer)),
    ("getAlertType", Needs(Viewer)),
    ("listDevices", Needs(Viewer)),
    ("getDevice", Needs(Viewer)),
    ("listMutes", Needs(Viewer)),
    ("getMute", Needs(Viewer)),
    ("deleteMute", Needs(Analyst)),
    ("listFilters", Needs(Viewer)),
    ("getFilter", Needs(Viewer)),
    ("createFilter", Needs(Admin)),
    ("replaceFilters", Needs(Admin)),
    ("updateFilter", Needs(Admin)),
    ("deleteFilter", Needs(Admin)),
    ("listBaseline", Needs(Viewer)),
    ("getLearningMode", Needs(Viewer)),
    ("setLearningMode", Needs(Admin)),
    ("getCapture", Needs(Viewer)),
    ("listProtocols", Needs(Viewer)),
    ("listEngines", Needs(Viewer)),
    ("getProblemType", Needs(Viewer)),
    ("getVersion", Needs(Viewer)),
    ("getMetrics", Needs(Viewer)),
];

/// Pages that are not part of the API: they hold no data of the site and need no token.
pub const STATIC_PAGES: &[&str] = &["/", "/docs", "/docs/{_:.*}", "/openapi.json"];

/// What this operation asks.
pub fn of(operation_id: &str) -> Option<Access> {
    OPERATIONS
        .iter()
        .find(|(id, _)| *id == operation_id)
        .map(|(_, access)| *access)
}
