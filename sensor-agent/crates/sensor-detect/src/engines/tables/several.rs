//! Several [`Table`]s in one rule, where one alert type has rows in more than one of them.

use sensor_protocols::observation::Observation;

use super::learned::{Learned, Table};
use crate::engines::{PairContext, PairRule, Setup};

/// Raises the types of several tables. Limits: those of the baseline.
pub(crate) struct Several {
    tables: Vec<(&'static Table, Learned)>,
}

impl Several {
    pub(crate) fn new(tables: &'static [Table], setup: &Setup<'_>) -> Self {
        let tables = tables.iter();
        Self {
            tables: tables
                .map(|table| (table, Learned::new(table, setup)))
                .collect(),
        }
    }
}

impl PairRule for Several {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        for (table, learned) in &mut self.tables {
            if table.protocol == observation.protocol {
                learned.observe(observation, cx);
            }
        }
    }
}
