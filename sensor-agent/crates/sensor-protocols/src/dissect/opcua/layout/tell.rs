//! Fields of responses, behind their header. Clauses are those of OPC 10000-4.

use super::Step::{
    self, Custom, Diagnostic, Each, Enumeration, EnumerationOnce, Expanded, Extension, ItemValues,
    Items, Label, LabelOnce, Localized, Node, NodeObject, Number, Part, Qualified, Skip, Status,
    Text, TextTo, Variant,
};
use super::{ask, notification, read_result, session};

pub(in super::super) const NOTHING: &[Step] = &[];

const DIAGNOSTICS: Step = Each(&[Diagnostic]);

/// One status for each item, as most services answer.
pub(in super::super) const RESULTS: &[Step] = &[Items(&[Status]), DIAGNOSTICS];

/// 5.5.2.
pub(in super::super) const FIND_SERVERS: &[Step] = &[Each(ask::APPLICATION)];

/// 5.5.3: when numbers started anew, and of each server number, name, address, what it can.
pub(in super::super) const FIND_ON_NETWORK: &[Step] = &[
    Skip(8),
    Each(&[Skip(4), Text, Label(session::ENDPOINT), Each(&[Text])]),
];

/// `UserTokenPolicy` (7.42): name, kind, type, issuer, policy.
const TOKEN_POLICY: Step = Each(&[
    Text,
    EnumerationOnce(session::TOKEN_OFFERED, 3),
    Text,
    Text,
    Text,
]);

/// `EndpointDescription` (7.14): address, who the server is, certificate, mode, policy, users, transport, level.
const ENDPOINTS: Step = Each(&[
    TextTo(session::own_address),
    Part(session::OWN_APPLICATION),
    Text,
    EnumerationOnce(session::MODE, 3),
    LabelOnce(session::POLICY),
    TOKEN_POLICY,
    Text,
    Skip(1),
]);

/// 5.5.4.
pub(in super::super) const GET_ENDPOINTS: &[Step] = &[ENDPOINTS];

/// 5.6.2: version, channel, token, when it was made, lifetime, nonce.
pub(in super::super) const OPEN_CHANNEL: &[Step] = &[
    Skip(4),
    Skip(4),
    Skip(4),
    Skip(8),
    Number(session::LIFETIME),
    Text,
];

/// 5.7.2: session, its secret, time-out, nonce, certificate, endpoints, certificates of software, signature,
/// largest request.
pub(in super::super) const CREATE_SESSION: &[Step] = &[
    Node,
    Node,
    Skip(8),
    Text,
    Text,
    ENDPOINTS,
    Each(&[Text, Text]),
    Text,
    Text,
    Skip(4),
];

/// 5.7.3: nonce, results of the certificates of software.
pub(in super::super) const ACTIVATE_SESSION: &[Step] = &[Text, Each(&[Status]), DIAGNOSTICS];

/// 5.7.5.
pub(in super::super) const CANCEL: &[Step] = &[Skip(4)];

/// 5.8.2.
pub(in super::super) const ADD_NODES: &[Step] = &[Items(&[Status, NodeObject]), DIAGNOSTICS];

/// `ReferenceDescription` (7.30).
const REFERENCE: &[Step] = &[
    Node,
    Skip(1),
    Expanded,
    Qualified,
    Localized,
    Skip(4),
    Expanded,
];

/// 5.9.2 and 5.9.3: status, continuation point, references.
pub(in super::super) const BROWSE: &[Step] =
    &[Items(&[Status, Text, Each(REFERENCE)]), DIAGNOSTICS];

/// 5.9.4.
pub(in super::super) const TRANSLATE: &[Step] =
    &[Items(&[Status, Each(&[Expanded, Skip(4)])]), DIAGNOSTICS];

/// 5.9.5.
pub(in super::super) const NODES: &[Step] = &[Items(&[NodeObject])];

