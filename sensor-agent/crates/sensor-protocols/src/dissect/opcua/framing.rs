//! Chunks in a stream (OPC 10000-6, 6.7.2.2 and 7.1.2.2): message type, chunk type, size, and what they hold.
//!
//! Limits: of a chunk longer than [`limits::OPCUA_CHUNK_BYTES`] that much is given.

use crate::dissect::cursor::Cursor;
use crate::limits;
use crate::observation::Anomaly;

/// Octets of the header that every message has: its type, the kind of the chunk, the size of all.
pub(super) const HEADER: usize = 8;

/// Octets that tell whether a chunk begins.
pub(super) const LOOKED_AT: usize = HEADER;

/// Types of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Hello,
    Acknowledge,
    Error,
    ReverseHello,
    Open,
    Close,
    Message,
}

impl Kind {
    const fn of(name: [u8; 3]) -> Option<Self> {
        Some(match &name {
            b"HEL" => Self::Hello,
            b"ACK" => Self::Acknowledge,
            b"ERR" => Self::Error,
            b"RHE" => Self::ReverseHello,
            b"OPN" => Self::Open,
            b"CLO" => Self::Close,
            b"MSG" => Self::Message,
            _ => return None,
        })
    }

    /// Octets of the shortest message of the type.
    pub(super) const fn least(self) -> usize {
        let behind: usize = match self {
            // Version, four limits, address; or channel, policy, certificate, thumbprint, sequence header.
            Self::Hello | Self::Open => 24,
            Self::Acknowledge => 20,
            Self::Error | Self::ReverseHello => 8,
            // Channel, token, sequence header.
            Self::Close | Self::Message => 16,
        };
        behind.saturating_add(HEADER)
    }
}

/// Kinds of chunks.
pub(super) mod part {
    /// The last one of a message, or its only one.
    pub(in super::super) const FINAL: u8 = b'F';
    /// One that another follows.
    pub(in super::super) const INTERMEDIATE: u8 = b'C';
    /// The message is given up.
    pub(in super::super) const ABORT: u8 = b'A';
}

/// A chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) kind: Kind,
    pub(super) part: u8,
    /// What follows the header, as far as it is there.
    pub(super) octets: &'a [u8],
    /// Size by the header.
    pub(super) size: u32,
    /// Octets of it that are here, header included.
    pub(super) here: usize,
}

impl<'a> Chunk<'a> {
    /// The chunk at the start of the bytes, as far as it goes.
    pub(super) fn cut(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let [a, b, c, part] = cursor.array().ok()?;
        let kind = Kind::of([a, b, c])?;
        let size = cursor.u32_le().ok()?;
        let known = matches!(part, part::FINAL | part::INTERMEDIATE | part::ABORT);
        let fits = usize::try_from(size).is_ok_and(|size| size >= HEADER);
        if !known || !fits {
            return None;
        }
        let wanted = usize::try_from(size).ok()?.saturating_sub(HEADER);
        let octets = cursor.rest();
        let octets = octets.get(..wanted).unwrap_or(octets);
        Some(Self {
            kind,
            part,
            octets,
            size,
            here: octets.len().saturating_add(HEADER),
        })
    }

    /// Whether all of it is here.
    pub(super) fn is_whole(&self) -> bool {
        usize::try_from(self.size).is_ok_and(|size| size == self.here)
    }

    /// Octets of it that are not here.
    pub(super) fn missing(&self) -> u64 {
        u64::from(self.size).saturating_sub(self.here as u64)
    }
}

/// What the bytes start with.
#[derive(Debug)]
pub(super) enum Framed<'a> {
    /// A chunk, or as much of it as is looked at.
    Chunk(Chunk<'a>),
    /// It goes on beyond the bytes.
    Incomplete {
        need: usize,
    },
    Foreign,
}

