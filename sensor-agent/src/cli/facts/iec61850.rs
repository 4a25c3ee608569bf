//! Sections `goose` and `sv`: histograms over the messages, and what each control block did.
//!
//! Data in: observations of both protocols, in the order of their frames. Data out: the sections,
//! and frames by layer. R-GOOSE has its APPID in the session header, which the oracle's field is not.

use std::collections::BTreeMap;

use sensor_protocols::dissect::{goose, sv};
use sensor_protocols::observation::{Object, Observation, Protocol, Transport};

use super::events::note;
use super::protocols::Protocols;
use super::report::{self, ControlBlock, Event, Messages, count};

/// Both sections in the making.
#[derive(Default)]
pub(super) struct Iec61850 {
    goose: Option<report::Goose>,
    sv: Option<report::Sv>,
    /// State and sequence number of the last message of each control block.
    last: BTreeMap<String, (u64, u64)>,
    /// Last frame booked under a layer, so that it counts once.
    booked: Option<(u64, &'static str)>,
    seen_goose: Option<Messages>,
    seen_sv: Option<Messages>,
}

/// What is left at the end: both sections, and what the sensor saw of each.
pub(super) type Sections = (
    Option<report::Goose>,
    Option<report::Sv>,
    Option<Messages>,
    Option<Messages>,
);

fn id(observation: &Observation<'_>, wanted: &str) -> Option<u64> {
    observation.objects.iter().find_map(|object| match object {
        Object::Id { kind, id } if *kind == wanted => Some(*id),
        Object::Id { .. }
        | Object::Range { .. }
        | Object::Name(_)
        | Object::Address(_)
        | Object::Text { .. } => None,
    })
}

const fn name<'o>(object: &Object<'o>) -> Option<&'o str> {
    match object {
        Object::Name(name) => Some(name),
        Object::Id { .. } | Object::Range { .. } | Object::Address(_) | Object::Text { .. } => None,
    }
}

/// The oracle drops empty texts.
fn count_name(names: &mut BTreeMap<String, u64>, name: Option<&str>) {
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        count(names, name.to_owned());
    }
}

impl Iec61850 {
    pub(super) fn message(
        &mut self,
        observation: &Observation<'_>,
        protocols: &mut Protocols,
        events: &mut BTreeMap<&'static str, Event>,
    ) {
        let is_goose = observation.protocol == Protocol::Goose;
        let seen = if is_goose {
            &mut self.seen_goose
        } else {
            &mut self.seen_sv
        };
        let seen = seen.get_or_insert_default();
        seen.messages += 1;
        count(&mut seen.operations, observation.operation.name);
        for anomaly in observation.anomalies.iter() {
            count(&mut seen.anomalies, anomaly.id());
        }
        if is_goose {
            self.goose(observation, protocols, events);
        } else {
            self.samples(observation, protocols);
        }
    }

    /// Counts a frame under a layer, once.
    fn layer(&mut self, frame: u64, name: &'static str, protocols: &mut Protocols) {
        if self.booked.replace((frame, name)) != Some((frame, name)) {
            protocols.application(name);
        }
    }

    fn goose(
        &mut self,
        observation: &Observation<'_>,
        protocols: &mut Protocols,
        events: &mut BTreeMap<&'static str, Event>,
    ) {
        let routed = observation.transport == Transport::Udp;
        let layer = if routed { "r-goose" } else { "goose" };
        self.layer(observation.frame, layer, protocols);
        let section = self.goose.get_or_insert_default();
        if let Some(appid) = id(observation, "appid").filter(|_| !routed) {
            count(&mut section.appids, appid);
        }
        if observation.operation.code != goose::MESSAGE {
            return;
        }
        let mut names = observation.objects.iter().filter_map(name);
        let reference = names.next();
        count_name(&mut section.control_blocks, reference);
        count_name(&mut section.data_sets, names.next());
        count_name(&mut section.go_ids, names.next());
        if let Some(state) = id(observation, "state_number") {
            count(&mut section.state_numbers, state);
        }
        if let Some(simulation) = id(observation, "simulation") {
            count(&mut section.simulation, simulation);
            if simulation == 1 {
                note(events, "goose.simulation", observation.frame);
            }
        }
        if let (Some(reference), Some(state)) = (reference, id(observation, "state_number")) {
            let sequence = id(observation, "sequence_number").unwrap_or_default();
            let source = observation.source.mac.to_string();
            self.block(reference, source, (state, sequence));
        }
    }

    fn block(&mut self, reference: &str, source: String, now: (u64, u64)) {
        let section = self.goose.get_or_insert_default();
        let block = section
            .by_control_block
            .entry(reference.to_owned())
            .or_insert_with(|| ControlBlock {
                state_number_min: now.0,
                state_number_max: now.0,
                ..ControlBlock::default()
            });
        block.frames += 1;
        block.source_macs.insert(source);
        block.state_number_min = block.state_number_min.min(now.0);
        block.state_number_max = block.state_number_max.max(now.0);
        if let Some((state, sequence)) = self.last.insert(reference.to_owned(), now) {
            block.state_changes += u64::from(now.0 != state);
            block.state_number_went_back += u64::from(now.0 < state);
            let next = now.1 == sequence + 1;
            block.sequence_number_not_next += u64::from(now.0 == state && !next);
        }
    }

    fn samples(&mut self, observation: &Observation<'_>, protocols: &mut Protocols) {
        if observation.transport == Transport::Udp {
            return;
        }
        self.layer(observation.frame, "sv", protocols);
        let section = self.sv.get_or_insert_default();
        if let Some(appid) = id(observation, "appid") {
            count(&mut section.appids, appid);
        }
        if observation.operation.code != sv::SAMPLES {
            return;
        }
        if let Some(asdus) = id(observation, "asdus") {
            count(&mut section.asdus_per_frame, asdus);
        }
        let mut behind_a_name = false;
        for object in observation.objects {
            let found = name(object);
            if !behind_a_name {
                count_name(&mut section.ids, found);
            }
            behind_a_name = found.is_some();
        }
    }

    pub(super) fn finish(self) -> Sections {
        (self.goose, self.sv, self.seen_goose, self.seen_sv)
    }
}
