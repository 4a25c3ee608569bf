//! Walks the parameters of a message and says what each is.
//!
//! Data in: octets and the layout of their service. Data out: a call for each parameter that the layout
//! names, and what departs from the encoding.
//!
//! Limits: [`limits::BACNET_DEPTH`] constructed tags within each other. Each octet is looked at once.

use super::layout::{Field, Layout, Own, Rule};
use super::tags::Tag;
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet};

/// Takes a parameter: what it is and its contents (of a value, with the tags inside).
pub(super) type Take<'t, 'a> = dyn FnMut(Field, &'a [u8]) + 't;

/// The constructed tags around a place.
#[derive(Default)]
struct Path {
    numbers: [u8; limits::BACNET_DEPTH],
    depth: usize,
}

impl Path {
    fn numbers(&self) -> &[u8] {
        self.numbers.get(..self.depth).unwrap_or_default()
    }

    /// False when there is no room.
    fn push(&mut self, number: u8) -> bool {
        let Some(place) = self.numbers.get_mut(self.depth) else {
            return false;
        };
        *place = number;
        self.depth = self.depth.saturating_add(1);
        true
    }

    /// False when this is not the innermost one.
    fn pop(&mut self, number: u8) -> bool {
        if self.numbers().last() != Some(&number) {
            return false;
        }
        self.depth = self.depth.saturating_sub(1);
        true
    }
}

/// Walks `data`. `whole`: nothing of them is missing.
pub(super) fn walk<'a>(
    data: &'a [u8],
    layout: Layout,
    whole: bool,
    take: &mut Take<'_, 'a>,
) -> AnomalySet {
    let mut walker = Walker {
        path: Path::default(),
        layout,
        seen: 0,
        anomalies: AnomalySet::EMPTY,
    };
    let mut cursor = Cursor::new(data);
    let end = walker.all(&mut cursor, take);
    let anomalies = &mut walker.anomalies;
    match end {
        Err(_) if whole => anomalies.insert(Anomaly::Truncated),
        // Parameters that are missing, or constructed ones without an end.
        Ok(true) if whole && walker.path.depth > 0 => anomalies.insert(Anomaly::Truncated),
        Ok(true) if whole && walker.layout.required & !walker.seen != 0 => {
            anomalies.insert(Anomaly::BadValue);
        }
        Ok(true) | Err(_) => {}
        Ok(false) => {
            let stopped = AnomalySet::of(Anomaly::LimitReached);
            if anomalies.is_empty() {
                *anomalies = stopped;
            }
        }
    }
    *anomalies
}

struct Walker {
    path: Path,
    layout: Layout,
    /// Context tags seen at the top, as bits.
    seen: u32,
    anomalies: AnomalySet,
}

impl Walker {
    /// False when it stopped before the end.
    fn all<'a>(&mut self, cursor: &mut Cursor<'a>, take: &mut Take<'_, 'a>) -> Result<bool, Short> {
        while !cursor.is_empty() {
            let go_on = match Tag::read(cursor)? {
                Tag::Application { kind, contents } => {
                    self.tell(Own::Application(kind), contents, take);
                    true
                }
                Tag::Context { number, contents } => {
                    self.note(number);
                    self.tell(Own::Context(number), contents, take);
                    true
                }
                Tag::Opening(number) => self.open(number, cursor, take)?,
                Tag::Closing(number) => self.path.pop(number) || self.fault(),
                Tag::Invalid => self.fault(),
            };
            if !go_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fault(&mut self) -> bool {
        self.anomalies.insert(Anomaly::BadValue);
        false
    }

    fn note(&mut self, number: u8) {
        if self.path.depth == 0 {
            self.seen |= 1_u32.checked_shl(u32::from(number)).unwrap_or(0);
        }
    }

    fn rule(&self, own: Own) -> Option<&'static Rule> {
        let path = self.path.numbers();
        let rules: &'static [Rule] = self.layout.rules;
        rules
            .iter()
            .find(|rule| rule.own == own && rule.path == path)
    }

    fn tell<'a>(&self, own: Own, contents: &'a [u8], take: &mut Take<'_, 'a>) {
        if let Some(rule) = self.rule(own)
            && rule.field != Field::Value
        {
            take(rule.field, contents);
        }
    }

    /// A constructed value is taken as a whole, another one is gone into.
    fn open<'a>(
        &mut self,
        number: u8,
        cursor: &mut Cursor<'a>,
        take: &mut Take<'_, 'a>,
    ) -> Result<bool, Short> {
        self.note(number);
        let value = self
            .rule(Own::Context(number))
            .is_some_and(|rule| rule.field == Field::Value);
        if !self.path.push(number) {
            return Ok(false);
        }
        if !value {
            return Ok(true);
        }
        let inside = cursor.rest();
        let outer = self.path.depth.saturating_sub(1);
        let mut before = inside.len();
        while self.path.depth > outer {
            before = cursor.remaining();
            let go_on = match Tag::read(cursor)? {
                Tag::Opening(number) => self.path.push(number),
                Tag::Closing(number) => self.path.pop(number) || self.fault(),
                Tag::Invalid => self.fault(),
                Tag::Application { .. } | Tag::Context { .. } => true,
            };
            if !go_on {
                return Ok(false);
            }
        }
        let length = inside.len().saturating_sub(before);
        take(Field::Value, inside.get(..length).unwrap_or_default());
        Ok(true)
    }
}
