//! Keys whose byte order is the order that queries walk in: the value looked for, then time or id.
//! All are of fixed width; numbers are big-endian.

use std::net::IpAddr;

use sensor_detect::finding::{AlertKey, PartyKey};
use sensor_protocols::time::Timestamp;

/// Bytes of an encoded party: kind, then the address, padded with zeros behind.
pub(super) const PARTY: usize = 17;

/// A party, or none. Orders by kind (none, MAC, IPv4, IPv6), then by address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartyBytes(pub [u8; PARTY]);

impl From<Option<&PartyKey>> for PartyBytes {
    fn from(party: Option<&PartyKey>) -> Self {
        match party {
            None => Self([0; PARTY]),
            Some(PartyKey::Mac(mac)) => Self::pack(1, &mac.0),
            Some(PartyKey::Ip(IpAddr::V4(ip))) => Self::pack(4, &ip.octets()),
            Some(PartyKey::Ip(IpAddr::V6(ip))) => Self::pack(6, &ip.octets()),
        }
    }
}

impl PartyBytes {
    fn pack(kind: u8, address: &[u8]) -> Self {
        let mut bytes = [0; PARTY];
        bytes[0] = kind;
        for (to, from) in bytes[1..].iter_mut().zip(address) {
            *to = *from;
        }
        Self(bytes)
    }
}

/// Joins parts into a key of fixed width. The parts are written so that they fill it.
fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut key = [0; N];
    let bytes = parts.iter().flat_map(|part| part.iter());
    for (to, from) in key.iter_mut().zip(bytes) {
        *to = *from;
    }
    key
}

/// The last eight bytes of a key, which are an id in every key that ends in one.
pub(super) fn id_of(key: &[u8]) -> u64 {
    key.last_chunk().map_or(0, |id| u64::from_be_bytes(*id))
}

/// A property of an alert with few values, then the alert's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FacetKey(pub [u8; 9]);

impl FacetKey {
    pub(super) fn new(value: u8, id: u64) -> Self {
        Self(join(&[&[value], &id.to_be_bytes()]))
    }
}

/// Number of an alert type in this database, then the alert's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TypeKey(pub [u8; 10]);

impl TypeKey {
    pub(super) fn new(number: u16, id: u64) -> Self {
        Self(join(&[&number.to_be_bytes(), &id.to_be_bytes()]))
    }
}

/// A party, then the alert's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartyIdKey(pub [u8; PARTY + 8]);

impl PartyIdKey {
    pub(super) fn new(party: PartyBytes, id: u64) -> Self {
        Self(join(&[&party.0, &id.to_be_bytes()]))
    }
}

/// The identity of an alert's traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TrafficKey(pub [u8; 2 + 2 * PARTY + 8]);

impl TrafficKey {
    pub(super) fn new(number: u16, key: &AlertKey) -> Self {
        Self(join(&[
            &number.to_be_bytes(),
            &PartyBytes::from(key.source.as_ref()).0,
            &PartyBytes::from(key.destination.as_ref()).0,
            &key.discriminator.to_be_bytes(),
        ]))
    }
}

/// The identity of an alert's traffic, then the alert's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TrafficIdKey(pub [u8; 2 + 2 * PARTY + 16]);

impl TrafficIdKey {
    pub(super) fn new(traffic: TrafficKey, id: u64) -> Self {
        Self(join(&[&traffic.0, &id.to_be_bytes()]))
    }
}

/// What waits for the clock, since when, and which alert it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AgeKey(pub [u8; 17]);

impl AgeKey {
    pub(super) fn new(class: AgeClass, since: Timestamp, id: u64) -> Self {
        Self(join(&[
            &[class as u8],
            &since.as_nanos().to_be_bytes(),
            &id.to_be_bytes(),
        ]))
    }
}

/// What an alert waits for as time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum AgeClass {
    /// Open: auto-close.
    Open = 0,
    /// Closed: retention.
    Closed = 1,
    /// Closed and pinned: nothing.
    Kept = 2,
}

/// Time of an event, then its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EventKey(pub [u8; 16]);

impl EventKey {
    pub(super) fn new(time: Timestamp, id: u64) -> Self {
        Self(join(&[&time.as_nanos().to_be_bytes(), &id.to_be_bytes()]))
    }
}

/// An alert, then time and id of an event about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AlertEventKey(pub [u8; 24]);

impl AlertEventKey {
    pub(super) fn new(alert: u64, event: EventKey) -> Self {
        Self(join(&[&alert.to_be_bytes(), &event.0]))
    }

