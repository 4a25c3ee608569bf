//! Stage 7: durable records.

mod query;

pub use query::{
    AlertQuery, BadCursor, Cursor, ListQuery, PAGE_DEFAULT, PAGE_LIMIT, Page, TimelineQuery,
};
