//! What the fuzz targets share.

use sensor_protocols::counters::Counter;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::{Inspector, InspectorSettings, Sink};
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

/// Flows that the inspector of a target may hold: few, so that eviction is reached.
const FLOWS: usize = 8;
/// Bytes that it may buffer.
const BUFFERED: usize = 4096;

/// A sink that looks at every observation, so that nothing is optimised away.
#[derive(Default)]
pub struct Look(u64);

impl Sink for Look {
    fn observe(&mut self, observation: &Observation<'_>) {
        self.0 = self.0.wrapping_add(observation.bytes);
        self.0 = self.0.wrapping_add(observation.objects.len() as u64);
    }
}

/// One frame, `number` tenths of a second after the first.
pub fn frame(link: LinkType, number: u64, data: &[u8]) -> Frame<'_> {
    Frame {
        time: Timestamp::from_nanos(number * 100_000_000),
        number,
        link,
        wire_len: u32::try_from(data.len()).unwrap_or(u32::MAX),
        data,
        kernel: None,
    }
}

/// Cuts `rest` into frames, each behind two bytes of its length.
pub fn frames(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length)).min(behind.len());
        let (frame, next) = behind.split_at(length);
        rest = next;
        Some(frame)
    })
}

/// Inspects Ethernet frames and checks that the caps hold.
pub fn inspect<'a>(all: impl Iterator<Item = &'a [u8]>) {
    let mut inspector = Inspector::new(&InspectorSettings {
        flows: FLOWS,
        reassembly_bytes: BUFFERED,
        ..InspectorSettings::default()
    });
    let mut sink = Look::default();
    for (data, number) in all.zip(1..) {
        let frame = frame(LinkType::Ethernet, number, data);
        inspector.frame(&frame, &mut sink);
        inspector.tick(frame.time, &mut sink);
        let counters = inspector.counters();
        assert!(counters.get(Counter::FlowsActive) <= FLOWS as u64);
        assert!(counters.get(Counter::ReassemblyBytes) <= BUFFERED as u64);
    }
    inspector.finish(&mut sink);
    let counters = inspector.counters();
    assert_eq!(counters.get(Counter::FlowsActive), 0);
    assert_eq!(counters.get(Counter::ReassemblyBytes), 0, "buffers leak");
}

/// Inspects one TCP connection to `port`: segments of both ends in any order and with any holes.
///
/// Each segment is one byte of choices, one byte of length, then its payload. Bit 0 of the choices is
/// the sender; the upper half says how far the sequence number jumps ahead of where it should be.
pub fn connection(port: u16, data: &[u8]) {
    let (mut rest, mut next) = (data, [1_u32; 2]);
    let mut frames = Vec::new();
    while let Some(([choices, length], behind)) = rest.split_first_chunk::<2>() {
        let (payload, after) = behind.split_at(usize::from(*length).min(behind.len()));
        let server = choices & 1 == 1;
        let sequence = &mut next[usize::from(server)];
        *sequence = sequence.wrapping_add(u32::from(choices >> 4));
        frames.push(segment(port, server, *sequence, payload));
        *sequence = sequence.wrapping_add(u32::from(*length));
        rest = after;
    }
    inspect(frames.iter().map(Vec::as_slice));
}

/// Inspects what one device publishes in IEC 61850: payloads, each behind one byte of choice (GOOSE, GSE
/// management, sampled values, UDP) and two of its length.
pub fn publisher(data: &[u8]) {
    const ETHERTYPES: [[u8; 2]; 3] = [[0x88, 0xb8], [0x88, 0xb9], [0x88, 0xba]];
    let mut rest = data;
    let mut frames = Vec::new();
    while let Some(([choice, high, low], behind)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(behind.len());
        let (payload, after) = behind.split_at(length);
        frames.push(match ETHERTYPES.get(usize::from(choice & 3)) {
            Some(ethertype) => published(*ethertype, payload),
            None => datagram(payload),
        });
        rest = after;
    }
    inspect(frames.iter().map(Vec::as_slice));
}

/// Inspects datagrams between two stations, both on `port`: each behind one byte, of which bit 0 is the
/// sender, and two of its length.
pub fn datagrams(port: u16, data: &[u8]) {
    let mut rest = data;
    let mut frames = Vec::new();
    while let Some(([choice, high, low], behind)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(behind.len());
        let (payload, after) = behind.split_at(length);
        let (from, to) = if choice & 1 == 1 { (2, 1) } else { (1, 2) };
        let addresses = [[10, 0, 0, from], [10, 0, 0, to]];
        let ip = udp(addresses, [port, port], payload);
        let mut frame = vec![2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0];
        frame.extend(ip);
        frames.push(frame);
        rest = after;
    }
    inspect(frames.iter().map(Vec::as_slice));
}

/// Inspects what one station sends to a group address in one ethertype: payloads, each behind two bytes of length.
pub fn publishing(ethertype: [u8; 2], data: &[u8]) {
    let all: Vec<_> = frames(data)
        .map(|payload| published(ethertype, payload))
        .collect();
    inspect(all.iter().map(Vec::as_slice));
}

/// An Ethernet frame to a group address.
fn published(ethertype: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![1, 0x0c, 0xcd, 1, 0, 1, 2, 0, 0, 0, 0, 1];
    frame.extend(ethertype);
    frame.extend(payload);
    frame
}

/// The same in a datagram to port 102.
fn datagram(payload: &[u8]) -> Vec<u8> {
    let addresses = [[10, 0, 0, 1], [239, 0, 0, 1]];
    published([8, 0], &udp(addresses, [40_000, 102], payload))
}

/// An IPv4 packet with a datagram.
fn udp(addresses: [[u8; 4]; 2], ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = |headers: usize| u16::try_from(headers + payload.len()).unwrap_or(u16::MAX);
    let mut ip = vec![0x45, 0];
    ip.extend(length(28).to_be_bytes());
    ip.extend([0, 1, 0, 0, 64, 17, 0, 0]);
    ip.extend(addresses.concat());
    ip.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    ip.extend(length(8).to_be_bytes());
    ip.extend([0, 0]);
    ip.extend(payload);
    ip
}

/// An Ethernet frame with a segment of the client or the server.
fn segment(port: u16, server: bool, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let ports = [40_000, port];
    let (from, to) = if server { (1, 0) } else { (0, 1) };
    let length = u16::try_from(40 + payload.len()).unwrap_or(u16::MAX);
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
    frame.extend(length.to_be_bytes());
    frame.extend([0, 1, 0, 0, 64, 6, 0, 0]);
    frame.extend([
        10,
        0,
        0,
        1 + u8::from(server),
        10,
        0,
        0,
        2 - u8::from(server),
    ]);
    frame.extend(ports[from].to_be_bytes());
    frame.extend(ports[to].to_be_bytes());
    frame.extend(sequence.to_be_bytes());
    frame.extend([0, 0, 0, 1, 0x50, 0x18, 0x20, 0, 0, 0, 0, 0]);
    frame.extend(payload);
    frame
}
