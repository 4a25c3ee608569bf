//! Merges findings that say again what was just said.
//!
//! A polling plant without a baseline repeats the same few findings with every second packet. The
//! first of its kind passes at once; what follows is added up and leaves as one finding that stands
//! for all of them, with the values of the last. Which findings are equal is what decides the alert
//! and the violation they belong to, so counts and times of alerts come out the same.
//!
//! Limits: [`SLOTS`] kinds are watched at once; a kind that loses its slot leaves with what it has.

use sensor_detect::finding::{Finding, PartyKey};
use sensor_protocols::addr::Endpoint;

/// Kinds watched at once; a power of two.
const SLOTS: usize = 1024;

/// Findings being merged.
pub(crate) struct Repeats {
    slots: Vec<Option<Held>>,
    /// Slots with something to hand over.
    waiting: Vec<usize>,
}

struct Held {
    /// The last finding of its kind.
    finding: Finding,
    /// Messages not handed over yet; 0 when everything was.
    count: u64,
}

impl Default for Repeats {
    fn default() -> Self {
        let mut slots = Vec::new();
        slots.resize_with(SLOTS, || None);
        Self {
            slots,
            waiting: Vec::new(),
        }
    }
}

impl Repeats {
    /// Takes a finding that repeats a watched kind; gives back one that has to go on now.
    pub(crate) fn absorb(&mut self, finding: Finding) -> Option<Finding> {
        let place = slot(&finding);
        let Some(Some(held)) = self.slots.get_mut(place) else {
            return Some(finding);
        };
        if !same(&held.finding, &finding) {
            return Some(finding);
        }
        if held.count == 0 {
            self.waiting.push(place);
        }
        held.count = held.count.saturating_add(finding.count);
        let last = held.finding.time.max(finding.time);
        held.finding = finding;
        held.finding.time = last;
        None
    }

    /// Watches for repeats of a finding that goes on; gives back what waited in its place.
    pub(crate) fn watch(&mut self, finding: &Finding) -> Option<Finding> {
        let held = Held {
            finding: finding.clone(),
            count: 0,
        };
        let old = self.slots.get_mut(slot(finding))?.replace(held)?;
        (old.count > 0).then(|| old.merged())
    }

    /// Appends everything that waits.
    pub(crate) fn flush(&mut self, out: &mut Vec<Finding>) {
        for place in self.waiting.drain(..) {
            if let Some(Some(held)) = self.slots.get_mut(place)
                && held.count > 0
            {
                out.push(held.merged_clone());
                held.count = 0;
            }
        }
    }
}

impl Held {
    fn merged(mut self) -> Finding {
        self.finding.count = self.count;
        self.finding
    }

    fn merged_clone(&self) -> Finding {
        Finding {
            count: self.count,
            ..self.finding.clone()
        }
    }
}

/// Whether two findings belong to the same violation of the same alert.
fn same(a: &Finding, b: &Finding) -> bool {
    std::ptr::eq(a.alert_type, b.alert_type)
        && a.discriminator == b.discriminator
        && same_party(a.source.as_ref(), b.source.as_ref())
        && same_party(a.destination.as_ref(), b.destination.as_ref())
        && a.protocol == b.protocol
        && a.tuple == b.tuple
}

fn same_party(a: Option<&Endpoint>, b: Option<&Endpoint>) -> bool {
    a.map(PartyKey::from) == b.map(PartyKey::from)
}

/// A cheap spread of kinds over the slots; collisions only cost a merge.
fn slot(finding: &Finding) -> usize {
    let mut mixed = finding.discriminator ^ u64::from(finding.alert_type.index) << 48;
    for party in [&finding.source, &finding.destination]
        .into_iter()
        .flatten()
    {
        mixed = (mixed.rotate_left(5) ^ address_bits(party)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    // The upper bits of a product are the well-mixed ones.
    usize::try_from(mixed >> 54).unwrap_or(0) % SLOTS
}

fn address_bits(party: &Endpoint) -> u64 {
    match party.ip {
        Some(std::net::IpAddr::V4(ip)) => u64::from(ip.to_bits()),
        Some(std::net::IpAddr::V6(ip)) => {
            let [high, low] = [ip.to_bits() >> 64, ip.to_bits() & u128::from(u64::MAX)];
            u64::try_from(high ^ low).unwrap_or(0)
        }
        None => {
            let [a, b, c, d, e, f] = party.mac.0;
            u64::from_be_bytes([0, 0, a, b, c, d, e, f])
        }
    }
}

#[cfg(test)]
mod tests {
    use sensor_detect::catalogue::catalogue;
    use sensor_detect::finding::{Finding, Keyed, Values};
    use sensor_protocols::addr::Endpoint;
    use sensor_protocols::observation::Protocol;
    use sensor_protocols::time::Timestamp;

    use super::Repeats;

    fn finding(source: u8, discriminator: u64, time: u64, count: u64) -> Finding {
        let alert_type = catalogue()
            .get("modbus_exception")
            .expect("in the catalogue");
        Finding {
            alert_type,
            time: Timestamp::from_nanos(time),
            frame: time,
            count,
            source: Some(Endpoint {
                ip: Some([10, 0, 0, source].into()),
                port: u16::from(source) + 4000,
                ..Endpoint::default()
            }),
            destination: None,
            protocol: Protocol::Modbus,
            keyed: Keyed::Pair,
            discriminator,
            values: Values::new(),
            tuple: None,
        }
    }

    /// Passes findings through; what comes out as (discriminator, time, count).
    fn pass(repeats: &mut Repeats, findings: Vec<Finding>) -> Vec<(u64, u64, u64)> {
        let mut out = Vec::new();
        for finding in findings {
            if let Some(finding) = repeats.absorb(finding) {
                out.extend(repeats.watch(&finding));
                out.push(finding);
            }
        }
        repeats.flush(&mut out);
        out.iter()
            .map(|f| (f.discriminator, f.time.as_nanos(), f.count))
            .collect()
    }

    #[test]
    fn the_first_passes_and_repeats_leave_as_one() {
        let mut repeats = Repeats::default();
        let four = vec![
            finding(1, 7, 10, 1),
            finding(1, 7, 20, 2),
            finding(1, 7, 15, 3),
            finding(1, 8, 30, 1),
        ];
        assert_eq!(
            pass(&mut repeats, four),
            [(7, 10, 1), (8, 30, 1), (7, 20, 5)]
        );
        assert_eq!(pass(&mut repeats, vec![finding(1, 7, 40, 1)]), [(7, 40, 1)]);
        assert_eq!(pass(&mut repeats, Vec::new()), []);
    }

    #[test]
    fn no_message_is_lost_when_kinds_outnumber_the_slots() {
        let mut repeats = Repeats::default();
        let mut all = Vec::new();
        for round in 0..3 {
            for kind in 0..5_000 {
                all.push(finding(1, kind, round, 1));
            }
        }
        let out = pass(&mut repeats, all);
        let messages: u64 = out.iter().map(|(_, _, count)| count).sum();
        assert_eq!(messages, 15_000);
        for kind in 0..5_000 {
            let of_kind: u64 = out
                .iter()
                .filter(|(d, _, _)| *d == kind)
                .map(|(_, _, c)| c)
                .sum();
            assert_eq!(of_kind, 3, "kind {kind}");
        }
    }
}
