//! Stages 3 and 4 of the sensor: bytes of a frame in, [`observation::Observation`]s out.
//!
//! ```text
//! frame::Frame ─► decode ─► flow (IP defragmentation, TCP reassembly) ─► dissect ─► Observation
//! ```
//!
//! Everything here is pure: no I/O, no clock, no logging, no `unsafe`. Time comes in with the
//! frames, so a capture file and live traffic with the same bytes give the same observations.
//! Everything a peer controls has a cap in [`limits`] and a counter that shows when it bites.
#![forbid(unsafe_code)]

pub mod addr;
pub mod aggregation;
pub mod counters;
pub mod decode;
pub mod dissect;
pub mod flow;
pub mod frame;
pub mod inspector;
pub mod limits;
pub mod observation;
pub mod time;
