//! Layers that are there in every segment with data: the oracle names them by port, whatever a segment holds.
//!
//! Data in: segments on those ports, and the sensor's observations. Data out: frames by layer, and the events
//! that any of them is, between ends that the sensor saw speak the protocol.
//!
//! Limit: memory grows with the segments on these ports.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use sensor_protocols::decode::{Ip, Tcp};
use sensor_protocols::observation::{Object, Observation, Protocol};

use super::events::note;
use super::protocols::Protocols;
use super::report::Event;
use super::segments::Handling;

/// A protocol that the oracle names in every segment.
struct Named {
    protocol: Protocol,
    port: u16,
    layer: &'static str,
    event: Option<&'static str>,
}

const NAMED: &[Named] = &[
    Named {
        protocol: Protocol::Ssh,
        port: 22,
        layer: "ssh",
        event: None,
    },
    Named {
        protocol: Protocol::Ftp,
        port: 21,
        layer: "ftp",
        event: None,
    },
    Named {
        protocol: Protocol::Telnet,
        port: 23,
        layer: "telnet",
        event: Some("telnet.data"),
    },
];

/// Replies of FTP that name the server's end of a data connection; the oracle follows those.
const PASSIVE: [u32; 2] = [227, 229];

/// Both ends of a connection, the lower one first.
type Ends = (SocketAddr, SocketAddr);

#[derive(Default)]
pub(super) struct Streams {
    /// Frame and row of [`NAMED`], by connection.
    frames: BTreeMap<Ends, Vec<(u64, usize)>>,
    /// Connections on which a row was seen to be spoken.
    spoken: BTreeSet<(Ends, usize)>,
    /// Ends of data connections of FTP that were announced, and frames with segments of theirs.
    data: BTreeSet<SocketAddr>,
    data_frames: u64,
}

fn ends(a: SocketAddr, b: SocketAddr) -> Ends {
    if a <= b { (a, b) } else { (b, a) }
}

impl Streams {
    /// Notes a segment that the oracle hands to a dissector.
    pub(super) fn segment(&mut self, frame: u64, ip: &Ip, tcp: &Tcp<'_>, handling: Handling) {
        if !matches!(handling, Handling::HandedOn { .. }) {
            return;
        }
        let ports = [tcp.source_port, tcp.destination_port];
        let source = SocketAddr::new(ip.source, tcp.source_port);
        let destination = SocketAddr::new(ip.destination, tcp.destination_port);
        if [source, destination]
            .iter()
            .any(|end| self.data.contains(end))
        {
            self.data_frames += 1;
        }
        for (row, named) in NAMED.iter().enumerate() {
            if ports.contains(&named.port) {
                let frames = self.frames.entry(ends(source, destination)).or_default();
                frames.push((frame, row));
            }
        }
    }

    /// Notes who speaks what.
    pub(super) fn observe(&mut self, observation: &Observation<'_>) {
        let (source, destination) = (observation.source, observation.destination);
        let (Some(from), Some(to)) = (source.ip, destination.ip) else {
            return;
        };
        if observation.protocol == Protocol::Ftp
            && observation
                .operation
                .sub
                .is_some_and(|code| PASSIVE.contains(&code))
        {
            let port = observation.objects.iter().find_map(port);
            self.data
                .extend(port.map(|port| SocketAddr::new(from, port)));
        }
        for (row, named) in NAMED.iter().enumerate() {
            if observation.protocol == named.protocol {
                let source = SocketAddr::new(from, source.port);
                let destination = SocketAddr::new(to, destination.port);
                self.spoken.insert((ends(source, destination), row));
            }
        }
    }

    /// Books the frames.
    pub(super) fn finish(
        self,
        protocols: &mut Protocols,
        events: &mut BTreeMap<&'static str, Event>,
    ) {
        for _ in 0..self.data_frames {
            protocols.application("ftp-data");
        }
        for (ends, frames) in &self.frames {
            for (frame, row) in frames {
                let Some(named) = NAMED
                    .get(*row)
                    .filter(|_| self.spoken.contains(&(*ends, *row)))
                else {
                    continue;
                };
                protocols.application(named.layer);
                if let Some(event) = named.event {
                    note(events, event, *frame);
                }
            }
        }
    }
}

/// Port of a data connection.
fn port(object: &Object<'_>) -> Option<u16> {
    match object {
        Object::Id { kind: "port", id } => u16::try_from(*id).ok(),
        Object::Id { .. }
        | Object::Range { .. }
        | Object::Text { .. }
        | Object::Name(_)
        | Object::Address(_) => None,
    }
}
