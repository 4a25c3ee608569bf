//! Every service: a request and a response that another implementation encoded.

use super::{Session, seed, seeds};

/// Observations of all seeds, each in a message of its own.
fn all() -> Vec<String> {
    let mut session = Session::open();
    let mut numbers = [1, 1];
    for (at, seed) in seeds().iter().enumerate() {
        let role = seed.role();
        numbers[role as usize] += 1;
        let request = u32::try_from(at / 2 + 2).unwrap();
        session.segment(role, &seed.chunk(numbers[role as usize], request), false);
    }
    session.seen
}

/// What the seeds tell, in their order.
#[rustfmt::skip]
const SEEN: &[&str] = &[
    "> 422 find_servers (discovery) endpoint_url=\"opc.tcp://plc7:4840\"",
    "< 422 find_servers (discovery) application_uri=\"urn:plc7:Acme:Server\" product_uri=\"urn:acme:server\" endpoint_url=\"opc.tcp://plc7:4840\" ok answers #5",
    "> 428 get_endpoints (discovery) endpoint_url=\"opc.tcp://plc7:4840\"",
    "< 428 get_endpoints (discovery) endpoint_url=\"opc.tcp://plc7:4840\" application_uri=\"urn:plc7:Acme:Server\" product_uri=\"urn:acme:server\" security_mode=1 security_policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" user_token_offered=0 ok ~hostname=\"plc7\" ~software=\"Acme Pump Server\" answers #7",
    "> 437 register_server (config) application_uri=\"urn:plc7:Acme:Server\" product_uri=\"urn:acme:server\" endpoint_url=\"opc.tcp://plc7:4840\" ~software=\"Acme Pump Server\"",
    "< 437 register_server (config) ok answers #9",
    "> 446 open_secure_channel (session) security_policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" token_request=0 security_mode=1 token_lifetime_ms=600000",
    "< 446 open_secure_channel (session) security_policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" token_lifetime_ms=600000 ok answers #11",
    "> 452 close_secure_channel (session)",
    "< 452 close_secure_channel (session) ok !unsolicited",
    "> 461 create_session (session) application_uri=\"urn:plc7:Acme:Server\" product_uri=\"urn:acme:server\" endpoint_url=\"opc.tcp://plc7:4840\" ~software=\"Acme Pump Server\"",
    "< 461 create_session (session) endpoint_url=\"opc.tcp://plc7:4840\" application_uri=\"urn:plc7:Acme:Server\" product_uri=\"urn:acme:server\" security_mode=1 security_policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" user_token_offered=0 ok ~hostname=\"plc7\" ~software=\"Acme Pump Server\" answers #15",
    "> 467 activate_session (auth) user_token=1 user_name=\"operator\" password_protection=0",
    "< 467 activate_session (auth) ok answers #17",
    "> 473 close_session (session)",
    "< 473 close_session (session) ok answers #19",
    "> 479 cancel (session)",
    "< 479 cancel (session) ok answers #21",
    "> 488 add_nodes (config) i=85 ns=2;i=777",
    "< 488 add_nodes (config) ns=2;i=777 ok answers #23",
    "> 494 add_references (config) i=85 ns=2;i=777",
    "< 494 add_references (config) ok answers #25",
    "> 500 delete_nodes (config) ns=2;i=777",
    "< 500 delete_nodes (config) ok answers #27",
    "> 506 delete_references (config) i=85 ns=2;i=777",
    "< 506 delete_references (config) ok answers #29",
    "> 527 browse (discovery) i=85",
    "< 527 browse (discovery) ok answers #31",
    "> 533 browse_next (discovery)",
    "< 533 browse_next (discovery) ok answers #33",
    "> 554 translate_browse_paths (discovery) i=85",
    "< 554 translate_browse_paths (discovery) ok answers #35",
    "> 560 register_nodes (discovery) ns=2;s=Pump.Speed ns=1;b=AQID",
    "< 560 register_nodes (discovery) ns=9;i=1 ns=9;i=2 ok answers #37",
    "> 566 unregister_nodes (discovery) ns=9;i=1",
    "< 566 unregister_nodes (discovery) ok answers #39",
    "> 615 query_first (discovery) i=58",
    "< 615 query_first (discovery) ok answers #41",
    "> 621 query_next (discovery)",
    "< 621 query_next (discovery) ok answers #43",
    "> 631 read (read) ns=2;s=Pump.Speed i=2260 ns=2;i=5 attribute=3",
    "< 631 read (read) +160 ok ~vendor=\"Acme\" ~model=\"Pump Server\" ~firmware=\"1.2.3\" answers #45",
    "> 664 history_read (read) history_details=649 ns=2;s=Pump.Speed",
    "< 664 history_read (read) ok answers #47",
    "> 673 write (write) ns=2;s=Pump.Speed ns=2;i=5 attribute=4 +98",
    "< 673 write (write) ok answers #49",
    "> 700 history_update (write) ns=2;s=Pump.Speed history_details=682 ns=2;s=Pump.Speed history_details=688",
    "< 700 history_update (write) ok answers #51",
    "> 712 call (control) ns=2;i=5 method=\"ns=2;s=Start\"",
    "< 712 call (control) ok answers #53",
    "> 751 create_monitored_items (read) subscription=3 ns=2;s=Pump.Speed i=2253 attribute=12",
    "< 751 create_monitored_items (read) ok answers #55",
    "> 763 modify_monitored_items (read) subscription=3 monitored_item=11",
    "< 763 modify_monitored_items (read) ok answers #57",
    "> 769 set_monitoring_mode (read) subscription=3 monitoring_mode=0 monitored_item=11 monitored_item=12",
    "< 769 set_monitoring_mode (read) ok answers #59",
    "> 775 set_triggering (read) subscription=3 monitored_item=11 monitored_item=12",
    "< 775 set_triggering (read) ok answers #61",
    "> 781 delete_monitored_items (read) subscription=3 monitored_item=11",
    "< 781 delete_monitored_items (read) ok answers #63",
    "> 787 create_subscription (session)",
    "< 787 create_subscription (session) subscription=3 ok answers #65",
    "> 793 modify_subscription (session) subscription=3",
    "< 793 modify_subscription (session) ok answers #67",
    "> 799 set_publishing_mode (session) subscription=3",
    "< 799 set_publishing_mode (session) ok answers #69",
    "> 826 publish (event)",
    "< 826 publish (event) subscription=3 notification=811 notification=916 event_severity=900 event_message=\"pump tripped\" notification=820 subscription_status=2148139008 ok answers #71",
    "> 832 republish (event) subscription=3",
    "< 832 republish (event) notification=811 ok answers #73",
    "> 841 transfer_subscriptions (session) subscription=3",
    "< 841 transfer_subscriptions (session) ok answers #75",
    "> 847 delete_subscriptions (session) subscription=3",
    "< 847 delete_subscriptions (session) ok answers #77",
    "> 12208 find_servers_on_network (discovery) server_capability=\"DA\"",
    "< 12208 find_servers_on_network (discovery) endpoint_url=\"opc.tcp://plc7:4840\" ok answers #79",
    "> 12211 register_server2 (config) application_uri=\"urn:plc7:Acme:Server\" product_uri=\"urn:acme:server\" endpoint_url=\"opc.tcp://plc7:4840\" ~software=\"Acme Pump Server\"",
    "< 12211 register_server2 (config) ok answers #81",
    "< 397 service_fault (session) service_fault=397 error 0x800b0000 BadServiceUnsupported !unsolicited",
    "< 631 read (read) +364 ok !unsolicited",
    "< 631 read (read) +125 ok !unsolicited",
    "> 467 activate_session (auth) user_token=0",
    "> 467 activate_session (auth) user_token=2",
    "> 467 activate_session (auth) user_token=3",
    "> 467 activate_session (auth) user_token=1 user_name=\"operator\" password_protection=2",
];

#[test]
fn every_service_is_read_to_its_end() {
    assert_eq!(all(), SEEN);
}

#[test]
fn secrets_are_not_kept() {
    for (name, secret) in [
        ("ActivateSessionRequest", "secret"),
        ("CreateSessionResponse", "i=99"),
    ] {
        let mut session = Session::open();
        let seed = seed(name);
        session.segment(seed.role(), &seed.chunk(2, 2), false);
        assert!(!session.last().contains(secret), "{}", session.last());
    }
    assert!(
        all().iter().all(|line| !line.contains("72962b91")),
        "the token of the session"
    );
}
