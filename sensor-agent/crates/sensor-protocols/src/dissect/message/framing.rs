//! Messages with a length in their header, one after the other in a stream or one in a datagram.
//!
//! Data in: the octets offered, and how to measure what begins in them. Data out: the octets of one
//! message with what departs from its length, or the answer to give meanwhile.
//!
//! A message longer than the protocol's cap is told from its first octets, with `limit_reached`; the rest
//! is passed over without being kept. After lost bytes the next octets that measure as a message are
//! taken for its start.

use crate::dissect::{Input, Parsed, Role};
use crate::observation::{Anomaly, AnomalySet, Transport};

/// What the first octets say of the message that begins with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dissect) enum Measure {
    /// Octets of the whole message, header included.
    Total(u64),
    /// So many octets are needed to tell.
    Need(usize),
    /// No message begins here.
    Foreign,
}

/// The next step of a parser.
pub(in crate::dissect) enum Next<'a> {
    /// A message; when it is told, answer `Consumed(take)`.
    Message {
        bytes: &'a [u8],
        take: usize,
        anomalies: AnomalySet,
        /// Its end was not captured.
        cut: bool,
    },
    /// Nothing to tell: answer this.
    Answer(Parsed),
}

/// State of one flow, both directions.
#[derive(Debug, Default)]
pub(in crate::dissect) struct Framing {
    client: Side,
    server: Side,
}

#[derive(Debug, Default)]
struct Side {
    /// Octets of a long message still to pass over.
    skip: u64,
    /// The next octet can be any octet of a message.
    adrift: bool,
}

impl Framing {
    fn side(&mut self, sender: Role) -> &mut Side {
        match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Bytes of a stream are missing; see `Dissector::gap`.
    pub(in crate::dissect) fn gap(&mut self, sender: Role, dropped: usize, lost: u64) {
        let missing = u64::try_from(dropped)
            .unwrap_or(u64::MAX)
            .saturating_add(lost);
        let side = self.side(sender);
        if missing < side.skip {
            side.skip = side.skip.saturating_sub(missing);
        } else {
            side.skip = 0;
            side.adrift = true;
        }
    }

    /// Whether the next octet of an end can be any octet of a message.
    pub(in crate::dissect) const fn is_adrift(&self, sender: Role) -> bool {
        match sender {
            Role::Client => self.client.adrift,
            Role::Server => self.server.adrift,
        }
    }

    /// The message at the front of the octets offered. `most`: octets of a message that are kept.
    pub(in crate::dissect) fn next<'a>(
        &mut self,
        input: &Input<'a>,
        most: usize,
        measure: impl Fn(&[u8]) -> Measure,
    ) -> Next<'a> {
        if input.transport != Transport::Tcp {
            return datagram(input, most, measure(input.bytes));
        }
        let side = self.side(input.sender);
        if let Some(skipped) = side.pass_over(input.bytes.len()) {
            return Next::Answer(Parsed::Consumed(skipped));
        }
        if side.adrift {
            match find(input.bytes, &measure) {
                Some(0) => side.adrift = false,
                Some(at) => return Next::Answer(Parsed::Consumed(at)),
                None => return Next::Answer(Parsed::Consumed(input.bytes.len())),
            }
        }
        side.in_stream(input, most, measure(input.bytes))
    }
}

impl Side {
    fn pass_over(&mut self, offered: usize) -> Option<usize> {
        if self.skip == 0 {
            return None;
        }
        let wanted = usize::try_from(self.skip).unwrap_or(usize::MAX);
        let taken = wanted.min(offered);
        self.skip = self
            .skip
            .saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
        Some(taken)
    }

    fn in_stream<'a>(&mut self, input: &Input<'a>, most: usize, measure: Measure) -> Next<'a> {
        let total = match measure {
            Measure::Total(total) => total,
            Measure::Need(need) if input.last || input.cut => return broken_off(input, need),
            Measure::Need(need) => return Next::Answer(Parsed::Incomplete { need }),
            Measure::Foreign => return Next::Answer(Parsed::NotThisProtocol),
        };
        let whole = usize::try_from(total).unwrap_or(usize::MAX);
        let kept = whole.min(most);
        let Some((bytes, _)) = input.bytes.split_at_checked(kept) else {
            if input.last || input.cut {
                return broken_off(input, kept);
            }
            return Next::Answer(Parsed::Incomplete { need: kept });
        };
        let mut anomalies = AnomalySet::EMPTY;
        if whole > most {
            anomalies.insert(Anomaly::LimitReached);
            let missing = whole.saturating_sub(kept);
            self.skip = u64::try_from(missing).unwrap_or(u64::MAX);
        }
        Next::Message {
            bytes,
            take: kept,
            anomalies,
            cut: whole > most,
        }
    }
}

/// A stream that ends, or of which no more was captured, within a message.
fn broken_off<'a>(input: &Input<'a>, _need: usize) -> Next<'a> {
    let anomalies = if input.cut {
        AnomalySet::EMPTY
    } else {
        AnomalySet::of(Anomaly::Truncated)
    };
    Next::Message {
        bytes: input.bytes,
        take: input.bytes.len(),
        anomalies,
        cut: true,
    }
}

fn datagram<'a>(input: &Input<'a>, most: usize, measure: Measure) -> Next<'a> {
    let (whole, foreign) = match measure {
        Measure::Total(total) => (usize::try_from(total).unwrap_or(usize::MAX), false),
        Measure::Need(need) => (need, false),
        Measure::Foreign => (0, true),
    };
    if foreign {
        return Next::Answer(Parsed::NotThisProtocol);
    }
    let mut anomalies = AnomalySet::EMPTY;
    let have = input.bytes.len();
    if whole > have && !input.cut {
        anomalies.insert(Anomaly::Truncated);
    }
    if whole.min(have) > most {
        anomalies.insert(Anomaly::LimitReached);
    }
    let bytes = input.bytes.get(..whole.min(most)).unwrap_or(input.bytes);
    Next::Message {
        bytes,
        take: whole.min(have).max(1),
        anomalies,
        cut: whole > have || whole > most,
    }
}

/// Where a message begins. Where too few octets are left to tell, none is taken to begin.
fn find(bytes: &[u8], measure: impl Fn(&[u8]) -> Measure) -> Option<usize> {
    (0..bytes.len()).find(|at| {
        let rest = bytes.get(*at..).unwrap_or_default();
        matches!(measure(rest), Measure::Total(_))
    })
}
