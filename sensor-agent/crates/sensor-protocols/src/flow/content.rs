//! Known byte patterns in payload, also across segment borders.
//!
//! Within a segment `memmem` finds a pattern. Across a border no bytes are kept: the state of a
//! Knuth-Morris-Pratt automaton at the end of the segment, one byte per pattern, says how much of
//! the pattern the next segment has to continue.

use memchr::memmem::Finder;

/// A byte pattern worth reporting.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// Identifier, as in `Object::Name` of the observation.
    pub id: &'static str,
    /// At most 255 bytes.
    pub bytes: &'static [u8],
}

/// All patterns. The EICAR test file (eicar.org, 2003-05-01) is written in two parts, so that the
/// sensor's own binary and sources are not taken for it.
pub const PATTERNS: &[Pattern] = &[Pattern {
    id: "eicar_test_file",
    bytes: &join(
        br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDAR",
        b"D-ANTIVIRUS-TEST-FILE!$H+H*",
    ),
}];

const fn join(a: &[u8; 41], b: &[u8; 27]) -> [u8; 68] {
    let mut joined = [0; 68];
    let (head, tail) = joined.split_at_mut(41);
    head.copy_from_slice(a);
    tail.copy_from_slice(b);
    joined
}

/// How much of each pattern the end of a stream matches, by position in [`PATTERNS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Partial([u8; PATTERNS.len()]);

struct Search {
    pattern: &'static Pattern,
    finder: Finder<'static>,
    /// For each prefix: length of its longest proper suffix that is a prefix as well.
    failure: Vec<u8>,
}

/// Finds [`PATTERNS`].
pub struct Scanner {
    searches: Vec<Search>,
}

impl Default for Scanner {
    fn default() -> Self {
        let search = |pattern: &'static Pattern| Search {
            pattern,
            finder: Finder::new(pattern.bytes),
            failure: failure(pattern.bytes),
        };
        Self {
            searches: PATTERNS.iter().map(search).collect(),
        }
    }
}

