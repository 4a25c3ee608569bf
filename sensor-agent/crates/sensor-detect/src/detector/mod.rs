//! The detector: inventory, baseline and the five engines behind one face.
//!
//! Data in: [`Observation`]s in the order of their flows, ticks with the time of the capture, and
//! [`Command`]s. Data out: [`Finding`]s in the order in which they arise, and [`Changes`] that the
//! store has to keep. What belongs to one pair of devices is kept apart (`pair`) from what spans
//! pairs (`site`), so that pairs can be spread over workers.
//!
//! Limits: every table has a cap (see [`crate::settings::Limits`]) and counts what it evicts or
//! refuses; findings are limited per type and second, and the surplus is counted, never lost in
//! silence. A panic in one engine switches that engine off and no other (`fence`).

mod attempts;
mod command;
mod desk;
mod fact;
mod fence;
mod learn;
mod pair;
mod report;
mod site;
mod status;

pub use attempts::ANSWER_TIME;
pub use command::{Changes, Command, WouldHaveAlerted};
pub use desk::Desk;
pub use fact::{Fact, FactKind, IdentityFact};
pub use fence::Fence;
pub use pair::PairDetector;
pub use report::Report;
pub use site::SiteDetector;
pub use status::{DetectorStatus, EngineState, EngineStatus, TypeStatus};

pub use crate::baseline::{Learned, Origin};
pub use crate::inventory::{Device, DeviceKind};
pub use crate::settings::{DetectorSettings, Mode, OtFocus, SettingsError, TypeSettings};
pub use crate::state::TableStatus;

use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use crate::baseline::{ChannelKey, History, Item, Parties, PartyItem, Tuple, TupleKind};
use crate::catalogue::Engine;
use crate::engines::Setup;
use crate::engines::operational::sensor_traffic::SensorTraffic;
use crate::finding::Finding;
use crate::inventory::{AddressBook, Role};

/// Stage 5 as one object.
pub struct Detector {
    settings: DetectorSettings,
    addresses: AddressBook,
    desk: Desk,
    fence: Fence,
    pair: PairDetector,
    site: SiteDetector,
    sensor: SensorTraffic,
    /// Facts of the observation in hand.
    facts: Vec<Fact>,
}

impl Detector {
    /// A detector without any knowledge. Unknown type ids in `settings` have no effect here;
    /// [`DetectorSettings::check`] names them.
    pub fn new(settings: DetectorSettings) -> Self {
        Self {
            addresses: AddressBook::new(
                settings.internal_subnets.clone(),
                settings.ot_subnets.clone(),
            ),
            desk: Desk::new(&settings),
            fence: Fence::new(|engine| settings.engine_enabled(engine)),
            pair: PairDetector::new(&settings),
            site: SiteDetector::new(&settings),
            sensor: SensorTraffic::new(&Setup::new(&settings)),
            facts: Vec::new(),
            settings,
        }
    }

    /// Takes one message or connection fact; findings are appended to `out`.
    pub fn observe(&mut self, observation: &Observation<'_>, out: &mut Vec<Finding>) {
        if self.desk.time(observation.time) {
            self.site.time_ran_back(observation.time);
        }
        self.pair.observe(
            observation,
            &self.addresses,
            &mut self.desk,
            &mut self.fence,
            out,
            &mut self.facts,
        );
        for fact in self.facts.drain(..) {
            self.site
                .fact(&fact, &self.addresses, &mut self.desk, &mut self.fence, out);
        }
    }

    /// Lets time pass, about once a second of capture time: silence and unanswered attempts are
    /// decided here.
    pub fn tick(&mut self, now: Timestamp, out: &mut Vec<Finding>) {
        if self.desk.time(now) {
            self.site.time_ran_back(now);
        }
        let now = self.desk.now();
        self.site
            .tick(now, &self.addresses, &mut self.desk, &mut self.fence, out);
        self.pair
            .tick(now, &self.addresses, &mut self.desk, &mut self.fence, out);
    }

    /// The capture ends: attempts that still wait for an answer are decided as unanswered.
    pub fn finish(&mut self, out: &mut Vec<Finding>) {
        let now = self.desk.now();
        self.pair
            .tick(now, &self.addresses, &mut self.desk, &mut self.fence, out);
        self.site
            .finish(&self.addresses, &mut self.desk, &mut self.fence, out);
    }

    /// Live sources only, about once a second: the source on `interface` has received `frames` in
    /// total. Raises `sensor_no_traffic` and `sensor_traffic_resumed`.
    pub fn interface(
        &mut self,
        now: Timestamp,
        interface: &str,
        frames: u64,
        out: &mut Vec<Finding>,
    ) {
        self.desk.time(now);
        let finding = self.sensor.status(now, interface, frames);
        if let Some(finding) = finding.filter(|_| self.fence.is_open(Engine::Operational)) {
            Report {
                desk: &mut self.desk,
                addresses: &self.addresses,
                out,
            }
            .raise(finding);
        }
    }

    /// Carries out an instruction of an operator or of the alert stage. Returns whether it
    /// changed anything (learning what is learned already does not).
    pub fn apply(&mut self, command: Command) -> bool {
        match command {
            Command::Learn(tuple) => {
                let history = History::operator(self.desk.now());
                self.learn(&tuple, history)
            }
            Command::Unlearn(tuple) => self.unlearn(&tuple),
            Command::SetMode(mode) => self.desk.set_mode(mode),
            Command::SetTypeMode { type_id, mode } => self.desk.set_type_mode(&type_id, mode),
            Command::SetEnabled { type_id, enabled } => self.desk.set_enabled(&type_id, enabled),
            Command::SetEngineEnabled { engine, enabled } => self.set_engine(engine, enabled),
            Command::SetIndicators(indicators) => self.desk.set_indicators(indicators),
        }
    }

