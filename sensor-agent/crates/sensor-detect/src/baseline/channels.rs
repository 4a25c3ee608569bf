//! Every channel: a client, a server and a protocol, with what is learned about it and the state
//! `S` that rules keep per channel.
//!
//! A channel about which something is learned stays. One about which nothing is learned makes room
//! for a new one when the table is full, oldest first. When every channel is learned, further
//! ones share slot 0, which remembers nothing; both cases are counted.

use std::collections::VecDeque;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use sensor_protocols::observation::{Direction, Observation, Protocol};

use super::Learned;
use super::channel::ChannelBaseline;
use super::item::Item;
use crate::finding::PartyKey;
use crate::state::TableStatus;

/// Who talks to whom over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelKey {
    pub client: PartyKey,
    pub server: PartyKey,
    pub protocol: Protocol,
}

impl ChannelKey {
    /// The channel of a message; the client is the sender of requests and of one-way messages.
    pub fn of(observation: &Observation<'_>) -> Self {
        let (client, server) = match observation.direction {
            Direction::Request | Direction::OneWay => {
                (&observation.source, &observation.destination)
            }
            Direction::Response => (&observation.destination, &observation.source),
        };
        Self {
            client: client.into(),
            server: server.into(),
            protocol: observation.protocol,
        }
    }
}

/// One channel.
#[derive(Debug)]
pub struct Channel<S> {
    pub key: ChannelKey,
    pub baseline: ChannelBaseline,
    /// What rules remember about the channel.
    pub state: S,
    /// The slot for what the table has no room for, and for messages without a channel: it is
    /// overwritten by the next such message, so nothing can be learned about it.
    pub shared: bool,
}

/// Index of a channel. Stays valid until the channel is evicted; `generation` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelIndex(u32);

const SHARED: ChannelIndex = ChannelIndex(0);

/// The table.
pub struct Channels<S> {
    index: HashMap<ChannelKey, ChannelIndex, RandomState>,
    slab: Vec<Channel<S>>,
    /// Channels in the order of their creation, for eviction; learned ones drop out when met.
    young: VecDeque<ChannelIndex>,
    last: Option<(ChannelKey, ChannelIndex)>,
    capacity: usize,
    evicted: u64,
    refused: u64,
}

impl<S: Default> Channels<S> {
    pub fn new(capacity: usize) -> Self {
        let nobody = PartyKey::Mac(sensor_protocols::addr::MacAddr::ZERO);
        Self {
            index: HashMap::default(),
            slab: vec![Channel {
                key: ChannelKey {
                    client: nobody,
                    server: nobody,
                    protocol: Protocol::Ethernet,
                },
                baseline: ChannelBaseline::default(),
                state: S::default(),
                shared: true,
            }],
            young: VecDeque::new(),
            last: None,
            capacity: capacity.clamp(1, u32::MAX as usize - 1),
            evicted: 0,
            refused: 0,
        }
    }

    /// The channel with this key, made when there is none.
    pub fn find(&mut self, key: ChannelKey) -> ChannelIndex {
        if let Some((last, index)) = self.last
            && last == key
        {
            return index;
        }
        let index = match self.index.get(&key) {
            Some(index) => *index,
            None => self.insert(key),
        };
        if index != SHARED {
            self.last = Some((key, index));
        }
        index
    }

    pub fn get(&self, key: &ChannelKey) -> Option<&Channel<S>> {
        let index = self.index.get(key)?;
        self.slab.get(index.0 as usize)
    }

    pub fn at(&mut self, index: ChannelIndex) -> &mut Channel<S> {
        &mut self.slab[index.0 as usize]
    }

    /// Takes exactly this item out of the baseline of a channel; `false` when it was not there.
    /// A channel without learned items may be evicted again.
    pub fn unlearn(&mut self, key: ChannelKey, item: Item<'_>) -> bool {
        let Some(index) = self.index.get(&key).copied() else {
            return false;
        };
        let channel = self.at(index);
        let gone = channel.baseline.unlearn(item);
        if gone && channel.baseline.is_empty() {
            self.young.push_back(index);
        }
        gone
    }

    /// The shared slot, for a message of a protocol without channels.
    #[inline]
    pub fn passing(&mut self, key: ChannelKey) -> ChannelIndex {
        let shared = self.at(SHARED);
        shared.key = key;
        shared.state = S::default();
        SHARED
    }

    fn insert(&mut self, key: ChannelKey) -> ChannelIndex {
        let channel = Channel {
            key,
            baseline: ChannelBaseline::default(),
            state: S::default(),
            shared: false,
        };
        let index = if self.index.len() < self.capacity {
            let index = ChannelIndex(u32::try_from(self.slab.len()).unwrap_or(SHARED.0));
            self.slab.push(channel);
            index
        } else {
            let index = self.evict();
            if index == SHARED {
                self.refused += 1;
                return self.passing(key);
            }
            *self.at(index) = channel;
            index
        };
        self.index.insert(key, index);
        self.young.push_back(index);
        index
    }

    /// Frees the slot of the oldest channel without learned items; the shared slot when all are
    /// learned.
    fn evict(&mut self) -> ChannelIndex {
        while let Some(index) = self.young.pop_front() {
            let channel = self.at(index);
            if channel.baseline.is_empty() {
                let key = channel.key;
                self.index.remove(&key);
                self.last = None;
                self.evicted += 1;
                return index;
            }
        }
        SHARED
    }

    /// Every learned tuple, in no particular order.
    pub fn export(&self, out: &mut Vec<Learned>) {
        for channel in self.slab.iter().skip(1) {
            channel.baseline.export(&channel.key, out);
        }
    }

    pub fn status(&self) -> TableStatus {
        let entry = size_of::<Channel<S>>() + size_of::<(ChannelKey, ChannelIndex)>();
        let learned: usize = self.slab.iter().map(|c| c.baseline.bytes()).sum();
        TableStatus {
            name: "channels",
            entries: self.index.len() as u64,
            capacity: self.capacity as u64,
            evicted: self.evicted,
            refused: self.refused,
            bytes: (self.slab.len() * entry + learned) as u64,
        }
    }
}
