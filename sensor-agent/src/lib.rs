//! Telltale's agent, stage by stage. Modules stand in the order of a packet's way; an import
//! upward is an error that `cargo xtask tidy` reports:
//!
//! `config < capture < alert < store < service < api, forward, cli < pipeline < main`
//!
//! Stages 3 to 5 (decode, flow, dissect, detect) are the crates `sensor-protocols` and
//! `sensor-detect`, so that the compiler keeps I/O, clocks and `unsafe` out of them.

pub mod config;

pub mod capture;

pub mod alert;

pub mod store;

pub mod service;

pub mod metrics;

pub mod api;

pub mod cli;

pub mod pipeline;
