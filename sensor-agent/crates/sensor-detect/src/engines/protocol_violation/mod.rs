//! Messages that break their specification, whatever was learned.

pub mod exceptions;
pub mod function_code;
pub mod malformed;
pub mod malformed_session;
pub mod port_zero;