/// Looks at what the bytes start with.
#[inline]
pub(super) fn next(bytes: &[u8]) -> Framed<'_> {
    if bytes.len() < HEADER {
        return if may_begin(bytes) {
            Framed::Incomplete { need: HEADER }
        } else {
            Framed::Foreign
        };
    }
    let looked_at = bytes.get(..limits::OPCUA_CHUNK_BYTES).unwrap_or(bytes);
    match Chunk::cut(looked_at) {
        Some(chunk) if chunk.is_whole() || looked_at.len() >= limits::OPCUA_CHUNK_BYTES => {
            Framed::Chunk(chunk)
        }
        Some(chunk) => Framed::Incomplete {
            need: usize::try_from(chunk.size)
                .unwrap_or(usize::MAX)
                .min(limits::OPCUA_CHUNK_BYTES),
        },
        None => Framed::Foreign,
    }
}

/// Whether a header can begin with these octets, which are fewer than it has.
fn may_begin(bytes: &[u8]) -> bool {
    const TYPES: [&[u8; 3]; 7] = [b"MSG", b"OPN", b"CLO", b"HEL", b"ACK", b"ERR", b"RHE"];
    let name = bytes.get(..3).unwrap_or(bytes);
    let known = TYPES.iter().any(|kind| kind.starts_with(name));
    known && bytes.get(3).is_none_or(|part| b"FCA".contains(part))
}

/// What is wrong with bytes in which no chunk starts.
pub(super) fn why_foreign(bytes: &[u8]) -> Anomaly {
    match bytes {
        [a, b, c, b'F' | b'C' | b'A', ..] if Kind::of([*a, *b, *c]).is_some() => Anomaly::BadLength,
        _ => Anomaly::BadValue,
    }
}

/// Where the next chunk begins that can be one.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    let is_first = |octet: &u8| b"MOCHAER".contains(octet);
    bytes.iter().enumerate().find_map(|(at, octet)| {
        let chunk = is_first(octet).then(|| Chunk::cut(bytes.get(at..)?))??;
        is_plausible(&chunk).then_some(at)
    })
}

/// Whether a size is one that a chunk has: between the shortest of its type and 16 MiB, which is far above what
/// anybody agrees on.
pub(super) fn is_plausible(chunk: &Chunk<'_>) -> bool {
    const LARGEST: usize = 1 << 24;
    usize::try_from(chunk.size).is_ok_and(|size| (chunk.kind.least()..=LARGEST).contains(&size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_as_long_as_its_header_says() {
        let bytes = b"MSGF\x0a\0\0\0abMSGC";
        let Framed::Chunk(chunk) = next(bytes) else {
            panic!("a chunk");
        };
        assert_eq!((chunk.kind, chunk.part), (Kind::Message, part::FINAL));
        assert_eq!((chunk.octets, chunk.here), (&b"ab"[..], 10));
        assert!(matches!(
            next(b"MSGF\x0b\0\0\0ab"),
            Framed::Incomplete { need: 11 }
        ));
        for (foreign, why) in [
            (&b"MSGF\x07\0\0\0"[..], Anomaly::BadLength),
            (b"MSGX\x08\0\0\0", Anomaly::BadValue),
            (b"GET / HTTP", Anomaly::BadValue),
        ] {
            assert!(matches!(next(foreign), Framed::Foreign));
            assert_eq!(why_foreign(foreign), why);
        }
        for at in 0..HEADER {
            assert!(matches!(next(&bytes[..at]), Framed::Incomplete { need: 8 }));
        }
        assert!(matches!(next(b"ME"), Framed::Foreign));
        assert!(matches!(next(b"MSGX"), Framed::Foreign));
    }

    #[test]
    fn of_a_long_chunk_the_first_octets_are_given() {
        let mut bytes = vec![0; limits::OPCUA_CHUNK_BYTES + 5];
        bytes[..8].copy_from_slice(b"MSGF\0\0\x10\0");
        let Framed::Chunk(chunk) = next(&bytes) else {
            panic!("a chunk");
        };
        assert_eq!(chunk.here, limits::OPCUA_CHUNK_BYTES);
        assert_eq!(chunk.missing(), 0x10_0000 - 0x1_0000);
    }

    #[test]
    fn after_a_loss_the_next_header_is_found() {
        assert_eq!(find(b"MSGMSGF\x20\0\0\0"), Some(3));
        assert_eq!(find(b"MSGF\x20\0\0\x20"), None, "512 MiB");
        assert_eq!(find(b"MSGF\x09\0\0\0"), None, "shorter than its headers");
    }
}
