//! MQTT: who connects, publishes and subscribes, and under which topics.

use sensor_protocols::observation::Protocol;

use super::{MESSAGE, UNLEARNED_OPERATION, object, operation};
use crate::engines::tables::When;
use crate::engines::tables::learned::{Kinds, Table};

pub(super) const TABLE: Table = Table {
    operations: &[operation(UNLEARNED_OPERATION, MESSAGE)],
    objects: &[object(
        "mqtt_unlearned_topic",
        When::Any,
        Kinds::Only(&["topic", "topic_filter"]),
    )],
    ..Table::of(Protocol::Mqtt)
};
