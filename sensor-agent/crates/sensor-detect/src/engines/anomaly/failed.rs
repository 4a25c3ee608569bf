//! What scan rules have in common: attempts that came to nothing, and how targets are listed.

use std::fmt::Display;

use sensor_protocols::observation::Transport;

use crate::baseline::{PartyItem, TupleKind};
use crate::detector::{Fact, FactKind};
use crate::engines::SiteContext;
use crate::finding::PartyKey;

/// Targets named in a finding; the rest is only counted.
const LISTED: usize = 16;

/// Whether an attempt was refused, not answered, or left without a word.
pub(super) fn is_failed(fact: &Fact) -> bool {
    matches!(
        fact.kind,
        FactKind::Refused | FactKind::Unanswered | FactKind::Abandoned | FactKind::Probe
    )
}

/// The same for TCP only: nobody has to answer a datagram.
pub(super) fn is_failed_connection(fact: &Fact) -> bool {
    fact.transport == Transport::Tcp && is_failed(fact)
}

/// The role that lets a device scan.
pub(super) fn scanner(fact: &Fact) -> PartyItem<'static> {
    PartyItem::role(TupleKind::Scanner, PartyKey::from(&fact.source))
}

/// Whether the source may scan.
pub(super) fn may_scan(fact: &Fact, cx: &mut SiteContext<'_>) -> bool {
    cx.has_role(&scanner(fact), fact.time)
}

/// The first of `things` in order, and how many more there are.
pub(super) fn list<T: Ord + Display>(mut things: Vec<T>) -> String {
    things.sort();
    things.dedup();
    let more = things.len().saturating_sub(LISTED);
    let shown: Vec<String> = things.iter().take(LISTED).map(T::to_string).collect();
    let shown = shown.join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}