    /// What changed since the last call and must be kept.
    pub fn take_changes(&mut self) -> Changes {
        Changes {
            devices: self.site.inventory.take_changed(),
            ..self.desk.take_changes()
        }
    }

    /// Brings back what an earlier run kept, before the first observation. Nothing of it appears
    /// in [`Self::take_changes`].
    pub fn restore(
        &mut self,
        tuples: impl IntoIterator<Item = Learned>,
        devices: impl IntoIterator<Item = Device>,
    ) {
        self.site.inventory.restore(devices.into_iter().collect());
        for learned in tuples {
            let history = History {
                origin: learned.origin,
                first: learned.first_seen,
                last: learned.last_seen,
                count: learned.count,
            };
            self.learn(&learned.tuple, history);
        }
        self.desk.take_changes();
        self.site.inventory.take_changed();
    }

    /// Every learned tuple, ordered by tuple.
    pub fn baseline(&self) -> Vec<Learned> {
        let mut learned = Vec::new();
        self.pair.channels.export(&mut learned);
        self.pair.parties.export(&mut learned);
        self.site.parties.export(&mut learned);
        learned.sort_by(|a, b| a.tuple.cmp(&b.tuple));
        learned
    }

    /// Whether exactly this tuple is learned.
    pub fn is_learned(&self, tuple: &Tuple) -> bool {
        if let (Some(item), Some(key)) = (Item::of(tuple), channel_key(tuple)) {
            let channel = self.pair.channels.get(&key);
            return channel.is_some_and(|channel| channel.baseline.contains(item));
        }
        PartyItem::of(tuple).is_some_and(|item| {
            self.pair.parties.contains(&item) || self.site.parties.contains(&item)
        })
    }

    /// The devices seen so far, by id.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.site.inventory.devices()
    }

    /// The mode of types that have none of their own.
    pub fn mode(&self) -> Mode {
        self.desk.mode()
    }

    /// How the engines, types and tables are doing.
    pub fn status(&self) -> DetectorStatus {
        let mut engines = self.fence.status();
        let types = self.desk.status(&mut engines);
        let mut tables = vec![self.pair.channels.status(), self.pair.parties.status()];
        tables.extend(self.desk.table_status());
        self.pair.tables(&mut tables);
        self.site.tables(&mut tables);
        DetectorStatus {
            engines,
            types,
            tables,
        }
    }

    fn learn(&mut self, tuple: &Tuple, history: History) -> bool {
        if let (Some(item), Some(key)) = (Item::of(tuple), channel_key(tuple)) {
            let channel = self.pair.channel_of(key);
            return self.desk.learn_item(channel, item, history);
        }
        let Some(item) = PartyItem::of(tuple) else {
            return false;
        };
        let parties = parties_of(item.kind, &mut self.pair, &mut self.site);
        let learned = self.desk.learn_party(parties, &item, history);
        self.set_role(&item, true);
        learned
    }

    fn unlearn(&mut self, tuple: &Tuple) -> bool {
        let gone = if let (Some(item), Some(key)) = (Item::of(tuple), channel_key(tuple)) {
            self.pair.channels.unlearn(key, item)
        } else if let Some(item) = PartyItem::of(tuple) {
            self.set_role(&item, false);
            parties_of(item.kind, &mut self.pair, &mut self.site).unlearn(&item)
        } else {
            false
        };
        if gone {
            self.desk.tuple_unlearned(tuple.clone());
        }
        gone
    }

    /// Roles are tuples; the inventory shows them on the device.
    fn set_role(&mut self, item: &PartyItem<'_>, has: bool) {
        let role = match item.kind {
            TupleKind::Device => Role::Authorised,
            TupleKind::Scanner => Role::Scanner,
            TupleKind::ProgrammingDevice => Role::Programming,
            TupleKind::Operation
            | TupleKind::Object
            | TupleKind::Exception
            | TupleKind::Name
            | TupleKind::Internet
            | TupleKind::Firmware
            | TupleKind::BusyServer
            | TupleKind::Feature
            | TupleKind::Indicator
            | TupleKind::Group
            | TupleKind::Bandwidth => return,
        };
        self.site.inventory.set_role(item.source, role, has);
    }

    fn set_engine(&mut self, engine: Engine, enabled: bool) -> bool {
        let changed = self.fence.set_enabled(engine, enabled);
        if changed && enabled {
            self.pair.rebuild(engine, &self.settings);
            self.site.rebuild(engine, &self.settings);
        }
        changed
    }
}

/// The channel that a tuple is about.
fn channel_key(tuple: &Tuple) -> Option<ChannelKey> {
    Some(ChannelKey {
        client: tuple.source,
        server: tuple.destination?,
        protocol: tuple.protocol,
    })
}

/// Where tuples of a kind about one device live: with the rules that ask for them.
fn parties_of<'a>(
    kind: TupleKind,
    pair: &'a mut PairDetector,
    site: &'a mut SiteDetector,
) -> &'a mut Parties {
    match kind {
        TupleKind::Name
        | TupleKind::Internet
        | TupleKind::ProgrammingDevice
        | TupleKind::Feature
        | TupleKind::Indicator
        | TupleKind::Group
        | TupleKind::Bandwidth => &mut pair.parties,
        TupleKind::Device
        | TupleKind::Scanner
        | TupleKind::Firmware
        | TupleKind::BusyServer
        | TupleKind::Operation
        | TupleKind::Object
        | TupleKind::Exception => &mut site.parties,
    }
}
