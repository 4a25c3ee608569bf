//! Takes what the inspector sees and hands it to the sections.

mod book;

use std::collections::{BTreeMap, BTreeSet};

use sensor_protocols::decode::Packet;
use sensor_protocols::frame::Frame;
use sensor_protocols::inspector::Sink;
use sensor_protocols::observation::{Direction, Observation, Protocol, Transport};
use sensor_protocols::time::Timestamp;

use super::booking::{self, Booking, PORT, Row};
use super::conversations::Conversations;
use super::discovery::{Arp, Dns, IcmpTypes};
use super::frames::Frames;
use super::histograms;
use super::hosts::Hosts;
use super::protocols::Protocols;
use super::report::{self, Facts, Sensor, count};
use super::seconds::seconds;
use super::segments::Streams;
use super::streams;
use super::{
    bacnet, dnp3, enip, events, iec104, iec61850, mms, modbus, profinet, rdp, s7comm, snmp,
};

/// State of all sections.
#[derive(Default)]
pub(super) struct Collector {
    capture: report::Capture,
    /// First and last time of a frame; captures can run backwards.
    times: Option<(Timestamp, Timestamp)>,
    hosts: Hosts,
    conversations: Conversations,
    streams: Streams,
    protocols: Protocols,
    arp: Arp,
    icmp: IcmpTypes,
    dns: Dns,
    booking: Booking,
    modbus: Option<report::Modbus>,
    iec104: Frames<iec104::Apdu>,
    dnp3: Frames<dnp3::Frame>,
    cotp: Frames<u64>,
    s7comm: Frames<s7comm::Pdu>,
    s7comm_plus: Frames<()>,
    mms: Frames<mms::Pdu>,
    enip: Frames<enip::Message>,
    bacnet: Frames<bacnet::Message>,
    iec61850: iec61850::Iec61850,
    profinet: Frames<profinet::Message>,
    profinet_frame_ids: report::Histogram,
    histograms: histograms::Collector,
    rdp_tpdus: report::Histogram,
    named: streams::Streams,
    communities: BTreeMap<String, u64>,
    events: BTreeMap<&'static str, report::Event>,
    quality: report::Quality,
    /// Rules by port and name, over TCP and over UDP.
    decode_as: BTreeSet<(u16, &'static str)>,
    decode_as_udp: BTreeSet<(u16, &'static str)>,
    sensor: Sensor,
}

impl Sink for Collector {
    fn packet(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        self.capture(frame);
        self.hosts.packet(frame, packet);
        self.protocols.packet(frame, packet);
        self.arp.packet(packet);
        self.icmp.packet(packet);
        if let Some(id) = profinet::frame_id(packet) {
            self.protocols.application("pn_rt");
            count(&mut self.profinet_frame_ids, id);
        }
        if let Some(community) = snmp::community(packet) {
            count(&mut self.communities, community);
        }
        self.segment(frame, packet);
        self.conversations.packet(packet, &mut self.streams);
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the histograms take all other protocols; a test of theirs holds that each is shown"
    )]
    fn observe(&mut self, observation: &Observation<'_>) {
        let rule = match observation.protocol {
            Protocol::Modbus => {
                self.modbus(observation);
                None
            }
            Protocol::Iec104 => self
                .iec104
                .message(
                    observation,
                    &[(Transport::Tcp, iec104::PORT)],
                    iec104::message,
                )
                .map(|port| (port, "iec60870_104")),
            Protocol::Dnp3 => self
                .dnp3
                .message(observation, &[(Transport::Tcp, dnp3::PORT)], dnp3::message)
                .map(|port| (port, "dnp3")),
            Protocol::Cotp | Protocol::S7comm | Protocol::S7commPlus | Protocol::Mms => {
                self.iso_transport(observation).map(|port| (port, "tpkt"))
            }
            Protocol::Enip | Protocol::Cip => self
                .enip
                .message(observation, &[(Transport::Tcp, enip::PORT)], enip::message)
                .map(|port| (port, "enip")),
            Protocol::Bacnet => {
                self.bacnet.message(observation, &[], bacnet::message);
                let port = bacnet::elsewhere(observation);
                self.decode_as_udp.extend(port.map(|port| (port, "bvlc")));
                None
            }
            Protocol::Goose | Protocol::SampledValues => {
                self.iec61850
                    .message(observation, &mut self.protocols, &mut self.events);
                None
            }
            Protocol::Profinet
            | Protocol::ProfinetDcp
            | Protocol::ProfinetIo
            | Protocol::Ptcp
            | Protocol::Mrp => {
                self.profinet.message(observation, &[], profinet::message);
                None
            }
            Protocol::Dns | Protocol::Mdns | Protocol::Llmnr => {
                if let Some(name) = self.dns.message(observation) {
                    self.protocols.application(name);
                }
                None
            }
            _ => {
                if observation.protocol == Protocol::Rdp {
                    self.iso_transport_of_rdp(observation);
                }
                self.histograms.observe(observation);
                self.named.observe(observation);
                None
            }
        };
        self.decode_as.extend(rule);
    }
}

impl Collector {
    fn capture(&mut self, frame: &Frame<'_>) {
        let captured = frame.data.len() as u64;
        let on_wire = u64::from(frame.wire_len);
        self.capture.packets += 1;
        self.capture.bytes_on_wire += on_wire;
        self.capture.bytes_captured += captured;
        self.capture.truncated_packets += u64::from(captured != on_wire);
        let (first, last) = self.times.unwrap_or((frame.time, frame.time));
        self.times = Some((first.min(frame.time), last.max(frame.time)));
    }

