//! Who may call the API. Secrets are random; only their SHA-256 is kept.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use sensor_protocols::time::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Service, ServiceError};
use crate::alert::{Actor, EventSeverity, EventType, NewEvent, Operation, Repository, is_over};
use crate::store::{Snapshot, StoreError, Token, Unit, hex};

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
    /// A new secret from the operating system's random source.
    fn generate() -> Result<Self, ServiceError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| ServiceError::Unavailable {
            code: "no_random_numbers",
            message: format!("the operating system gave no random numbers: {error}"),
        })?;
        Ok(Self(hex(&bytes)))
    }

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

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Characters of a token's name.
const NAME_CHARS: usize = 100;

/// Tokens of one sensor: authentication looks at every one of them.
const TOKENS: usize = 1000;

/// The tokens in force, for look-ups without the store.
#[derive(Default)]
pub(super) struct Keyring(ArcSwap<Vec<(TokenInfo, [u8; 32])>>);

impl Keyring {
    pub(super) fn replace(&self, tokens: Vec<Token>) {
        let entries = tokens.into_iter().filter_map(|token| {
            let digest = token.digest;
            Some((info(token)?, digest))
        });
        self.0.store(Arc::new(entries.collect()));
    }

    /// Looks at every token, so that the time taken tells nothing about a secret.
    fn find(&self, secret: &str, now: Timestamp) -> Option<TokenInfo> {
        let wanted = digest(secret);
        let tokens = self.0.load();
        let mut found = None;
        for (info, digest) in tokens.iter() {
            if bool::from(digest.ct_eq(&wanted)) && !is_over(info.expires, now) {
                found = Some(info.clone());
            }
        }
        found
    }

    fn infos(&self) -> Vec<TokenInfo> {
        self.0.load().iter().map(|(info, _)| info.clone()).collect()
    }
}

/// A token whose role this version does not know opens nothing.
fn info(token: Token) -> Option<TokenInfo> {
    Some(TokenInfo {
        id: token.id,
        role: token.role.parse().ok()?,
        name: token.name,
        created: token.created,
        expires: token.expires,
    })
}

/// A token for a new administrator, and its secret.
pub(super) fn first_admin(now: Timestamp) -> Result<(Token, Secret), ServiceError> {
    let secret = Secret::generate()?;
    let token = Token {
        id: 0,
        name: Role::Admin.id().to_owned(),
        role: Role::Admin.id().to_owned(),
        digest: digest(secret.reveal()),
        created: now,
        expires: None,
    };
    Ok((token, secret))
}

impl Service {
    /// Whom a secret stands for; `None` when it is unknown or expired.
    pub fn authenticate(&self, secret: &str) -> Option<Principal> {
        let info = self.inner.keyring.find(secret, self.now())?;
        Some(Principal {
            token_id: info.id,
            name: info.name,
            role: info.role,
        })
    }

    /// Every token, by id.
    pub fn tokens(&self) -> Vec<TokenInfo> {
        self.inner.keyring.infos()
    }

    /// Creates a token; its secret is not kept and cannot be shown again.
    pub fn create_token(
        &self,
        name: &str,
        role: Role,
        expires: Option<Timestamp>,
        actor: &Actor,
    ) -> Result<(TokenInfo, Secret), ServiceError> {
        let now = self.now();
        self.check_token(name, expires, now)?;
        let secret = Secret::generate()?;
        let token = Token {
            id: 0,
            name: name.to_owned(),
            role: role.id().to_owned(),
            digest: digest(secret.reveal()),
            created: now,
            expires,
        };
        let actor = actor.clone();
        let token = self.inner.store.write(move |unit| {
            let token = unit.add_token(token.clone())?;
            let content = format!("Token {} ({}) created", token.name, token.role);
            note(unit, Operation::TokenCreated, content, &actor, now)?;
            Ok(token)
        })?;
        self.reload_tokens()?;
        let info = info(token).ok_or_else(|| ServiceError::not_found("role", role.id()))?;
        Ok((info, secret))
    }

    fn check_token(
        &self,
        name: &str,
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let invalid = |code, message: String| Err(ServiceError::Invalid { code, message });
        let length = name.chars().count();
        if name.trim().is_empty() || length > NAME_CHARS {
            let message = format!("a token's name has 1 to {NAME_CHARS} characters");
            return invalid("invalid_name", message);
        }
        if is_over(expires, now) {
            return invalid(
                "expiry_in_the_past",
                "the end is not in the future".to_owned(),
            );
        }
        if self.tokens().len() >= TOKENS {
            let message = format!("there are {TOKENS} tokens; revoke one first");
            return invalid("too_many_tokens", message);
        }
        Ok(())
    }

    /// Takes a token out of force. The last administrator's token that does not expire stays.
    pub fn revoke_token(&self, id: u64, actor: &Actor) -> Result<(), ServiceError> {
        let lasting = |info: &&TokenInfo| info.role == Role::Admin && info.expires.is_none();
        let tokens = self.tokens();
        let mut admins = tokens.iter().filter(lasting);
        if admins.clone().count() == 1 && admins.any(|info| info.id == id) {
            return Err(ServiceError::Invalid {
                code: "last_admin_token",
                message: "this is the last administrator's token; create another one first"
                    .to_owned(),
            });
        }
        let (actor, now) = (actor.clone(), self.now());
        let removed = self.inner.store.write(move |unit| {
            let removed = unit.remove_token(id)?;
            if let Some(token) = &removed {
                let content = format!("Token {} ({}) revoked", token.name, token.role);
                note(unit, Operation::TokenRevoked, content, &actor, now)?;
            }
            Ok(removed)
        })?;
        self.reload_tokens()?;
        match removed {
            Some(_) => Ok(()),
            None => Err(ServiceError::not_found("token", id)),
        }
    }

    fn reload_tokens(&self) -> Result<(), ServiceError> {
        let tokens = self.inner.store.read(Snapshot::tokens)?;
        self.inner.keyring.replace(tokens);
        Ok(())
    }
}

/// Writes a user operation that is not about an alert into the timeline.
pub(super) fn note(
    unit: &mut Unit<'_>,
    operation: Operation,
    content: String,
    actor: &Actor,
    time: Timestamp,
) -> Result<(), StoreError> {
    note_change(unit, operation, content, [None, None], actor, time)
}

/// As [`note`], with the value before and after.
pub(super) fn note_change(
    unit: &mut Unit<'_>,
    operation: Operation,
    content: String,
    [before, after]: [Option<String>; 2],
    actor: &Actor,
    time: Timestamp,
) -> Result<(), StoreError> {
    unit.append_event(NewEvent {
        time,
        event_type: EventType::UserOperation,
        severity: EventSeverity::Notice,
        title: EventType::UserOperation.title().to_owned(),
        content,
        actor: actor.clone(),
        operation: Some(operation),
        alert_id: None,
        device_ids: Vec::new(),
        before,
        after,
    })?;
    Ok(())
}
