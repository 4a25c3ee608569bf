//! Remote procedure calls of DCE, connection-oriented (version 5): what Windows manages services, tasks,
//! users and the registry with, and what DCOM, WMI and classic OPC run on; over TCP and over named pipes of
//! SMB.
//!
//! Sources: C706 (DCE 1.1 RPC), MS-RPCE, MS-DCOM, the definitions of interfaces in `interfaces`.
//!
//! # What comes out
//! One observation for each PDU.
//! - `operation.code`: of a call and of the fault that answers it, number of the interface × 65536 plus
//!   number of the operation; the interface is 0 when the bind was not seen or nobody knows it.
//!   [`PDU`] plus the type of every other PDU; [`FRAGMENT`] plus the type of a later part of a message.
//! - `objects`: the interface (text `interface`: its name, or its UUID when nobody knows it); names of services,
//!   tasks and keys among the arguments, texts `program` and `mapped_interface`; `user` (`DOMAIN\name`); then
//!   `auth_type` and `auth_level` (MS-RPCE 2.2.1.1), `refused_context`.
//! - `outcome`: status of a fault, reason of a refusal, or what a service, task, registry or WMI call answers.
//! - `identity` from NTLM, as in [`super::smb`].
//!
//! # What departs from the standard
//! Lengths that do not fit: `bad_length`. Types that do not exist: `reserved_code`. PDUs of the other role:
//! `wrong_role`. Calls on a context that was not accepted: `bad_value`. Responses to no call: `unsolicited`.
//!
//! # Limits
//! See [`crate::limits`]. Arguments are read in the first part of a message, not when it is encrypted, and
//! only of the calls in `arguments`. Connectionless calls (version 4) are those of PROFINET only.

mod arguments;
mod association;
mod bind;
mod body;
mod interfaces;
mod operations;
mod pdu;
mod status;
mod stream;
#[cfg(test)]
mod tests;
mod uuid;

pub(super) use association::{Association, Carrier};
pub(super) use pdu::begins;
pub(super) use stream::ENTRY;
#[cfg(test)]
pub(super) use tests::bind as tests_bind;

/// Added to the type of a PDU that is no call.
pub const PDU: u32 = 0xff00_0000;

/// Added to the type of a later part of a message.
pub const FRAGMENT: u32 = 0xff01_0000;
