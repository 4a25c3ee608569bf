//! People working on alerts.

use super::*;
use crate::alert::{LearnRequest, MuteRequest, Status, limits};

pub(crate) fn status_can_be_set_and_is_told_in_the_timeline<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    for (n, status) in [Status::Active, Status::Closed, Status::New]
        .into_iter()
        .enumerate()
    {
        let now = at(10 + n as u64);
        let set = lifecycle()
            .set_status(world, id, status, &edit(), now)
            .expect("set");
        assert_eq!((set.status, set.last_activity), (status, now));
        world.restart();
        assert_eq!(alert(world, id), set);
    }
    let events = world.events();
    let last = events.last().expect("an event");
    assert_eq!(
        (last.before.as_deref(), last.after.as_deref()),
        (Some("closed"), Some("new"))
    );
    assert_eq!((last.actor.name.as_str(), last.time), ("ada", at(12)));
    assert_eq!(story(world, id).len(), 4);
}

pub(crate) fn setting_the_same_status_changes_nothing<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    let before = alert(world, id);
    let set = lifecycle().set_status(world, id, Status::New, &edit(), at(10));
    assert_eq!(set.expect("no refusal"), before);
    assert_eq!(world.events().len(), 1);
}

pub(crate) fn a_stale_revision_is_refused_with_the_current_one<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    let mine = Edit {
        expected_revision: Some(1),
        ..edit()
    };
    lifecycle()
        .acknowledge(world, id, true, &mine, at(1))
        .expect("the first one wins");
    let late = lifecycle().set_status(world, id, Status::Closed, &mine, at(2));
    assert!(
        matches!(late, Err(ActionError::RevisionMismatch { current: 2 })),
        "{late:?}"
    );
    assert_eq!(alert(world, id).status, Status::New);
}

pub(crate) fn repeats_leave_the_revision_alone<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    ingest(world, &finding(EXCEPTION, 1, 1));
    assert_eq!(alert(world, id).revision, 1);
}

pub(crate) fn an_unknown_alert_is_not_found<W: World>(world: &mut W) {
    let result = lifecycle().pin(world, 9, true, &edit(), at(0));
    assert!(
        matches!(result, Err(ActionError::NotFound { id: 9 })),
        "{result:?}"
    );
}

pub(crate) fn learn_closes_and_suppresses_until_unlearn<W: World>(world: &mut W) {
    let id = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let request = LearnRequest {
        reason: Some("planned".to_owned()),
        ..LearnRequest::default()
    };
    let done = lifecycle()
        .learn(world, id, &request, &edit(), at(10))
        .expect("learned");
    assert_eq!(done.tuples, [tuple(CLIENT, SERVER, 43)]);
    assert_eq!(
        (done.alert.status, done.alert.learned),
        (Status::Closed, true)
    );
    assert!(done.alert.violations[0].learned);
    world.restart();

    assert_eq!(
        ingest(world, &finding(FUNCTION_CODE, 43, 20)),
        Ingested::Learned
    );
    assert_eq!(
        ingest(world, &finding(FUNCTION_CODE, 43, 21)),
        Ingested::Learned
    );
    let learned = world
        .learned(&tuple(CLIENT, SERVER, 43))
        .expect("works")
        .expect("kept");
    assert_eq!((learned.hits, learned.last_hit), (2, Some(at(21))));
    assert_eq!((learned.alert_id, learned.actor.name.as_str()), (id, "ada"));
    assert_eq!(learned.reason.as_deref(), Some("planned"));
    assert_eq!(
        alert(world, id).count,
        1,
        "a learned alert takes nothing up"
    );
    let other = opened(world, &finding(FUNCTION_CODE, 90, 22));
    assert_eq!(
        alert(world, other).previous_alert_id,
        Some(id),
        "other parameters raise again"
    );
    let closed = lifecycle().set_status(world, other, Status::Closed, &edit(), at(23));
    closed.expect("closed");
    world.restart();

    let undone = lifecycle()
        .unlearn(world, id, &edit(), at(30))
        .expect("unlearned");
    assert_eq!(undone.tuples, [tuple(CLIENT, SERVER, 43)]);
    assert_eq!(
        (undone.alert.status, undone.alert.learned),
        (Status::New, false)
    );
    assert_eq!(
        world.learned(&tuple(CLIENT, SERVER, 43)).expect("works"),
        None
    );
    assert_eq!(
        ingest(world, &finding(FUNCTION_CODE, 43, 40)),
        Ingested::Repeated(id)
    );
    assert_eq!(alert(world, id).count, 2, "the traffic shows again");
    let told = story(world, id);
    let expected = [
        "alert_reported opened",
        "alert_updated learned",
        "alert_updated unlearned",
    ];
    assert_eq!(told, expected);
}