/// `QueryDataSet` (7.28).
const DATA_SETS: Step = Each(&[Expanded, Expanded, Each(&[Variant])]);

/// `ContentFilterResult` (7.7.2).
const FILTER_RESULT: Step = Part(&[Each(&[Skip(4), Each(&[Skip(4)]), DIAGNOSTICS]), DIAGNOSTICS]);

/// 5.10.3.
pub(in super::super) const QUERY_FIRST: &[Step] = &[
    DATA_SETS,
    Text,
    Each(&[Status, Each(&[Status]), DIAGNOSTICS]),
    DIAGNOSTICS,
    FILTER_RESULT,
];

/// 5.10.4.
pub(in super::super) const QUERY_NEXT: &[Step] = &[DATA_SETS, Text];

/// 5.11.2.
pub(in super::super) const READ: &[Step] = &[ItemValues(&[Custom(read_result)]), DIAGNOSTICS];

/// 5.11.3.
pub(in super::super) const HISTORY_READ: &[Step] =
    &[Items(&[Status, Text, Extension]), DIAGNOSTICS];

/// 5.11.5.
pub(in super::super) const HISTORY_UPDATE: &[Step] =
    &[Items(&[Status, Each(&[Status]), DIAGNOSTICS]), DIAGNOSTICS];

/// 5.12.2: status, results of the arguments, what the method returned.
pub(in super::super) const CALL: &[Step] = &[
    Items(&[Status, Each(&[Status]), DIAGNOSTICS, Each(&[Variant])]),
    DIAGNOSTICS,
];

/// 5.13.2.
pub(in super::super) const CREATE_ITEMS: &[Step] =
    &[Items(&[Status, Skip(16), Extension]), DIAGNOSTICS];

/// 5.13.3.
pub(in super::super) const MODIFY_ITEMS: &[Step] =
    &[Items(&[Status, Skip(12), Extension]), DIAGNOSTICS];

/// 5.13.5: items that were added, and that were removed.
pub(in super::super) const SET_TRIGGERING: &[Step] =
    &[Each(&[Status]), DIAGNOSTICS, Each(&[Status]), DIAGNOSTICS];

/// 5.14.2: number, interval, two counts.
pub(in super::super) const CREATE_SUBSCRIPTION: &[Step] =
    &[Number(session::SUBSCRIPTION), Skip(16)];

/// 5.14.3.
pub(in super::super) const MODIFY_SUBSCRIPTION: &[Step] = &[Skip(16)];

/// `NotificationMessage` (7.26): number, time, what happened.
const NOTIFICATION: Step = Part(&[Skip(12), Each(&[Custom(notification::read)])]);

/// 5.14.5: subscription, numbers that can be had again, whether there is more, message, results of the
/// acknowledgements.
pub(in super::super) const PUBLISH: &[Step] = &[
    Number(session::SUBSCRIPTION),
    Each(&[Skip(4)]),
    Skip(1),
    NOTIFICATION,
    Items(&[Status]),
    DIAGNOSTICS,
];

/// 5.14.6.
pub(in super::super) const REPUBLISH: &[Step] = &[NOTIFICATION];

/// 5.14.7.
pub(in super::super) const TRANSFER: &[Step] = &[Items(&[Status, Each(&[Skip(4)])]), DIAGNOSTICS];

/// `BuildInfo` (OPC 10000-5, 12.4): product, manufacturer, name, version, build, date.
pub(super) const BUILD_INFO: &[Step] = &[
    Text,
    TextTo(session::vendor),
    TextTo(session::model),
    TextTo(session::firmware),
    Text,
    Skip(8),
];

/// `ServerStatusDataType` (OPC 10000-5, 12.10): start, time, state, build information, until shutdown, why.
pub(super) const SERVER_STATUS: &[Step] = &[
    Skip(16),
    Enumeration(7),
    Part(BUILD_INFO),
    Skip(4),
    Localized,
];
