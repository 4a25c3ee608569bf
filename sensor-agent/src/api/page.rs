//! Opaque paging cursors, bound to the list they came from.
//!
//! A cursor is hexadecimal text: one version octet, eight octets of a fingerprint over resource and
//! filter, then the position as the store names it. A cursor that is used with another filter fails
//! instead of giving a list with holes. It holds no secret and grants nothing.

use actix_web::web;
use sha2::{Digest, Sha256};

use super::limits;
use super::problem::{ApiError, Code};

const VERSION: u8 = 1;
const FINGERPRINT: usize = 8;
const HEAD: usize = 1 + FINGERPRINT;

/// Parameters that do not change what a list contains.
const NOT_FILTERS: [&str; 3] = ["cursor", "limit", "format"];

/// What a cursor is bound to: the resource and its filter, whatever their order in the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding([u8; FINGERPRINT]);

impl Binding {
    /// Of the list at `resource` with this query string.
    pub fn new(resource: &str, query: &str) -> Self {
        let mut pairs = web::Query::<Vec<(String, String)>>::from_query(query)
            .map(web::Query::into_inner)
            .unwrap_or_default();
        pairs.retain(|(name, _)| !NOT_FILTERS.contains(&name.as_str()));
        pairs.sort();
        let mut hash = Sha256::new();
        hash.update(resource);
        for (name, value) in &pairs {
            // Lengths keep `a=bc` and `ab=c` apart.
            hash.update((name.len() as u64).to_be_bytes());
            hash.update(name);
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(value);
        }
        let mut fingerprint = [0; FINGERPRINT];
        for (to, from) in fingerprint.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self(fingerprint)
    }

    /// The cursor for `position`.
    pub fn encode(self, position: &[u8]) -> String {
        let head = [VERSION];
        let octets = head.iter().chain(&self.0).chain(position);
        octets.fold(String::new(), |mut text, octet| {
            for nibble in [octet >> 4, octet & 0xf] {
                text.extend(char::from_digit(u32::from(nibble), 16));
            }
            text
        })
    }

    /// The position in `cursor`.
    pub fn decode(self, cursor: &str) -> Result<Vec<u8>, ApiError> {
        let octets = unhex(cursor).ok_or_else(|| bad("it is not one of this server's cursors"))?;
        match octets.split_at_checked(HEAD) {
            Some(([VERSION, fingerprint @ ..], position)) if *fingerprint == self.0 => {
                Ok(position.to_vec())
            }
            Some(([VERSION, ..], _)) => Err(bad("it belongs to another list or filter")),
            _ => Err(bad("it is not one of this server's cursors")),
        }
    }
}

/// The error for a cursor that cannot be used.
pub fn bad(reason: &str) -> ApiError {
    ApiError::new(
        Code::InvalidCursor,
        format!("cursor cannot be used: {reason}; repeat the request without it"),
    )
    .field("cursor", reason)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() > limits::CURSOR_CHARS || !text.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|n| u8::try_from(n).ok())
    };
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => Some((nibble(*high)? << 4) | nibble(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(query: &str) -> Binding {
        Binding::new("alerts", query)
    }

    #[test]
    fn a_cursor_comes_back_as_the_position_it_was_made_from() {
        let list = binding("status=new");
        assert_eq!(
            list.decode(&list.encode(&[0, 7, 255])).expect("own cursor"),
            [0, 7, 255]
        );
        assert_eq!(list.decode(&list.encode(&[])).expect("own cursor"), [0; 0]);
    }

    #[test]
    fn order_limit_and_format_do_not_matter_but_filter_and_resource_do() {
        let cursor = binding("status=new&engine=malware").encode(b"p");
        assert!(
            binding("engine=malware&limit=5&status=new&format=csv")
                .decode(&cursor)
                .is_ok()
        );
        for other in [
            "status=new",
            "status=newengine&=malware",
            "status=closed&engine=malware",
        ] {
            let error = binding(other).decode(&cursor).expect_err(other);
            assert_eq!(error.code, Code::InvalidCursor);
        }
        let timeline = Binding::new("timeline", "status=new&engine=malware");
        assert!(timeline.decode(&cursor).is_err());
    }

    #[test]
    fn foreign_text_is_refused() {
        let long = "00".repeat(limits::CURSOR_CHARS);
        for text in [
            "",
            "zz",
            "0",
            "01",
            "ff00000000000000000000",
            "äö",
            long.as_str(),
        ] {
            assert!(binding("").decode(text).is_err(), "{text}");
        }
    }
}