pub(crate) fn learn_takes_chosen_violations_only<W: World>(world: &mut W) {
    let id = opened(world, &finding(FUNCTION_CODE, 43, 0));
    ingest(world, &finding(FUNCTION_CODE, 8, 1));
    let only_second = LearnRequest {
        violations: Some(vec![1]),
        ..LearnRequest::default()
    };
    let done = lifecycle()
        .learn(world, id, &only_second, &edit(), at(2))
        .expect("learned");
    assert_eq!(done.tuples, [tuple(CLIENT, SERVER, 8)]);
    assert_eq!(
        ingest(world, &finding(FUNCTION_CODE, 8, 3)),
        Ingested::Learned
    );
    let again = opened(world, &finding(FUNCTION_CODE, 43, 4));
    assert_ne!(again, id);
    let refused = lifecycle().learn(world, id, &only_second, &edit(), at(5));
    assert_eq!(refusal(refused).code(), "already_learned");
    let rest = lifecycle().learn(world, id, &LearnRequest::default(), &edit(), at(6));
    assert_eq!(rest.expect("the other one is new").tuples.len(), 2);
    let undone = lifecycle()
        .unlearn(world, id, &edit(), at(7))
        .expect("unlearned");
    assert_eq!(undone.tuples.len(), 2);
}

pub(crate) fn learn_is_refused_where_it_makes_no_sense<W: World>(world: &mut W) {
    let exception = opened(world, &finding(EXCEPTION, 1, 0));
    let code = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let mut bare = between(FUNCTION_CODE, SERVER, CLIENT, 43, 0);
    bare.tuple = None;
    let empty = opened(world, &bare);
    let learn = |world: &mut W, id, request: LearnRequest| {
        let before = (alert(world, id), world.events().len());
        let refused = refusal(lifecycle().learn(world, id, &request, &edit(), at(10)));
        assert_eq!(
            (alert(world, id), world.events().len()),
            before,
            "nothing changed"
        );
        refused.code()
    };
    let plain = LearnRequest::default;
    assert_eq!(learn(world, exception, plain()), "not_learnable");
    assert_eq!(learn(world, empty, plain()), "nothing_to_learn");
    let none = LearnRequest {
        violations: Some(Vec::new()),
        ..plain()
    };
    assert_eq!(learn(world, code, none), "nothing_to_learn");
    let unknown = LearnRequest {
        violations: Some(vec![3]),
        ..plain()
    };
    assert_eq!(learn(world, code, unknown), "unknown_violation");
    let over = LearnRequest {
        expires: Some(at(10)),
        ..plain()
    };
    assert_eq!(learn(world, code, over), "expiry_in_the_past");
    let wordy = LearnRequest {
        reason: Some("x".repeat(limits::REASON_CHARS + 1)),
        ..plain()
    };
    assert_eq!(learn(world, code, wordy), "text_length");
    let refused = refusal(lifecycle().unlearn(world, code, &edit(), at(10)));
    assert_eq!(refused.code(), "not_learned");
}

