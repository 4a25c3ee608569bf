//! Sections that are histograms over messages: one [`Section`] for each protocol, one file for each
//! protocol, one list of them all.
//!
//! Data in: for each frame of a protocol what the oracle makes of its segment, then the sensor's
//! messages. Data out: the histograms of the schema by section, layers, events and malformed frames.
//!
//! # Adding a protocol
//! Write `facts/PROTOCOL.rs` with a `SECTION` whose `read` says what the oracle shows of a message,
//! and add it to [`SECTIONS`].
//!
//! Limit: memory grows with the messages of a file.

use std::collections::{BTreeMap, BTreeSet};

use sensor_protocols::decode::Tcp;
use sensor_protocols::observation::{Observation, Protocol, Transport, flow};

use super::events::note;
use super::frames::Frames;
use super::layers;
use super::protocols::Protocols;
use super::report::{Event, Messages, Quality, count};
use super::segments::Handling;

/// All protocols whose sections are histograms, in the order in which their frames are booked.
const SECTIONS: &[Section] = &[
    super::fins::SECTION,
    super::hart_ip::SECTION,
    super::ads::SECTION,
    super::ethercat::SECTION,
    super::synchrophasor::SECTION,
    super::ptp::SECTION,
    super::powerlink::SECTION,
    super::http::SECTION,
    super::tls::SECTION,
    super::ssh::SECTION,
    super::ftp::SECTION,
    layers::MQTT,
    layers::C1222,
    layers::SBUS,
    layers::KNX,
    layers::EGD,
    layers::LONTALK,
    layers::RTPS,
    super::smb::SECTION,
    super::dcerpc::SECTION,
    super::opcua::SECTION,
    super::dhcp::SECTION,
    super::ntp::SECTION,
    super::snmp::SECTION,
    super::services::SECTION,
    layers::TRISTATION,
    layers::GENISYS,
    layers::FOX,
    layers::ROC,
    layers::BSAP,
    layers::CODESYS,
    layers::HSE,
    super::telnet::SECTION,
    super::rdp::SECTION,
];

/// Histograms by section and name; a key is a number in decimal or a text.
pub(super) type Histograms = BTreeMap<&'static str, BTreeMap<&'static str, BTreeMap<String, u64>>>;

/// How the messages of a protocol are shown.
pub(super) struct Section {
    /// Under which `sensor` has what was seen.
    pub(super) name: &'static str,
    /// Whose observations it takes.
    pub(super) protocols: &'static [Protocol],
    /// Ports by which the oracle knows the protocol; none where its ethertype tells.
    pub(super) ports: &'static [(Transport, u16)],
    /// Name of the oracle's rule under which it finds the protocol on another port.
    pub(super) rule: Option<&'static str>,
    /// Fills in what the oracle shows of a message. False for bytes that are no message.
    pub(super) read: fn(&Observation<'_>, &mut Message) -> bool,
}

/// What the oracle shows of one message.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    layers: Vec<&'static str>,
    counts: Vec<(&'static str, &'static str, String)>,
    events: Vec<&'static str>,
    malformed: bool,
}

impl Message {
    /// The frame has a layer, counted once however many messages say so.
    pub(super) fn layer(&mut self, name: &'static str) {
        self.layers.push(name);
    }

    /// Counts a number in the histogram `name` of a section.
    pub(super) fn number(&mut self, section: &'static str, name: &'static str, key: u64) {
        self.counts.push((section, name, key.to_string()));
    }

    /// Counts a text.
    pub(super) fn text(&mut self, section: &'static str, name: &'static str, key: &str) {
        self.counts.push((section, name, key.to_owned()));
    }

    /// An operation worth an alert or an audit record, counted once a frame.
    pub(super) fn event(&mut self, name: &'static str) {
        self.events.push(name);
    }

    /// The oracle's dissector runs out of octets.
    pub(super) fn malformed(&mut self, is: bool) {
        self.malformed |= is;
    }
}

/// State of all sections.
pub(super) struct Collector {
    /// In the order of [`SECTIONS`].
    frames: Vec<Frames<Message>>,
    /// Transport, port and rule.
    rules: BTreeSet<(Transport, u16, &'static str)>,
}

impl Default for Collector {
    fn default() -> Self {
        Self {
            frames: SECTIONS.iter().map(|_| Frames::default()).collect(),
            rules: BTreeSet::new(),
        }
    }
}

impl Collector {
    /// Notes what the oracle makes of a TCP segment.
    pub(super) fn segment(&mut self, frame: u64, tcp: &Tcp<'_>, handling: Handling) {
        let is_of = |section: &Section| {
            let ports = [tcp.source_port, tcp.destination_port];
            let known = |port| section.ports.contains(&(Transport::Tcp, port));
            ports.into_iter().any(known)
        };
        for (section, frames) in SECTIONS.iter().zip(&mut self.frames) {
            if is_of(section) {
                frames.segment(frame, handling);
            }
        }
    }

