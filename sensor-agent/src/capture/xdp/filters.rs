//! The filter of one loaded program, for whichever thread changes it; the reader of the ring goes on
//! meanwhile.
//!
//! Data in: rules. Data out: rule maps and settings, in the order that loses no frame. Limits: a
//! change of 100 000 rules takes some tenths of a second, in which other changes wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use aya::Ebpf;
use sensor_common::maps::{
    PAIR_GROUPS_V4, PAIR_GROUPS_V6, RULES_MAC, RULES_MAC_CAPACITY, RULES_PAIR, RULES_PAIR_CAPACITY,
    RULES_PORT, RULES_PORT_CAPACITY, RULES_PREFIX_CAPACITY, RULES_V4, RULES_V6, RULES_VLAN,
    RULES_VLAN_CAPACITY,
};

use super::grace::Grace;
use super::knobs::Knobs;
use super::rules::RuleTables;
use super::{CaptureError, XdpSettings, sys};
use crate::capture::MapFill;
use crate::capture::filter::{FilterControl, FilterRule, Match};

/// Every rule map with the entries its rules may take.
const MAPS: [(&str, u32); 8] = [
    (RULES_V4, RULES_PREFIX_CAPACITY),
    (RULES_V6, RULES_PREFIX_CAPACITY),
    (PAIR_GROUPS_V4, RULES_PREFIX_CAPACITY),
    (PAIR_GROUPS_V6, RULES_PREFIX_CAPACITY),
    (RULES_PAIR, RULES_PAIR_CAPACITY),
    (RULES_PORT, RULES_PORT_CAPACITY),
    (RULES_VLAN, RULES_VLAN_CAPACITY),
    (RULES_MAC, RULES_MAC_CAPACITY),
];

/// Rule maps of one loaded program, and its knobs, which say what kinds of rules there are.
pub(super) struct KernelFilters {
    interface: String,
    knobs: Knobs,
    tables: Mutex<RuleTables>,
    grace: Grace,
    /// Entries of the maps after the last change; read without waiting for one that is under way.
    fill: ArcSwap<BTreeMap<&'static str, usize>>,
}

impl KernelFilters {
    /// Takes the maps out of the program and writes the knobs with their first rules.
    pub(super) fn take(
        program: &mut Ebpf,
        settings: &XdpSettings,
        knobs: Knobs,
    ) -> Result<Self, CaptureError> {
        let filters = Self {
            interface: settings.interface.clone(),
            knobs,
            tables: Mutex::new(RuleTables::take(program)?),
            grace: Grace::new(sys::let_programs_end),
            fill: ArcSwap::default(),
        };
        filters.apply(&settings.rules)?;
        Ok(filters)
    }

    /// Hits of every rule, in the order the rules were given.
    pub(super) fn all_hits(&self) -> Result<Vec<u64>, CaptureError> {
        let tables = self.tables();
        let rules: Vec<Match> = tables.placed().iter().map(|rule| rule.what).collect();
        tables.hits(&rules)
    }

    /// How full the rule maps are.
    pub(super) fn fill(&self) -> Vec<MapFill> {
        let fill = self.fill.load();
        let entries = |map: &str| fill.get(map).copied().unwrap_or(0) as u64;
        MAPS.iter()
            .map(|(map, capacity)| MapFill::new(map, entries(map), u64::from(*capacity)))
            .collect()
    }

    /// After an error the rules before are in force as they were.
    fn replace(&self, tables: &mut RuleTables, rules: &[FilterRule]) -> Result<(), CaptureError> {
        let flags = tables.write(rules)?;
        self.knobs.set_rule_flags(flags)?;
        if tables.switch() {
            // Frames on their way still go by the old settings and rules.
            self.grace.let_programs_end();
        }
        if let Err(error) = tables.settle() {
            // The new rules are in force all the same; the next change tidies up first.
            tracing::warn!(
                interface = self.interface,
                "rules that are not in force any more are left in the kernel's tables: {error}"
            );
        }
        Ok(())
    }

    /// What people should know about the filter; without waiting for a change that is under way.
    pub(super) fn remarks(&self) -> Vec<String> {
        let untidy = self.tables.try_lock().is_ok_and(|tables| tables.untidy());
        let untidy = untidy.then(|| {
            "filter rules that are not in force any more are left in the kernel's tables; the next \
             change of rules takes them away"
                .to_owned()
        });
        self.grace.remark().into_iter().chain(untidy).collect()
    }

    fn tables(&self) -> MutexGuard<'_, RuleTables> {
        // The tables note what they are about to do, so a panic half way leaves them usable.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FilterControl for KernelFilters {
    fn source(&self) -> &str {
        &self.interface
    }

    fn apply(&self, rules: &[FilterRule]) -> Result<(), CaptureError> {
        let mut tables = self.tables();
        let applied = self.replace(&mut tables, rules);
        self.fill.store(Arc::new(tables.entries().into()));
        applied
    }

    fn hits(&self, rules: &[Match]) -> Result<Vec<u64>, CaptureError> {
        self.tables().hits(rules)
    }
}
