//! Messages that break their specification, whatever was learned.

pub mod dnp3_indications;
pub mod dnp3_operate;
pub mod dnp3_requests;
pub mod exceptions;
pub mod firmware_update;
pub mod function_code;
pub mod iec104_refusals;
pub mod malformed;
pub mod malformed_session;
pub mod port_zero;
pub mod smb_reserved;
