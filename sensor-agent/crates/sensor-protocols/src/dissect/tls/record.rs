//! The record layer.
//!
//! Source: RFC 8446, 5.1 and RFC 5246, 6.2.
//!
//! Data in: octets at a record boundary. Data out: the header of the record, or that none starts here.

/// Octets of a header.
pub(super) const HEADER: usize = 5;

/// Octets of a record that no version exceeds: 2^14 of plaintext and 2048 of expansion.
const MOST: usize = 18_432;

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    /// Octets behind the header.
    pub(super) length: usize,
    /// Longer than a record may be.
    pub(super) too_long: bool,
}

/// The header at the front; `None` when the octets are none. Too few octets count as one that may be.
pub(super) fn header(bytes: &[u8]) -> Option<Result<Header, usize>> {
    let may = |octet: Option<&u8>, is: fn(u8) -> bool| octet.is_none_or(|octet| is(*octet));
    let fits = may(bytes.first(), |kind| (20..=24).contains(&kind))
        && may(bytes.get(1), |major| major == 3)
        && may(bytes.get(2), |minor| minor <= 4);
    if !fits {
        return None;
    }
    let [kind, _, _, high, low, ..] = *bytes else {
        return Some(Err(HEADER));
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    Some(Ok(Header {
        kind,
        length,
        too_long: length > MOST,
    }))
}

/// Whether a record plausibly starts here: a header of a length that records have.
pub(super) fn plausible(bytes: &[u8]) -> bool {
    matches!(header(bytes), Some(Ok(header)) if !header.too_long && header.length > 0)
}

/// Offset of the next place where a record plausibly starts, and the one behind it when that is there.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| {
        let Some(rest) = bytes.get(*at..).filter(|rest| plausible(rest)) else {
            return false;
        };
        let Some(Ok(header)) = header(rest) else {
            return false;
        };
        let behind = rest
            .get(header.length.saturating_add(HEADER)..)
            .unwrap_or_default();
        behind.is_empty() || self::header(behind).is_some()
    })
}
