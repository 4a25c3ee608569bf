//! TLS that protects less than it seems: obsolete versions, weak ciphers, certificates that nobody vouches for.
//!
//! What counts is what the server chose, not what a client offers. Versions before 1.2 are obsolete
//! (RFC 8996, RFC 7568, RFC 6176). T0842, T0830. False positives: equipment that knows no later version, and
//! certificates that devices make for themselves: learn the alert.

use crate::engines::codes::tls::{HANDSHAKE_UNIT, SSL2};
use sensor_protocols::observation::{Observation, Protocol};

use super::features::Feature;
use crate::catalogue::{AlertType, Engine};
use crate::engines::told::{number, text};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::Keyed;

const VERSION: &str = "tls_obsolete_version";
const CIPHER: &str = "tls_weak_cipher";
const SELF_SIGNED: &str = "tls_certificate_self_signed";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: VERSION,
            values: &["version"],
        },
        Raises {
            id: CIPHER,
            values: &["weakness"],
        },
        Raises {
            id: SELF_SIGNED,
            values: &["subject"],
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::Tls),
            aspects: Aspects::RESPONSE.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Tls::new(setup)),
    },
};

const SERVER_HELLO: u32 = HANDSHAKE_UNIT + 2;
/// Server hello of SSL 2.0.
const SSL2_SERVER_HELLO: u32 = SSL2 + 4;
const CERTIFICATE: u32 = HANDSHAKE_UNIT + 11;

const OBSOLETE: [&str; 4] = ["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1"];

struct Tls {
    version: &'static AlertType,
    cipher: &'static AlertType,
    self_signed: &'static AlertType,
}

impl Tls {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            version: setup.alert(VERSION),
            cipher: setup.alert(CIPHER),
            self_signed: setup.alert(SELF_SIGNED),
        }
    }

    fn chosen(&self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        let pair = (observation.destination, observation.source);
        if let Some(version) = text(observation, "version")
            && let Some(version) = OBSOLETE.iter().find(|known| **known == version)
        {
            let feature = Feature::of_pair(pair, observation, Some(version));
            feature.check(self.version, observation, cx, |finding| {
                finding.value("version", *version);
            });
        }
        if let Some(weakness) = text(observation, "weak_chosen") {
            let feature = Feature::of_pair(pair, observation, Some(weakness));
            feature.check(self.cipher, observation, cx, |finding| {
                finding.value("weakness", weakness.to_owned());
            });
        }
    }

    fn certificate(&self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if number(observation, "self_signed").is_none() {
            return;
        }
        let subject = text(observation, "subject").unwrap_or("nobody");
        let feature = Feature::of_sender(observation, Some(subject));
        feature.check(self.self_signed, observation, cx, |finding| {
            finding.keyed = Keyed::Source;
            finding.value("subject", subject.to_owned());
        });
    }
}

impl PairRule for Tls {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        match observation.operation.code {
            SERVER_HELLO | SSL2_SERVER_HELLO => self.chosen(observation, cx),
            CERTIFICATE => self.certificate(observation, cx),
            _ => {}
        }
    }
}
