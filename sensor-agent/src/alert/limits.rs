//! Caps of the alert stage, each with its reason.

/// Violations kept in one alert with their details. What comes after is counted in
/// [`super::Alert::violations_omitted`]. An alert is rewritten while traffic repeats, so its
/// record must stay small.
pub const VIOLATIONS: usize = 100;

/// Named values kept per violation; engines give a handful.
pub const VIOLATION_VALUES: usize = 16;

/// Characters kept of one value: names on the wire are chosen by the peer.
pub const VALUE_CHARS: usize = 256;

/// Characters of an alert's message, which has values of the peer filled in.
pub const MESSAGE_CHARS: usize = 1024;

/// Characters of a comment.
pub const COMMENT_CHARS: usize = 2000;

/// Comments of one alert: they are part of its record, which repeated traffic rewrites.
pub const COMMENTS: usize = 100;

/// Characters of a reason.
pub const REASON_CHARS: usize = 1000;

/// Characters of an assignee's name.
pub const ASSIGNEE_CHARS: usize = 200;
