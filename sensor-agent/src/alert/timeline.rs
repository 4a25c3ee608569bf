//! The event timeline: what happened on the network, to alerts, and by whose hand.

use sensor_protocols::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Actor;

macro_rules! event_types {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $id:literal, $title:literal;)*) => {
        /// Kinds of events. Ids follow the vocabulary of Defender for IoT in snake case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum EventType {
            $($(#[$doc])* $variant,)*
        }

        impl EventType {
            /// Every type, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Stable identifier, for instance `alert_reported`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// Name for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Code in stored records; never reused.
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

event_types! {
    /// A finding opened an alert.
    AlertReported = 1, "alert_reported", "Alert Detected";
    /// An alert changed: status, violations, comments, learned, muted …
    AlertUpdated = 2, "alert_updated", "Alert Updated";
    /// Traffic met a mute for the first time.
    MutedAlert = 3, "muted_alert", "Event Detected and Muted";
    /// Somebody changed something that is not an alert: mode, tokens, mutes.
    UserOperation = 4, "user_operation", "User Operation";
    DeviceCreate = 5, "device_create", "Device Detected";
    DeviceUpdate = 6, "device_update", "Device Updated";
    /// Written by a person.
    CustomEvent = 7, "custom_event", "User Defined Event";
    /// The sensor about itself.
    Notification = 8, "notification", "Notification";
}

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $id:literal;)*) => {
        /// What was done, in [`EventType::AlertUpdated`] and [`EventType::UserOperation`] events.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Operation {
            $($(#[$doc])* $variant,)*
        }

        impl Operation {
            /// Every operation, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Stable identifier, for instance `status_changed`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// Code in stored records; never reused.
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

operations! {
    Opened = 1, "opened";
    ViolationAdded = 2, "violation_added";
    StatusChanged = 3, "status_changed";
    Acknowledged = 4, "acknowledged";
    Unacknowledged = 5, "unacknowledged";
    Learned = 6, "learned";
    Unlearned = 7, "unlearned";
    /// A learn with an end date ran out.
    LearnExpired = 8, "learn_expired";
    Muted = 9, "muted";
    Unmuted = 10, "unmuted";
    /// A mute with an end date ran out.
    MuteExpired = 11, "mute_expired";
    Commented = 12, "commented";
    Pinned = 13, "pinned";
    Unpinned = 14, "unpinned";
    Assigned = 15, "assigned";
    Unassigned = 16, "unassigned";
    AutoClosed = 17, "auto_closed";
    /// Retention removed the alert.
    Deleted = 18, "deleted";
    ModeChanged = 19, "mode_changed";
    TokenCreated = 20, "token_created";
    TokenRevoked = 21, "token_revoked";
    FilterCreated = 22, "filter_created";
    FilterChanged = 23, "filter_changed";
    FilterDeleted = 24, "filter_deleted";
    /// The whole set of filter rules was replaced.
    FiltersReplaced = 25, "filters_replaced";
}

/// How much attention an event asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSeverity {
    Info,
    Notice,
    Alert,
}

impl EventSeverity {
    pub const ALL: [Self; 3] = [Self::Info, Self::Notice, Self::Alert];

    pub const fn id(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Alert => "alert",
        }
    }
}

/// An event that has no id yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub time: Timestamp,
    pub event_type: EventType,
    pub severity: EventSeverity,
    /// The title of the alert or of the event type.
    pub title: String,
    /// One sentence.
    pub content: String,
    pub actor: Actor,
    pub operation: Option<Operation>,
    pub alert_id: Option<u64>,
    /// Inventory ids of the devices concerned.
    pub device_ids: Vec<u64>,
    /// The changed field's value before and after, as text.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// An event of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEvent {
    /// From 1, in the order of recording, never used twice.
    pub id: u64,
    pub event: NewEvent,
}

impl std::ops::Deref for TimelineEvent {
    type Target = NewEvent;

    fn deref(&self) -> &NewEvent {
        &self.event
    }
}
