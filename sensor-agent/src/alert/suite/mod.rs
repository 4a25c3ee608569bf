//! The alert stage's rules as tests, row by row of the life-cycle table. They run over any
//! repository: in memory here, and over the store in `store::tests`, with a restart wherever a
//! repository outlives one.

pub(crate) mod actions;
pub(crate) mod clock;
pub(crate) mod ingest;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use sensor_detect::baseline::{Tuple, TupleKind};
use sensor_detect::catalogue::catalogue;
use sensor_detect::finding::{Finding, Keyed, PartyKey, Value, Values};
use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::observation::Protocol;
use sensor_protocols::time::Timestamp;

use super::{
    ActionError, Actor, Alert, Edit, Ingested, Lifecycle, LifecycleSettings, MemoryRepository,
    Occurrence, Refusal, Repository, TimelineEvent,
};

/// A repository under test.
pub(crate) trait World: Repository {
    /// Ends and starts the process, as far as the repository outlives one.
    fn restart(&mut self);

    /// The timeline in the order of recording.
    fn events(&mut self) -> Vec<TimelineEvent>;
}

impl World for MemoryRepository {
    fn restart(&mut self) {}

    fn events(&mut self) -> Vec<TimelineEvent> {
        MemoryRepository::events(self).to_vec()
    }
}

/// Learnable and aggregating.
pub(crate) const FUNCTION_CODE: &str = "modbus_unpermitted_function_code";
/// Mutable, not learnable.
pub(crate) const EXCEPTION: &str = "modbus_exception";
/// Neither: about the sensor itself.
pub(crate) const SILENCE: &str = "sensor_no_traffic";

pub(crate) const CLIENT: [u8; 4] = [10, 0, 0, 1];
pub(crate) const SERVER: [u8; 4] = [10, 0, 0, 2];
pub(crate) const ELSEWHERE: [u8; 4] = [8, 8, 8, 8];

/// `seconds` after the start of the tests' time.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_nanos(1_700_000_000_000_000_000).after(Duration::from_secs(seconds))
}

pub(crate) fn days(count: u64) -> u64 {
    count * 24 * 60 * 60
}

pub(crate) fn endpoint(ip: [u8; 4], port: u16) -> Endpoint {
    let [.., last] = ip;
    Endpoint {
        mac: MacAddr([2, 0, 0, 0, 0, last]),
        ip: Some(IpAddr::V4(Ipv4Addr::from(ip))),
        port,
        vlan: Some(7),
    }
}

pub(crate) fn tuple(source: [u8; 4], destination: [u8; 4], code: u32) -> Tuple {
    Tuple {
        kind: TupleKind::Operation,
        source: PartyKey::Ip(source.into()),
        destination: Some(PartyKey::Ip(destination.into())),
        protocol: Protocol::Modbus,
        operation: Some(code),
        sub_operation: None,
        object: None,
    }
}

/// A finding of a type, from client to server, about a function code.
pub(crate) fn finding(type_id: &str, code: u32, seconds: u64) -> Finding {
    between(type_id, CLIENT, SERVER, code, seconds)
}

pub(crate) fn between(
    type_id: &str,
    source: [u8; 4],
    destination: [u8; 4],
    code: u32,
    seconds: u64,
) -> Finding {
    let alert_type = catalogue().get(type_id).expect("a type of the catalogue");
    let mut values = Values::new();
    values.push(("function_code", Value::from(code)));
    Finding {
        alert_type,
        time: at(seconds),
        frame: 17,
        count: 1,
        source: Some(endpoint(source, 40_000)),
        destination: Some(endpoint(destination, 502)),
        protocol: Protocol::Modbus,
        keyed: if type_id == SILENCE {
            Keyed::Sensor
        } else {
            Keyed::Pair
        },
        discriminator: u64::from(code),
        values,
        tuple: alert_type
            .learnable
            .then(|| tuple(source, destination, code)),
    }
}

pub(crate) fn lifecycle() -> Lifecycle {
    Lifecycle::new(LifecycleSettings {
        site: Some("plant".to_owned()),
        zone: Some("line 1".to_owned()),
        ..LifecycleSettings::default()
    })
}

