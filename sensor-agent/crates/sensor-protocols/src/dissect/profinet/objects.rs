//! Objects of one message, in a list on the stack.
//!
//! Limits: what does not fit is not kept; [`Objects::is_full`] says so, and whoever emits the list makes it
//! `limit_reached`.

use crate::observation::Object;

/// At most `N` objects.
#[derive(Debug)]
pub(super) struct Objects<'a, const N: usize> {
    items: [Object<'a>; N],
    len: usize,
    full: bool,
}

impl<'a, const N: usize> Objects<'a, N> {
    pub(super) const fn new() -> Self {
        Self {
            items: [Object::Id { kind: "", id: 0 }; N],
            len: 0,
            full: false,
        }
    }

    /// Adds an object if there is room.
    pub(super) fn push(&mut self, object: Object<'a>) {
        if let Some(place) = self.items.get_mut(self.len) {
            *place = object;
            self.len = self.len.saturating_add(1);
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
        self.items.get(..self.len).unwrap_or_default()
    }

    /// Whether an object found no room.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }
}
