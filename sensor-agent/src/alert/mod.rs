//! Stage 6: findings become alerts, and alerts live until retention takes them.
//!
//! Data in: [`sensor_detect::finding::Finding`]s (coalesced or one by one), actions of people, and
//! the passing of time. Data out: [`Alert`]s, [`Mute`]s, [`LearnRecord`]s and [`TimelineEvent`]s
//! in a [`Repository`], and the tuples that the detector has to learn or unlearn.
//!
//! ```text
//!   finding ──► muted or learned? ──► counted there, no alert
//!                  │ no
//!                  ▼
//!           ┌──── new ◄──────────── reopen, unlearn, unmute ─────────┐
//!   repeat, │      │ ▲                                              │
//!   other   │      ▼ │                                              │
//!   violation──► active ── close, learn, mute, auto-close ──► closed ──► deleted (retention,
//!                                                                        unless pinned)
//! ```
//!
//! A closed alert takes up no traffic: the same traffic opens a new alert that names the closed one
//! as its predecessor. Everything here is pure: time comes in with the calls, and records are kept
//! by whoever implements [`Repository`]. Text is made when an alert opens, never for a repeat.
//! Caps are in [`limits`].

mod actor;
mod lifecycle;
pub mod limits;
mod memory;
mod model;
mod open;
mod refusal;
mod repository;
mod request;
#[cfg(test)]
pub(crate) mod suite;
mod suppression;
mod text;
mod timeline;

pub use actor::Actor;
pub use lifecycle::{Elapsed, Ingested, LearnOutcome, Lifecycle, Occurrence};
pub use memory::MemoryRepository;
pub(crate) use memory::parties;
pub use model::{Alert, AlertParty, Comment, NotAStatus, Status, ViolationRecord};
pub use open::{OpenEntry, ViolationId, ViolationPlace};
pub use refusal::{ActionError, Refusal, RefusalKind};
pub use repository::{KnownDevice, OpenAlert, Repeat, Repository};
pub use request::{Edit, LearnPreview, LearnRequest, LifecycleSettings, MuteRequest};
pub(crate) use suppression::is_over;
pub use suppression::{LearnRecord, Mute};
pub use text::{rfc3339, tuple_text};
pub use timeline::{EventSeverity, EventType, NewEvent, Operation, TimelineEvent};
