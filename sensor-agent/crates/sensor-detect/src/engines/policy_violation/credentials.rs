//! Credentials that whoever listens can use, and credentials that everybody knows.
//!
//! - `cleartext_credentials`: a password or community in clear, or only disguised.
//! - `weak_credentials`: a proof that can be computed back in hours (DES challenge, NTLM version 1,
//!   HTTP digest).
//! - `default_credentials`: a community that devices have from the factory, anonymous FTP, VNC without
//!   a password, passwords in clear that are empty, the name of the user or known with it.
//!
//! What is reported is the way and its strength, never a secret: dissectors do not keep any. T0842, T0859,
//! T0812. False positives: equipment that knows no better way: learn the alert and keep the path between
//! the two apart.

use crate::engines::codes::{rfb, snmp};
use sensor_protocols::observation::{Direction, Observation, Protocol};

use super::features::Feature;
use crate::catalogue::{AlertType, Engine};
use crate::engines::sign_ins::parties;
use crate::engines::told::{number, text};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

const CLEAR: &str = "cleartext_credentials";
const WEAK: &str = "weak_credentials";
const DEFAULT: &str = "default_credentials";
const VALUES: &[&str] = &["mechanism", "strength"];

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: CLEAR,
            values: VALUES,
        },
        Raises {
            id: WEAK,
            values: VALUES,
        },
        Raises {
            id: DEFAULT,
            values: &["account"],
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Ftp,
                Protocol::Telnet,
                Protocol::Http,
                Protocol::Snmp,
                Protocol::Vnc,
                Protocol::Tds,
                Protocol::Ldap,
                Protocol::Smb,
                Protocol::DceRpc,
            ]),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY).or(Aspects::RESPONSE),
        },
        new: |setup| Box::new(Credentials::new(setup)),
    },
};

struct Credentials {
    clear: &'static AlertType,
    weak: &'static AlertType,
    default: &'static AlertType,
}

/// How a credential travels, and how well that protects it.
struct Way {
    mechanism: &'static str,
    strength: &'static str,
    /// It needs no computing.
    clear: bool,
}

const fn clear(mechanism: &'static str) -> Way {
    Way {
        mechanism,
        strength: "none, it travels in clear text",
        clear: true,
    }
}

const fn weak(mechanism: &'static str) -> Way {
    Way {
        mechanism,
        strength: "weak, it can be computed back",
        clear: false,
    }
}

impl Credentials {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            clear: setup.alert(CLEAR),
            weak: setup.alert(WEAK),
            default: setup.alert(DEFAULT),
        }
    }
}

impl PairRule for Credentials {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.objects.is_empty() {
            return;
        }
        let pair = parties(observation);
        if let Some(way) = way(observation) {
            let alert_type = if way.clear { self.clear } else { self.weak };
            let feature = Feature::of_pair(pair, observation, Some(way.mechanism));
            feature.check(alert_type, observation, cx, |finding| {
                finding.value("mechanism", way.mechanism);
                finding.value("strength", way.strength);
            });
        }
        if let Some(account) = known_to_all(observation) {
            let feature = Feature::of_pair(pair, observation, Some(account));
            feature.check(self.default, observation, cx, |finding| {
                finding.value("account", account);
            });
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the protocols whose credentials are looked at; a new one is none of them"
)]
fn way(observation: &Observation<'_>) -> Option<Way> {
    if observation.direction == Direction::Response {
        return None;
    }
    let has = |kind| number(observation, kind) == Some(1);
    match observation.protocol {
        Protocol::Snmp => number(observation, snmp::COMMUNITY)
            .filter(|kind| *kind != NO_COMMUNITY)
            .map(|_| clear("community")),
        Protocol::Ftp | Protocol::Telnet => {
            text(observation, "credential").map(|_| clear("password"))
        }
        Protocol::Http => match text(observation, "credential")? {
            "basic" => Some(clear("Basic authentication")),
            "digest" => Some(weak("Digest authentication")),
            _ => None,
        },
        Protocol::Vnc => text(observation, "credential").map(|_| weak("DES challenge")),
        Protocol::Tds if has("password_in_clear") => Some(Way {
            mechanism: "SQL Server sign-in",
            strength: "none, it is only disguised",
            clear: true,
        }),
        Protocol::Ldap if has("password_in_clear") => Some(clear("simple bind")),
        Protocol::Smb if has("password_in_clear") => Some(clear("plain password")),
        Protocol::Tds | Protocol::Ldap | Protocol::Smb | Protocol::DceRpc
            if has("ntlm_version") =>
        {
            Some(weak("NTLM version 1"))
        }
        _ => None,
    }
}

/// What a community is that is empty (`snmp::COMMUNITY`).
const NO_COMMUNITY: u64 = 3;

/// USER of FTP.
const FTP_USER: u32 = 1;

/// The account, when it is one that everybody knows.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the protocols that tell of such accounts; a new one is none of them"
)]
fn known_to_all(observation: &Observation<'_>) -> Option<&'static str> {
    if let Some(weakness) = text(observation, "credential_weakness") {
        return match weakness {
            "well_known" => Some("a user and password that everybody knows"),
            "same_as_user" => Some("a password that is the name of the user"),
            "empty" => Some("an empty password"),
            // Anonymous access over FTP: the message with the user told it.
            _ => None,
        };
    }
    match observation.protocol {
        Protocol::Snmp if observation.direction != Direction::Response => {
            match number(observation, snmp::COMMUNITY)? {
                1 => Some("the community \"public\""),
                2 => Some("the community \"private\""),
                _ => None,
            }
        }
        Protocol::Ftp if observation.operation.code == FTP_USER => {
            let user = text(observation, "user")?;
            let anonymous = ["anonymous", "ftp"];
            anonymous
                .iter()
                .any(|known| user.eq_ignore_ascii_case(known))
                .then_some("the anonymous account")
        }
        Protocol::Vnc if observation.operation.code == rfb::SECURITY_CHOICE => {
            (number(observation, "security_type") == Some(1)).then_some("no password at all")
        }
        _ => None,
    }
}
