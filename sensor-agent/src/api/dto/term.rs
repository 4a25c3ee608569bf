//! Fixed vocabularies of the API: a word on the wire, a variant in the domain.
//!
//! The words, the check of the input and the list in the specification all come from the domain's
//! own table, so that a new variant appears everywhere at once.

use std::borrow::Cow;

use sensor_detect::baseline::TupleKind;
use sensor_detect::catalogue::{Engine, Severity};
use sensor_detect::detector::{DeviceKind, EngineState, Mode, Origin};
use sensor_protocols::observation::Protocol;
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::alert::{EventSeverity, EventType, Operation, Status};
use crate::capture::filter::Action;
use crate::service::{FilterOrigin, HealthStatus, Role};

/// A closed set of words.
pub trait Vocabulary: Copy + 'static {
    /// Name of the schema.
    const NAME: &'static str;
    /// What the words are about.
    const ABOUT: &'static str;

    fn words() -> &'static [Self];

    fn word(self) -> &'static str;
}

/// A word of the vocabulary `T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term<T>(pub T);

impl<T> From<T> for Term<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Vocabulary> Serialize for Term<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Term<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(deserializer)?;
        T::words()
            .iter()
            .find(|value| value.word() == text)
            .map(|value| Self(*value))
            .ok_or_else(|| {
                let words: Vec<&str> = T::words().iter().map(|value| value.word()).collect();
                D::Error::custom(format_args!("must be one of {}", words.join(", ")))
            })
    }
}

impl<T: Vocabulary> PartialSchema for Term<T> {
    fn schema() -> RefOr<Schema> {
        let words = T::words().iter().map(|value| value.word());
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some(T::ABOUT))
            .enum_values(Some(words))
            .examples(T::words().first().map(|value| value.word()))
            .into()
    }
}

impl<T: Vocabulary> ToSchema for Term<T> {
    fn name() -> Cow<'static, str> {
        T::NAME.into()
    }
}

/// Declares vocabularies: alias, domain type, schema name, text, words, function to the word.
macro_rules! vocabularies {
    ($($alias:ident = $domain:ty, $name:literal, $about:literal, $words:expr, $word:expr;)+) => {$(
        #[doc = $about]
        pub type $alias = Term<$domain>;

        impl Vocabulary for $domain {
            const NAME: &'static str = $name;
            const ABOUT: &'static str = $about;

            fn words() -> &'static [Self] {
                $words
            }

            fn word(self) -> &'static str {
                let word: fn(Self) -> &'static str = $word;
                word(self)
            }
        }
    )+};
}

