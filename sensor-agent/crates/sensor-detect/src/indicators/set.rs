//! Every indicator of all sources, ready to be asked.
//!
//! Addresses and names are found by their hash; networks by one look-up for each prefix length that
//! occurs, names by one for each of their labels. Hits are counted in the set itself, so that whoever
//! shares it sees them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use ipnet::IpNet;
use sensor_protocols::time::Timestamp;

use super::{Indicator, IndicatorKind, MOST_INDICATORS};

/// Labels of a name that are looked up; a name has at most 127.
const MOST_LABELS: usize = 127;

/// One indicator with its source and its hits.
#[derive(Debug)]
pub struct Listed {
    pub indicator: Indicator,
    /// Name of the feed it came with.
    pub source: Arc<str>,
    hits: AtomicU64,
    last_hit: AtomicU64,
}

impl Listed {
    /// Messages and flows it matched since the set was made.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Capture time of the last of them.
    pub fn last_hit(&self) -> Option<Timestamp> {
        let nanos = self.last_hit.load(Ordering::Relaxed);
        (nanos != 0).then(|| Timestamp::from_nanos(nanos))
    }
}

/// A match.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    pub indicator: &'a Indicator,
    pub source: &'a str,
}

/// The set is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all sources together have at most {MOST_INDICATORS} indicators; {left_out} did not fit")]
pub struct Refused {
    pub left_out: usize,
}

/// The set.
#[derive(Debug, Default)]
pub struct IndicatorSet {
    listed: Vec<Listed>,
    addresses: HashMap<IpAddr, u32, RandomState>,
    networks: HashMap<IpNet, u32, RandomState>,
    /// Prefix lengths that occur, longest first, for IPv4 and IPv6.
    lengths: [Vec<u8>; 2],
    /// Values of the kinds that are texts.
    texts: HashMap<(IndicatorKind, Box<str>), u32, RandomState>,
}

/// Sets with the same indicators of the same sources, whatever they hit.
impl PartialEq for IndicatorSet {
    fn eq(&self, other: &Self) -> bool {
        let parts = |listed: &Listed| (listed.indicator.clone(), Arc::clone(&listed.source));
        self.listed.len() == other.listed.len()
            && self
                .listed
                .iter()
                .map(parts)
                .eq(other.listed.iter().map(parts))
    }
}

impl Eq for IndicatorSet {}

/// A text to look up, without a copy.
#[derive(Hash, PartialEq, Eq)]
struct Text<'a>(IndicatorKind, &'a str);

impl hashbrown::Equivalent<(IndicatorKind, Box<str>)> for Text<'_> {
    fn equivalent(&self, key: &(IndicatorKind, Box<str>)) -> bool {
        self.0 == key.0 && *self.1 == *key.1
    }
}

impl IndicatorSet {
    /// The list that is part of the program.
    pub fn of_the_program() -> Self {
        let mut set = Self::default();
        // It is short, so that it fits.
        let _ = set.add(super::builtin::SOURCE, super::builtin().indicators);
        set
    }

    /// Adds the indicators of one source; of equal ones the first stays.
    ///
    /// # Errors
    /// [`Refused`] when the set would grow beyond its cap; nothing is added then.
    pub fn add(&mut self, source: &str, indicators: Vec<Indicator>) -> Result<(), Refused> {
        let room = MOST_INDICATORS.saturating_sub(self.listed.len());
        if indicators.len() > room {
            return Err(Refused {
                left_out: indicators.len() - room,
            });
        }
        let source: Arc<str> = source.into();
        for indicator in indicators {
            self.insert(&source, indicator);
        }
        for lengths in &mut self.lengths {
            lengths.sort_unstable_by(|a, b| b.cmp(a));
            lengths.dedup();
        }
        Ok(())
    }

