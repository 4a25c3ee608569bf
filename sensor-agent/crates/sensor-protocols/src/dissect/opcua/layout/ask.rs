//! Fields of requests, behind their header. Clauses are those of OPC 10000-4.

use super::Step::{
    self, Custom, Each, Enumeration, EnumerationOnce, Expanded, ExpandedObject, Extension,
    ItemValues, Items, Label, LabelOnce, Localized, LocalizedTo, Node, NodeAs, NodeObject, Number,
    Part, Qualified, Skip, Text, TextTo, Variant,
};
use super::{attribute, history, read_value, session};

pub(in super::super) const NOTHING: &[Step] = &[];

/// 5.5.2 and 5.5.4: the address that the client uses, languages, servers or profiles.
pub(in super::super) const FIND_SERVERS: &[Step] =
    &[Label(session::ENDPOINT), Each(&[Text]), Each(&[Text])];

/// 5.5.3.
pub(in super::super) const FIND_ON_NETWORK: &[Step] =
    &[Skip(8), Each(&[Label(session::CAPABILITY)])];

/// `RegisteredServer` (7.32).
const REGISTERED: &[Step] = &[
    Label(session::APPLICATION),
    TextTo(session::product),
    Each(&[LocalizedTo(session::software)]),
    Enumeration(3),
    Text,
    Each(&[Label(session::ENDPOINT)]),
    Text,
    Skip(1),
];

/// 5.5.5 and 5.5.6.
pub(in super::super) const REGISTER_SERVER: &[Step] = REGISTERED;
pub(in super::super) const REGISTER_SERVER2: &[Step] = &[Part(REGISTERED), Items(&[Extension])];

/// 5.6.2: version, kind of request, mode, nonce, lifetime.
pub(in super::super) const OPEN_CHANNEL: &[Step] = &[
    Skip(4),
    EnumerationOnce(session::TOKEN_REQUEST, 1),
    Custom(session::mode),
    Text,
    Number(session::LIFETIME),
];

/// 5.7.2: who the client is, the server, the address that the client uses, name of the session, nonce,
/// certificate, time-out, largest response.
pub(in super::super) const CREATE_SESSION: &[Step] = &[
    Part(session::OWN_APPLICATION),
    Text,
    LabelOnce(session::ENDPOINT),
    Text,
    Text,
    Text,
    Skip(12),
];

/// 5.7.3: signature, certificates of software, languages, who the user is, signature of that.
pub(in super::super) const ACTIVATE_SESSION: &[Step] = &[
    Text,
    Text,
    Each(&[Text, Text]),
    Each(&[Text]),
    Custom(session::user),
    Text,
    Text,
];

/// 5.7.4.
pub(in super::super) const CLOSE_SESSION: &[Step] = &[Skip(1)];

/// 5.7.5.
pub(in super::super) const CANCEL: &[Step] = &[Skip(4)];

/// 5.8.2: parent, reference, wanted identifier, name, class, attributes, type.
pub(in super::super) const ADD_NODES: &[Step] = &[Items(&[
    ExpandedObject,
    Node,
    ExpandedObject,
    Qualified,
    Skip(4),
    Extension,
    Expanded,
])];

/// 5.8.3.
pub(in super::super) const ADD_REFERENCES: &[Step] = &[Items(&[
    NodeObject,
    Node,
    Skip(1),
    Text,
    ExpandedObject,
    Skip(4),
])];

/// 5.8.4.
pub(in super::super) const DELETE_NODES: &[Step] = &[Items(&[NodeObject, Skip(1)])];

/// 5.8.5.
pub(in super::super) const DELETE_REFERENCES: &[Step] =
    &[Items(&[NodeObject, Node, Skip(1), ExpandedObject, Skip(1)])];

/// `ViewDescription` (7.45).
const VIEW: Step = Part(&[Node, Skip(12)]);

/// 5.9.2: view, most references, and of each node direction, reference, its subtypes, masks.
pub(in super::super) const BROWSE: &[Step] = &[
    VIEW,
    Skip(4),
    Items(&[NodeObject, Enumeration(3), Node, Skip(9)]),
];

/// 5.9.3.
pub(in super::super) const BROWSE_NEXT: &[Step] = &[Skip(1), Items(&[Text])];

/// `RelativePath` (7.31).
const PATH: Step = Each(&[Node, Skip(2), Qualified]);

/// 5.9.4.
pub(in super::super) const TRANSLATE: &[Step] = &[Items(&[NodeObject, PATH])];

/// 5.9.5 and 5.9.6.
pub(in super::super) const NODES: &[Step] = &[Items(&[NodeObject])];

