//! Tests of the interface: the specification by itself, and the whole application over a real
//! service on a temporary directory.

mod spec;