pub(crate) fn preview_lists_exact_tuples_and_changes_nothing<W: World>(world: &mut W) {
    let id = opened(world, &finding(FUNCTION_CODE, 43, 0));
    ingest(world, &finding(FUNCTION_CODE, 8, 1));
    let before = alert(world, id);
    let request = LearnRequest::default();
    let preview = lifecycle()
        .learn_preview(world, id, &request)
        .expect("preview");
    assert_eq!(
        preview.tuples,
        [tuple(CLIENT, SERVER, 43), tuple(CLIENT, SERVER, 8)]
    );
    assert!(preview.already_learned.is_empty());
    assert_eq!(alert(world, id), before);
    let one = LearnRequest {
        violations: Some(vec![0]),
        ..request.clone()
    };
    let learned = lifecycle()
        .learn(world, id, &one, &edit(), at(2))
        .expect("learned");
    assert_eq!(learned.tuples, [tuple(CLIENT, SERVER, 43)]);
    let preview = lifecycle()
        .learn_preview(world, id, &request)
        .expect("preview");
    assert_eq!(preview.already_learned, [tuple(CLIENT, SERVER, 43)]);
}

pub(crate) fn mute_closes_and_counts_until_unmute<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    let request = MuteRequest {
        reason: Some("known".to_owned()),
        expires: None,
    };
    let muted = lifecycle()
        .mute(world, id, &request, &edit(), at(10))
        .expect("muted");
    assert_eq!((muted.status, muted.muted), (Status::Closed, true));
    world.restart();

    let mut busy = finding(EXCEPTION, 1, 20);
    busy.count = 4;
    assert_eq!(ingest(world, &busy), Ingested::Muted);
    assert_eq!(ingest(world, &finding(EXCEPTION, 1, 21)), Ingested::Muted);
    world.restart();
    let mute = world.mute(&muted.key).expect("works").expect("kept");
    assert_eq!((mute.hits, mute.last_hit), (5, Some(at(21))));
    assert_eq!((mute.alert_id, mute.reason.as_deref()), (id, Some("known")));
    assert_eq!(mute.title, muted.title);
    opened(world, &finding(EXCEPTION, 2, 22));
    opened(world, &between(EXCEPTION, SERVER, CLIENT, 1, 23));

    let unmuted = lifecycle()
        .unmute(world, id, &edit(), at(30))
        .expect("unmuted");
    assert_eq!((unmuted.status, unmuted.muted), (Status::New, false));
    assert_eq!(world.mute(&muted.key).expect("works"), None);
    assert_eq!(
        ingest(world, &finding(EXCEPTION, 1, 40)),
        Ingested::Repeated(id)
    );
    let told = story(world, id);
    let expected = [
        "alert_reported opened",
        "alert_updated muted",
        "muted_alert none",
        "alert_updated unmuted",
    ];
    assert_eq!(
        told, expected,
        "one trace of the muted traffic, whatever its amount"
    );
}

pub(crate) fn mute_is_refused_where_it_makes_no_sense<W: World>(world: &mut W) {
    let learnable = opened(world, &finding(FUNCTION_CODE, 43, 0));
    let sensor = opened(world, &finding(SILENCE, 0, 0));
    let outside = opened(world, &between(EXCEPTION, CLIENT, ELSEWHERE, 1, 0));
    let inside = opened(world, &finding(EXCEPTION, 1, 0));
    let mute = |world: &mut W, id, request: &MuteRequest| {
        let before = (alert(world, id), world.events().len());
        let refused = refusal(lifecycle().mute(world, id, request, &edit(), at(10)));
        assert_eq!(
            (alert(world, id), world.events().len()),
            before,
            "nothing changed"
        );
        refused
    };
    let plain = MuteRequest::default();
    assert_eq!(
        mute(world, learnable, &plain).code(),
        "learnable_not_mutable"
    );
    assert_eq!(mute(world, sensor, &plain).code(), "not_mutable");
    let refused = mute(world, outside, &plain);
    assert_eq!(
        refused,
        Refusal::InternetParty {
            address: "8.8.8.8".to_owned()
        }
    );
    let over = MuteRequest {
        expires: Some(at(9)),
        ..plain.clone()
    };
    assert_eq!(mute(world, inside, &over).code(), "expiry_in_the_past");
    let refused = refusal(lifecycle().unmute(world, inside, &edit(), at(10)));
    assert_eq!(refused.code(), "not_muted");
    lifecycle()
        .mute(world, inside, &plain, &edit(), at(11))
        .expect("muted");
    let refused = mute(world, inside, &plain);
    assert_eq!(refused, Refusal::AlreadyMuted { alert_id: inside });
}

