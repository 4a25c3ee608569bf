//! TCP segments that only scanners send: no flags, FIN alone, FIN with PSH and URG.
//!
//! Why: closed ports answer them and open ones do not, and old filters let them pass. T0846.
//! Beyond the reference. False positives: none known; a capture that begins in the middle of a
//! connection can start with its FIN.

use crate::catalogue::{AlertType, Engine};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed};

use super::failed::{may_scan, scanner};

const ID: &str = "stealth_probe";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["port"],
    }],
    build: Build::Site {
        new: |setup| {
            Box::new(Probe {
                alert_type: setup.alert(ID),
            })
        },
    },
};

struct Probe {
    alert_type: &'static AlertType,
}

impl SiteRule for Probe {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        if fact.kind != FactKind::Probe || may_scan(fact, cx) {
            return;
        }
        let mut finding = Finding::about(self.alert_type, fact);
        finding.keyed = Keyed::Source;
        finding.tuple = Some(scanner(fact).tuple());
        finding.value("port", fact.destination.port);
        cx.report.raise(finding);
    }
}
