//! What lists can be asked for, and the pages they answer.

use std::fmt;

use sensor_detect::catalogue::{Engine, Severity};
use sensor_detect::finding::PartyKey;
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

use crate::alert::{EventSeverity, EventType, Status};

/// Most items of one page.
pub const PAGE_LIMIT: usize = 1000;

/// Items of a page when the caller names no number.
pub const PAGE_DEFAULT: usize = 100;

/// One page of a list, newest first where the items have a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last page.
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

/// A place in a list. Its text form is opaque to callers: it names the list and the last item
/// shown, so that items added in between neither repeat nor go missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    list: List,
    key: Vec<u8>,
}

/// The lists that have cursors; the discriminants are part of the text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum List {
    Alerts = 1,
    Timeline = 2,
    Devices = 3,
    Mutes = 4,
    Learned = 5,
    Baseline = 6,
    Filters = 7,
}

impl List {
    const ALL: [Self; 7] = [
        Self::Alerts,
        Self::Timeline,
        Self::Devices,
        Self::Mutes,
        Self::Learned,
        Self::Baseline,
        Self::Filters,
    ];
}

/// The text is no cursor that this list handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor was not handed out by this list; leave it out to start at the beginning")]
pub struct BadCursor;

impl Cursor {
    pub(crate) fn new(list: List, key: &[u8]) -> Self {
        Self {
            list,
            key: key.to_vec(),
        }
    }

    /// The key after which `list` goes on.
    pub(crate) fn key_for(&self, list: List) -> Result<&[u8], BadCursor> {
        if self.list == list {
            Ok(&self.key)
        } else {
            Err(BadCursor)
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.list as u8)?;
        self.key.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let digits: Option<Vec<u8>> = text
            .bytes()
            .map(|c| (c as char).to_digit(16).and_then(|d| u8::try_from(d).ok()))
            .collect();
        let digits = digits.ok_or(BadCursor)?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let mut bytes = pairs.iter().map(|[high, low]| (high << 4) | low);
        let first = bytes.next().ok_or(BadCursor)?;
        let list = List::ALL
            .into_iter()
            .find(|list| *list as u8 == first)
            .ok_or(BadCursor)?;
        if !rest.is_empty() {
            return Err(BadCursor);
        }
        Ok(Self {
            list,
            key: bytes.collect(),
        })
    }
}

/// Which alerts. Values within one field are alternatives, fields narrow each other; an empty
/// field does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertQuery {
    pub status: Vec<Status>,
    pub severity: Vec<Severity>,
    pub engine: Vec<Engine>,
    pub type_id: Vec<String>,
    pub source: Vec<PartyKey>,
    pub destination: Vec<PartyKey>,
    /// Either side.
    pub party: Vec<PartyKey>,
    pub protocol: Vec<Protocol>,
    pub learnable: Option<bool>,
    pub acknowledged: Option<bool>,
    pub learned: Option<bool>,
    pub muted: Option<bool>,
    pub pinned: Option<bool>,
    /// Last detection not before.
    pub from: Option<Timestamp>,
    /// Last detection before.
    pub to: Option<Timestamp>,
    /// Part of title, message or an address; letters compare without case.
    pub text: Option<String>,
    /// 1 to [`PAGE_LIMIT`]; `None` is [`PAGE_DEFAULT`].
    pub limit: Option<usize>,
    pub cursor: Option<Cursor>,
}

/// Which events. As [`AlertQuery`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineQuery {
    pub event_type: Vec<EventType>,
    pub severity: Vec<EventSeverity>,
    pub alert_id: Option<u64>,
    pub device_id: Option<u64>,
    /// Whether a person or program outside the sensor acted.
    pub user_operation: Option<bool>,
    /// Event time not before.
    pub from: Option<Timestamp>,
    /// Event time before.
    pub to: Option<Timestamp>,
    /// Part of title or content; letters compare without case.
    pub text: Option<String>,
    pub limit: Option<usize>,
    pub cursor: Option<Cursor>,
}

/// Which slice of a list without filters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    pub limit: Option<usize>,
    pub cursor: Option<Cursor>,
}
