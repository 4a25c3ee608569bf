//! The part of detection that spans pairs: inventory, scans, floods, new devices.
//!
//! Data in: facts, in the order of their time when they come from several workers. Data out:
//! findings.

use sensor_protocols::time::Timestamp;

use super::attempts::Attempts;
use super::desk::Desk;
use super::fact::{Fact, FactKind};
use super::fence::Fence;
use super::report::Report;
use crate::baseline::Parties;
use crate::catalogue::Engine;
use crate::engines::{Build, Setup, SiteContext, SiteRule, registry};
use crate::finding::Finding;
use crate::inventory::{AddressBook, Inventory};
use crate::settings::DetectorSettings;
use crate::state::TableStatus;

struct Member {
    engine: Engine,
    rule: Box<dyn SiteRule>,
}

/// Inventory and site rules.
pub struct SiteDetector {
    pub(super) inventory: Inventory,
    pub(super) parties: Parties,
    attempts: Attempts,
    rules: Vec<Member>,
    /// Outcomes of attempts that follow from the fact in hand.
    outcomes: Vec<Fact>,
}

impl SiteDetector {
    pub fn new(settings: &DetectorSettings) -> Self {
        Self {
            inventory: Inventory::new(settings.limits.devices),
            parties: Parties::new(settings.limits.tuples),
            attempts: Attempts::new(settings.limits.counters.saturating_mul(4)),
            rules: build(&Setup::new(settings)),
            outcomes: Vec::new(),
        }
    }

    /// Takes one fact and what follows from it.
    pub fn fact(
        &mut self,
        fact: &Fact,
        addresses: &AddressBook,
        desk: &mut Desk,
        fence: &mut Fence,
        out: &mut Vec<Finding>,
    ) {
        let now = desk.now();
        self.overdue(now, addresses, desk, fence, out);
        let mut outcomes = std::mem::take(&mut self.outcomes);
        self.attempts.fact(fact, now, &mut outcomes);
        // What an identity says is compared with what was known before.
        let told = matches!(fact.kind, FactKind::Identity(_));
        if !told {
            self.inventory.fact(fact, addresses);
        }
        self.run(fact, addresses, desk, fence, out);
        if told {
            self.inventory.fact(fact, addresses);
        }
        for outcome in outcomes.drain(..) {
            self.run(&outcome, addresses, desk, fence, out);
        }
        self.outcomes = outcomes;
    }

    /// Time was set back to `now`.
    pub fn time_ran_back(&mut self, now: Timestamp) {
        self.attempts.time_ran_back(now);
    }

    /// Lets time pass for the rules.
    pub fn tick(
        &mut self,
        now: Timestamp,
        addresses: &AddressBook,
        desk: &mut Desk,
        fence: &mut Fence,
        out: &mut Vec<Finding>,
    ) {
        self.overdue(now, addresses, desk, fence, out);
        let work = |rule: &mut dyn SiteRule, cx: &mut SiteContext<'_>| rule.tick(now, cx);
        self.each(work, addresses, desk, fence, out);
    }

    /// Decides the attempts whose time to be answered is over.
    pub fn overdue(
        &mut self,
        now: Timestamp,
        addresses: &AddressBook,
        desk: &mut Desk,
        fence: &mut Fence,
        out: &mut Vec<Finding>,
    ) {
        let mut outcomes = std::mem::take(&mut self.outcomes);
        self.attempts.overdue(now, &mut outcomes);
        for outcome in outcomes.drain(..) {
            self.run(&outcome, addresses, desk, fence, out);
        }
        self.outcomes = outcomes;
    }

    /// Decides all attempts: the capture ends.
    pub fn finish(
        &mut self,
        addresses: &AddressBook,
        desk: &mut Desk,
        fence: &mut Fence,
        out: &mut Vec<Finding>,
    ) {
        let mut outcomes = Vec::new();
        self.attempts.finish(&mut outcomes);
        for outcome in outcomes {
            self.run(&outcome, addresses, desk, fence, out);
        }
    }

    fn run(
        &mut self,
        fact: &Fact,
        addresses: &AddressBook,
        desk: &mut Desk,
        fence: &mut Fence,
        out: &mut Vec<Finding>,
    ) {
        let work = |rule: &mut dyn SiteRule, cx: &mut SiteContext<'_>| rule.fact(fact, cx);
        self.each(work, addresses, desk, fence, out);
    }

    /// Lets every rule work.
    fn each(
        &mut self,
        work: impl Fn(&mut dyn SiteRule, &mut SiteContext<'_>),
        addresses: &AddressBook,
        desk: &mut Desk,
        fence: &mut Fence,
        out: &mut Vec<Finding>,
    ) {
        let (rules, inventory, parties) = (&mut self.rules, &mut self.inventory, &mut self.parties);
        fence.run(|engine| {
            for member in rules.iter_mut().filter(|member| member.engine == engine) {
                let mut cx = SiteContext {
                    inventory: &mut *inventory,
                    parties: &mut *parties,
                    addresses,
                    report: Report {
                        desk: &mut *desk,
                        addresses,
                        out: &mut *out,
                    },
                };
                work(&mut *member.rule, &mut cx);
            }
        });
    }

    /// Makes the rules of an engine anew.
    pub fn rebuild(&mut self, engine: Engine, settings: &DetectorSettings) {
        for (member, fresh) in self.rules.iter_mut().zip(build(&Setup::new(settings))) {
            if member.engine == engine {
                *member = fresh;
            }
        }
    }

    pub fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.inventory.status());
        out.push(self.attempts.status());
        for member in &self.rules {
            member.rule.tables(out);
        }
    }
}

fn build(setup: &Setup<'_>) -> Vec<Member> {
    registry::RULES
        .iter()
        .filter_map(|rule| match &rule.build {
            Build::Site { new } => Some(Member {
                engine: rule.engine,
                rule: new(setup),
            }),
            Build::Pair { .. } | Build::Detector => None,
        })
        .collect()
}