    fn segment(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        let (Some(ip), Some(tcp)) = (packet.ip(), packet.tcp()) else {
            return;
        };
        let by_port = tcp.source_port == PORT || tcp.destination_port == PORT;
        let handling = self.streams.segment(
            (ip.source, ip.destination),
            tcp,
            packet.retransmission,
            by_port,
        );
        if by_port {
            self.booking.segment(frame.number, tcp, handling);
        }
        if tcp.source_port == iec104::PORT || tcp.destination_port == iec104::PORT {
            self.iec104.segment(frame.number, handling);
        }
        if tcp.source_port == dnp3::PORT || tcp.destination_port == dnp3::PORT {
            self.dnp3.segment(frame.number, handling);
        }
        if tcp.source_port == s7comm::PORT || tcp.destination_port == s7comm::PORT {
            self.cotp.segment(frame.number, handling);
            self.s7comm.segment(frame.number, handling);
            self.s7comm_plus.segment(frame.number, handling);
            self.mms.segment(frame.number, handling);
        }
        if tcp.source_port == enip::PORT || tcp.destination_port == enip::PORT {
            self.enip.segment(frame.number, handling);
        }
        self.histograms.segment(frame.number, tcp, handling);
        self.named.segment(frame.number, ip, tcp, handling);
    }

    /// What runs on the ISO transport; answers a server port that the oracle does not know it by.
    fn iso_transport(&mut self, observation: &Observation<'_>) -> Option<u16> {
        let port = &[(Transport::Tcp, s7comm::PORT)];
        if observation.protocol == Protocol::Cotp {
            return self.cotp.message(observation, port, s7comm::tpdu);
        }
        self.cotp.carrier(observation.frame, s7comm::DATA);
        if observation.protocol == Protocol::Mms {
            return self
                .mms
                .message(observation, port, |o| Some(mms::message(o)));
        }
        if observation.protocol == Protocol::S7comm {
            self.s7comm
                .message(observation, port, |o| Some(s7comm::message(o)))
        } else {
            self.s7comm_plus.message(observation, port, |_| Some(()))
        }
    }

    /// The oracle shows the TPDUs that RDP runs on and their framing, which it does not name in a request.
    fn iso_transport_of_rdp(&mut self, observation: &Observation<'_>) {
        if let Some(code) = rdp::tpdu(observation) {
            self.protocols.application("cotp");
            self.protocols.shown("tpkt");
            if code != u64::from(sensor_protocols::dissect::rdp::REQUEST) {
                self.protocols.application("tpkt");
            }
            count(&mut self.rdp_tpdus, code);
        }
    }

    fn modbus(&mut self, observation: &Observation<'_>) {
        for anomaly in observation.anomalies.iter() {
            count(&mut self.sensor.modbus_anomalies, anomaly.id());
        }
        if !booking::is_message(observation) {
            count(
                &mut self.sensor.modbus_fragments,
                observation.operation.name,
            );
            return;
        }
        self.sensor.modbus_messages += 1;
        self.note_port(observation);
        if let Some(row) = self.booking.message(observation) {
            self.book(&row);
        }
    }

