//! Messages that come in pieces: what all flows together keep of them is bounded.

use sensor_protocols::counters::Counter;
use sensor_protocols::inspector::{Inspector, InspectorSettings};
use sensor_protocols::observation::{Anomaly, Observation, Protocol};

use super::support::Each;
use super::support::frames::{address, ethernet, ipv4, numbered, udp};
use super::{inspect_with, seen};

const ROOM: usize = 10_000;

/// The first of two segments of a read-property request of BACnet, with a thousand octets.
fn first_segment(port: u16) -> Vec<u8> {
    let mut apdu = vec![0x0c, 0x75, 1, 0, 4, 12];
    apdu.extend([0; 1000]);
    let mut datagram = vec![0x81, 0x0a];
    datagram.extend(u16::try_from(4 + 2 + apdu.len()).unwrap().to_be_bytes());
    datagram.extend([1, 4]);
    datagram.extend(apdu);
    let datagram = udp(port, 47_808, &datagram);
    ethernet(0x0800, &ipv4(address(1), address(2), 17, 0, &datagram))
}

#[test]
fn messages_that_are_never_finished_are_dropped_and_it_shows() {
    let frames: Vec<_> = (0..30).map(|n| first_segment(20_000 + n)).collect();
    let mut inspector = Inspector::new(&InspectorSettings {
        reassembly_bytes: ROOM,
        ..InspectorSettings::default()
    });
    let all = inspect_with(&mut inspector, &numbered(&frames));
    let segments = all.iter().filter(|s| s.protocol == Protocol::Bacnet);
    assert_eq!(segments.count(), 30, "each segment is told");
    inspector.tick(
        sensor_protocols::time::Timestamp::ZERO,
        &mut Each(|_: &Observation<'_>| {}),
    );
    let counters = inspector.counters();
    assert_eq!(counters.get(Counter::ReassemblyBytes), ROOM as u64);
    assert_eq!(counters.get(Counter::UnfinishedDropped), 20);
    let told = all
        .iter()
        .filter(|s| s.anomalies == [Anomaly::LimitReached]);
    assert_eq!(told.count(), 20);
    inspector.finish(&mut Each(|o: &Observation<'_>| {
        seen(o);
    }));
    assert_eq!(inspector.counters().get(Counter::ReassemblyBytes), 0);
}
