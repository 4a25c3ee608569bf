//! Operations and objects of the protocols of vendors, buildings and field devices that were not
//! learned.
//!
//! One table for each protocol; a protocol in which nothing is special is a row of `plain`. T0855,
//! T0836. False positives: rare but legitimate operations that did not occur while learning: learn
//! the alert.

mod ads;
mod bacnet;
mod lontalk;
mod mqtt;
mod opcua;
mod plain;
mod ptp;
mod srtp;
mod tristation;

use sensor_protocols::observation::{Observation, OperationClass, Protocol};

use crate::catalogue::Engine;
use crate::engines::tables::learned::{Kinds, Learned, ObjectRow, OperationRow, Per, Table};
use crate::engines::tables::{COMMON, When};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

/// For protocols without a type of their own.
const UNLEARNED_OPERATION: &str = "ot_unlearned_operation";
const UNLEARNED_WRITE: &str = "ot_unlearned_write_target";

/// The protocols of the tables below.
const PROTOCOLS: &[Protocol] = &[
    Protocol::Ads,
    Protocol::Bacnet,
    Protocol::Bsap,
    Protocol::C1222,
    Protocol::Codesys,
    Protocol::Egd,
    Protocol::Ethercat,
    Protocol::Fins,
    Protocol::Fox,
    Protocol::GeSrtp,
    Protocol::Genisys,
    Protocol::HartIp,
    Protocol::Hse,
    Protocol::Knx,
    Protocol::Lontalk,
    Protocol::Melsec,
    Protocol::Mqtt,
    Protocol::OpcUa,
    Protocol::Powerlink,
    Protocol::Ptp,
    Protocol::Roc,
    Protocol::Rtps,
    Protocol::Sbus,
    Protocol::Synchrophasor,
    Protocol::TriStation,
];

fn tables() -> impl Iterator<Item = &'static Table> {
    [
        &ads::TABLE,
        &bacnet::TABLE,
        &lontalk::TABLE,
        &mqtt::TABLE,
        &opcua::TABLE,
        &ptp::TABLE,
        &srtp::TABLE,
        &tristation::TABLE,
    ]
    .into_iter()
    .chain(plain::TABLES)
}

/// Raises each type of the tables.
pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        operations("ads_route_added"),
        operations("ams_new_command"),
        objects("ams_new_index_group"),
        objects("ams_new_index_offset"),
        operations("bacnet_bbmd_table_access"),
        operations("bacnet_device_control"),
        operations("bacnet_foreign_device_registration"),
        operations("bacnet_unauthorized_object_access"),
        operations("emerson_roc_unauthorized_operation"),
        operations("fins_unauthorized_command"),
        operations("lontalk_new_command_code"),
        operations("lontalk_new_network_variable"),
        operations("melsec_unauthorized_command"),
        objects("mqtt_unlearned_topic"),
        operations("opcua_unauthorized_activity"),
        operations("opcua_unauthorized_request_response"),
        objects("opcua_unlearned_node"),
        operations(UNLEARNED_OPERATION),
        objects(UNLEARNED_WRITE),
        objects("ptp_new_grandmaster"),
        operations("sbus_unauthorized_command"),
        operations("srtp_unauthorized_command"),
        operations("srtp_unauthorized_file_access"),
        operations("srtp_unauthorized_memory_operation"),
        operations("tristation_program_download"),
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(PROTOCOLS),
            aspects: Aspects::REQUEST.or(Aspects::ONE_WAY),
        },
        new: |setup| Box::new(Operations::new(setup)),
    },
};

const fn operations(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.operation,
    }
}

const fn objects(id: &'static str) -> Raises {
    Raises {
        id,
        values: COMMON.object,
    }
}

const fn operation(id: &'static str, when: When) -> OperationRow {
    OperationRow { id, when }
}

const fn object(id: &'static str, when: When, kinds: Kinds) -> ObjectRow {
    ObjectRow {
        id,
        when,
        kinds,
        per: Per::Operation,
    }
}

/// Every operation. Bytes that are no message of the protocol are reported by another engine.
const MESSAGE: When = When::Holds(is_message);

fn is_message(observation: &Observation<'_>) -> bool {
    observation.operation.class != OperationClass::Unknown || !observation.anomalies.is_malformed()
}

/// What writes.
const WRITES: When = When::Class(&[OperationClass::Write]);

struct Operations {
    /// By the number of the protocol.
    tables: Vec<Option<Learned>>,
}

impl Operations {
    fn new(setup: &Setup<'_>) -> Self {
        let mut rules: Vec<Option<Learned>> = Vec::new();
        rules.resize_with(Protocol::ALL.len(), || None);
        for table in tables() {
            rules[table.protocol as usize] = Some(Learned::new(table, setup));
        }
        Self { tables: rules }
    }
}

impl PairRule for Operations {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if let Some(Some(learned)) = self.tables.get_mut(observation.protocol as usize) {
            learned.observe(observation, cx);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_protocol_has_one_table() {
        let told: Vec<Protocol> = tables().map(|table| table.protocol).collect();
        let protocols: BTreeSet<Protocol> = told.iter().copied().collect();
        assert_eq!(protocols.len(), told.len());
        assert_eq!(protocols, PROTOCOLS.iter().copied().collect());
        assert!(PROTOCOLS.iter().all(|protocol| protocol.is_ot()));
    }

    #[test]
    fn the_rule_raises_what_its_tables_name() {
        let named: BTreeSet<&str> = tables()
            .flat_map(|table| {
                let operations = table.operations.iter().map(|row| row.id);
                operations.chain(table.objects.iter().map(|row| row.id))
            })
            .collect();
        let raised: BTreeSet<&str> = RULE.raises.iter().map(|raises| raises.id).collect();
        assert_eq!(named, raised);
    }
}