    /// Remembers a server port that the oracle does not know Modbus by.
    fn note_port(&mut self, observation: &Observation<'_>) {
        let (source, destination) = (observation.source.port, observation.destination.port);
        if observation.transport == Transport::Tcp && source != PORT && destination != PORT {
            let port = match observation.direction {
                Direction::Response => source,
                Direction::Request | Direction::OneWay => destination,
            };
            self.decode_as.insert((port, "mbtcp"));
        }
    }

    fn book(&mut self, row: &Row) {
        self.protocols.modbus(row);
        modbus::add(self.modbus.get_or_insert_default(), row);
        events::add(&mut self.events, row);
        let malformed = row.messages.iter().any(|m| m.malformed);
        self.quality.malformed_frames += u64::from(malformed);
    }

    /// Under which the oracle sees the same.
    fn rules(&self) -> Vec<String> {
        let tcp = self.decode_as.iter().map(|rule| (Transport::Tcp, rule));
        let udp = self.decode_as_udp.iter().map(|rule| (Transport::Udp, rule));
        let own = tcp
            .chain(udp)
            .map(|(over, (port, name))| (over, *port, *name));
        own.chain(self.histograms.rules())
            .filter_map(|(transport, port, name)| {
                let layer = match transport {
                    Transport::Tcp => "tcp",
                    Transport::Udp => "udp",
                    Transport::Link | Transport::Ip | Transport::Sctp => return None,
                };
                Some(format!("{layer}.port=={port},{name}"))
            })
            .collect()
    }

    /// The document, without what only the file tells.
    pub(super) fn finish(mut self) -> Facts {
        let decode_as = self.rules();
        for row in self.booking.finish() {
            self.book(&row);
        }
        let iec104 = self.iec104.finish(&mut self.sensor.iec104);
        let iec104 = iec104.map(|frames| {
            iec104::book(
                &frames,
                &mut self.protocols,
                &mut self.events,
                &mut self.quality,
            )
        });
        let dnp3 = self.book_dnp3();
        let enip = self.enip.finish(&mut self.sensor.enip);
        let (enip, cip) = enip.map_or((None, None), |frames| {
            enip::book(
                &frames,
                &mut self.protocols,
                &mut self.events,
                &mut self.quality,
            )
        });
        let bacnet = self.book_bacnet();
        let profinet = self.book_profinet();
        let cotp = self.cotp.finish(&mut self.sensor.cotp);
        let cotp = cotp.map(|frames| s7comm::book_tpdus(&frames, &mut self.protocols));
        let cotp = s7comm::join_tpdus(cotp, std::mem::take(&mut self.rdp_tpdus));
        let s7comm = self.s7comm.finish(&mut self.sensor.s7comm);
        let s7comm = s7comm.map(|frames| {
            s7comm::book(
                &frames,
                &mut self.protocols,
                &mut self.events,
                &mut self.quality,
            )
        });
        self.s7comm_plus.finish(&mut self.sensor.s7comm_plus);
        let mms = self.book_mms();
        let histograms = self.book_histograms();
        let (goose, sv, seen_goose, seen_sv) = self.iec61850.finish();
        (self.sensor.goose, self.sensor.sv) = (seen_goose, seen_sv);
        let (icmp, icmpv6) = self.icmp.finish();
        self.sensor.modbus_messages_not_booked = self.booking.not_booked;
        Facts {
            schema: report::SCHEMA,
            file: String::new(),
            oracle: concat!("sensor-agent ", env!("CARGO_PKG_VERSION")).to_owned(),
            decode_as,
            capture: report::Capture {
                first_packet: self.times.map(|(first, _)| seconds(first)),
                last_packet: self.times.map(|(_, last)| seconds(last)),
                ..self.capture
            },
            hosts: self.hosts.finish(),
            conversations: self.conversations.finish(&self.streams),
            protocol_packets: self.protocols.finish(),
            quality: self.quality,
            arp: self.arp.finish(),
            icmp,
            icmpv6,
            dns: self.dns.finish(),
            events: self.events,
            dnp3,
            enip,
            cip,
            iec104,
            modbus: self.modbus,
            cotp,
            s7comm,
            mms,
            bacnet,
            goose,
            sv,
            profinet,
            histograms,
            sensor: self.sensor,
        }
    }
}
