//! Objects of one message.
//!
//! Limits: what does not fit is not kept; [`Objects::is_full`] says so, and whoever emits the list makes it
//! `limit_reached`.

use smallvec::SmallVec;

use crate::observation::Object;

/// Objects that have room on the stack: more than cyclic messages and answers of devices have. A
/// connection with all its blocks takes memory for its list.
const FEW: usize = 32;

/// At most `N` objects.
#[derive(Debug)]
pub(super) struct Objects<'a, const N: usize> {
    items: SmallVec<[Object<'a>; FEW]>,
    full: bool,
}

impl<'a, const N: usize> Objects<'a, N> {
    pub(super) fn new() -> Self {
        Self {
            items: SmallVec::new(),
            full: false,
        }
    }

    /// Adds an object if there is room.
    pub(super) fn push(&mut self, object: Object<'a>) {
        if self.items.len() < N {
            self.items.push(object);
        } else {
            self.full = true;
        }
    }

    /// Adds a number.
    pub(super) fn id(&mut self, kind: &'static str, id: impl Into<u64>) {
        self.push(Object::Id {
            kind,
            id: id.into(),
        });
    }

    pub(super) fn all(&self) -> &[Object<'a>] {
        &self.items
    }

    /// Whether an object found no room.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }
}