    /// The event's own key.
    pub(super) fn event(bytes: &[u8; 24]) -> [u8; 16] {
        join(&[&bytes[8..]])
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;
    use sensor_protocols::addr::MacAddr;

    use super::*;

    fn party() -> impl Strategy<Value = PartyKey> {
        prop_oneof![
            any::<[u8; 6]>().prop_map(|mac| PartyKey::Mac(MacAddr(mac))),
            any::<[u8; 4]>().prop_map(|ip| PartyKey::Ip(IpAddr::from(ip))),
            any::<[u8; 16]>().prop_map(|ip| PartyKey::Ip(IpAddr::from(ip))),
        ]
    }

    /// The party; `None` also for a kind that does not exist. Tests prove with it that packing
    /// loses nothing.
    fn unpack(party: PartyBytes) -> Option<PartyKey> {
        let [kind, a, b, c, d, e, g, ..] = party.0;
        match kind {
            1 => Some(PartyKey::Mac(MacAddr([a, b, c, d, e, g]))),
            4 => Some(PartyKey::Ip(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))),
            6 => {
                let mut octets = [0; 16];
                octets.copy_from_slice(&party.0[1..]);
                Some(PartyKey::Ip(IpAddr::V6(Ipv6Addr::from(octets))))
            }
            _ => None,
        }
    }

    /// Values near each other, so that ties and carries come up.
    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![0u64..4, 254u64..258, any::<u64>()]
    }

    proptest! {
        #[test]
        fn facets_order_by_value_then_id(a in (0u8..3, number()), b in (0u8..3, number())) {
            let order = FacetKey::new(a.0, a.1).0.cmp(&FacetKey::new(b.0, b.1).0);
            prop_assert_eq!(order, a.cmp(&b));
        }

        #[test]
        fn types_order_by_number_then_id(
            a in (254u16..258, number()),
            b in (254u16..258, number()),
        ) {
            let order = TypeKey::new(a.0, a.1).0.cmp(&TypeKey::new(b.0, b.1).0);
            prop_assert_eq!(order, a.cmp(&b));
        }

        #[test]
        fn parties_come_back_and_keep_their_alerts_together_by_id(
            p in party(), q in party(), a in number(), b in number(),
        ) {
            let (packed, other) = (PartyBytes::from(Some(&p)), PartyBytes::from(Some(&q)));
            prop_assert_eq!(unpack(packed), Some(p));
            prop_assert_eq!(packed == other, p == q);
            let (x, y) = (PartyIdKey::new(packed, a), PartyIdKey::new(packed, b));
            prop_assert_eq!(x.0.cmp(&y.0), a.cmp(&b));
            prop_assert_eq!(id_of(&x.0), a);
            if p != q {
                let z = PartyIdKey::new(other, b);
                prop_assert_eq!(x.0.cmp(&z.0), packed.cmp(&other));
            }
        }

        #[test]
        fn ages_order_by_class_then_time_then_id(
            a in (0usize..3, number(), number()),
            b in (0usize..3, number(), number()),
        ) {
            let classes = [AgeClass::Open, AgeClass::Closed, AgeClass::Kept];
            let key = |(class, time, id): (usize, u64, u64)| {
                AgeKey::new(classes[class], Timestamp::from_nanos(time), id).0
            };
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }

        #[test]
        fn sorted_event_keys_are_sorted_times(
            a in (number(), number()), b in (number(), number()), alert in number(),
        ) {
            let key = |(time, id)| EventKey::new(Timestamp::from_nanos(time), id);
            prop_assert_eq!(key(a).0.cmp(&key(b).0), a.cmp(&b));
            let (x, y) = (AlertEventKey::new(alert, key(a)), AlertEventKey::new(alert, key(b)));
            prop_assert_eq!(x.0.cmp(&y.0), a.cmp(&b));
            prop_assert_eq!(AlertEventKey::event(&x.0), key(a).0);
        }

        #[test]
        fn traffic_keys_differ_exactly_when_traffic_does(
            p in (proptest::option::of(party()), proptest::option::of(party()), number()),
            q in (proptest::option::of(party()), proptest::option::of(party()), number()),
            number in 0u16..3,
        ) {
            let key = |(source, destination, discriminator): (Option<PartyKey>, _, u64)| AlertKey {
                type_id: "type".into(),
                source,
                destination,
                discriminator,
            };
            let (a, b) = (key(p), key(q));
            let same = TrafficKey::new(number, &a) == TrafficKey::new(number, &b);
            prop_assert_eq!(same, a == b);
        }
    }
}