impl Scanner {
    /// Searches a payload of its own (a datagram).
    pub fn datagram(&self, payload: &[u8], mut found: impl FnMut(&'static Pattern)) {
        for search in &self.searches {
            if search.finder.find(payload).is_some() {
                found(search.pattern);
            }
        }
    }

    /// Searches the next bytes of a stream. A pattern counts once per segment it ends in.
    #[inline]
    pub fn stream(
        &self,
        partial: &mut Partial,
        payload: &[u8],
        mut found: impl FnMut(&'static Pattern),
    ) {
        for (search, state) in self.searches.iter().zip(&mut partial.0) {
            let (matched, next) = search.next(*state, payload);
            *state = next;
            if matched {
                found(search.pattern);
            }
        }
    }
}

impl Search {
    /// Whether the pattern ends in `payload`, and the state behind it.
    fn next(&self, state: u8, payload: &[u8]) -> (bool, u8) {
        let continued = state > 0 && self.run(state, payload).0;
        let matched = continued || self.finder.find(payload).is_some();
        (matched, self.state_behind(state, payload))
    }

    /// Runs the automaton from `state` until it matches or the bytes end.
    fn run(&self, mut state: u8, bytes: &[u8]) -> (bool, u8) {
        for byte in bytes {
            state = self.step(state, *byte);
            if usize::from(state) == self.pattern.bytes.len() {
                return (true, 0);
            }
            if state == 0 && bytes.len() > self.pattern.bytes.len() {
                // What started before this segment has ended; the rest is for `memmem`.
                break;
            }
        }
        (false, state)
    }

    /// State at the end of `payload`. Only its last bytes can be the start of a pattern, so a
    /// payload without the pattern's first byte there costs one short search.
    fn state_behind(&self, state: u8, payload: &[u8]) -> u8 {
        let longest = self.pattern.bytes.len().saturating_sub(1);
        let Some(first) = self.pattern.bytes.first() else {
            return 0;
        };
        let (mut state, tail) = match payload.len().checked_sub(longest) {
            Some(cut) => (0, payload.get(cut..).unwrap_or_default()),
            None => (state, payload),
        };
        if state == 0 {
            let Some(at) = memchr::memchr(*first, tail) else {
                return 0;
            };
            return self.fold(0, tail.get(at..).unwrap_or_default());
        }
        state = self.fold(state, tail);
        state
    }

    fn fold(&self, state: u8, bytes: &[u8]) -> u8 {
        let step = |state, byte: &u8| match self.step(state, *byte) {
            full if usize::from(full) == self.pattern.bytes.len() => 0,
            partial => partial,
        };
        bytes.iter().fold(state, step)
    }

    fn step(&self, mut state: u8, byte: u8) -> u8 {
        loop {
            if self.pattern.bytes.get(usize::from(state)) == Some(&byte) {
                return state.saturating_add(1);
            }
            let Some(shorter) = state.checked_sub(1) else {
                return 0;
            };
            state = self.failure.get(usize::from(shorter)).copied().unwrap_or(0);
        }
    }
}

/// The failure function of Knuth, Morris and Pratt.
fn failure(pattern: &[u8]) -> Vec<u8> {
    let mut table: Vec<u8> = Vec::with_capacity(pattern.len());
    for (at, byte) in pattern.iter().enumerate() {
        let mut len = at
            .checked_sub(1)
            .and_then(|before| table.get(before).copied())
            .unwrap_or(0);
        while len > 0 && pattern.get(usize::from(len)) != Some(byte) {
            len = table
                .get(usize::from(len.saturating_sub(1)))
                .copied()
                .unwrap_or(0);
        }
        let grows = at > 0 && pattern.get(usize::from(len)) == Some(byte);
        table.push(len.saturating_add(u8::from(grows)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eicar() -> &'static [u8] {
        PATTERNS[0].bytes
    }

    /// How often the pattern is found when `bytes` come in segments that end at `cuts`.
    fn found_in(bytes: &[u8], cuts: &[usize]) -> usize {
        let scanner = Scanner::default();
        let mut partial = Partial::default();
        let mut count = 0;
        let mut from = 0;
        for cut in cuts.iter().copied().chain([bytes.len()]) {
            scanner.stream(&mut partial, &bytes[from..cut], |_| count += 1);
            from = cut;
        }
        count
    }

    #[test]
    fn the_pattern_is_the_published_one() {
        assert_eq!(eicar().len(), 68);
        assert!(eicar().starts_with(b"X5O!P%@AP[4"));
        assert!(eicar().ends_with(b"TEST-FILE!$H+H*"));
    }

    #[test]
    fn is_found_at_every_pair_of_cuts() {
        let mut bytes = b"GET /X5O!P%@X HTTP".to_vec();
        bytes.extend_from_slice(eicar());
        bytes.extend_from_slice(b" X5O");
        for first in 0..bytes.len() {
            for second in first..bytes.len() {
                assert_eq!(found_in(&bytes, &[first, second]), 1, "{first} {second}");
            }
        }
    }

    #[test]
    fn is_found_byte_by_byte_and_after_a_false_start() {
        let mut bytes = eicar()[..30].to_vec();
        bytes.extend_from_slice(eicar());
        let cuts: Vec<usize> = (1..bytes.len()).collect();
        assert_eq!(found_in(&bytes, &cuts), 1);
        assert_eq!(found_in(&bytes[1..], &[]), 1);
        assert_eq!(found_in(&eicar()[..67], &cuts[..60]), 0);
    }

    #[test]
    fn is_found_in_a_datagram_only_when_whole() {
        let scanner = Scanner::default();
        let mut count = 0;
        scanner.datagram(eicar(), |p| {
            assert_eq!(p.id, "eicar_test_file");
            count += 1;
        });
        scanner.datagram(&eicar()[1..], |_| count += 10);
        assert_eq!(count, 1);
    }

    #[test]
    fn the_failure_function_of_a_pattern_with_borders() {
        assert_eq!(failure(b"abacabab"), [0, 0, 1, 0, 1, 2, 3, 2]);
    }
}