pub(crate) fn the_sites_own_public_addresses_can_be_muted<W: World>(world: &mut W) {
    let id = opened(world, &between(EXCEPTION, CLIENT, ELSEWHERE, 1, 0));
    let own = Lifecycle::new(LifecycleSettings {
        internal_subnets: vec!["8.8.8.0/24".parse().expect("a subnet")],
        ..LifecycleSettings::default()
    });
    let muted = own.mute(world, id, &MuteRequest::default(), &edit(), at(1));
    assert!(muted.expect("muted").muted);
}

pub(crate) fn comments_have_author_and_bounds<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    let say = |world: &mut W, text: &str, n| lifecycle().comment(world, id, text, &edit(), at(n));
    say(world, "  looked at it \n", 1).expect("kept");
    let longest = "ä".repeat(limits::COMMENT_CHARS);
    say(world, &longest, 2).expect("kept");
    world.restart();
    let comments = alert(world, id).comments;
    let kept: Vec<_> = comments.iter().map(|c| (c.id, c.text.as_str())).collect();
    assert_eq!(kept, [(1, "looked at it"), (2, longest.as_str())]);
    assert_eq!(
        (comments[0].author.name.as_str(), comments[0].time),
        ("ada", at(1))
    );
    assert_eq!(refusal(say(world, " \t", 3)).code(), "comment_length");
    assert_eq!(
        refusal(say(world, &format!("{longest}ä"), 3)).code(),
        "comment_length"
    );
    for n in comments.len()..limits::COMMENTS {
        say(world, "again", n as u64).expect("kept");
    }
    assert_eq!(
        refusal(say(world, "one more", 200)).code(),
        "too_many_comments"
    );
    assert_eq!(alert(world, id).comments.len(), limits::COMMENTS);
}

pub(crate) fn acknowledge_pin_and_assign_are_told<W: World>(world: &mut W) {
    let id = opened(world, &finding(EXCEPTION, 1, 0));
    let rules = lifecycle();
    for on in [true, false] {
        rules
            .acknowledge(world, id, on, &edit(), at(1))
            .expect("set");
        rules
            .acknowledge(world, id, on, &edit(), at(1))
            .expect("no change");
        rules.pin(world, id, on, &edit(), at(2)).expect("set");
        let name = on.then_some("grace ");
        rules.assign(world, id, name, &edit(), at(3)).expect("set");
        world.restart();
        let alert = alert(world, id);
        let state = (alert.acknowledged, alert.pinned, alert.assignee.as_deref());
        assert_eq!(state, (on, on, on.then_some("grace")));
        assert_eq!(alert.status, Status::New);
    }
    let expected = [
        "alert_reported opened",
        "alert_updated acknowledged",
        "alert_updated pinned",
        "alert_updated assigned",
        "alert_updated unacknowledged",
        "alert_updated unpinned",
        "alert_updated unassigned",
    ];
    assert_eq!(story(world, id), expected);
    let long = "x".repeat(limits::ASSIGNEE_CHARS + 1);
    let refused = rules.assign(world, id, Some(&long), &edit(), at(4));
    assert_eq!(refusal(refused).code(), "text_length");
}
