//! The pure half of the kernel program: bytes of a frame in, flow key or skip reason out.
//!
//! Compiles for the host as well, where it is unit-tested and compared with the user-space decoder
//! on the same bytes. Maps and kernel helpers live in the binary target.
//!
//! [`generator`] is the pure half of the load generator of tests and benches, which the agent never loads.
//!
//! Data in: a [`cursor::Cursor`] over the frame. Data out: [`outcome::Seen`] or [`outcome::Skip`].
//! Limits: two VLAN tags and one HSR tag, eight IPv6 extension headers, one tunnel, headers within
//! the first [`cursor::MAX_OFFSET`] bytes; what lies beyond is a skip reason, never an error.
#![cfg_attr(not(test), no_std)]

pub mod aggregate;
pub mod checksum;
pub mod cursor;
pub mod filter;
pub mod generator;
pub mod headers;
pub mod operation;
pub mod outcome;
pub mod parse;
pub mod quick;
mod tunnel;
