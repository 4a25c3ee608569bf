//! The negotiation of security protocols.
//!
//! Source: MS-RDPBCGR, 2.2.1.1.1 (request), 2.2.1.2.1 (response), 2.2.1.2.2 (failure).
//!
//! ```text
//!  0      1       2        4
//! ├──────┼───────┼────────┼───────────────────────┤
//! │ type │ flags │ 8      │ protocols or failure  │   little-endian
//! └──────┴───────┴────────┴───────────────────────┘
//! ```
//!
//! Data in: what stands behind the fixed part of a connection request or confirm, cookie left out. Data out: its
//! type, flags and value, or that there is none.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::tables::name_of;
use crate::observation::{Anomaly, AnomalySet};

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const FAILURE: u8 = 3;

/// Protocols by bit; none of them is standard RDP security.
const PROTOCOLS: [(u32, &str); 5] = [
    (1, "tls"),
    (2, "credssp"),
    (4, "rdstls"),
    (8, "credssp_early_user_auth"),
    (16, "rdsaad"),
];

const FAILURES: &[(u16, &str)] = &[
    (1, "ssl_required_by_server"),
    (2, "ssl_not_allowed_by_server"),
    (3, "ssl_certificate_not_on_server"),
    (4, "inconsistent_flags"),
    (5, "hybrid_required_by_server"),
    (6, "ssl_with_user_auth_required_by_server"),
];

/// Flags of a request.
const FLAGS: [(u8, &str); 3] = [
    (1, "restricted_admin"),
    (2, "redirected_authentication"),
    (8, "correlation_info"),
];

const STANDARD: &str = "standard_rdp";

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Negotiation {
    kind: u8,
    flags: u8,
    value: u32,
    odd: AnomalySet,
    there: bool,
}

/// What a confirm says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Selected {
    /// Name, and whether TLS follows.
    Protocol(&'static str, bool),
    Failed(u32, &'static str),
}

impl Negotiation {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut negotiation = Self::default();
        if !bytes.is_empty() && negotiation.fields(&mut Cursor::new(bytes)).is_err() {
            negotiation.odd.insert(Anomaly::BadLength);
        }
        negotiation
    }

    fn fields(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Short> {
        self.kind = cursor.u8()?;
        self.flags = cursor.u8()?;
        if cursor.u16_le()? != 8 {
            self.odd.insert(Anomaly::BadLength);
        }
        self.value = cursor.u32_le()?;
        self.there = true;
        Ok(())
    }

    /// Protocols that a client has, and what is wrong with its request.
    pub(super) fn requested(&self) -> (impl Iterator<Item = &'static str> + use<>, AnomalySet) {
        let mut odd = self.odd;
        if self.there && (self.kind != REQUEST || self.value >= 32) {
            odd.insert(Anomaly::BadValue);
        }
        let value = self.value;
        let none = value == 0 || !self.there;
        let named = PROTOCOLS
            .into_iter()
            .filter(move |(bit, _)| !none && value & bit != 0)
            .map(|(_, name)| name);
        (none.then_some(STANDARD).into_iter().chain(named), odd)
    }

    pub(super) fn flags(&self) -> impl Iterator<Item = &'static str> + use<> {
        let flags = if self.kind == REQUEST { self.flags } else { 0 };
        FLAGS
            .into_iter()
            .filter(move |(bit, _)| flags & bit != 0)
            .map(|(_, name)| name)
    }

    /// What a server decided, and what is wrong with it.
    pub(super) fn selected(&self) -> (Selected, AnomalySet) {
        let mut odd = self.odd;
        if !self.there {
            return (Selected::Protocol(STANDARD, false), odd);
        }
        let selected = match self.kind {
            RESPONSE if self.value == 0 => Selected::Protocol(STANDARD, false),
            RESPONSE => {
                // RDSTLS and Azure AD run inside TLS as well (MS-RDPBCGR, 5.4.5).
                let known = PROTOCOLS.iter().find(|(bit, _)| *bit == self.value);
                if known.is_none() {
                    odd.insert(Anomaly::BadValue);
                }
                known.map_or(Selected::Protocol("unknown", false), |(_, name)| {
                    Selected::Protocol(name, true)
                })
            }
            FAILURE => {
                let name = u16::try_from(self.value)
                    .ok()
                    .and_then(|code| name_of(FAILURES, code));
                if name.is_none() {
                    odd.insert(Anomaly::ReservedCode);
                }
                Selected::Failed(self.value, name.unwrap_or("unknown"))
            }
            _ => {
                odd.insert(Anomaly::BadValue);
                Selected::Protocol("unknown", false)
            }
        };
        (selected, odd)
    }
}
