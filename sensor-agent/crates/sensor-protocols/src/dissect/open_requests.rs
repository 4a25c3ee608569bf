//! Requests that wait for their answer, the oldest first: what dissectors pair with.
//!
//! Data in: requests of one side in their order, and what an answer says of the one it answers. Data out: that
//! request, or whether it can have been there at all.
//!
//! Limits: `CAP` open requests; the oldest makes room.

/// How an answer relates to the requests seen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer<T> {
    To(T),
    /// No such request, although all of that side's requests were seen.
    Nothing,
    /// No such request, but it may have been among those that were not seen or not kept.
    Unknown,
}

/// The open requests of one side.
#[derive(Debug)]
pub(super) struct OpenRequests<T, const CAP: usize> {
    open: Vec<T>,
    /// Requests given up whose answer may still come.
    given_up: u8,
    /// Every request from some point on was seen.
    complete: bool,
}

impl<T, const CAP: usize> Default for OpenRequests<T, CAP> {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            given_up: 0,
            complete: false,
        }
    }
}

impl<T, const CAP: usize> OpenRequests<T, CAP> {
    /// Nothing is open, and what comes is seen from its start.
    pub(super) fn complete() -> Self {
        Self {
            complete: true,
            ..Self::default()
        }
    }

    /// Whether every request is seen from here on, or some may be missing.
    pub(super) const fn set_complete(&mut self, complete: bool) {
        self.complete = complete;
    }

    /// Whether the next request makes the oldest one make room.
    pub(super) const fn is_full(&self) -> bool {
        self.open.len() >= CAP
    }

    /// The oldest request, which stays open.
    pub(super) fn peek(&self) -> Option<T>
    where
        T: Copy,
    {
        self.open.first().copied()
    }

    /// Keeps a request. Gives the oldest open one when it had to make room.
    pub(super) fn keep(&mut self, asked: T) -> Option<T> {
        let oldest = (self.open.len() >= CAP).then(|| self.open.remove(0));
        if oldest.is_some() {
            self.given_up = self.given_up.saturating_add(1);
        }
        self.open.push(asked);
        oldest
    }

    /// Gives up the oldest request that is the one meant: its sender does not wait for it any more.
    pub(super) fn give_up(&mut self, is_meant: impl Fn(&T) -> bool) {
        if self.take(is_meant).is_some() {
            self.given_up = self.given_up.saturating_add(1);
        }
    }

    /// Drops every request that is meant: no answer is expected any more.
    pub(super) fn forget(&mut self, is_meant: impl Fn(&T) -> bool) {
        self.open.retain(|asked| !is_meant(asked));
    }

    /// Whether a request that is meant is open.
    pub(super) fn any(&self, is_meant: impl Fn(&T) -> bool) -> bool {
        self.open.iter().any(is_meant)
    }

    /// The requests that are open, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.open.iter()
    }

    /// The oldest request that is open.
    pub(super) fn oldest(&self) -> Option<&T> {
        self.open.first()
    }

    /// The oldest request that is the one meant, which is open no longer.
    pub(super) fn take(&mut self, is_meant: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.open.iter().position(is_meant)?;
        Some(self.open.remove(at))
    }

    /// The latest request that is the one meant, which is open no longer.
    pub(super) fn take_latest(&mut self, is_meant: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.open.iter().rposition(is_meant)?;
        Some(self.open.remove(at))
    }

    /// What an answer is that answers no open request.
    pub(super) const fn unmatched(&mut self) -> Answer<T> {
        if let Some(less) = self.given_up.checked_sub(1) {
            self.given_up = less;
            return Answer::Unknown;
        }
        if self.complete {
            Answer::Nothing
        } else {
            Answer::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Three = OpenRequests<(u8, char), 3>;

    #[test]
    fn the_oldest_makes_room_and_its_answer_is_not_held_against_anybody() {
        let mut open = Three::complete();
        for number in 1..=3 {
            assert_eq!(open.keep((number, 'a')), None);
        }
        assert_eq!(open.keep((4, 'a')), Some((1, 'a')));
        assert_eq!(open.take(|asked| asked.0 == 1), None);
        assert!(matches!(open.unmatched(), Answer::Unknown), "of request 1");
        assert!(matches!(open.unmatched(), Answer::Nothing));
    }

    #[test]
    fn of_several_the_oldest_or_the_latest_is_taken() {
        let mut open = Three::default();
        for letter in ['a', 'b', 'c'] {
            open.keep((7, letter));
        }
        assert_eq!(open.take_latest(|asked| asked.0 == 7), Some((7, 'c')));
        assert_eq!(open.take(|asked| asked.0 == 7), Some((7, 'a')));
        open.give_up(|asked| asked.0 == 7);
        assert_eq!(open.take(|asked| asked.0 == 7), None);
    }

    #[test]
    fn where_requests_may_be_missing_nothing_is_judged() {
        let mut open = Three::default();
        assert!(matches!(open.unmatched(), Answer::Unknown));
        open.set_complete(true);
        assert!(matches!(open.unmatched(), Answer::Nothing));
    }
}
