//! How a flow starts: its ends, who is taken for the client, and whether a number below the
//! transport decides about its dissector.

use crate::decode::{Layer4, Packet};
use crate::dissect::registry;
use crate::flow::key::Keyed;
use crate::flow::{Application, Ends, Flow, Sent};
use crate::observation::Transport;
use crate::time::Timestamp;

/// A flow that has seen nothing yet, for the packet that opens it.
pub(super) fn new_flow(id: u64, keyed: &Keyed, packet: &Packet<'_>, time: Timestamp) -> Flow {
    let (source, destination) = packet.ports();
    let client = registry::client_by_port(keyed.transport, source, destination, keyed.sender);
    Flow {
        key: keyed.key,
        id,
        protocol: keyed.protocol,
        transport: keyed.transport,
        last: time,
        last_frame: 0,
        ends: ends_of(keyed, packet),
        client,
        application: application_of(keyed, packet),
        held: 0,
        tcp: (keyed.transport == Transport::Tcp).then(Box::default),
        track: None,
    }
}

fn ends_of(keyed: &Keyed, packet: &Packet<'_>) -> Ends<Sent> {
    let (source, destination) = packet.endpoints();
    let mut ends = Ends::<Sent>::default();
    let (sender, receiver) = ends.split_mut(keyed.sender);
    sender.endpoint = source;
    receiver.endpoint = destination;
    ends
}

/// Where a number decides, the dissector is known from the start; elsewhere content decides.
fn application_of(keyed: &Keyed, packet: &Packet<'_>) -> Application {
    let entry = match keyed.transport {
        Transport::Tcp | Transport::Udp => return Application::Undecided(0),
        Transport::Link => registry::by_link(&packet.link),
        Transport::Ip if matches!(packet.layer4, Layer4::Fragment(_)) => None,
        Transport::Ip => packet
            .ip()
            .and_then(|ip| registry::by_ip_protocol(ip.protocol)),
        Transport::Sctp => None,
    };
    entry.map_or(Application::Unknown, |e| {
        Application::Known(e.protocol, (e.create)())
    })
}
