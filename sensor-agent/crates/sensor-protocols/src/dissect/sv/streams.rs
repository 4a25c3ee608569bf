//! What each stream sent last, and whether an ASDU follows from it.
//!
//! The sample count is one higher each time and starts again at 0 with each second (IEC 61850-9-2, table 14). How many samples a
//! second has tells the first time that it starts again after a sample that was in order; from then on
//! a start at another place is out of sequence, once.

use super::pdu::Asdu;
use crate::dissect::iec61850::publishers::{Found, Place, Publishers};
use crate::observation::{Anomaly, AnomalySet};

/// The streams of one flow.
pub(super) type Streams = Publishers<Stream>;

/// One stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    /// Unknown when messages were withheld that nobody can count.
    count: Option<u16>,
    /// Sample behind which the count starts again, when known.
    last: Option<u16>,
    /// The sample before followed from the one before it.
    steady: bool,
    revision: u32,
    rate: Option<u16>,
    /// Octets of the samples.
    size: usize,
    data_set: u64,
}

/// What is odd about an ASDU beside the one before it.
pub(super) fn judge(streams: &mut Streams, place: Place, asdu: &Asdu<'_>) -> AnomalySet {
    let mut anomalies = AnomalySet::EMPTY;
    let (Some(count), Some(revision)) = (asdu.sample_count, asdu.revision) else {
        return anomalies;
    };
    let now = Stream {
        count: Some(count),
        last: None,
        steady: false,
        revision,
        rate: asdu.sample_rate,
        size: asdu.samples.len(),
        data_set: streams.fingerprint(asdu.data_set),
    };
    match streams.find(place, asdu.id, now) {
        Found::New { evicted: false } => {}
        Found::New { evicted: true } => anomalies.insert(Anomaly::LimitReached),
        Found::Known(stream) => {
            if stream.revision != now.revision
                || stream.rate != now.rate
                || stream.size != now.size
                || stream.data_set != now.data_set
            {
                anomalies.insert(Anomaly::Mismatch);
            }
            let (follows, last) = follows(stream, count);
            if !follows {
                anomalies.insert(Anomaly::OutOfSequence);
            }
            *stream = Stream {
                last,
                steady: follows,
                ..now
            };
        }
    }
    anomalies
}

/// Goes on behind samples of the stream heard last at a place that were withheld: each followed from the
/// one before, none was the first of a second, and `due` is the number of the next one.
pub(super) fn resume(streams: &mut Streams, place: Place, due: Option<u32>) {
    let Some(stream) = streams.latest(place) else {
        return;
    };
    let count = due.and_then(|due| u16::try_from(due.checked_sub(1)?).ok());
    if count == stream.count {
        return;
    }
    stream.count = count;
    stream.steady = true;
    stream.last = stream
        .last
        .filter(|last| count.is_some_and(|count| count <= *last));
}

/// Whether a sample count follows, and the sample behind which it starts again.
fn follows(stream: &Stream, count: u16) -> (bool, Option<u16>) {
    let Some(before) = stream.count else {
        return (true, None);
    };
    if count != 0 {
        // Beyond the end of the second there is another rate.
        let known = stream.last.filter(|last| count <= *last);
        return (before.checked_add(1) == Some(count), known);
    }
    // A stream that stands at 0 does not go on.
    if before == 0 {
        return (false, stream.last);
    }
    match stream.last {
        Some(last) => (before == last, stream.steady.then_some(before)),
        None => (true, stream.steady.then_some(before)),
    }
}
