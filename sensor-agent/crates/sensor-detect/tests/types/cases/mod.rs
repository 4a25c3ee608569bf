//! The table: one row for each implemented type, in one file for each area.

mod behaviour;
mod factory;
mod first;
mod it;
mod malware;
mod power;
mod vendors;

use crate::world::World;

/// One type: its id, what raises it, and what nearly does.
pub(crate) type Case = (&'static str, fn(&mut World), fn(&mut World));

/// Every row.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    [
        first::CASES,
        power::CASES,
        power::dnp3::CASES,
        power::mms::CASES,
        power::published::CASES,
        factory::CASES,
        vendors::CASES,
        malware::CASES,
        behaviour::CASES,
    ]
    .into_iter()
    .flatten()
    .chain(it::cases())
}
