//! Devices that report another firmware than before.
//!
//! The first version a device reports is taken as known. Which type is raised depends on the
//! protocol that told it: one row each, and one for all others. T0857.
//! False positives: planned updates: learn the alert.

use std::sync::Arc;

use sensor_protocols::observation::Protocol;

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine};
use crate::detector::{Fact, FactKind};
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed, PartyKey};
use crate::state::{BoundedMap, TableStatus};

struct Row {
    protocol: Protocol,
    id: &'static str,
}

const TABLE: &[Row] = &[
    row(Protocol::Modbus, "modbus_firmware_changed"),
    row(Protocol::Ads, "beckhoff_software_changed"),
    row(Protocol::Roc, "emerson_roc_firmware_changed"),
    row(Protocol::Melsec, "mitsubishi_firmware_changed"),
];

const fn row(protocol: Protocol, id: &'static str) -> Row {
    Row { protocol, id }
}

/// For protocols without a row.
const OTHER: &str = "firmware_version_changed";

const VALUES: &[&str] = &["firmware", "previous_firmware"];

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: "modbus_firmware_changed",
            values: VALUES,
        },
        Raises {
            id: "beckhoff_software_changed",
            values: VALUES,
        },
        Raises {
            id: "emerson_roc_firmware_changed",
            values: VALUES,
        },
        Raises {
            id: "mitsubishi_firmware_changed",
            values: VALUES,
        },
        Raises {
            id: OTHER,
            values: VALUES,
        },
    ],
    build: Build::Site {
        new: |setup| Box::new(Firmware::new(setup)),
    },
};

struct Firmware {
    rows: Vec<(Protocol, &'static AlertType)>,
    other: &'static AlertType,
    /// The version before the last change, for the message.
    previous: BoundedMap<PartyKey, Option<Arc<str>>>,
}

impl Firmware {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            rows: TABLE
                .iter()
                .map(|row| (row.protocol, setup.alert(row.id)))
                .collect(),
            other: setup.alert(OTHER),
            previous: BoundedMap::new(setup.limits().counters),
        }
    }

    fn alert_type(&self, protocol: Protocol) -> &'static AlertType {
        self.rows
            .iter()
            .find(|(row, _)| *row == protocol)
            .map_or(self.other, |(_, alert_type)| alert_type)
    }

    fn reported(&mut self, firmware: &str, fact: &Fact, cx: &mut SiteContext<'_>) {
        let source = PartyKey::from(&fact.source);
        let item = PartyItem {
            kind: TupleKind::Firmware,
            source,
            destination: None,
            protocol: fact.protocol,
            text: Some(firmware),
        };
        if cx.parties.permits(&item, fact.time, fact.count) {
            return;
        }
        let known = cx
            .inventory
            .find(&fact.source)
            .and_then(|device| device.firmware.clone());
        let Some(known) = known else {
            cx.report.note_party(cx.parties, &item, fact.time);
            return;
        };
        let previous = self.previous.entry(source, || None);
        if known != firmware {
            *previous = Some(known.as_str().into());
        }
        let before = previous.clone();
        let alert_type = self.alert_type(fact.protocol);
        // Another protocol tells the version that is known: nothing changed.
        let learning = cx
            .report
            .is_learning_of(alert_type, Some(source), fact.time);
        if before.is_none() && !learning {
            return;
        }
        let mut finding = Finding::about(alert_type, fact);
        finding.keyed = Keyed::Source;
        finding.destination = None;
        finding.tuple = Some(item.tuple());
        finding.value("firmware", firmware.to_owned());
        if let Some(before) = before {
            finding.value("previous_firmware", before);
        }
        cx.unlearned_party(&item, Some(source), finding);
    }
}

impl SiteRule for Firmware {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        if let FactKind::Identity(identity) = &fact.kind
            && let Some(firmware) = &identity.firmware
        {
            self.reported(firmware, fact, cx);
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.previous.status("previous_firmware", 32));
    }
}
