//! The registry by port: every packet of a flow that is not recognised yet asks for it.
//!
//! Data in: [`REGISTRY`], once. Data out: whether a port is one that any protocol is known for, and the rows
//! that look at content on any port.

use std::sync::LazyLock;

use super::{Entry, Hint, REGISTRY};
use crate::observation::Transport;

/// Ports there are, in words of 64.
const WORDS: usize = 1024;
const BITS: u16 = 64;

/// What the registry says of one transport.
pub(super) struct Index {
    /// One bit for each port, set when a protocol is known for it.
    known: Box<[u64]>,
    /// Rows that look anywhere, in order.
    pub(super) anywhere: Vec<&'static Entry>,
}

impl Index {
    /// Of a transport with ports; `None` for the others.
    pub(super) fn of(transport: Transport) -> Option<&'static Self> {
        static TCP: LazyLock<Index> = LazyLock::new(|| Index::new(Transport::Tcp));
        static UDP: LazyLock<Index> = LazyLock::new(|| Index::new(Transport::Udp));
        match transport {
            Transport::Tcp => Some(&TCP),
            Transport::Udp => Some(&UDP),
            Transport::Link | Transport::Ip | Transport::Sctp => None,
        }
    }

    fn new(transport: Transport) -> Self {
        let looks = |entry: &&Entry| entry.anywhere.contains(&transport);
        let mut index = Self {
            known: vec![0; WORDS].into(),
            anywhere: REGISTRY.iter().filter(looks).collect(),
        };
        for hint in REGISTRY.iter().flat_map(|entry| entry.hints) {
            match (hint, transport) {
                (Hint::Tcp(port), Transport::Tcp) | (Hint::Udp(port), Transport::Udp) => {
                    index.add(*port);
                }
                _ => {}
            }
        }
        index
    }

    fn add(&mut self, port: u16) {
        if let Some(word) = self.known.get_mut(usize::from(port / BITS)) {
            *word |= 1 << (port % BITS);
        }
    }

    /// Whether any protocol is known for this port.
    #[inline]
    pub(super) fn knows(&self, port: u16) -> bool {
        let word = self.known.get(usize::from(port / BITS));
        word.is_some_and(|word| word >> (port % BITS) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_knows_exactly_the_ports_of_the_registry() {
        for transport in [Transport::Tcp, Transport::Udp] {
            let index = Index::of(transport).unwrap();
            for port in 0..=u16::MAX {
                let slow = REGISTRY.iter().any(|e| e.is_hinted_by(transport, port));
                assert_eq!(index.knows(port), slow, "{transport:?} {port}");
            }
        }
        assert!(Index::of(Transport::Link).is_none());
    }
}
