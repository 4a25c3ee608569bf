//! Several tables of what is learned in one rule: a type may be raised by one rule only, and some
//! types are about more than one protocol or need what one table keeps apart.

use sensor_protocols::observation::Observation;

use super::learned::{Learned, Table};
use crate::engines::{PairContext, PairRule, Setup};

/// Tables, each for the messages of its protocol.
pub(crate) struct Several(Vec<(&'static Table, Learned)>);

impl Several {
    pub(crate) fn new(tables: &[&'static Table], setup: &Setup<'_>) -> Self {
        let table = |table: &&'static Table| (*table, Learned::new(table, setup));
        Self(tables.iter().map(table).collect())
    }
}

impl PairRule for Several {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        for (table, learned) in &mut self.0 {
            if table.protocol == observation.protocol {
                learned.observe(observation, cx);
            }
        }
    }
}
