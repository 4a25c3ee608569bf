//! A small model of what the kernel program does with one connection: it
//! withholds what is granted, in order and in turn, and hands up the rest with its facts.

use std::collections::BTreeMap;
use std::time::Duration;

use sensor_protocols::aggregation::{
    Aggregated, Direction, GrantChange, KIND_ACKNOWLEDGMENT, KIND_REQUEST, KernelFacts,
    OpenRequest, OperationKey, OperationRecord,
};
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

use crate::dialect::Dialect;
use crate::iec104::{Follows, Numbers, is_value};
use crate::support::frames::{ACK, PSH_ACK, SYN, Segment};

pub(crate) const FLOW: u64 = 0x101;
pub(crate) const INTERFACE: u32 = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    No,
    Withheld,
    HandedUp,
    Unnamed,
}

#[derive(Clone, Copy)]
struct Counted {
    handle: u32,
    packets: u64,
    bytes: u64,
    first: u64,
    last: u64,
}

/// The program and its maps.
#[expect(
    clippy::struct_excessive_bools,
    reason = "marks of one flow, as the program keeps them"
)]
pub(crate) struct Kernel {
    dialect: &'static Dialect,
    granted: Vec<(OperationKey, Counted)>,
    /// Name of the flow; another one stands for an entry that was evicted.
    pub(crate) flow: u64,
    next: [Option<u32>; 2],
    pub(crate) inspect: bool,
    /// A segment held a piece of a message: never forgiven.
    pieces: bool,
    forgiven: bool,
    withheld: bool,
    open: Open,
    open_tag: u32,
    open_handle: u32,
    open_ns: u64,
    numbers: Numbers,
    pub(crate) counted: u64,
    pub(crate) received: u64,
    /// Hand up every so many frames although they are known; 0 for never.
    pub(crate) refresh: u64,
}

impl Kernel {
    pub(crate) fn new(dialect: &'static Dialect, refresh: u64) -> Self {
        Self {
            dialect,
            granted: Vec::new(),
            flow: FLOW,
            next: [None; 2],
            inspect: false,
            pieces: false,
            forgiven: false,
            withheld: false,
            open: Open::No,
            open_tag: 0,
            open_handle: 0,
            open_ns: 0,
            numbers: Numbers::default(),
            counted: 0,
            received: 0,
            refresh,
        }
    }

    /// The flow's entry was evicted: everything about it is forgotten.
    pub(crate) fn evict(&mut self) {
        let granted = std::mem::take(&mut self.granted);
        *self = Self {
            granted,
            flow: self.flow + 0x100,
            counted: self.counted,
            received: self.received,
            ..Self::new(self.dialect, self.refresh)
        };
    }

    /// Carries out changes; gives the last records of withdrawn keys.
    pub(crate) fn change(&mut self, changes: &[GrantChange]) -> Vec<OperationRecord> {
        let mut records = Vec::new();
        for change in changes {
            match *change {
                GrantChange::Allow {
                    interface,
                    key,
                    handle,
                    ..
                } => {
                    assert_eq!(interface, INTERFACE);
                    assert!(self.granted.iter().all(|(known, _)| *known != key), "twice");
                    let nothing = Counted {
                        handle,
                        packets: 0,
                        bytes: 0,
                        first: 0,
                        last: 0,
                    };
                    self.granted.push((key, nothing));
                }
                GrantChange::Withdraw { key, handle, .. } => {
                    let at = self.granted.iter().position(|(known, _)| *known == key);
                    let (_, counted) = self.granted.remove(at.expect("granted before"));
                    assert_eq!(counted.handle, handle);
                    records.push(OperationRecord {
                        closed: true,
                        ..record(&counted)
                    });
                }
                GrantChange::Forgive { flow, .. } => self.forgiven = flow == self.flow,
                GrantChange::Forgiven { .. } => self.forgiven = false,
                GrantChange::Port { .. } => {}
            }
        }
        records
    }

