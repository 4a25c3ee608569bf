//! A finding meets the alerts: it is suppressed, counted, added, or opens a new one.

use sensor_detect::catalogue::render;
use sensor_detect::finding::{AlertKey, Finding};
use sensor_protocols::addr::Endpoint;
use sensor_protocols::time::Timestamp;

use super::{Change, Lifecycle, commit, record};
use crate::alert::{
    Actor, Alert, AlertParty, EventSeverity, EventType, NewEvent, Operation, Repeat, Repository,
    Status, ViolationId, ViolationPlace, ViolationRecord, limits,
};

/// One or more equal findings.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// The first of them.
    pub finding: &'a Finding,
    /// Messages of all of them.
    pub count: u64,
    /// Capture time of the last.
    pub last: Timestamp,
}

impl<'a> From<&'a Finding> for Occurrence<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            finding,
            count: finding.count,
            last: finding.time,
        }
    }
}

/// What became of a finding. Numbers are alert ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ingested {
    Opened(u64),
    Repeated(u64),
    ViolationAdded(u64),
    /// Counted on the mute of its key.
    Muted,
    /// Counted on what a person learned.
    Learned,
}

impl Lifecycle {
    /// Takes up one occurrence at `now`, the sensor's clock.
    pub fn ingest<R: Repository>(
        &self,
        repo: &mut R,
        occurrence: &Occurrence<'_>,
        now: Timestamp,
    ) -> Result<Ingested, R::Error> {
        let finding = occurrence.finding;
        let key = finding.key();
        if let Some(hits) = repo.hit_mute(&key, occurrence.count, now)? {
            if hits == 0 {
                report_first_muted(repo, finding, &key)?;
            }
            return Ok(Ingested::Muted);
        }
        if let Some(tuple) = &finding.tuple
            && repo.hit_learned(tuple, occurrence.count, now)?.is_some()
        {
            return Ok(Ingested::Learned);
        }
        let violation = ViolationId::new(finding.discriminator, finding.tuple.as_ref());
        match repo.open_alert(&key, violation)? {
            Some(open) if open.place == ViolationPlace::Room => {
                add_violation(repo, open.id, occurrence, now)
            }
            Some(open) => {
                let repeat = Repeat {
                    violation,
                    count: occurrence.count,
                    last: occurrence.last,
                    now,
                };
                repo.count_repeat(open.id, &repeat)?;
                Ok(Ingested::Repeated(open.id))
            }
            None => self.open(repo, key, occurrence, now),
        }
    }

    fn open<R: Repository>(
        &self,
        repo: &mut R,
        key: AlertKey,
        occurrence: &Occurrence<'_>,
        now: Timestamp,
    ) -> Result<Ingested, R::Error> {
        let previous = repo.latest_alert(&key)?;
        let finding = occurrence.finding;
        let id = repo.allocate_alert_id()?;
        let source = party(repo, finding.source.as_ref())?;
        let destination = party(repo, finding.destination.as_ref())?;
        let alert = Alert {
            id,
            previous_alert_id: previous,
            source,
            destination,
            site: self.settings.site.clone(),
            zone: self.settings.zone.clone(),
            ..fresh(key, occurrence, now)
        };
        repo.put_alert(&alert)?;
        let actor = Actor::sensor();
        let change = Change::new(Operation::Opened, &actor, alert.message.clone());
        record(repo, &alert, finding.time, EventType::AlertReported, change)?;
        Ok(Ingested::Opened(id))
    }
}

/// The parts of a new alert that come from its finding and type alone.
fn fresh(key: AlertKey, occurrence: &Occurrence<'_>, now: Timestamp) -> Alert {
    let finding = occurrence.finding;
    let kind = finding.alert_type;
    Alert {
        id: 0,
        type_id: key.type_id.clone(),
        key,
        engine: kind.engine,
        severity: kind.severity,
        category: kind.category.clone(),
        status: Status::New,
        title: kind.title.clone(),
        message: clip(render(finding), limits::MESSAGE_CHARS),
        protocol: finding.protocol,
        source: None,
        destination: None,
        first_detection: finding.time,
        last_detection: occurrence.last,
        quiet_since: now,
        last_activity: now,
        count: occurrence.count,
        learnable: kind.learnable,
        mutable: kind.mutable,
        learned: false,
        muted: false,
        acknowledged: false,
        techniques: kind.techniques.clone(),
        remediation_steps: kind.remediation_steps.clone(),
        violations: vec![violation(occurrence)],
        violations_omitted: 0,
        comments: Vec::new(),
        pcap_available: false,
        previous_alert_id: None,
        pinned: false,
        assignee: None,
        site: None,
        zone: None,
        revision: 1,
    }
}

