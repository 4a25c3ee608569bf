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
