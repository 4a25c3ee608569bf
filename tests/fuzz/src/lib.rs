//! What the fuzz targets share.

use sensor_protocols::counters::Counter;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::{Inspector, InspectorSettings, Sink};
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

/// Flows that the inspector of a target may hold: few, so that eviction is reached.
const FLOWS: usize = 8;
/// Port of the client of a connection.
const CLIENT: u16 = 40_000;
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

/// A segment of a connection to a port.
fn segment(port: u16, server: bool, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let (from, to) = if server {
        (port, CLIENT)
    } else {
        (CLIENT, port)
    };
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
    frame.extend(from.to_be_bytes());
    frame.extend(to.to_be_bytes());
    frame.extend(sequence.to_be_bytes());
    frame.extend([0, 0, 0, 1, 0x50, 0x18, 0x20, 0, 0, 0, 0, 0]);
    frame.extend(payload);
    frame
}

/// Makes frames of one connection to a port: each segment is one byte of choices, one byte of length,
/// then its payload. Bit 0 of the choices is the sender; the upper half says how far the sequence number
/// jumps ahead of where it should be.
pub fn segments(data: &[u8], port: u16) -> Vec<Vec<u8>> {
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
    frames
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
