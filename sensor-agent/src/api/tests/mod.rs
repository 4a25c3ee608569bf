//! Tests of the interface: the specification by itself, and the whole application over a real
//! service on a temporary directory.

mod alerts;
mod auth;
mod conventions;
mod exports;
mod filters;
mod pages;
mod server;
mod spec;
mod world;
