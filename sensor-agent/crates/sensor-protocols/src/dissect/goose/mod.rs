//! GOOSE: generic object oriented substation events of IEC 61850, and GSE management.
//!
//! Sources: IEC 61850-8-1:2011, clause 18 and annexes A and C; IEC 61850-7-2:2010, clause 18.2.
//!
//! On Ethernet (0x88B8, management 0x88B9) and, as R-GOOSE, in the session protocol of
//! [`super::iec61850`].
//!
//! # What comes out
//! Protocol `goose`:
//! - `operation.code` is [`MESSAGE`] for a published state, [`MANAGEMENT`] for GSE management,
//!   [`SESSION`] plus the session identifier for a datagram of which no APDU can be read.
//! - `operation.sub` of a message is absent in normal service; else [`SIMULATION`] and [`NEEDS_COMMISSIONING`] are
//!   its bits. Of management it is the service.
//! - `objects` of a message, each where the message has it: `appid`, the names `gocbRef`, `datSet` and `goID` in this order,
//!   `state_number`, `sequence_number`, `configuration_revision`, `data_set_entries`,
//!   `time_allowed_to_live` (ms), `simulation`. `values`: the entries as sent.
//! - GSE management: `appid`, the name asked about; requests and responses are paired by `stateID`.
//!
//! # What departs from the standard
//! Fields missing, doubled, out of order, or with a value their type does not have, and the S bit set without simulation: `bad_value`.
//! A number of entries that is not that of the data, lengths that do not fit: `bad_length`. A state or
//! sequence number that does not follow from the message before: `out_of_sequence`. Values, data set or revision that
//! changed without a new state: `mismatch`.
//!
//! # Limits
//! See [`super::iec61850`]. Values of the entries are kept as sent. Signatures (IEC 62351-6) are
//! passed, not checked. Two publishers of one control block on different pairs of addresses are two
//! flows: telling them apart is left to detection.

mod blocks;
mod management;
mod observe;
mod pdu;
#[cfg(test)]
mod tests;

use super::ber;
use super::iec61850::publishers::Place;
use super::iec61850::{self, Carried};
use super::registry::{Entry, Hint};
use super::resumed::Resumed;
use super::{Dissector, Emit, Input, Parsed, Probe, Role};
use crate::observation::Protocol;

pub(super) const ENTRY: Entry = Entry {
    protocol: Protocol::Goose,
    hints: &[Hint::Ethertype(0x88b8), Hint::Ethertype(0x88b9)],
    anywhere: &[],
    probe: |_| Probe::Recognised(None),
    create: || Box::<Goose>::default(),
};

/// Operation code of a published state: the tag of `goosePdu` (8-1, annex A).
pub const MESSAGE: u32 = 1;

/// Operation code of GSE management: the tag of `gseMngtPdu`.
pub const MANAGEMENT: u32 = 0;

/// Operation code of an APDU that is neither: this plus the number of its tag.
pub const UNKNOWN: u32 = 0x1_0000;

/// Operation code of a session of 61850-90-5 of which no APDU is read: this plus its identifier.
pub const SESSION: u32 = 0x2_0000;

/// Bit of the second-level code: a test set sent it, in place of the device.
pub const SIMULATION: u32 = 1;

/// Bit of the second-level code: the control block is not configured to the end (`ndsCom`).
pub const NEEDS_COMMISSIONING: u32 = 2;

/// The control blocks of one flow.
#[derive(Debug, Default)]
pub(super) struct Goose {
    blocks: blocks::Blocks,
    open: management::Open,
    resumed: Resumed,
}

impl Goose {
    /// Reports one APDU.
    pub(super) fn message(
        &mut self,
        carried: &Carried<'_>,
        input: &Input<'_>,
        emit: &mut Emit<'_>,
    ) {
        for (sender, due) in self.resumed.take() {
            let appid = carried.appid;
            blocks::resume(&mut self.blocks, Place { sender, appid }, due);
        }
        let mut apdu = carried.apdu;
        match ber::read_tag(&mut apdu) {
            Ok(tag) if tag == pdu::GOOSE_PDU => {
                observe::message(carried, input.sender, &mut self.blocks, emit);
            }
            Ok(tag) if tag == management::MANAGEMENT_PDU => {
                management::message(carried, input, &mut self.open, emit);
            }
            tag => iec61850::unknown(
                Protocol::Goose,
                UNKNOWN,
                carried,
                tag.ok().map(|tag| tag.number),
                emit,
            ),
        }
    }
}

impl Dissector for Goose {
    fn parse(&mut self, input: &Input<'_>, emit: &mut Emit<'_>) -> Parsed {
        let carried = iec61850::carried(input.bytes, input.cut);
        self.message(&carried, input, emit);
        Parsed::Consumed(input.bytes.len())
    }
    fn resume(&mut self, sender: Role, due: Option<u32>) {
        self.resumed.set(sender, due);
    }
}
