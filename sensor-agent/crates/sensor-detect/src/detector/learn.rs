//! What enters the baseline goes through here: capped, counted and reported as a change.

use super::desk::Desk;
use crate::baseline::{Channel, History, Item, Learned, Outcome, Parties, PartyItem, Span, Tuple};
use crate::engines::ChannelState;

impl Desk {
    /// Learns an item; `true` when it is new.
    pub(super) fn learn_item(
        &mut self,
        channel: &mut Channel<ChannelState>,
        item: Item<'_>,
        history: History,
    ) -> bool {
        if channel.shared || !self.admit_tuple() {
            if channel.shared {
                self.refused_tuples += 1;
            }
            return false;
        }
        match channel.baseline.learn(item, history) {
            Outcome::New => {
                self.changes
                    .learned
                    .push(learned(item.tuple(&channel.key), history));
                true
            }
            Outcome::Known => {
                self.tuples_gone(1);
                false
            }
            Outcome::Refused => {
                self.refuse_tuple();
                false
            }
            Outcome::Joined { gone, union } => {
                self.tuples_gone(gone.len().saturating_sub(union.len()));
                self.report_joined(channel, item, gone, union);
                true
            }
        }
    }

    fn report_joined(
        &mut self,
        channel: &Channel<ChannelState>,
        item: Item<'_>,
        gone: Vec<Span>,
        union: Vec<(Span, History)>,
    ) {
        let Item::Range { code, table, .. } = item else {
            return;
        };
        let tuple = |span| Item::Range { code, table, span }.tuple(&channel.key);
        self.changes.unlearned.extend(gone.into_iter().map(tuple));
        self.changes.learned.extend(
            union
                .into_iter()
                .map(|(span, history)| learned(tuple(span), history)),
        );
    }

    /// Puts a wider range in the place of another; `true` when it is new. When there is no room for
    /// it, the other stays.
    pub(super) fn replace_range(
        &mut self,
        channel: &mut Channel<ChannelState>,
        (old, new): (Option<Item<'_>>, Item<'_>),
        history: History,
    ) -> bool {
        let learned = self.learn_item(channel, new, history);
        if let Some(old) = old.filter(|old| learned && *old != new)
            && channel.baseline.unlearn(old)
        {
            self.tuple_unlearned(old.tuple(&channel.key));
        }
        learned
    }

    /// Learns a thing about a device; `true` when it is new.
    pub(super) fn learn_party(
        &mut self,
        parties: &mut Parties,
        item: &PartyItem<'_>,
        history: History,
    ) -> bool {
        if !self.admit_tuple() {
            return false;
        }
        if !parties.learn(item, history) {
            self.tuples_gone(1);
            return false;
        }
        self.changes.learned.push(learned(item.tuple(), history));
        true
    }
}

fn learned(tuple: Tuple, history: History) -> Learned {
    Learned {
        tuple,
        origin: history.origin,
        first_seen: history.first,
        last_seen: history.last,
        count: history.count,
    }
}
