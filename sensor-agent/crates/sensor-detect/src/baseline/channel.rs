//! What one client may do to one server over one protocol.

use std::cmp::Ordering;

use sensor_protocols::time::Timestamp;

use super::channels::ChannelKey;
use super::item::Item;
use super::ranges::{RangeLearned, RangeSet, Span};
use super::recent::{Place, Recent};
use super::slot::{History, Slots};
use super::{Learned, Origin};

/// What came of learning an item.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Known,
    New,
    /// Ranges were replaced by their union.
    Joined {
        gone: Vec<Span>,
        union: Vec<(Span, History)>,
    },
    /// A cap refused it.
    Refused,
}

/// Ranges of one table under one operation.
#[derive(Clone, Debug)]
struct Table {
    code: u32,
    name: Box<str>,
    ranges: RangeSet,
}

/// A numbered or named thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Id {
        code: u32,
        kind: Box<str>,
        id: u64,
    },
    Name {
        code: u32,
        name: Box<str>,
    },
    Text {
        code: u32,
        kind: Box<str>,
        text: Box<str>,
    },
}

/// Learned items of one channel.
#[derive(Clone, Debug, Default)]
pub struct ChannelBaseline {
    /// In front of the lists, since it is looked at first.
    recent: Recent,
    operations: Slots<(u32, Option<u32>)>,
    exceptions: Slots<(u32, Option<u32>, u32)>,
    tables: Vec<Table>,
    things: Slots<Thing>,
}

impl ChannelBaseline {
    /// Whether the item is learned; counts the sighting.
    pub fn permits(&mut self, item: Item<'_>, time: Timestamp, count: u64) -> bool {
        let seen = |history: &mut History| history.seen(time, count);
        match item {
            Item::Operation { code, sub } => {
                self.operations.get_mut(&(code, sub)).map(seen).is_some()
            }
            Item::Exception { code, sub, error } => self
                .exceptions
                .get_mut(&(code, sub, error))
                .map(seen)
                .is_some(),
            Item::Range { code, table, span } => self
                .table_mut(code, table)
                .is_some_and(|known| known.ranges.permits(span, seen)),
            Item::Id { code, kind, id } => self
                .things
                .get_by_mut(|thing| match thing {
                    Thing::Id {
                        code: c,
                        kind: k,
                        id: i,
                    } => (*c, &**k, *i).cmp(&(code, kind, id)),
                    Thing::Name { .. } | Thing::Text { .. } => Ordering::Greater,
                })
                .map(seen)
                .is_some(),
            Item::Name { code, name } => self
                .things
                .get_by_mut(|thing| match thing {
                    Thing::Id { .. } => Ordering::Less,
                    Thing::Name { code: c, name: n } => (*c, &**n).cmp(&(code, name)),
                    Thing::Text { .. } => Ordering::Greater,
                })
                .map(seen)
                .is_some(),
            Item::Text { code, kind, text } => self
                .things
                .get_by_mut(|thing| match thing {
                    Thing::Id { .. } | Thing::Name { .. } => Ordering::Less,
                    Thing::Text {
                        code: c,
                        kind: k,
                        text: t,
                    } => (*c, &**k, &**t).cmp(&(code, kind, text)),
                })
                .map(seen)
                .is_some(),
        }
    }

    /// Who put the operation into the baseline, when it is there.
    pub fn operation_origin(&mut self, code: u32, sub: Option<u32>) -> Option<Origin> {
        self.operations
            .get_mut(&(code, sub))
            .map(|history| history.origin)
    }

    /// Whether a message of this shape was permitted lately; counts the sighting. The fingerprint
    /// stands for operation, station and object, and is made by the caller, who keys its hash.
    #[inline]
    pub fn again(&mut self, fingerprint: u64, time: Timestamp, count: u64) -> bool {
        self.recent.again(fingerprint, time, count)
    }

