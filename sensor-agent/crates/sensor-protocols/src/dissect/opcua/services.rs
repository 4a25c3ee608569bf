//! Services by the node identifier of what is sent (OPC 10000-6, A.3), and their classes.
//!
//! Source of the numbers: `NodeIds.csv` of the OPC Foundation's UA-Nodeset repository, rows
//! `…Request_Encoding_DefaultBinary` and `…Response_Encoding_DefaultBinary`.

use super::layout::{Step, ask, tell};
use crate::observation::OperationClass::{
    self, Auth, Config, Control, Discovery, Event, Read, Session, Write,
};

/// A service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) request: u16,
    pub(super) response: u16,
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    /// Fields behind the header of the request.
    pub(super) ask: &'static [Step],
    /// Fields behind the header of the response.
    pub(super) tell: &'static [Step],
}

const fn row(
    (request, response): (u16, u16),
    name: &'static str,
    class: OperationClass,
    ask: &'static [Step],
    tell: &'static [Step],
) -> Service {
    Service {
        request,
        response,
        name,
        class,
        ask,
        tell,
    }
}

/// `ServiceFault`: the response of every service that fails as a whole.
pub(super) const FAULT: u32 = 397;
pub(super) const OPEN_CHANNEL: u32 = 446;
pub(super) const CLOSE_CHANNEL: u32 = 452;

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent {
    Request(&'static Service),
    Response(&'static Service),
    Fault,
}

/// What a number of the standard namespace stands for.
#[inline]
pub(super) fn sent(number: u32) -> Option<Sent> {
    if number == FAULT {
        return Some(Sent::Fault);
    }
    let number = u16::try_from(number).ok()?;
    let after = SERVICES.partition_point(|service| service.request <= number);
    let service = SERVICES.get(after.checked_sub(1)?)?;
    if service.request == number {
        Some(Sent::Request(service))
    } else if service.response == number {
        Some(Sent::Response(service))
    } else {
        None
    }
}

#[rustfmt::skip]
const SERVICES: &[Service] = &[
    row((422, 425), "find_servers", Discovery, ask::FIND_SERVERS, tell::FIND_SERVERS),
    row((428, 431), "get_endpoints", Discovery, ask::FIND_SERVERS, tell::GET_ENDPOINTS),
    row((437, 440), "register_server", Config, ask::REGISTER_SERVER, tell::NOTHING),
    row((446, 449), "open_secure_channel", Session, ask::OPEN_CHANNEL, tell::OPEN_CHANNEL),
    row((452, 455), "close_secure_channel", Session, ask::NOTHING, tell::NOTHING),
    row((461, 464), "create_session", Session, ask::CREATE_SESSION, tell::CREATE_SESSION),
    row((467, 470), "activate_session", Auth, ask::ACTIVATE_SESSION, tell::ACTIVATE_SESSION),
    row((473, 476), "close_session", Session, ask::CLOSE_SESSION, tell::NOTHING),
    row((479, 482), "cancel", Session, ask::CANCEL, tell::CANCEL),
    row((488, 491), "add_nodes", Config, ask::ADD_NODES, tell::ADD_NODES),
    row((494, 497), "add_references", Config, ask::ADD_REFERENCES, tell::RESULTS),
    row((500, 503), "delete_nodes", Config, ask::DELETE_NODES, tell::RESULTS),
    row((506, 509), "delete_references", Config, ask::DELETE_REFERENCES, tell::RESULTS),
    row((527, 530), "browse", Discovery, ask::BROWSE, tell::BROWSE),
    row((533, 536), "browse_next", Discovery, ask::BROWSE_NEXT, tell::BROWSE),
    row((554, 557), "translate_browse_paths", Discovery, ask::TRANSLATE, tell::TRANSLATE),
    row((560, 563), "register_nodes", Discovery, ask::NODES, tell::NODES),
    row((566, 569), "unregister_nodes", Discovery, ask::NODES, tell::NOTHING),
    row((615, 618), "query_first", Discovery, ask::QUERY_FIRST, tell::QUERY_FIRST),
    row((621, 624), "query_next", Discovery, ask::QUERY_NEXT, tell::QUERY_NEXT),
    row((631, 634), "read", Read, ask::READ, tell::READ),
    row((664, 667), "history_read", Read, ask::HISTORY_READ, tell::HISTORY_READ),
    row((673, 676), "write", Write, ask::WRITE, tell::RESULTS),
    row((700, 703), "history_update", Write, ask::HISTORY_UPDATE, tell::HISTORY_UPDATE),
    row((712, 715), "call", Control, ask::CALL, tell::CALL),
    row((751, 754), "create_monitored_items", Read, ask::CREATE_ITEMS, tell::CREATE_ITEMS),
    row((763, 766), "modify_monitored_items", Read, ask::MODIFY_ITEMS, tell::MODIFY_ITEMS),
    row((769, 772), "set_monitoring_mode", Read, ask::SET_MONITORING, tell::RESULTS),
    row((775, 778), "set_triggering", Read, ask::SET_TRIGGERING, tell::SET_TRIGGERING),
    row((781, 784), "delete_monitored_items", Read, ask::DELETE_ITEMS, tell::RESULTS),
    row((787, 790), "create_subscription", Session, ask::CREATE_SUBSCRIPTION, tell::CREATE_SUBSCRIPTION),
    row((793, 796), "modify_subscription", Session, ask::MODIFY_SUBSCRIPTION, tell::MODIFY_SUBSCRIPTION),
    row((799, 802), "set_publishing_mode", Session, ask::SET_PUBLISHING, tell::RESULTS),
    row((826, 829), "publish", Event, ask::PUBLISH, tell::PUBLISH),
    row((832, 835), "republish", Event, ask::REPUBLISH, tell::REPUBLISH),
    row((841, 844), "transfer_subscriptions", Session, ask::TRANSFER, tell::TRANSFER),
    row((847, 850), "delete_subscriptions", Session, ask::SUBSCRIPTIONS, tell::RESULTS),
    row((12_208, 12_209), "find_servers_on_network", Discovery, ask::FIND_ON_NETWORK, tell::FIND_ON_NETWORK),
    row((12_211, 12_212), "register_server2", Config, ask::REGISTER_SERVER2, tell::RESULTS),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_finds_its_service() {
        let numbers = SERVICES.iter().flat_map(|s| [s.request, s.response]);
        let numbers: Vec<u16> = numbers.collect();
        assert!(numbers.is_sorted_by(|a, b| a < b));
        for service in SERVICES {
            let found = sent(u32::from(service.request));
            assert!(matches!(found, Some(Sent::Request(s)) if s.name == service.name));
            let found = sent(u32::from(service.response));
            assert!(matches!(found, Some(Sent::Response(s)) if s.name == service.name));
        }
        assert!(matches!(sent(FAULT), Some(Sent::Fault)));
        for number in [0, 421, 423, 632, 635, 12_210, 12_213, 65_536 + 631] {
            assert!(sent(number).is_none(), "{number}");
        }
    }
}
