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

use super::iec61850::{self, Carried};
use super::registry::{Entry, Hint};
use super::{Dissector, Emit, Input, Parsed, Probe};
use crate::observation::Protocol;

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
}

impl SampledValues {
    /// Reports one APDU.
    pub(super) fn message(&mut self, carried: &Carried<'_>, emit: &mut Emit<'_>) {
        observe::message(carried, &mut self.streams, emit);
    }
}

impl Dissector for SampledValues {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let carried = iec61850::carried(input.bytes, input.cut);
        self.message(&carried, emit);
        Parsed::Consumed(input.bytes.len())
    }
}
