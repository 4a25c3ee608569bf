//! What each control block published last, and whether a message follows from it.
//!
//! Rules (IEC 61850-7-2, 18.2.3.5 and 18.2.3.6): a changed value gives a new state, whose number is one
//! higher and whose first message has sequence number 0; a repetition counts the sequence number up.
//! Both wrap to 1. Whatever else comes is out of sequence: messages that were lost, a message that
//! was sent again or made up, a device that started anew.

use super::pdu::Message;
use crate::dissect::iec61850::publishers::{Found, Place, Publishers};
use crate::observation::{Anomaly, AnomalySet};

/// The control blocks of one flow.
pub(super) type Blocks = Publishers<Block>;

/// One control block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    state: u32,
    /// Unknown when messages were withheld that nobody can count.
    sequence: Option<u32>,
    revision: u32,
    /// Fingerprints of data set and values.
    data_set: u64,
    data: u64,
}

/// What is odd about a message beside the one before it.
pub(super) fn judge(blocks: &mut Blocks, place: Place, message: &Message<'_>) -> AnomalySet {
    let mut anomalies = AnomalySet::EMPTY;
    let (Some(state), Some(sequence), Some(revision)) =
        (message.state, message.sequence, message.revision)
    else {
        return anomalies;
    };
    let now = Block {
        state,
        sequence: Some(sequence),
        revision,
        data_set: blocks.fingerprint(message.data_set),
        data: blocks.fingerprint(message.data),
    };
    match blocks.find(place, message.reference, now) {
        Found::New { evicted: false } => {}
        Found::New { evicted: true } => anomalies.insert(Anomaly::LimitReached),
        Found::Known(last) => {
            if !follows(last, &now) {
                anomalies.insert(Anomaly::OutOfSequence);
            }
            if contradicts(last, &now) {
                anomalies.insert(Anomaly::Mismatch);
            }
            *last = now;
        }
    }
    anomalies
}

/// Goes on behind messages of the block heard last at a place that were withheld: all said the same, and
/// `due` is the sequence number of the next one.
pub(super) fn resume(blocks: &mut Blocks, place: Place, due: Option<u32>) {
    if let Some(block) = blocks.latest(place) {
        block.sequence = due.map(|due| due.wrapping_sub(1));
    }
}

fn follows(last: &Block, now: &Block) -> bool {
    if now.state == last.state {
        last.sequence
            .is_none_or(|last| now.sequence == Some(next(last)))
    } else {
        now.state == next(last.state) && now.sequence == Some(0)
    }
}

/// The number behind one; 0 is left out.
const fn next(number: u32) -> u32 {
    match number.checked_add(1) {
        Some(next) => next,
        None => 1,
    }
}

/// The same state with other values, or another data set or revision than before.
const fn contradicts(last: &Block, now: &Block) -> bool {
    let reconfigured = now.revision != last.revision || now.data_set != last.data_set;
    reconfigured || (now.state == last.state && now.data != last.data)
}
