//! The filter of one loaded program, for whichever thread changes it; the reader of the ring goes on
//! meanwhile.
//!
//! Data in: rules. Data out: rule maps and settings, in the order that loses no frame. Limits: a
//! change of 100 000 rules takes some tenths of a second, in which other changes wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use aya::Ebpf;
use aya::maps::{Array, MapData};
use sensor_common::maps::{
    PAIR_GROUPS_V4, PAIR_GROUPS_V6, RULES_MAC, RULES_MAC_CAPACITY, RULES_PAIR, RULES_PAIR_CAPACITY,
    RULES_PORT, RULES_PORT_CAPACITY, RULES_PREFIX_CAPACITY, RULES_V4, RULES_V6, RULES_VLAN,
    RULES_VLAN_CAPACITY, SETTINGS,
};
use sensor_common::settings::Settings;

use super::load::write_settings;
use super::rules::{RuleTables, take};
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

/// Rule maps and settings of one loaded program.
pub(super) struct KernelFilters {
    interface: String,
    settings: XdpSettings,
    state: Mutex<State>,
    /// Entries of the maps after the last change; read without waiting for one that is under way.
    fill: ArcSwap<BTreeMap<&'static str, usize>>,
}

struct State {
    tables: RuleTables,
    knobs: Array<MapData, Settings>,
}

impl KernelFilters {
    /// Takes the maps out of the program and writes the settings with their first rules.
    pub(super) fn take(program: &mut Ebpf, settings: &XdpSettings) -> Result<Self, CaptureError> {
        let tables = RuleTables::take(program)?;
        let knobs = take(program, SETTINGS)?;
        let filters = Self {
            interface: settings.interface.clone(),
            settings: settings.clone(),
            state: Mutex::new(State { tables, knobs }),
            fill: ArcSwap::default(),
        };
        filters.apply(&settings.rules)?;
        Ok(filters)
    }

    /// Hits of every rule, in the order the rules were given.
    pub(super) fn all_hits(&self) -> Result<Vec<u64>, CaptureError> {
        let state = self.state();
        let rules: Vec<Match> = state.tables.placed().iter().map(|rule| rule.what).collect();
        state.tables.hits(&rules)
    }

    /// How full the rule maps are.
    pub(super) fn fill(&self) -> Vec<MapFill> {
        let fill = self.fill.load();
        let entries = |map: &str| fill.get(map).copied().unwrap_or(0) as u64;
        MAPS.iter()
            .map(|(map, capacity)| MapFill::new(map, entries(map), u64::from(*capacity)))
            .collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The tables note what they are about to do, so a panic half way leaves them usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FilterControl for KernelFilters {
    fn source(&self) -> &str {
        &self.interface
    }

    fn apply(&self, rules: &[FilterRule]) -> Result<(), CaptureError> {
        let mut state = self.state();
        let State { tables, knobs } = &mut *state;
        let written = tables.write(rules);
        let applied = written.and_then(|flags| {
            write_settings(knobs, &self.settings, flags)?;
            if tables.leaves_something() {
                // Frames on their way still go by the old settings and rules.
                sys::let_programs_end();
            }
            tables.settle()
        });
        self.fill.store(Arc::new(tables.entries().into()));
        applied
    }

    fn hits(&self, rules: &[Match]) -> Result<Vec<u64>, CaptureError> {
        self.state().tables.hits(rules)
    }
}