    /// What was counted since the last drain.
    pub(crate) fn drain(&mut self) -> Vec<OperationRecord> {
        let counted = self
            .granted
            .iter_mut()
            .filter(|(_, counted)| counted.packets > 0);
        counted
            .map(|(_, counted)| {
                let told = record(counted);
                (counted.packets, counted.bytes) = (0, 0);
                told
            })
            .collect()
    }

    /// Takes a segment; the facts it goes up with, `None` when it was withheld.
    pub(crate) fn frame(
        &mut self,
        segment: &Segment,
        wire_len: u64,
        time: u64,
    ) -> Option<KernelFacts> {
        self.received += 1;
        let own = usize::from(segment.from - 1);
        let direction = [Direction::LowToHigh, Direction::HighToLow][own];
        let mut facts = KernelFacts::new(INTERFACE, self.flow, direction, time);
        if self.withheld {
            facts.withheld = true;
            facts.own_sequence = self.next[own];
            facts.peer_sequence = self.next[1 - own];
            facts.own_number = self.numbers.due(own);
            facts.peer_number = self.numbers.due(1 - own);
            facts.open = (self.open == Open::Withheld).then_some(OpenRequest {
                handle: self.open_handle,
                tag: self.open_tag,
                time: Timestamp::from_nanos(time_of(self.open_ns)),
                time_ns: self.open_ns,
            });
        }
        let withheld = self.decide(segment, own, wire_len, time, &mut facts);
        if withheld {
            self.counted += 1;
            self.withheld = true;
            return None;
        }
        self.withheld = false;
        facts.inspected = self.inspect;
        Some(facts)
    }

    fn decide(
        &mut self,
        segment: &Segment,
        own: usize,
        wire_len: u64,
        time: u64,
        facts: &mut KernelFacts,
    ) -> bool {
        let len = u32::try_from(segment.payload.len()).unwrap();
        let due = self.next[own];
        let syn = u32::from(segment.flags & SYN != 0);
        let end = segment.sequence.wrapping_add(len + syn);
        let ahead = |due: u32| end.wrapping_sub(due).cast_signed() > 0;
        if syn > 0 || due.is_none_or(ahead) {
            self.next[own] = Some(end);
        }
        if !matches!(segment.flags, ACK | PSH_ACK) {
            return false;
        }
        if self.inspect {
            let message = (self.dialect.classify)(&segment.payload, own == 0);
            let begins = message.is_some_and(|message| message.kind == KIND_REQUEST);
            let numbered = self.dialect.observed == Protocol::Iec104;
            let begins = begins || (numbered && is_value(&segment.payload) && own == 1);
            if self.pieces || !self.forgiven || !begins || due != Some(segment.sequence) {
                self.numbers.forget(own);
                return false;
            }
            self.inspect = false;
            self.open = Open::No;
        }
        match due {
            None => return false,
            Some(due) if due != segment.sequence => {
                self.inspect |= !(len == 0 && segment.sequence == due.wrapping_sub(1));
                return false;
            }
            Some(_) => {}
        }
        if len == 0 {
            let key = OperationKey {
                protocol: Aggregated::Tcp as u8,
                kind: KIND_ACKNOWLEDGMENT,
                ..self.key(facts)
            };
            return self.withhold(&key, wire_len, time).is_some();
        }
        if self.dialect.observed == Protocol::Iec104 {
            return self.numbered(segment, own, wire_len, time, facts);
        }
        let Some(message) = (self.dialect.classify)(&segment.payload, own == 0) else {
            return self.unrecognised(&segment.payload, own == 0);
        };
        facts.message = Some(message);
        let key = OperationKey {
            operation: message.operation,
            protocol: message.protocol as u8,
            kind: message.kind,
            ..self.key(facts)
        };
        if message.kind == KIND_REQUEST {
            self.request(&key, message.tag, wire_len, time)
        } else {
            self.response(&key, message.tag, wire_len, time)
        }
    }