    fn insert(&mut self, source: &Arc<str>, indicator: Indicator) {
        let at = u32::try_from(self.listed.len()).unwrap_or(u32::MAX);
        let value = &indicator.value;
        match indicator.kind {
            IndicatorKind::Ip => {
                if let Ok(address) = value.parse::<IpAddr>() {
                    self.addresses.entry(address).or_insert(at);
                }
            }
            IndicatorKind::Network => {
                if let Ok(network) = value.parse::<IpNet>() {
                    self.networks.entry(network).or_insert(at);
                    self.lengths[family(network.addr())].push(network.prefix_len());
                }
            }
            IndicatorKind::Domain
            | IndicatorKind::Url
            | IndicatorKind::UserAgent
            | IndicatorKind::Ja4
            | IndicatorKind::FileHash => {
                let key = (indicator.kind, value.clone());
                self.texts.entry(key).or_insert(at);
            }
        }
        self.listed.push(Listed {
            indicator,
            source: Arc::clone(source),
            hits: AtomicU64::new(0),
            last_hit: AtomicU64::new(0),
        });
    }

    pub fn len(&self) -> usize {
        self.listed.len()
    }

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Every indicator, in the order in which they were added.
    pub fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// Whether an address is listed, by itself or by its network.
    pub fn address(&self, address: IpAddr, now: Timestamp) -> Option<Hit<'_>> {
        let address = address.to_canonical();
        if let Some(at) = self.addresses.get(&address) {
            return self.hit(*at, now);
        }
        let lengths = &self.lengths[family(address)];
        let network = lengths.iter().find_map(|length| {
            let network = IpNet::new(address, *length).ok()?.trunc();
            self.networks.get(&network)
        })?;
        self.hit(*network, now)
    }

    /// Whether a name is listed, by itself or by a name above it with `*.`.
    pub fn domain(&self, name: &str, now: Timestamp) -> Option<Hit<'_>> {
        if self.texts.is_empty() {
            return None;
        }
        let lower = lower(name.trim_end_matches('.'));
        if let Some(at) = self.text(IndicatorKind::Domain, &lower) {
            return self.hit(at, now);
        }
        let mut rest = &*lower;
        let mut wildcard = String::with_capacity(lower.len() + 2);
        for _ in 0..MOST_LABELS {
            let (_, above) = rest.split_once('.')?;
            wildcard.clear();
            wildcard.push_str("*.");
            wildcard.push_str(above);
            if let Some(at) = self.text(IndicatorKind::Domain, &wildcard) {
                return self.hit(at, now);
            }
            rest = above;
        }
        None
    }

    /// Whether a request is listed: on its host, or on any.
    pub fn url(&self, host: Option<&str>, path: &str, now: Timestamp) -> Option<Hit<'_>> {
        if self.texts.is_empty() {
            return None;
        }
        let host = host.map(|host| host.split(':').next().unwrap_or(host));
        let with_host = host.and_then(|host| {
            let value = format!("{}{path}", host.to_ascii_lowercase());
            self.text(IndicatorKind::Url, &value)
        });
        let at = with_host.or_else(|| self.text(IndicatorKind::Url, path))?;
        self.hit(at, now)
    }

    /// Whether another text is listed.
    pub fn plain(&self, kind: IndicatorKind, value: &str, now: Timestamp) -> Option<Hit<'_>> {
        let at = self.text(kind, value)?;
        self.hit(at, now)
    }

    fn text(&self, kind: IndicatorKind, value: &str) -> Option<u32> {
        self.texts.get(&Text(kind, value)).copied()
    }

    /// Counts a hit, unless the indicator has expired.
    fn hit(&self, at: u32, now: Timestamp) -> Option<Hit<'_>> {
        let listed = self.listed.get(at as usize)?;
        if listed.indicator.expires.is_some_and(|end| now > end) {
            return None;
        }
        listed.hits.fetch_add(1, Ordering::Relaxed);
        listed.last_hit.fetch_max(now.as_nanos(), Ordering::Relaxed);
        Some(Hit {
            indicator: &listed.indicator,
            source: &listed.source,
        })
    }
}

fn family(address: IpAddr) -> usize {
    usize::from(address.is_ipv6())
}

/// Lower case, without a copy when it is already.
fn lower(text: &str) -> std::borrow::Cow<'_, str> {
    if text.bytes().any(|octet| octet.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}