    /// Remembers that a message of this shape is permitted by the operation and the range.
    pub fn remember(
        &mut self,
        fingerprint: u64,
        (code, sub): (u32, Option<u32>),
        range: Option<(&str, Span)>,
    ) {
        let position = |at: Option<usize>| at.and_then(|at| u16::try_from(at).ok());
        let Some(operation) = position(self.operations.position(&(code, sub))) else {
            return;
        };
        let range = range.and_then(|(name, span)| {
            let at = self
                .tables
                .iter()
                .position(|t| t.code == code && *t.name == *name)?;
            let range = position(self.tables.get(at)?.ranges.position(span))?;
            Some((u16::try_from(at).ok()?, range))
        });
        if let Some(old) = self
            .recent
            .remember(fingerprint, Place { operation, range })
        {
            self.count(old);
        }
    }

    /// Adds what was seen lately to the learned items and forgets where these stand.
    fn settle(&mut self) {
        for seen in self.recent.drain() {
            self.count(seen);
        }
    }

    fn count(&mut self, (place, time, count): (Place, Timestamp, u64)) {
        if let Some(history) = self.operations.history_at(usize::from(place.operation)) {
            history.seen(time, count);
        }
        if let Some((table, range)) = place.range
            && let Some(table) = self.tables.get_mut(usize::from(table))
            && let Some(history) = table.ranges.history_at(usize::from(range))
        {
            history.seen(time, count);
        }
    }

    pub fn learn(&mut self, item: Item<'_>, history: History) -> Outcome {
        self.settle();
        let new = match item {
            Item::Operation { code, sub } => self.operations.insert((code, sub), history),
            Item::Exception { code, sub, error } => {
                self.exceptions.insert((code, sub, error), history)
            }
            Item::Range { code, table, span } => {
                return self.learn_range(code, table, span, history);
            }
            Item::Id { code, kind, id } => self.things.insert(thing_id(code, kind, id), history),
            Item::Name { code, name } => self.things.insert(thing_name(code, name), history),
            Item::Text { code, kind, text } => {
                self.things.insert(thing_text(code, kind, text), history)
            }
        };
        if new { Outcome::New } else { Outcome::Known }
    }

    fn learn_range(&mut self, code: u32, table: &str, span: Span, history: History) -> Outcome {
        if self.table_mut(code, table).is_none() {
            self.tables.push(Table {
                code,
                name: table.into(),
                ranges: RangeSet::default(),
            });
        }
        match self
            .table_mut(code, table)
            .map(|t| t.ranges.learn(span, history))
        {
            Some(RangeLearned::New) => Outcome::New,
            Some(RangeLearned::Known) => Outcome::Known,
            Some(RangeLearned::Joined { gone, union }) => Outcome::Joined { gone, union },
            Some(RangeLearned::Full) | None => Outcome::Refused,
        }
    }

    /// Takes exactly this item out; `false` when it was not there.
    pub fn unlearn(&mut self, item: Item<'_>) -> bool {
        self.settle();
        match item {
            Item::Operation { code, sub } => self.operations.remove(&(code, sub)),
            Item::Exception { code, sub, error } => self.exceptions.remove(&(code, sub, error)),
            Item::Range { code, table, span } => {
                let removed = self
                    .table_mut(code, table)
                    .is_some_and(|known| known.ranges.unlearn(span));
                self.tables.retain(|known| !known.ranges.is_empty());
                removed
            }
            Item::Id { code, kind, id } => self.things.remove(&thing_id(code, kind, id)),
            Item::Name { code, name } => self.things.remove(&thing_name(code, name)),
            Item::Text { code, kind, text } => self.things.remove(&thing_text(code, kind, text)),
        }
    }

    /// Lowest and highest element of a station that is learned in a table; `None` when nothing is.
    pub fn bounds(&self, code: u32, table: &str, station: u32) -> Option<(u32, u32)> {
        let ranges = self.ranges_of(code, table, station);
        let lowest = ranges.first()?.0.first;
        let highest = ranges.iter().map(|(span, _)| span.last).max()?;
        Some((lowest, highest))
    }

