//! The part of a tuple that one channel holds, borrowed, so that looking it up allocates nothing.

use std::borrow::Cow;

use super::ranges::Span;
use super::{Tuple, TupleKind, TupleObject};
use crate::baseline::channels::ChannelKey;

/// What kind of name an exception code has among numbered things.
const EXCEPTION: &str = "exception";

/// Something a client does to a server, or a server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    Operation {
        code: u32,
        sub: Option<u32>,
    },
    /// The server may refuse the operation with this error code.
    Exception {
        code: u32,
        sub: Option<u32>,
        error: u32,
    },
    /// Elements of a table, addressed by operation `code`.
    Range {
        code: u32,
        table: &'a str,
        span: Span,
    },
    /// A numbered thing, addressed by operation `code`.
    Id {
        code: u32,
        kind: &'a str,
        id: u64,
    },
    /// A named thing, addressed by operation `code`.
    Name {
        code: u32,
        name: &'a str,
    },
    /// One of several texts of a message, given by operation `code`.
    Text {
        code: u32,
        kind: &'a str,
        text: &'a str,
    },
}

impl<'a> Item<'a> {
    /// The operation of objects that any operation may address; such a tuple has none.
    pub const ANY_OPERATION: u32 = u32::MAX;

    /// The item of a tuple; `None` when the tuple belongs to no channel.
    pub fn of(tuple: &'a Tuple) -> Option<Self> {
        if let (TupleKind::Object, Some(object)) = (tuple.kind, &tuple.object) {
            let code = tuple.operation.unwrap_or(Self::ANY_OPERATION);
            return Some(Self::object(code, object));
        }
        let code = tuple.operation?;
        match (tuple.kind, &tuple.object) {
            (TupleKind::Operation, None) => Some(Self::Operation {
                code,
                sub: tuple.sub_operation,
            }),
            (TupleKind::Exception, Some(TupleObject::Id { id, .. })) => Some(Self::Exception {
                code,
                sub: tuple.sub_operation,
                error: u32::try_from(*id).ok()?,
            }),
            _ => None,
        }
    }

    fn object(code: u32, object: &'a TupleObject) -> Self {
        match object {
            TupleObject::Range {
                table,
                station,
                first,
                last,
            } => Self::Range {
                code,
                table,
                span: Span {
                    station: *station,
                    first: *first,
                    last: *last,
                },
            },
            TupleObject::Id { kind, id } => Self::Id {
                code,
                kind,
                id: *id,
            },
            TupleObject::Text(name) => Self::Name { code, name },
            TupleObject::Named { kind, text } => Self::Text { code, kind, text },
        }
    }

    /// The tuple that names this item between the two ends of a channel.
    pub fn tuple(&self, channel: &ChannelKey) -> Tuple {
        let (kind, code, sub, object) = match *self {
            Self::Operation { code, sub } => (TupleKind::Operation, code, sub, None),
            Self::Exception { code, sub, error } => (
                TupleKind::Exception,
                code,
                sub,
                Some(TupleObject::Id {
                    kind: Cow::Borrowed(EXCEPTION),
                    id: u64::from(error),
                }),
            ),
            Self::Range { code, table, span } => {
                (TupleKind::Object, code, None, Some(range(table, span)))
            }
            Self::Id { code, kind, id } => (
                TupleKind::Object,
                code,
                None,
                Some(TupleObject::Id {
                    kind: Cow::Owned(kind.to_owned()),
                    id,
                }),
            ),
            Self::Name { code, name } => (
                TupleKind::Object,
                code,
                None,
                Some(TupleObject::Text(name.to_owned())),
            ),
            Self::Text { code, kind, text } => (
                TupleKind::Object,
                code,
                None,
                Some(TupleObject::Named {
                    kind: Cow::Owned(kind.to_owned()),
                    text: text.to_owned(),
                }),
            ),
        };
        Tuple {
            kind,
            source: channel.client,
            destination: Some(channel.server),
            protocol: channel.protocol,
            operation: (code != Self::ANY_OPERATION).then_some(code),
            sub_operation: sub,
            object,
        }
    }
}

fn range(table: &str, span: Span) -> TupleObject {
    TupleObject::Range {
        table: Cow::Owned(table.to_owned()),
        station: span.station,
        first: span.first,
        last: span.last,
    }
}
