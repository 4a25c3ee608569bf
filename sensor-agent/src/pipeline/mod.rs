//! The wiring of the stages, and nothing else.
//!
//! ```text
//!             ┌────────────── sensing thread: no lock, no await, no I/O but the source ─────────────┐
//!  Source ──► │ Stages: Inspector ──► Detector ──► findings ─┬─► Service (live)                     │
//!    ▲        │            ▲              ▲                  └─► Lifecycle over memory (replay)     │
//!    │        │      Ticker: seconds of packet time           commands of operators, between polls  │
//!    │        └──────────────────────────────────────────────────────────────────────────────────────┘
//!  interface, capture file or standard input
//! ```
//!
//! Time is that of the packets: the stages get a tick before the first frame at or after each full
//! second, so a capture file gives the alerts that the same traffic gives live. The wall clock only
//! stands in when a live interface is silent.
//!
//! Hand-over to the service is bounded and never blocks the sensing thread; what the service cannot
//! take it counts.

mod control;
pub mod live;
mod outlet;
mod repeats;
pub mod replay;
#[doc(hidden)]
pub mod rig;
mod stages;
mod ticker;

pub(crate) use self::stages::Stages;
