//! Much more traffic of a device, or between two, than ever before.
//!
//! Why: a plant's traffic is as regular as its process; a file that leaves or a flood is not. T0842.
//!
//! Bytes are summed by minute of capture time. The largest sum of the first [`PROFILE`] minutes with
//! traffic is known; a minute with more than [`FACTOR`] times as much and at least [`SMALLEST`] bytes is
//! reported once. Limits: one sum for each device and pair, in bounded tables.
//! False positives: backups and updates: learn the alert, or mute the pair.

use std::hash::Hash;

use sensor_protocols::observation::{Observation, Protocol, flow};
use sensor_protocols::time::Timestamp;

use crate::baseline::{PartyItem, TupleKind};
use crate::catalogue::{AlertType, Engine};
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::finding::{Keyed, PartyKey};
use crate::state::{BoundedMap, TableStatus};

const DEVICE: &str = "abnormal_bandwidth";
const PAIR: &str = "abnormal_bandwidth_between_devices";

/// Minutes with traffic that make the profile.
const PROFILE: u32 = 30;

/// So many times the largest known sum is abnormal.
const FACTOR: u64 = 4;

/// Sums below are never abnormal.
const SMALLEST: u64 = 1_000_000;

const MINUTE: u64 = 60_000_000_000;

const VALUES: &[&str] = &["bytes", "known_bytes"];

pub const RULE: Rule = Rule {
    engine: Engine::Anomaly,
    raises: &[
        Raises {
            id: DEVICE,
            values: VALUES,
        },
        Raises {
            id: PAIR,
            values: VALUES,
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Ethernet,
                Protocol::Ipv4,
                Protocol::Ipv6,
                Protocol::Icmp,
                Protocol::Icmpv6,
                Protocol::Tcp,
                Protocol::Udp,
                Protocol::Sctp,
            ]),
            aspects: Aspects::FLOW,
        },
        new: |setup| Box::new(Bandwidth::new(setup)),
    },
};

/// Sums of one device or pair.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// Minute since 1970 that `bytes` belongs to.
    minute: u64,
    bytes: u64,
    minutes: u32,
    known: u64,
    /// The minute was reported.
    told: bool,
}

impl Sums {
    /// Adds bytes; returns the sum and what was known when they make the minute abnormal.
    fn add(&mut self, time: Timestamp, bytes: u64) -> Option<(u64, u64)> {
        let minute = time.as_nanos() / MINUTE;
        if minute != self.minute {
            if self.bytes > 0 && self.minutes < PROFILE {
                self.minutes += 1;
                self.known = self.known.max(self.bytes);
            }
            self.minute = minute;
            self.bytes = 0;
            self.told = false;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        let usual = self.known.saturating_mul(FACTOR).max(SMALLEST);
        if self.minutes < PROFILE || self.bytes <= usual || self.told {
            return None;
        }
        self.told = true;
        Some((self.bytes, self.known))
    }
}

struct Bandwidth {
    device: &'static AlertType,
    pair: &'static AlertType,
    devices: BoundedMap<PartyKey, Sums>,
    pairs: BoundedMap<(PartyKey, PartyKey), Sums>,
}

impl Bandwidth {
    fn new(setup: &Setup<'_>) -> Self {
        let most = setup.limits().counters;
        Self {
            device: setup.alert(DEVICE),
            pair: setup.alert(PAIR),
            devices: BoundedMap::new(most),
            pairs: BoundedMap::new(most),
        }
    }
}

fn sum<K: Copy + Eq + Hash>(
    table: &mut BoundedMap<K, Sums>,
    key: K,
    observation: &Observation<'_>,
) -> Option<(u64, u64)> {
    let sums = table.entry(key, Sums::default);
    sums.add(observation.time, observation.bytes)
}

impl PairRule for Bandwidth {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.operation.code != flow::UPDATED.code {
            return;
        }
        let source = PartyKey::from(&observation.source);
        let destination = PartyKey::from(&observation.destination);
        if let Some((bytes, known)) = sum(&mut self.devices, source, observation) {
            let item = PartyItem::role(TupleKind::Bandwidth, source);
            if !cx.parties.permits(&item, observation.time, 1) {
                cx.crossed(self.device, observation, |finding| {
                    finding.keyed = Keyed::Source;
                    finding.tuple = Some(item.tuple());
                    finding.value("bytes", bytes);
                    finding.value("known_bytes", known);
                });
            }
        }
        if let Some((bytes, known)) = sum(&mut self.pairs, (source, destination), observation) {
            cx.crossed(self.pair, observation, |finding| {
                finding.value("bytes", bytes);
                finding.value("known_bytes", known);
            });
        }
    }

    fn tables(&self, out: &mut Vec<TableStatus>) {
        out.push(self.devices.status("bandwidth_of_devices", 0));
        out.push(self.pairs.status("bandwidth_of_pairs", 0));
    }
}