/// `ContentFilter` (7.7).
const FILTER: Step = Each(&[Enumeration(17), Each(&[Extension])]);

/// 5.10.3: view, types of nodes with what is wanted of them, filter, two limits.
pub(in super::super) const QUERY_FIRST: &[Step] = &[
    VIEW,
    Each(&[ExpandedObject, Skip(1), Each(&[PATH, Skip(4), Text])]),
    FILTER,
    Skip(8),
];

/// 5.10.4.
pub(in super::super) const QUERY_NEXT: &[Step] = &[Skip(1), Text];

/// 5.11.2: age, times, nodes.
pub(in super::super) const READ: &[Step] = &[Skip(8), Enumeration(4), Items(&[Custom(read_value)])];

/// 5.11.3: what is wanted, times, whether to let go of what is left, nodes.
pub(in super::super) const HISTORY_READ: &[Step] = &[
    Custom(history::read),
    Enumeration(4),
    Skip(1),
    Items(&[NodeObject, Text, Qualified, Text]),
];

/// 5.11.4.
pub(in super::super) const WRITE: &[Step] = &[ItemValues(&[
    NodeObject,
    Custom(attribute),
    Text,
    Custom(history::value),
])];

/// 5.11.5.
pub(in super::super) const HISTORY_UPDATE: &[Step] = &[Items(&[Custom(history::update)])];

/// 5.12.2: object, method, arguments.
pub(in super::super) const CALL: &[Step] = &[Items(&[
    NodeObject,
    NodeAs(session::METHOD),
    Each(&[Variant]),
])];

/// `MonitoringParameters` (7.21): handle, interval, filter, queue.
const MONITORING: Step = Part(&[Skip(12), Extension, Skip(5)]);

/// 5.13.2.
pub(in super::super) const CREATE_ITEMS: &[Step] = &[
    Number(session::SUBSCRIPTION),
    Enumeration(4),
    Items(&[Custom(read_value), Enumeration(2), MONITORING]),
];

/// 5.13.3.
pub(in super::super) const MODIFY_ITEMS: &[Step] = &[
    Number(session::SUBSCRIPTION),
    Enumeration(4),
    Items(&[Number(session::MONITORED_ITEM), MONITORING]),
];

/// 5.13.4.
pub(in super::super) const SET_MONITORING: &[Step] = &[
    Number(session::SUBSCRIPTION),
    EnumerationOnce("monitoring_mode", 2),
    Items(&[Number(session::MONITORED_ITEM)]),
];

/// 5.13.5.
pub(in super::super) const SET_TRIGGERING: &[Step] = &[
    Number(session::SUBSCRIPTION),
    Number(session::MONITORED_ITEM),
    Each(&[Number(session::MONITORED_ITEM)]),
    Each(&[Number(session::MONITORED_ITEM)]),
];

/// 5.13.6.
pub(in super::super) const DELETE_ITEMS: &[Step] = &[
    Number(session::SUBSCRIPTION),
    Items(&[Number(session::MONITORED_ITEM)]),
];

/// 5.14.2: interval, three counts, whether it publishes, priority.
pub(in super::super) const CREATE_SUBSCRIPTION: &[Step] = &[Skip(22)];

/// 5.14.3: as above, without whether it publishes.
pub(in super::super) const MODIFY_SUBSCRIPTION: &[Step] =
    &[Number(session::SUBSCRIPTION), Skip(21)];

/// 5.14.4.
pub(in super::super) const SET_PUBLISHING: &[Step] =
    &[Skip(1), Items(&[Number(session::SUBSCRIPTION)])];

/// 5.14.5: what was received.
pub(in super::super) const PUBLISH: &[Step] = &[Items(&[Skip(8)])];

/// 5.14.6.
pub(in super::super) const REPUBLISH: &[Step] = &[Number(session::SUBSCRIPTION), Skip(4)];

/// 5.14.7.
pub(in super::super) const TRANSFER: &[Step] = &[Items(&[Number(session::SUBSCRIPTION)]), Skip(1)];

/// 5.14.8.
pub(in super::super) const SUBSCRIPTIONS: &[Step] = &[Items(&[Number(session::SUBSCRIPTION)])];

/// `ApplicationDescription` (7.2) of another than the sender: its address, product, name, kind, gateway, profile,
/// addresses.
pub(super) const APPLICATION: &[Step] = &[
    LabelOnce(session::APPLICATION),
    LabelOnce(session::PRODUCT),
    Localized,
    Enumeration(3),
    Text,
    Text,
    Each(&[LabelOnce(session::ENDPOINT)]),
];
