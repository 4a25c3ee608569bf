//! Names and addresses that are given to PROFINET devices over DCP.
//!
//! Why: DCP knows no password, and a device with another name or address is lost to its controller.
//! T0836, T0831. False positives: commissioning, and controllers that give addresses to their
//! devices at start. Mute the pair.

use sensor_protocols::observation::{Object, Observation, Protocol};

use crate::catalogue::{AlertType, Engine};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};

const NAME: &str = "profinet_station_name_set";
const ADDRESS: &str = "profinet_address_set";

/// DCP Set, and its options as the dissector numbers them, option × 256 + suboption
/// (IEC 61158-6-10): the name of a station; MAC address, IP parameter and full IP suite; DHCP.
const SET: u32 = 4;
const NAME_OF_STATION: u64 = 0x0202;
const IP: std::ops::RangeInclusive<u64> = 0x0101..=0x0103;
const DHCP: std::ops::RangeInclusive<u64> = 0x0300..=0x03ff;

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: NAME,
            values: &["name"],
        },
        Raises {
            id: ADDRESS,
            values: &["address"],
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::One(Protocol::ProfinetDcp),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(Settings::new(setup)),
    },
};

struct Settings {
    name: &'static AlertType,
    address: &'static AlertType,
}

impl Settings {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            name: setup.alert(NAME),
            address: setup.alert(ADDRESS),
        }
    }
}

impl PairRule for Settings {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.operation.code != SET {
            return;
        }
        if has_option(observation, |option| option == NAME_OF_STATION) {
            cx.violation(self.name, observation, |finding| {
                let name = observation.objects.iter().find_map(|object| {
                    if let Object::Name(name) = object {
                        Some((*name).to_owned())
                    } else {
                        None
                    }
                });
                finding.value("name", name.unwrap_or_else(|| "none".to_owned()));
            });
        }
        if has_option(observation, |option| {
            IP.contains(&option) || DHCP.contains(&option)
        }) {
            cx.violation(self.address, observation, |finding| {
                let address = observation.objects.iter().find_map(|object| {
                    if let Object::Address(address) = object {
                        Some(address.to_string())
                    } else {
                        None
                    }
                });
                finding.value("address", address.unwrap_or_else(|| "by DHCP".to_owned()));
            });
        }
    }
}

/// A Set can hold several options.
fn has_option(observation: &Observation<'_>, fits: impl Fn(u64) -> bool) -> bool {
    observation
        .objects
        .iter()
        .any(|object| matches!(object, Object::Id { kind: "dcp_option", id } if fits(*id)))
}
