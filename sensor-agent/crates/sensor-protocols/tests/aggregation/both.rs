//! Frames taken both ways: all of them, and those that the kernel program hands up with records of
//! the rest.

use sensor_protocols::counters::Counter;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::Inspector;
use sensor_protocols::observation::{Observation, Protocol};
use sensor_protocols::time::Timestamp;

use crate::kernel::kernel_ns;
use crate::program::Program;
use crate::support::Each;
use crate::{Rhythm, START, STEP, Told, add, told};

/// A frame and when it came, in nanoseconds since the first.
pub(crate) type Timed = (u64, Vec<u8>);

/// What the two ways gave.
pub(crate) struct Both {
    pub(crate) part: Told,
    pub(crate) full: Told,
    pub(crate) program: Program,
    pub(crate) inspector: Inspector,
}

impl Both {
    /// Takes the frames both ways. `protocols`: whose dissector has the flows, and whose observations
    /// it gives.
    pub(crate) fn ways(frames: &[Timed], protocols: [Protocol; 2], rhythm: Rhythm) -> Self {
        let mut both = Self {
            part: told(),
            full: told(),
            program: Program::new(match rhythm.refresh {
                0 => u64::MAX,
                frames => frames * STEP,
            }),
            inspector: Inspector::default(),
        };
        both.in_part(frames, rhythm);
        let [spoken, observed] = protocols;
        both.part.count(spoken, observed, &both.inspector);
        let mut inspector = Inspector::default();
        let full = &mut both.full;
        for (number, timed) in frames.iter().enumerate() {
            let mut sink = Each(|o: &Observation<'_>| add(full, o));
            inspector.frame(&frame(timed, number), &mut sink);
        }
        inspector.finish(&mut Each(|o: &Observation<'_>| add(full, o)));
        full.count(spoken, observed, &inspector);
        both
    }

    /// How many frames went up.
    pub(crate) fn up(&self) -> u64 {
        self.program.received - self.program.counted
    }

    fn in_part(&mut self, frames: &[Timed], rhythm: Rhythm) {
        let Self {
            part,
            program,
            inspector,
            ..
        } = self;
        for (number, timed) in frames.iter().enumerate() {
            if rhythm.evict == Some(number) {
                program.evict();
            }
            let frame = frame(timed, number);
            let mut sink = Each(|o: &Observation<'_>| add(part, o));
            let facts = program.frame(&timed.1, kernel_ns(frame.time.as_nanos()));
            if let Some(facts) = &facts {
                let kernel = Some(facts);
                inspector.frame(&Frame { kernel, ..frame }, &mut sink);
            }
            if number.is_multiple_of(rhythm.drains) {
                inspector.operation_records(&program.drain(), &mut sink);
            }
            if number.is_multiple_of(rhythm.grants) {
                let records = program.change(&inspector.take_grants());
                inspector.operation_records(&records, &mut sink);
            }
        }
        let mut sink = Each(|o: &Observation<'_>| add(part, o));
        inspector.operation_records(&program.drain(), &mut sink);
        inspector.finish(&mut sink);
        let records = program.change(&inspector.take_grants());
        inspector.operation_records(&records, &mut sink);
        let counter = |counter| inspector.counters().get(counter);
        assert_eq!(counter(Counter::OperationsHeld), 0);
        assert_eq!(counter(Counter::OperationStrays), 0);
        assert_eq!(counter(Counter::OperationRepeats), program.counted);
    }
}

fn frame((time, bytes): &Timed, number: usize) -> Frame<'_> {
    Frame {
        time: Timestamp::from_nanos(START + time),
        number: number as u64 + 1,
        link: LinkType::Ethernet,
        wire_len: u32::try_from(bytes.len()).unwrap(),
        data: bytes,
        kernel: None,
    }
}
