//! Learned things about one device, outside any channel: that it belongs here, its roles, the
//! names it asks for, the Internet addresses it talks to, its firmware, what it shows of itself.

use std::hash::{Hash, Hasher};

use foldhash::fast::RandomState;
use hashbrown::{Equivalent, HashMap};
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

use super::slot::History;
use super::{Learned, Tuple, TupleKind, TupleObject};
use crate::finding::PartyKey;
use crate::state::TableStatus;

/// One such thing, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartyItem<'a> {
    pub kind: TupleKind,
    pub source: PartyKey,
    pub destination: Option<PartyKey>,
    pub protocol: Protocol,
    pub text: Option<&'a str>,
}

impl<'a> PartyItem<'a> {
    /// A role or membership of `source` that depends on nothing else.
    pub fn role(kind: TupleKind, source: PartyKey) -> Self {
        Self {
            kind,
            source,
            destination: None,
            protocol: Protocol::Ethernet,
            text: None,
        }
    }

    /// The item of a tuple; `None` when the tuple belongs to a channel.
    pub fn of(tuple: &'a Tuple) -> Option<Self> {
        match tuple.kind {
            TupleKind::Device
            | TupleKind::Scanner
            | TupleKind::ProgrammingDevice
            | TupleKind::BusyServer
            | TupleKind::Bandwidth => Some(Self::role(tuple.kind, tuple.source)),
            TupleKind::Name
            | TupleKind::Internet
            | TupleKind::Firmware
            | TupleKind::Feature
            | TupleKind::Indicator
            | TupleKind::Group => Some(Self {
                kind: tuple.kind,
                source: tuple.source,
                destination: tuple.destination,
                protocol: tuple.protocol,
                text: match &tuple.object {
                    Some(TupleObject::Text(text)) => Some(text),
                    Some(
                        TupleObject::Range { .. }
                        | TupleObject::Id { .. }
                        | TupleObject::Named { .. },
                    )
                    | None => None,
                },
            }),
            TupleKind::Operation | TupleKind::Object | TupleKind::Exception => None,
        }
    }

    pub fn tuple(&self) -> Tuple {
        Tuple {
            kind: self.kind,
            source: self.source,
            destination: self.destination,
            protocol: self.protocol,
            operation: None,
            sub_operation: None,
            object: self.text.map(|text| TupleObject::Text(text.to_owned())),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnedItem {
    kind: TupleKind,
    source: PartyKey,
    destination: Option<PartyKey>,
    protocol: Protocol,
    text: Option<Box<str>>,
}

impl OwnedItem {
    fn borrow(&self) -> PartyItem<'_> {
        PartyItem {
            kind: self.kind,
            source: self.source,
            destination: self.destination,
            protocol: self.protocol,
            text: self.text.as_deref(),
        }
    }
}

impl Hash for OwnedItem {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrow().hash(state);
    }
}

impl Equivalent<OwnedItem> for PartyItem<'_> {
    fn equivalent(&self, key: &OwnedItem) -> bool {
        *self == key.borrow()
    }
}

/// The table. Learned things stay; what comes when it is full is refused and counted.
pub struct Parties {
    items: HashMap<OwnedItem, History, RandomState>,
    capacity: usize,
    refused: u64,
}

impl Parties {
    pub fn new(capacity: usize) -> Self {
        Self {
            items: HashMap::default(),
            capacity,
            refused: 0,
        }
    }

    /// Whether the item is learned; counts the sighting.
    pub fn permits(&mut self, item: &PartyItem<'_>, time: Timestamp, count: u64) -> bool {
        self.items
            .get_mut(item)
            .map(|history| history.seen(time, count))
            .is_some()
    }

    pub fn contains(&self, item: &PartyItem<'_>) -> bool {
        self.items.contains_key(item)
    }

    /// Takes the item in; `false` when it was there or the table is full.
    pub fn learn(&mut self, item: &PartyItem<'_>, history: History) -> bool {
        if let Some(known) = self.items.get_mut(item) {
            known.origin = known.origin.max(history.origin);
            return false;
        }
        if self.items.len() >= self.capacity {
            self.refused += 1;
            return false;
        }
        self.items.insert(
            OwnedItem {
                kind: item.kind,
                source: item.source,
                destination: item.destination,
                protocol: item.protocol,
                text: item.text.map(Into::into),
            },
            history,
        );
        true
    }

    pub fn unlearn(&mut self, item: &PartyItem<'_>) -> bool {
        self.items.remove(item).is_some()
    }

    /// Every learned tuple, in no particular order.
    pub fn export(&self, out: &mut Vec<Learned>) {
        out.extend(self.items.iter().map(|(item, history)| Learned {
            tuple: item.borrow().tuple(),
            origin: history.origin,
            first_seen: history.first,
            last_seen: history.last,
            count: history.count,
        }));
    }

    pub fn status(&self) -> TableStatus {
        let entry = size_of::<(OwnedItem, History)>() + 16;
        TableStatus {
            name: "learned_parties",
            entries: self.items.len() as u64,
            capacity: self.capacity as u64,
            evicted: 0,
            refused: self.refused,
            bytes: (self.items.len() * entry) as u64,
        }
    }
}
