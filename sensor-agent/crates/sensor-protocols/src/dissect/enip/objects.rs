//! What a CIP service addresses, as [`Object`]s.
//!
//! Data in: what was kept of a request. Data out: a list for an observation. Limit: as many as a path
//! can name.

use super::classes;
use super::pairing::Asked;
use crate::observation::Object;

/// Objects of one service.
pub(super) struct Objects<'a> {
    list: [Object<'a>; 13],
    len: usize,
}

impl<'a> Objects<'a> {
    /// What a service addressed: class, instance under the name of the class, attribute, symbol,
    /// and the application that a connection is made to.
    pub(super) fn of(asked: &Asked, symbol: Option<&'a str>) -> Self {
        let mut objects = Self {
            list: [Object::Id { kind: "", id: 0 }; 13],
            len: 0,
        };
        let instance = asked.class.map_or("instance", classes::name);
        objects.id("class", asked.class);
        objects.id(instance, asked.instance);
        let instance = asked.inner_class.map_or("instance", classes::name);
        objects.id("class", asked.inner_class);
        objects.id(instance, asked.inner_instance);
        objects.id("attribute", asked.attribute);
        objects.id("member", asked.member);
        objects.id("connected_class", asked.connected);
        objects.id("connected_instance", asked.connected_instance);
        for point in asked.points {
            objects.id("connection_point", point);
        }
        if let Some(symbol) = symbol {
            objects.push(Object::Name(symbol));
        }
        objects
    }

    pub(super) fn id(&mut self, kind: &'static str, id: Option<u32>) {
        if let Some(id) = id {
            let id = u64::from(id);
            self.push(Object::Id { kind, id });
        }
    }

    fn push(&mut self, object: Object<'a>) {
        if let Some(free) = self.list.get_mut(self.len) {
            *free = object;
            self.len = self.len.saturating_add(1);
        }
    }

    pub(super) fn as_slice(&self) -> &[Object<'a>] {
        self.list.get(..self.len).unwrap_or_default()
    }
}