pub(crate) fn edit() -> Edit {
    Edit::by(Actor::new("ada", Some(IpAddr::V4(Ipv4Addr::LOCALHOST))))
}

/// Takes a finding up at its own time.
pub(crate) fn ingest<R: Repository>(repo: &mut R, finding: &Finding) -> Ingested {
    let occurrence = Occurrence::from(finding);
    let result = lifecycle().ingest(repo, &occurrence, finding.time);
    result.expect("the repository works")
}

/// Takes a finding up that must open an alert.
pub(crate) fn opened<R: Repository>(repo: &mut R, finding: &Finding) -> u64 {
    let ingested = ingest(repo, finding);
    let Ingested::Opened(id) = ingested else {
        panic!("no new alert but {ingested:?}");
    };
    id
}

pub(crate) fn alert<R: Repository>(repo: &mut R, id: u64) -> Alert {
    let alert = repo.alert(id).expect("the repository works");
    alert.expect("the alert exists")
}

/// The code of a refusal, having checked that nothing was changed.
pub(crate) fn refusal<T: std::fmt::Debug, E: std::fmt::Debug>(
    result: Result<T, ActionError<E>>,
) -> Refusal {
    match result {
        Err(ActionError::Refused(refusal)) => refusal,
        other => panic!("not refused but {other:?}"),
    }
}

/// The types and operations of an alert's timeline, oldest first.
pub(crate) fn story<W: World>(world: &mut W, id: u64) -> Vec<String> {
    let events = world.events().into_iter();
    let own = events.filter(|event| event.alert_id == Some(id));
    own.map(|event| {
        let operation = event.operation.map_or("none", |operation| operation.id());
        format!("{} {operation}", event.event_type.id())
    })
    .collect()
}

/// Makes one test of each rule over one kind of repository.
macro_rules! rules {
    ($world:expr) => {
        $crate::alert::suite::rules!($world;
            ingest: first_finding_opens_a_new_alert
            ingest: repeats_move_count_and_last_detection_only
            ingest: other_violation_joins_an_aggregating_alert
            ingest: other_discriminator_opens_another_alert_of_a_plain_type
            ingest: violations_have_a_cap_and_what_is_over_it_is_counted
            ingest: other_devices_open_a_separate_alert
            ingest: traffic_after_a_plain_close_opens_a_linked_alert
            ingest: the_reopened_alert_takes_traffic_up_when_no_newer_one_does
            ingest: long_values_are_cut_visibly
            actions: status_can_be_set_and_is_told_in_the_timeline
            actions: setting_the_same_status_changes_nothing
            actions: a_stale_revision_is_refused_with_the_current_one
            actions: repeats_leave_the_revision_alone
            actions: an_unknown_alert_is_not_found
            actions: learn_closes_and_suppresses_until_unlearn
            actions: learn_takes_chosen_violations_only
            actions: learn_is_refused_where_it_makes_no_sense
            actions: preview_lists_exact_tuples_and_changes_nothing
            actions: mute_closes_and_counts_until_unmute
            actions: mute_is_refused_where_it_makes_no_sense
            actions: the_sites_own_public_addresses_can_be_muted
            actions: comments_have_author_and_bounds
            actions: acknowledge_pin_and_assign_are_told
            clock: quiet_alerts_close_by_themselves
            clock: repeats_restart_the_auto_close_clock
            clock: reopening_restarts_the_auto_close_clock
            clock: retention_takes_idle_alerts_and_leaves_pinned_ones
            clock: without_periods_nothing_is_due
            clock: mutes_end_at_their_time
            clock: learning_ends_at_its_time
            clock: the_limit_of_a_tick_is_kept_and_said
        );
    };
    ($world:expr; $($group:ident: $rule:ident)*) => {
        $(
            #[test]
            fn $rule() {
                $crate::alert::suite::$group::$rule(&mut $world);
            }
        )*
    };
}
pub(crate) use rules;

mod memory {
    use super::MemoryRepository;

    super::rules!(MemoryRepository::new());
}
