//! Two sources publish one GOOSE control block or one stream of sampled values.
//!
//! Why: receivers tell publications apart by their names and APPID, not by their source, so that
//! whoever publishes under the name of a protection relay speaks for it. T0856, T0830. False positives:
//! a device that was replaced; redundant merging units with one name. Mute the source.
//!
//! Limits: [`SOURCES`] sources of each publication, in a bounded table; a further one is reported each
//! time it takes the place of another.

use smallvec::SmallVec;

use crate::catalogue::{AlertType, Engine};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed, PartyKey};
use crate::state::{BoundedMap, TableStatus};

const ID: &str = "publisher_conflict";

/// Sources kept of one publication.
const SOURCES: usize = 4;

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["appid", "publisher"],
    }],
    build: Build::Site {
        new: |setup| Box::new(Conflict::new(setup)),
    },
};

struct Conflict {
    alert_type: &'static AlertType,
    /// Who publishes, latest last.
    publishers: BoundedMap<u64, SmallVec<[PartyKey; 1]>>,
}

impl Conflict {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            publishers: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for Conflict {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        let FactKind::Published { publication, appid } = fact.kind else {
            return;
        };
        let source = PartyKey::from(&fact.source);
        let known = self.publishers.entry(publication, SmallVec::new);
        if known.contains(&source) {
            return;
        }
        let before = known.last().copied();
        if known.len() >= SOURCES {
            known.remove(0);
        }
        known.push(source);
        let Some(before) = before else {
            return;
        };
        let mut finding = Finding::about(self.alert_type, fact);
        finding.count = 1;
        finding.keyed = Keyed::Source;
        finding.discriminator = u64::from(appid);
        finding.value("appid", appid);
        finding.value("publisher", before.to_string());
        cx.report.raise(finding);
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.publishers.status("publishers", 0));
    }
}