fn violation(occurrence: &Occurrence<'_>) -> ViolationRecord {
    let finding = occurrence.finding;
    ViolationRecord {
        discriminator: finding.discriminator,
        values: finding
            .values
            .iter()
            .take(limits::VIOLATION_VALUES)
            .map(|(name, value)| {
                let text = clip(value.to_string(), limits::VALUE_CHARS);
                ((*name).to_owned(), text)
            })
            .collect(),
        first_detection: finding.time,
        last_detection: occurrence.last,
        count: occurrence.count,
        frame: finding.frame,
        tuple: finding.tuple.clone(),
        learned: false,
    }
}

fn add_violation<R: Repository>(
    repo: &mut R,
    id: u64,
    occurrence: &Occurrence<'_>,
    now: Timestamp,
) -> Result<Ingested, R::Error> {
    let Some(mut alert) = repo.alert(id)? else {
        // The repository named it a moment ago, so this is a repository with a broken index; the
        // checker finds that, and the traffic is not lost: it is counted as a repeat.
        let repeat = Repeat {
            violation: ViolationId::new(
                occurrence.finding.discriminator,
                occurrence.finding.tuple.as_ref(),
            ),
            count: occurrence.count,
            last: occurrence.last,
            now,
        };
        repo.count_repeat(id, &repeat)?;
        return Ok(Ingested::Repeated(id));
    };
    alert.count = alert.count.saturating_add(occurrence.count);
    alert.last_detection = alert.last_detection.max(occurrence.last);
    alert.quiet_since = alert.quiet_since.max(now);
    alert.violations.push(violation(occurrence));
    let actor = Actor::sensor();
    let content = clip(render(occurrence.finding), limits::MESSAGE_CHARS);
    let change = Change::new(Operation::ViolationAdded, &actor, content);
    commit(repo, &mut alert, now, change)?;
    Ok(Ingested::ViolationAdded(id))
}

fn party<R: Repository>(
    repo: &mut R,
    endpoint: Option<&Endpoint>,
) -> Result<Option<AlertParty>, R::Error> {
    let Some(endpoint) = endpoint else {
        return Ok(None);
    };
    let device = repo.device_at(endpoint)?;
    let (device_id, name) = device.map_or((None, None), |d| (Some(d.id), d.name));
    Ok(Some(AlertParty {
        device_id,
        name,
        mac: Some(endpoint.mac).filter(|mac| !mac.is_zero()),
        ip: endpoint.ip,
        port: Some(endpoint.port).filter(|port| *port != 0),
        vlan: endpoint.vlan,
    }))
}

/// A mute leaves one trace of the traffic it hides, besides its hit counter.
fn report_first_muted<R: Repository>(
    repo: &mut R,
    finding: &Finding,
    key: &AlertKey,
) -> Result<(), R::Error> {
    let alert_id = repo.mute(key)?.map(|mute| mute.alert_id);
    repo.append_event(NewEvent {
        time: finding.time,
        event_type: EventType::MutedAlert,
        severity: EventSeverity::Info,
        title: finding.alert_type.title.clone(),
        content: clip(render(finding), limits::MESSAGE_CHARS),
        actor: Actor::sensor(),
        operation: None,
        alert_id,
        device_ids: Vec::new(),
        before: None,
        after: None,
    })?;
    Ok(())
}

/// At most `max` characters; the cut shows as `…`.
fn clip(mut text: String, max: usize) -> String {
    if let Some((cut, _)) = text.char_indices().nth(max) {
        text.truncate(cut);
        text.push('…');
    }
    text
}
