//! One device looks for controllers: it tries the ports of OT protocols on many devices, in vain
//! or without ever using the protocol.
//!
//! Why: it is how an attacker finds what can be controlled. T0846, T0888. A master that starts
//! connects to many controllers too, but talks to them, so its attempts do not count.
//! False positives: asset discovery tools; give them the scanner role (learn the alert).

use super::failed::{is_failed, list, may_scan, scanner};
use crate::catalogue::{AlertType, Engine, Threshold};
use crate::detector::Fact;
use crate::engines::{Build, Raises, Rule, Setup, SiteContext, SiteRule};
use crate::finding::{Finding, Keyed, PartyKey};
use crate::state::{BoundedMap, DistinctWindow, TableStatus};

const ID: &str = "plc_scan";

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[Raises {
        id: ID,
        values: &["devices", "device_list", "port"],
    }],
    build: Build::Site {
        new: |setup| Box::new(PlcScan::new(setup)),
    },
};

/// Ports assigned to or in common use by OT protocols, ascending (IANA service registry and
/// vendors' manuals): S7comm and MMS 102, Modbus 502, FL-net 55000 …
const OT_PORTS: &[u16] = &[
    102, // ISO-TSAP: S7comm, S7comm-plus, MMS, ICCP
    502, // Modbus
    789, // Red Lion Crimson
    1089, 1090, 1091, // FOUNDATION Fieldbus HSE
    1502, // TriStation
    1911, // Niagara Fox
    1962, // PCWorx
    2222, // EtherNet/IP I/O
    2404, // IEC 60870-5-104
    2455, // CODESYS
    4000, // Emerson ROC
    4818, 4840, 4843, // OPC UA
    4911, // Niagara Fox over TLS
    5006, 5007,  // MELSEC
    5052,  // Saia S-Bus over Ether
    5094,  // HART-IP
    9600,  // Omron FINS
    10001, // GENISYS and serial gateways
    18245, 18246, // GE SRTP
    20000, // DNP3
    20547, // ProConOS
    34962, 34963, 34964, // PROFINET
    34980, // EtherCAT
    44818, // EtherNet/IP
    47808, // BACnet/IP
    48898, // Beckhoff ADS
    55000, 55001, 55002, 55003, // FL-net
];

/// Whether a port belongs to an OT protocol.
pub fn is_ot_port(port: u16) -> bool {
    OT_PORTS.binary_search(&port).is_ok()
}

struct PlcScan {
    alert_type: &'static AlertType,
    threshold: Threshold,
    sources: BoundedMap<PartyKey, DistinctWindow<PartyKey>>,
}

impl PlcScan {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            alert_type: setup.alert(ID),
            threshold: setup.threshold(ID),
            sources: BoundedMap::new(setup.limits().counters),
        }
    }
}

impl SiteRule for PlcScan {
    fn fact(&mut self, fact: &Fact, cx: &mut SiteContext<'_>) {
        if !is_failed(fact) || !is_ot_port(fact.destination.port) {
            return;
        }
        let target = PartyKey::from(&fact.destination);
        let window = self
            .sources
            .entry(PartyKey::from(&fact.source), DistinctWindow::default);
        let Some(devices) = window.record(self.threshold, fact.time, target) else {
            return;
        };
        if may_scan(fact, cx) {
            return;
        }
        let mut finding = Finding::about(self.alert_type, fact);
        finding.keyed = Keyed::Source;
        finding.count = devices.len() as u64;
        finding.tuple = Some(scanner(fact).tuple());
        finding.value("devices", devices.len() as u64);
        finding.value("device_list", list(devices));
        finding.value("port", fact.destination.port);
        cx.report.raise(finding);
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        let held = self.threshold.count as usize * size_of::<(PartyKey, u64)>();
        out.push(self.sources.status("plc_scan_sources", held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_are_sorted_so_that_the_search_finds_each() {
        assert!(OT_PORTS.is_sorted_by(|a, b| a < b));
        assert!(is_ot_port(502) && is_ot_port(20000));
        assert!(!is_ot_port(80));
    }
}
