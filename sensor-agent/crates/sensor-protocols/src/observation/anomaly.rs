//! Departures from a specification that a decoder or dissector saw.

use std::fmt;

macro_rules! anomalies {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
        /// One departure. Malformed input is reported, never hidden.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Anomaly {
            $($(#[$doc])* $name = $bit,)*
        }

        impl Anomaly {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Stable machine identifier.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

anomalies! {
    /// A header or message ends before its own length says.
    Truncated = 0, "truncated";
    /// A length field contradicts the bytes that are there.
    BadLength = 1, "bad_length";
    /// A version or protocol identifier has a value the specification does not allow.
    BadVersion = 2, "bad_version";
    /// A value outside the range the specification allows.
    BadValue = 3, "bad_value";
    /// A checksum does not fit.
    BadChecksum = 4, "bad_checksum";
    /// A function or operation code that the specification reserves.
    ReservedCode = 5, "reserved_code";
    /// A message that only the other role may send.
    WrongRole = 6, "wrong_role";
    /// A response that answers no request seen.
    Unsolicited = 7, "unsolicited";
    /// The response contradicts its request.
    Mismatch = 8, "mismatch";
    /// Bytes on a known port that are not that protocol.
    NotThisProtocol = 9, "not_this_protocol";
    /// Bytes after the end of the message.
    TrailingBytes = 10, "trailing_bytes";
    /// Segments or fragments overlap with different content (evasion).
    ConflictingOverlap = 11, "conflicting_overlap";
    /// A source address that no sender may use.
    IllegalAddress = 12, "illegal_address";
    /// A cap of ours cut the analysis of this message short.
    LimitReached = 13, "limit_reached";
    /// A name compression pointer that loops or points ahead.
    BadPointer = 14, "bad_pointer";
    /// A sequence number, an acknowledgement or a message that does not follow from those before.
    OutOfSequence = 15, "out_of_sequence";
}

/// A set of anomalies in one word.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct AnomalySet(u64);

impl AnomalySet {
    pub const EMPTY: Self = Self(0);

    pub const fn of(anomaly: Anomaly) -> Self {
        Self(1 << anomaly as u8)
    }

    pub const fn insert(&mut self, anomaly: Anomaly) {
        self.0 |= 1 << anomaly as u8;
    }

    #[must_use]
    pub const fn with(self, anomaly: Anomaly) -> Self {
        Self(self.0 | 1 << anomaly as u8)
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn contains(self, anomaly: Anomaly) -> bool {
        self.0 & 1 << anomaly as u8 != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Anomaly> {
        Anomaly::ALL
            .iter()
            .copied()
            .filter(move |a| self.contains(*a))
    }

    /// Whether the bytes break the specification (as opposed to being odd but well-formed).
    pub const fn is_malformed(self) -> bool {
        const MALFORMED: u64 = 1 << Anomaly::Truncated as u8
            | 1 << Anomaly::BadLength as u8
            | 1 << Anomaly::BadVersion as u8
            | 1 << Anomaly::BadValue as u8
            | 1 << Anomaly::BadPointer as u8;
        self.0 & MALFORMED != 0
    }
}

impl FromIterator<Anomaly> for AnomalySet {
    fn from_iter<I: IntoIterator<Item = Anomaly>>(items: I) -> Self {
        items.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for AnomalySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Anomaly::id)).finish()
    }
}
