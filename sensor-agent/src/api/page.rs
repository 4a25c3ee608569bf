//! Opaque paging cursors, bound to the list they came from.
//!
//! A cursor is a version digit, sixteen hexadecimal digits of a fingerprint over resource and filter,
//! a point, and the position as the store names it. A cursor that is used with another filter fails
//! instead of giving a list with holes. It holds no secret and grants nothing.

use actix_web::web;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::dto::List;
use super::problem::{ApiError, Code};
use crate::store::{Cursor, Page};

const VERSION: &str = "1";

/// Parameters that do not change what a list contains.
const NOT_FILTERS: [&str; 3] = ["cursor", "limit", "format"];

/// What a cursor is bound to: the resource and its filter, whatever their order in the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Binding(u64);

impl Binding {
    /// Of the list at `resource` with this query string.
    pub(crate) fn new(resource: &str, query: &str) -> Self {
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
        let digest = hash.finalize();
        let (first, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
        Self(u64::from_be_bytes(*first))
    }

    /// The text of a store cursor, as clients get it.
    pub(crate) fn encode(self, cursor: &Cursor) -> String {
        format!("{VERSION}{:016x}.{cursor}", self.0)
    }

    /// The store cursor in a client's text.
    pub(crate) fn decode(self, text: &str) -> Result<Cursor, ApiError> {
        let foreign = || bad("it is not one of this server's cursors");
        let (bound, position) = text.split_once('.').ok_or_else(foreign)?;
        let digits = bound.strip_prefix(VERSION).ok_or_else(foreign)?;
        let fingerprint = u64::from_str_radix(digits, 16).map_err(|_| foreign())?;
        if fingerprint != self.0 {
            return Err(bad("it belongs to another list or filter"));
        }
        position.parse().map_err(|_| foreign())
    }

    /// A store page as clients get it.
    pub(crate) fn list<D: ToSchema, T: Into<D>>(self, page: Page<T>) -> List<D> {
        List {
            next_cursor: page.next_cursor.map(|cursor| self.encode(&cursor)),
            items: page.items.into_iter().map(Into::into).collect(),
        }
    }
}

/// The error for a cursor that cannot be used.
pub(crate) fn bad(reason: &str) -> ApiError {
    ApiError::new(
        Code::InvalidCursor,
        format!("cursor cannot be used: {reason}; repeat the request without it"),
    )
    .field("cursor", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cursor of the alert list, in the store's text form.
    const POSITION: &str = "010000000000000007";

    fn binding(query: &str) -> Binding {
        Binding::new("alerts", query)
    }

    fn position() -> Cursor {
        POSITION.parse().expect("a cursor of the store")
    }

    #[test]
    fn a_cursor_comes_back_as_the_position_it_was_made_from() {
        let list = binding("status=new");
        assert_eq!(
            list.decode(&list.encode(&position())).expect("own cursor"),
            position()
        );
    }

    #[test]
    fn order_limit_and_format_do_not_matter_but_filter_and_resource_do() {
        let cursor = binding("status=new&engine=malware").encode(&position());
        let same = "engine=malware&limit=5&status=new&format=csv";
        assert!(binding(same).decode(&cursor).is_ok());
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
        for text in [
            "",
            "zz",
            "0",
            ".",
            "1.",
            "äö",
            POSITION,
            "10000000000000000.zz",
        ] {
            assert!(binding("").decode(text).is_err(), "{text}");
        }
    }
}
