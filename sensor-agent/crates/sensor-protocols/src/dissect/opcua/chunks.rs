//! Messages put together of their chunks (OPC 10000-6, 6.7.2), one at a time in each direction.
//!
//! Data in: the bodies of the chunks of one direction. Data out: whole bodies.
//!
//! Limits: [`limits::OPCUA_MESSAGE_BYTES`] are kept; what is beyond is not. A message in one chunk is not
//! copied.

use super::framing::part;
use crate::limits;

/// The message of one direction that is being put together.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    bytes: Vec<u8>,
    state: State,
    request: u32,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// None is begun.
    #[default]
    Idle,
    Begun {
        cut: bool,
    },
    /// Its chunks cannot be read.
    Closed,
    /// Its beginning was lost.
    Headless,
}

/// What a chunk brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Brought<'a> {
    /// A message that came whole in this chunk.
    Whole(&'a [u8]),
    /// The last chunk: the body, and whether the cap cut it.
    Completed(Vec<u8>, bool),
    /// More is to come.
    More,
    /// The last chunk of a message whose beginning was lost, or that cannot be read.
    End,
}

impl Assembly {
    /// Whether the next chunk continues a message, and whether that is readable.
    pub(super) const fn goes_on(&self) -> Option<bool> {
        match self.state {
            State::Begun { .. } => Some(true),
            State::Closed => Some(false),
            // Content has to tell.
            State::Idle | State::Headless => None,
        }
    }

    /// Whether the chunk belongs to the message that is begun, or begins one.
    pub(super) const fn follows(&self, request: u32) -> bool {
        match self.state {
            State::Begun { .. } => self.request == request,
            State::Idle | State::Closed | State::Headless => true,
        }
    }

    /// Whether chunks are dropped until a message begins.
    pub(super) const fn is_headless(&self) -> bool {
        matches!(self.state, State::Headless)
    }

    /// Takes a chunk; `body` is `None` where it cannot be read. Its kind is [`part::FINAL`] or
    /// [`part::INTERMEDIATE`].
    #[inline]
    pub(super) fn chunk<'a>(
        &mut self,
        kind: u8,
        request: u32,
        body: Option<&'a [u8]>,
    ) -> Brought<'a> {
        let last = kind != part::INTERMEDIATE;
        match (self.state, body) {
            (State::Idle, Some(body)) if last => return Brought::Whole(body),
            (State::Idle | State::Begun { .. }, Some(body)) => {
                self.request = request;
                self.keep(body);
            }
            (State::Idle | State::Begun { .. }, None) => self.drop_to(State::Closed),
            (State::Closed | State::Headless, _) => {}
        }
        if !last {
            return Brought::More;
        }
        match std::mem::take(&mut self.state) {
            State::Begun { cut } => Brought::Completed(std::mem::take(&mut self.bytes), cut),
            State::Idle | State::Closed | State::Headless => Brought::End,
        }
    }

    fn keep(&mut self, body: &[u8]) {
        let room = limits::OPCUA_MESSAGE_BYTES.saturating_sub(self.bytes.len());
        let kept = body.get(..room).unwrap_or(body);
        let before = matches!(self.state, State::Begun { cut: true });
        self.state = State::Begun {
            cut: before || kept.len() < body.len(),
        };
        self.bytes.extend_from_slice(kept);
    }

    /// Part of the body of a chunk was not seen.
    pub(super) const fn cut(&mut self) {
        if let State::Begun { cut } = &mut self.state {
            *cut = true;
        }
    }

    fn drop_to(&mut self, state: State) {
        self.bytes = Vec::new();
        self.state = state;
    }

    /// The message is given up; what comes next begins one.
    pub(super) fn abort(&mut self) {
        self.drop_to(State::Idle);
    }

    /// Octets kept of a message that is not finished.
    pub(super) const fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Octets were lost: what there is has no end, and what comes may have no beginning.
    pub(super) fn lost(&mut self) {
        self.drop_to(State::Headless);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_make_a_message_and_one_chunk_is_not_copied() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.chunk(b'F', 1, Some(&[1])), Brought::Whole(&[1]));
        assert_eq!(assembly.chunk(b'C', 2, Some(&[2])), Brought::More);
        assert_eq!((assembly.goes_on(), assembly.held()), (Some(true), 1));
        assert!(assembly.follows(2) && !assembly.follows(3));
        let whole = Brought::Completed(vec![2, 3], false);
        assert_eq!(assembly.chunk(b'F', 2, Some(&[3])), whole);
        assert_eq!((assembly.goes_on(), assembly.held()), (None, 0));
    }

    #[test]
    fn a_message_is_kept_up_to_the_cap() {
        let mut assembly = Assembly::default();
        for _ in 0..=limits::OPCUA_MESSAGE_BYTES / 1000 {
            assembly.chunk(b'C', 1, Some(&[7; 1000]));
        }
        assert_eq!(assembly.held(), limits::OPCUA_MESSAGE_BYTES);
        let Brought::Completed(bytes, cut) = assembly.chunk(b'F', 1, Some(&[7])) else {
            panic!("the last chunk");
        };
        assert_eq!((bytes.len(), cut), (limits::OPCUA_MESSAGE_BYTES, true));
    }

    #[test]
    fn what_follows_a_loss_inside_a_message_is_dropped_to_its_end() {
        let mut assembly = Assembly::default();
        assembly.chunk(b'C', 1, Some(&[1]));
        assembly.lost();
        assert_eq!(assembly.chunk(b'C', 1, Some(&[2])), Brought::More);
        assert_eq!(assembly.chunk(b'F', 1, Some(&[3])), Brought::End);
        assert_eq!(assembly.chunk(b'F', 2, Some(&[4])), Brought::Whole(&[4]));
    }

    #[test]
    fn a_message_that_cannot_be_read_is_so_to_its_end() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.chunk(b'C', 0, None), Brought::More);
        assert_eq!(assembly.goes_on(), Some(false));
        assert_eq!(assembly.chunk(b'F', 0, None), Brought::End);
        assert_eq!(assembly.goes_on(), None);
    }
}
