//! Stage 5 of the sensor: [`sensor_protocols::observation::Observation`]s in, [`finding::Finding`]s out.
//!
//! Inventory and baseline say what is normal; five engines say what is not. Nothing here does I/O,
//! reads a clock, logs or holds `unsafe`: time comes in with observations and ticks, so a replayed
//! capture gives the findings that live capture gave.
#![forbid(unsafe_code)]

pub mod baseline;
pub mod catalogue;
pub mod detector;
pub mod engines;
pub mod finding;
pub mod indicators;
pub mod inventory;
pub mod settings;
pub mod state;