vocabularies! {
    StatusTerm = Status, "AlertStatus",
        "Where an alert stands: `new` and `active` take up further traffic of their kind, `closed` does not.",
        &Status::ALL, Status::id;
    SeverityTerm = Severity, "Severity",
        "How urgent it is, least urgent first.",
        &Severity::ALL, Severity::id;
    EngineTerm = Engine, "Engine",
        "The detection engine.",
        &Engine::ALL, Engine::id;
    ProtocolTerm = Protocol, "Protocol",
        "The protocol of the traffic.",
        Protocol::ALL, Protocol::id;
    EventTypeTerm = EventType, "EventType",
        "Kind of a timeline event.",
        EventType::ALL, EventType::id;
    EventSeverityTerm = EventSeverity, "EventSeverity",
        "How much attention a timeline event asks for.",
        &[EventSeverity::Info, EventSeverity::Notice, EventSeverity::Alert],
        |value| match value {
            EventSeverity::Info => "info",
            EventSeverity::Notice => "notice",
            EventSeverity::Alert => "alert",
        };
    OperationTerm = Operation, "EventOperation",
        "What was done to the alert or to the sensor.",
        Operation::ALL, Operation::id;
    RoleTerm = Role, "Role",
        "What a token allows; each role may do everything the ones before it may.",
        &Role::ALL, Role::id;
    HealthTerm = HealthStatus, "HealthStatus",
        "`degraded`: it senses, but something was lost or is off. `failing`: it does not sense or cannot keep what it finds.",
        &[HealthStatus::Ok, HealthStatus::Degraded, HealthStatus::Failing], HealthStatus::id;
    ModeTerm = Mode, "LearningMode",
        "`learning`: unknown traffic enters the baseline. `dynamic`: the same until the baseline of a type is stable. `operational`: unknown traffic raises alerts.",
        &[Mode::Learning, Mode::Dynamic, Mode::Operational],
        |value| match value {
            Mode::Learning => "learning",
            Mode::Dynamic => "dynamic",
            Mode::Operational => "operational",
        };
    FilterActionTerm = Action, "FilterAction",
        "`exclude`: leave matching frames out. `include`: where a dimension has such rules, only what one of them names is inspected.",
        &Action::ALL, Action::id;
    FilterOriginTerm = FilterOrigin, "FilterOrigin",
        "`api`: set over this interface. `configuration`: set by the configuration file and changed there.",
        &FilterOrigin::ALL, FilterOrigin::id;
    EngineStateTerm = EngineState, "EngineState",
        "`failed`: the engine met a fault of its own and stays off until it is switched on again.",
        &[EngineState::Running, EngineState::Disabled, EngineState::Failed],
        |value| match value {
            EngineState::Running => "running",
            EngineState::Disabled => "disabled",
            EngineState::Failed => "failed",
        };
    DeviceKindTerm = DeviceKind, "DeviceKind",
        "What a device is, judged by its behaviour.",
        &[
            DeviceKind::Unknown,
            DeviceKind::Controller,
            DeviceKind::OtClient,
            DeviceKind::OtGateway,
            DeviceKind::Router,
        ],
        |value| match value {
            DeviceKind::Unknown => "unknown",
            DeviceKind::Controller => "controller",
            DeviceKind::OtClient => "ot_client",
            DeviceKind::OtGateway => "ot_gateway",
            DeviceKind::Router => "router",
        };
    OriginTerm = Origin, "BaselineOrigin",
        "Who put the combination into the baseline.",
        &[Origin::Traffic, Origin::Operator],
        |value| match value {
            Origin::Traffic => "traffic",
            Origin::Operator => "operator",
        };
    TupleKindTerm = TupleKind, "BaselineKind",
        "Which dimension of the traffic the entry allows.",
        &[
            TupleKind::Device,
            TupleKind::Scanner,
            TupleKind::ProgrammingDevice,
            TupleKind::Operation,
            TupleKind::Object,
            TupleKind::Exception,
            TupleKind::Name,
            TupleKind::Internet,
            TupleKind::Firmware,
            TupleKind::BusyServer,
            TupleKind::Indicator,
            TupleKind::Group,
            TupleKind::Bandwidth,
            TupleKind::Feature,
        ],
        |value| match value {
            TupleKind::Device => "device",
            TupleKind::Scanner => "scanner",
            TupleKind::ProgrammingDevice => "programming_device",
            TupleKind::Operation => "operation",
            TupleKind::Object => "object",
            TupleKind::Exception => "exception",
            TupleKind::Name => "name",
            TupleKind::Internet => "internet",
            TupleKind::Firmware => "firmware",
            TupleKind::BusyServer => "busy_server",
            TupleKind::Indicator => "indicator",
            TupleKind::Group => "group",
            TupleKind::Bandwidth => "bandwidth",
            TupleKind::Feature => "feature",
        };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Vocabulary + PartialEq + std::fmt::Debug>() {
        for value in T::words() {
            let json = serde_json::to_string(&Term(*value)).expect("words serialise");
            let back: Term<T> = serde_json::from_str(&json).expect("own word");
            assert_eq!(back.0, *value);
        }
        let error = serde_json::from_str::<Term<T>>("\"no such word\"").err();
        assert!(
            error
                .expect("refused")
                .to_string()
                .contains(T::words()[0].word())
        );
    }

    #[test]
    fn every_word_comes_back_as_its_variant_and_others_are_refused() {
        check::<Status>();
        check::<Severity>();
        check::<Engine>();
        check::<Protocol>();
        check::<EventType>();
        check::<EventSeverity>();
        check::<Operation>();
        check::<Mode>();
        check::<TupleKind>();
        check::<DeviceKind>();
        check::<Origin>();
        check::<EngineState>();
        check::<Action>();
        check::<FilterOrigin>();
    }
}
