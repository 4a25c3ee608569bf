//! Who may call the API.

use std::fmt;
use std::str::FromStr;

use sensor_protocols::time::Timestamp;

/// What a token allows. Each role may do everything the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Works on alerts.
    Analyst,
    /// Changes modes, tokens and settings.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Analyst, Self::Admin];

    /// Stable identifier: `viewer`, `analyst` or `admin`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of viewer, analyst, admin")]
pub struct NotARole;

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL
            .into_iter()
            .find(|role| role.id() == text)
            .ok_or(NotARole)
    }
}

/// Whom a secret stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub token_id: u64,
    pub name: String,
    pub role: Role,
}

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    pub id: u64,
    pub name: String,
    pub role: Role,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
}

/// A secret that is shown once: 256 random bits as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text to hand to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
