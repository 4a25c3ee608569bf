//! A short list of objects, on the stack.

use crate::observation::Object;

const NOTHING: Object<'static> = Object::Id { kind: "", id: 0 };

/// Up to `N` objects; more are not kept.
pub(in crate::dissect) struct Objects<'a, const N: usize> {
    list: [Object<'a>; N],
    used: usize,
}

impl<'a, const N: usize> Objects<'a, N> {
    #[inline]
    pub(in crate::dissect) const fn new() -> Self {
        Self {
            list: [NOTHING; N],
            used: 0,
        }
    }

    /// Adds an object; false when there is no room.
    #[inline]
    pub(in crate::dissect) fn push(&mut self, object: Object<'a>) -> bool {
        let Some(place) = self.list.get_mut(self.used) else {
            return false;
        };
        *place = object;
        self.used = self.used.saturating_add(1);
        true
    }

    /// Adds a number, where there is one.
    #[inline]
    pub(in crate::dissect) fn id(&mut self, kind: &'static str, id: Option<impl Into<u64>>) {
        if let Some(id) = id {
            self.push(Object::Id {
                kind,
                id: id.into(),
            });
        }
    }

    /// Adds a name, where there is one.
    #[inline]
    pub(in crate::dissect) fn name(&mut self, name: Option<&'a str>) {
        if let Some(name) = name {
            self.push(Object::Name(name));
        }
    }

    /// How many more fit.
    #[inline]
    pub(in crate::dissect) const fn room(&self) -> usize {
        N.saturating_sub(self.used)
    }

    #[inline]
    pub(in crate::dissect) fn list(&self) -> &[Object<'a>] {
        self.list.get(..self.used).unwrap_or_default()
    }
}
