//! The decision of one filter dimension, apart from where its rules are kept.

use sensor_common::rule::{ACTION_EXCLUDE, ACTION_INCLUDE, PairGroups, Rule};

/// What one dimension says about a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The frame may pass.
    pub pass: bool,
    /// The rule that decided; its action is none when no rule did.
    pub rule: Rule,
}

/// Decides one dimension, in which the two ends of the frame met `first` and `second`.
///
/// An exclude rule at either end wins; with `includes` one end must meet an include rule.
#[inline(always)]
pub fn decide(first: Rule, second: Rule, includes: bool) -> Decision {
    if first.action == ACTION_EXCLUDE {
        return Decision {
            pass: false,
            rule: first,
        };
    }
    if second.action == ACTION_EXCLUDE {
        return Decision {
            pass: false,
            rule: second,
        };
    }
    let rule = if first.action == ACTION_INCLUDE {
        first
    } else {
        second
    };
    Decision {
        pass: !includes || rule.action == ACTION_INCLUDE,
        rule,
    }
}

/// The group of the generation in force; zero is none.
#[inline(always)]
pub const fn group(groups: PairGroups, second: bool) -> u32 {
    let [first_generation, second_generation] = groups.groups;
    if second {
        second_generation
    } else {
        first_generation
    }
}

#[cfg(test)]
mod tests {
    use sensor_common::rule::ACTION_NONE;

    use super::*;

    fn rule(action: u32, hit_index: u32) -> Rule {
        Rule { action, hit_index }
    }

    #[test]
    fn an_exclude_rule_at_either_end_wins() {
        let include = rule(ACTION_INCLUDE, 1);
        let exclude = rule(ACTION_EXCLUDE, 2);
        for (first, second) in [(include, exclude), (exclude, include)] {
            let decision = decide(first, second, true);
            assert!(!decision.pass);
            assert_eq!(decision.rule, exclude);
        }
    }

    #[test]
    fn an_include_rule_is_needed_only_where_there_are_some() {
        let none = rule(ACTION_NONE, 0);
        let include = rule(ACTION_INCLUDE, 5);
        assert!(decide(none, none, false).pass);
        assert!(!decide(none, none, true).pass);
        assert!(decide(none, include, true).pass);
        assert_eq!(decide(include, none, true).rule, include);
    }

    #[test]
    fn the_generation_in_force_names_the_group() {
        let groups = PairGroups { groups: [4, 7] };
        assert_eq!((group(groups, false), group(groups, true)), (4, 7));
    }
}
