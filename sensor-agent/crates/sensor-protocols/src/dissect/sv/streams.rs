//! What each stream sent last, and whether an ASDU follows from it.
//!
//! The sample count is one higher each time and starts again at 0 with each second (IEC 61850-9-2, table 14). How many samples a
//! second has tells the first time that it starts again after a sample that was in order; from then on
//! a start at another place is out of sequence, once.

use super::pdu::Asdu;
use crate::dissect::iec61850::publishers::{Found, Publishers};
use crate::observation::{Anomaly, AnomalySet};

/// The streams of one flow.
pub(super) type Streams = Publishers<Stream>;

/// One stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    count: u16,
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
pub(super) fn judge(streams: &mut Streams, asdu: &Asdu<'_>) -> AnomalySet {
    let mut anomalies = AnomalySet::EMPTY;
    let (Some(count), Some(revision)) = (asdu.sample_count, asdu.revision) else {
        return anomalies;
    };
    let now = Stream {
        count,
        last: None,
        steady: false,
        revision,
        rate: asdu.sample_rate,
        size: asdu.samples.len(),
        data_set: streams.fingerprint(asdu.data_set),
    };
    match streams.find(asdu.id, now) {
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

/// Whether a sample count follows, and the sample behind which it starts again.
fn follows(stream: &Stream, count: u16) -> (bool, Option<u16>) {
    if count != 0 {
        // Beyond the end of the second there is another rate.
        let known = stream.last.filter(|last| count <= *last);
        return (stream.count.checked_add(1) == Some(count), known);
    }
    // A stream that stands at 0 does not go on.
    if stream.count == 0 {
        return (false, stream.last);
    }
    match stream.last {
        Some(last) => (stream.count == last, stream.steady.then_some(stream.count)),
        None => (true, stream.steady.then_some(stream.count)),
    }
}
