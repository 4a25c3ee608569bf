//! Cyclic data: cycle counter, data status, transfer status, and what changes in them.
//!
//! Data in: a frame behind its frame identifier. Data out: one call of the sink.
//! Source: IEC 61158-6-10, coding of the fields `APDU_Status`, `CycleCounter`, `DataStatus` and
//! `TransferStatus`.
//!
//! The layout of the data is agreed when a connection is opened, on another flow, so they are kept
//! as sent.
//!
//! Limits: [`limits::PROFINET_FRAME_IDS`] identifiers of a pair of stations are followed; the first makes
//! room, which is told.

use super::frame_ids::Range;
use crate::dissect::resumed::Resumed;
use crate::dissect::{Emit, Input, MessageFacts, Role};
use crate::limits;
use crate::observation::{
    Anomaly, AnomalySet, Direction, Object, Operation, OperationClass, Protocol,
};

/// Octets of the status at the end of a frame.
const APDU_STATUS: usize = 4;

/// Latest cycle, counted from the one before it, that a receiver takes for a later one.
const LATER: u16 = 61_440;

/// A bit of the data status, and how a change of it is named.
struct Bit {
    mask: u8,
    /// Object that holds the new value.
    kind: &'static str,
    cleared: &'static str,
    set: &'static str,
}

/// The most telling change gives the name.
const BITS: [Bit; 5] = [
    Bit {
        mask: 0x10,
        kind: "provider_state",
        cleared: "provider_stop",
        set: "provider_run",
    },
    Bit {
        mask: 0x04,
        kind: "data_valid",
        cleared: "data_invalid",
        set: "data_valid",
    },
    Bit {
        mask: 0x20,
        kind: "no_station_problem",
        cleared: "station_problem",
        set: "station_problem_gone",
    },
    Bit {
        mask: 0x01,
        kind: "primary",
        cleared: "state_backup",
        set: "state_primary",
    },
    Bit {
        mask: 0x02,
        kind: "no_primary_present",
        cleared: "primary_present",
        set: "no_primary_present",
    },
];

/// Data status of a provider that runs without a problem, its data valid, as the primary.
const GOOD: u8 = 0x35;

/// What is remembered of one frame identifier and sender.
#[derive(Clone, Copy, Debug)]
struct Followed {
    sender: Role,
    frame_id: u16,
    /// Unknown when frames were withheld that nobody can count.
    cycle: Option<u16>,
    status: u8,
}

/// The cyclic frames of a pair of stations.
#[derive(Debug, Default)]
pub(super) struct Cyclic {
    followed: Vec<Followed>,
    resumed: Resumed,
}

/// Changed bits of the data status, whether the cycle is later than the one before, and whether another
/// identifier made room.
struct Step {
    changed: u8,
    later: bool,
    evicted: bool,
}

impl Cyclic {
    /// Reports one frame.
    pub(super) fn frame(
        &mut self,
        range: &Range,
        frame_id: u16,
        data: &[u8],
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        let mut objects = [Object::Id {
            kind: "frame_id",
            id: u64::from(frame_id),
        }; 7];
        let mut operation = Operation {
            code: u32::from(range.first),
            sub: None,
            name: range.name,
            class: OperationClass::Event,
        };
        let mut facts = MessageFacts::new(Protocol::Profinet, Direction::OneWay, operation);
        facts.size = input.bytes.len();
        let status = (!input.cut)
            .then(|| data.split_last_chunk::<APDU_STATUS>())
            .flatten();
        self.go_on(frame_id);
        let Some((values, [high, low, status, transfer])) = status else {
            if !input.cut {
                facts.anomalies.insert(Anomaly::Truncated);
            }
            facts.values = data;
            facts.objects = objects.get(..1).unwrap_or_default();
            return emit(&facts);
        };
        facts.values = values;
        let cycle = u16::from_be_bytes([*high, *low]);
        let step = self.step(input.sender, frame_id, cycle, *status);
        facts.anomalies = anomalies(&step, *transfer);
        let mut told = 1_usize;
        if step.changed != 0 {
            operation.sub = Some(u32::from(*status));
            told = changes(&step, *status, &mut operation, &mut objects);
            facts.operation = operation;
        }
        facts.objects = objects.get(..told).unwrap_or_default();
        emit(&facts);
    }

    /// Frames of `sender` were withheld; of which identifier the next one says.
    pub(super) fn resume(&mut self, sender: Role, due: Option<u32>) {
        self.resumed.set(sender, due);
    }

    /// Goes on behind the frames with this identifier that were withheld.
    fn go_on(&mut self, frame_id: u16) {
        for (sender, due) in self.resumed.take() {
            let found = self
                .followed
                .iter_mut()
                .find(|known| known.frame_id == frame_id && known.sender == sender);
            if let Some(known) = found {
                known.cycle = due.and_then(|due| u16::try_from(due).ok());
            }
        }
    }

    /// How many identifiers are followed.
    #[cfg(test)]
    pub(super) fn followed(&self) -> usize {
        self.followed.len()
    }

    /// Follows one identifier.
    fn step(&mut self, sender: Role, frame_id: u16, cycle: u16, status: u8) -> Step {
        let found = self
            .followed
            .iter_mut()
            .find(|known| known.frame_id == frame_id && known.sender == sender);
        if let Some(known) = found {
            let step = Step {
                changed: known.status ^ status,
                later: known
                    .cycle
                    .is_none_or(|known| (1..=LATER).contains(&cycle.wrapping_sub(known))),
                evicted: false,
            };
            known.status = status;
            known.cycle = Some(cycle);
            return step;
        }
        let evicted = self.followed.len() >= limits::PROFINET_FRAME_IDS;
        if evicted {
            self.followed.remove(0);
        }
        self.followed.push(Followed {
            sender,
            frame_id,
            cycle: Some(cycle),
            status,
        });
        Step {
            changed: GOOD ^ status,
            later: true,
            evicted,
        }
    }
}

fn anomalies(step: &Step, transfer: u8) -> AnomalySet {
    let mut found = AnomalySet::EMPTY;
    if !step.later {
        found.insert(Anomaly::OutOfSequence);
    }
    if step.evicted {
        found.insert(Anomaly::LimitReached);
    }
    // A sender always sets it to zero.
    if transfer != 0 {
        found.insert(Anomaly::BadValue);
    }
    found
}

/// Names the operation after the most telling change and adds the bits that changed to the objects;
/// answers how many objects there are.
fn changes(
    step: &Step,
    status: u8,
    operation: &mut Operation,
    objects: &mut [Object<'_>; 7],
) -> usize {
    let mut told = 1_usize;
    for bit in BITS.iter().filter(|bit| step.changed & bit.mask != 0) {
        let is_set = status & bit.mask != 0;
        if told == 1 {
            operation.name = if is_set { bit.set } else { bit.cleared };
        }
        if let Some(place) = objects.get_mut(told) {
            *place = Object::Id {
                kind: bit.kind,
                id: u64::from(is_set),
            };
            told = told.saturating_add(1);
        }
    }
    // Only reserved bits, or the one that asks to ignore the frame, changed.
    if told == 1 {
        operation.name = "data_status_changed";
    }
    told
}