    /// Takes an observation, if it is of one of the protocols.
    pub(super) fn observe(&mut self, observation: &Observation<'_>) {
        for (section, frames) in SECTIONS.iter().zip(&mut self.frames) {
            if !section.protocols.contains(&observation.protocol) {
                continue;
            }
            let read = |observation: &Observation<'_>| {
                // Bytes on the port of a protocol that are another one.
                if observation.operation == flow::MALFORMED {
                    return None;
                }
                let mut message = Message::default();
                (section.read)(observation, &mut message).then_some(message)
            };
            let elsewhere = frames.message(observation, section.ports, read);
            if let (Some(port), Some(rule)) = (elsewhere, section.rule) {
                self.rules.insert((observation.transport, port, rule));
            }
        }
    }

    /// Transport, port and name of the rules under which the oracle sees the same.
    pub(super) fn rules(&self) -> impl Iterator<Item = (Transport, u16, &'static str)> {
        self.rules.iter().copied()
    }

    /// Makes the sections.
    pub(super) fn finish(
        &mut self,
        protocols: &mut Protocols,
        events: &mut BTreeMap<&'static str, Event>,
        quality: &mut Quality,
    ) -> (Histograms, BTreeMap<&'static str, Messages>) {
        let mut histograms = Histograms::new();
        let mut sensor = BTreeMap::new();
        for (section, frames) in SECTIONS.iter().zip(&mut self.frames) {
            let mut seen = None;
            let booked = frames.finish(&mut seen).unwrap_or_default();
            sensor.extend(seen.map(|seen| (section.name, seen)));
            for (frame, messages) in &booked {
                book(messages, protocols, &mut histograms);
                quality.malformed_frames += u64::from(messages.iter().any(|m| m.malformed));
                for event in each(messages, |m| &m.events) {
                    note(events, event, *frame);
                }
            }
        }
        (histograms, sensor)
    }
}

fn book(messages: &[Message], protocols: &mut Protocols, histograms: &mut Histograms) {
    for layer in each(messages, |m| &m.layers) {
        protocols.application(layer);
    }
    for (section, name, key) in messages.iter().flat_map(|m| &m.counts) {
        let histogram = histograms.entry(section).or_default();
        count(histogram.entry(name).or_default(), key.clone());
    }
}

/// Names that any message of a frame has, each once.
fn each(
    messages: &[Message],
    names: impl Fn(&Message) -> &Vec<&'static str>,
) -> BTreeSet<&'static str> {
    messages.iter().flat_map(names).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Protocols with a section made otherwise, or that the oracle's schema has no section for.
    const ELSEWHERE: &[Protocol] = &[
        Protocol::Ethernet,
        Protocol::Arp,
        Protocol::Ipv4,
        Protocol::Ipv6,
        Protocol::Icmp,
        Protocol::Icmpv6,
        Protocol::Tcp,
        Protocol::Udp,
        Protocol::Sctp,
        Protocol::Dns,
        Protocol::Modbus,
        Protocol::Iec104,
        Protocol::Dnp3,
        Protocol::Cotp,
        Protocol::S7comm,
        Protocol::S7commPlus,
        Protocol::Enip,
        Protocol::Cip,
        Protocol::Bacnet,
        Protocol::Goose,
        Protocol::SampledValues,
        Protocol::Profinet,
        Protocol::ProfinetDcp,
        Protocol::ProfinetIo,
        Protocol::Ptcp,
        Protocol::Mrp,
        Protocol::Mms,
        // Without a section, or a layer, of the oracle.
        Protocol::Melsec,
        Protocol::GeSrtp,
        Protocol::Mdns,
        Protocol::Llmnr,
        Protocol::Vnc,
        Protocol::Ldap,
        Protocol::Kerberos,
        Protocol::Tds,
        Protocol::Tns,
    ];

    #[test]
    fn every_protocol_is_shown_once() {
        for protocol in Protocol::ALL {
            let here = SECTIONS.iter().filter(|s| s.protocols.contains(protocol));
            let elsewhere = usize::from(ELSEWHERE.contains(protocol));
            assert_eq!(here.count() + elsewhere, 1, "{protocol:?}");
        }
    }

    #[test]
    fn a_section_has_one_name() {
        let names: BTreeSet<_> = SECTIONS.iter().map(|section| section.name).collect();
        assert_eq!(names.len(), SECTIONS.len());
    }
}