    fn numbered(
        &mut self,
        segment: &Segment,
        own: usize,
        wire_len: u64,
        time: u64,
        facts: &mut KernelFacts,
    ) -> bool {
        let follows = self.numbers.follow(&segment.payload, own);
        match follows {
            Follows::Value(message) | Follows::Moved(message) => facts.message = Some(message),
            Follows::Aside => {}
            Follows::Broken(for_good) => {
                self.inspect = true;
                self.pieces |= for_good;
            }
        }
        let Follows::Value(message) = follows else {
            return false;
        };
        let key = OperationKey {
            operation: message.operation,
            protocol: message.protocol as u8,
            kind: message.kind,
            ..self.key(facts)
        };
        self.withhold(&key, wire_len, time).is_some()
    }

    fn request(&mut self, key: &OperationKey, tag: u32, wire_len: u64, time: u64) -> bool {
        if self.open != Open::No {
            self.inspect = true;
            return false;
        }
        self.open_tag = tag;
        self.open_ns = time;
        self.open_handle = self.handle(key).unwrap_or(0);
        let withheld = self.withhold(key, wire_len, time).is_some();
        self.open = if withheld {
            Open::Withheld
        } else {
            Open::HandedUp
        };
        withheld
    }

    fn response(&mut self, key: &OperationKey, tag: u32, wire_len: u64, time: u64) -> bool {
        let open = std::mem::replace(&mut self.open, Open::No);
        if open == Open::Unnamed {
            return false;
        }
        if open == Open::No || self.open_tag != tag {
            self.open = open;
            self.inspect = true;
            return false;
        }
        let key = OperationKey {
            request: self.open_handle,
            ..*key
        };
        open == Open::Withheld && self.withhold(&key, wire_len, time).is_some()
    }

    /// Whole messages that are none to be withheld go up in turn; a piece of one ends it all.
    fn unrecognised(&mut self, payload: &[u8], client: bool) -> bool {
        let whole = (self.dialect.is_whole)(payload);
        if !whole {
            self.pieces = true;
            self.inspect = true;
        } else if !client {
            self.open = Open::No;
        } else if self.open == Open::No {
            self.open = Open::Unnamed;
        } else {
            self.inspect = true;
        }
        false
    }

    fn key(&self, facts: &KernelFacts) -> OperationKey {
        OperationKey {
            flow: self.flow,
            direction: facts.direction as u8,
            ..OperationKey::default()
        }
    }

    fn handle(&self, key: &OperationKey) -> Option<u32> {
        let found = self.granted.iter().find(|(known, _)| known == key)?;
        Some(found.1.handle)
    }

    fn withhold(&mut self, key: &OperationKey, wire_len: u64, time: u64) -> Option<()> {
        if self.refresh > 0 && self.received.is_multiple_of(self.refresh) {
            return None;
        }
        let (_, counted) = self.granted.iter_mut().find(|(known, _)| known == key)?;
        if counted.packets == 0 {
            counted.first = time;
        }
        counted.packets += 1;
        counted.bytes += wire_len;
        counted.last = time;
        Some(())
    }
}

/// Kernel time started an hour after the wall clock.
const AHEAD: u64 = 3_600_000_000_000;

pub(crate) const fn kernel_ns(time: u64) -> u64 {
    time - AHEAD
}

pub(crate) const fn time_of(kernel_ns: u64) -> u64 {
    kernel_ns + AHEAD
}

fn record(counted: &Counted) -> OperationRecord {
    OperationRecord {
        handle: counted.handle,
        packets: counted.packets,
        bytes: counted.bytes,
        first: Timestamp::from_nanos(time_of(counted.first)),
        last: Timestamp::from_nanos(time_of(counted.last)),
        last_ns: counted.last,
        min_gap: Duration::ZERO,
        max_gap: Duration::ZERO,
        closed: false,
    }
}

/// Multiset with counts.
pub(crate) type Totals = BTreeMap<String, u64>;
