//! Sampled values of IEC 61850: currents and voltages of a merging unit, thousands of times a second.
//!
//! Sources: IEC 61850-9-2:2011, clause 8 and annex A; the UCA guideline "9-2 LE"; IEC 61869-9:2016.
//!
//! On Ethernet (0x88BA) and, as R-SV, in the session protocol of [`super::iec61850`].
//!
//! # What comes out
//! Protocol `sv`:
//! - `operation.code` is [`SAMPLES`], or [`UNKNOWN`] plus the tag of an APDU that is none of this protocol;
//!   `operation.sub` is [`SIMULATION`] for a simulated message, else absent.
//! - `objects`: `appid`, `asdus` (the number that the message states), then for each ASDU, where it has them: the names
//!   `svID` and `datSet`, `sample_count`, `configuration_revision`, `synchronisation`, `sample_rate`.
//!   The first of names that follow each other is an `svID`.
//! - `values`: the samples of the first ASDU as sent.
//!
//! # What departs from the standard
//! Fields missing, doubled, out of order, or of a length their type does not have: `bad_value`,
//! `bad_length`. A stated number of ASDUs that is not theirs: `bad_length`. A sample count that does
//! not follow: `out_of_sequence`. Data set, revision, rate or length of the samples that changed:
//! `mismatch`.
//!
//! # Limits
//! See [`super::iec61850`] and [`crate::limits::SV_ASDUS`]. Samples and their quality are kept as sent: their
//! layout is that of the data set, which the message does not tell.

mod observe;
mod pdu;
mod streams;
#[cfg(test)]
mod tests;

use super::iec61850::publishers::Place;
use super::iec61850::{self, Carried};
use super::registry::{Entry, Hint};
use super::resumed::Resumed;
use super::{Dissector, Emit, Input, Parsed, Probe, Role};
use crate::observation::{Object, Protocol};

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::SampledValues,
    hints: &[Hint::Ethertype(0x88ba)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::<SampledValues>::default(),
};

/// Operation code of samples: the tag of `savPdu` (9-2, 8.5.2).
pub const SAMPLES: u32 = 0;

/// Operation code of an APDU that is none: this plus the number of its tag.
pub const UNKNOWN: u32 = 0x1_0000;

/// Second-level code of a message that a test set sent, in place of the device.
pub const SIMULATION: u32 = 1;

/// The streams of one flow.
#[derive(Debug, Default)]
pub(super) struct SampledValues {
    streams: streams::Streams,
    resumed: Resumed,
}

impl SampledValues {
    /// Reports one APDU.
    pub(super) fn message(&mut self, carried: &Carried<'_>, sender: Role, emit: &mut Emit<'_>) {
        for (sender, due) in self.resumed.take() {
            let appid = carried.appid;
            streams::resume(&mut self.streams, Place { sender, appid }, due);
        }
        observe::message(carried, sender, &mut self.streams, emit);
    }
}

/// Whether all ASDUs that objects tell of are of one stream: the first of names that follow each other says
/// of which each is.
pub(crate) fn is_one_stream(objects: &[Object<'_>]) -> bool {
    let is_name = |object: &Object<'_>| matches!(object, Object::Name(_));
    let runs = objects.chunk_by(|one, next| is_name(one) == is_name(next));
    let mut streams = runs.filter_map(|run| {
        if let Some(Object::Name(stream)) = run.first() {
            return Some(*stream);
        }
        None
    });
    let first = streams.next();
    streams.all(|stream| Some(stream) == first)
}

impl Dissector for SampledValues {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let carried = iec61850::carried(input.bytes, input.cut);
        self.message(&carried, input.sender, emit);
        Parsed::Consumed(input.bytes.len())
    }
    /// `due` is the count of the first sample that is due, of the APPID of the next message.
    fn resume(&mut self, sender: Role, due: Option<u32>) {
        self.resumed.set(sender, due);
    }
}