    /// The range of a station that was learned from traffic, when there is one.
    pub fn from_traffic(&self, code: u32, table: &str, station: u32) -> Option<(Span, History)> {
        let ranges = self.ranges_of(code, table, station).iter();
        let mut learned = ranges.filter(|(_, history)| history.origin == Origin::Traffic);
        learned.next().copied()
    }

    fn ranges_of(&self, code: u32, table: &str, station: u32) -> &[(Span, History)] {
        self.tables
            .iter()
            .find(|known| known.code == code && *known.name == *table)
            .map_or(&[], |known| known.ranges.of_station(station))
    }

    /// Whether exactly this item is learned.
    pub fn contains(&self, item: Item<'_>) -> bool {
        match item {
            Item::Operation { code, sub } => self.operations.contains(&(code, sub)),
            Item::Exception { code, sub, error } => self.exceptions.contains(&(code, sub, error)),
            Item::Range { code, table, span } => self
                .tables
                .iter()
                .any(|t| t.code == code && *t.name == *table && t.ranges.contains(span)),
            Item::Id { code, kind, id } => self.things.contains(&thing_id(code, kind, id)),
            Item::Name { code, name } => self.things.contains(&thing_name(code, name)),
            Item::Text { code, kind, text } => self.things.contains(&thing_text(code, kind, text)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
            && self.exceptions.is_empty()
            && self.tables.is_empty()
            && self.things.is_empty()
    }

    /// Every learned tuple of this channel.
    pub fn export(&self, channel: &ChannelKey, out: &mut Vec<Learned>) {
        if self.recent.pending().next().is_some() {
            let mut settled = self.clone();
            settled.settle();
            return settled.export(channel, out);
        }
        let mut add = |item: Item<'_>, history: &History| {
            out.push(Learned {
                tuple: item.tuple(channel),
                origin: history.origin,
                first_seen: history.first,
                last_seen: history.last,
                count: history.count,
            });
        };
        for ((code, sub), history) in self.operations.iter() {
            add(
                Item::Operation {
                    code: *code,
                    sub: *sub,
                },
                history,
            );
        }
        for ((code, sub, error), history) in self.exceptions.iter() {
            add(
                Item::Exception {
                    code: *code,
                    sub: *sub,
                    error: *error,
                },
                history,
            );
        }
        for table in &self.tables {
            for (span, history) in table.ranges.iter() {
                add(
                    Item::Range {
                        code: table.code,
                        table: &table.name,
                        span: *span,
                    },
                    history,
                );
            }
        }
        for (thing, history) in self.things.iter() {
            match thing {
                Thing::Id { code, kind, id } => {
                    add(
                        Item::Id {
                            code: *code,
                            kind,
                            id: *id,
                        },
                        history,
                    );
                }
                Thing::Name { code, name } => add(Item::Name { code: *code, name }, history),
                Thing::Text { code, kind, text } => {
                    add(
                        Item::Text {
                            code: *code,
                            kind,
                            text,
                        },
                        history,
                    );
                }
            }
        }
    }

    /// Heap bytes in use.
    pub fn bytes(&self) -> usize {
        let tables: usize = self
            .tables
            .iter()
            .map(|t| t.name.len() + t.ranges.bytes())
            .sum();
        self.operations.bytes()
            + self.exceptions.bytes()
            + self.things.bytes()
            + self.tables.capacity() * size_of::<Table>()
            + tables
    }

    fn table_mut(&mut self, code: u32, name: &str) -> Option<&mut Table> {
        self.tables
            .iter_mut()
            .find(|table| table.code == code && *table.name == *name)
    }
}

fn thing_id(code: u32, kind: &str, id: u64) -> Thing {
    Thing::Id {
        code,
        kind: kind.into(),
        id,
    }
}

fn thing_name(code: u32, name: &str) -> Thing {
    Thing::Name {
        code,
        name: name.into(),
    }
}

fn thing_text(code: u32, kind: &str, text: &str) -> Thing {
    Thing::Text {
        code,
        kind: kind.into(),
        text: text.into(),
    }
}
