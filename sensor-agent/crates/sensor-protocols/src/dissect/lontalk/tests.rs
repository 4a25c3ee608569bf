//! Packets made after the layouts, each checked with tshark, and what departs from them.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// `>` from the client, `<` from the server.
const MESSAGES: &[&str] = &[
    ">001f010100000000000000010000000200000003010901820183aa05923407",
    ">001e010100000000000000010000000200000003011901820183aa039234",
    "<0020010100000000000000010000000200000003011901830182aa2392340007",
    ">001e010100000000000000010000000200000003011901820183aa046c03",
    "<001d010100000000000000010000000200000003011901830182aa242c",
    ">0022010100000000000000010000000200000003013d018200010203040506aa6100",
    ">001501600000000000000001000000020000000300",
    ">001d0101000000000000000100000002000000030131018205aa923408",
];

#[test]
fn messages_are_told() {
    check(
        &ENTRY,
        Transport::Udp,
        MESSAGES,
        &[
            "> lontalk 0x10000 network_variable (write) @131 source_node=130 network_variable=4660",
            "> lontalk 0x10000 network_variable (read) @131 source_node=130 network_variable=4660",
            "< lontalk 0x10000 network_variable (read) @130 source_node=131 network_variable=4660 ok answers #2",
            "> lontalk 0x6c set_node_mode (control) @131 source_node=130",
            "< lontalk 0x6c set_node_mode (control) @130 source_node=131 ok answers #4",
            "- lontalk 0x61 query_id (discovery) source_node=130 unique_node=1108152157446",
            "- lontalk 0x20060 status_request (diagnostic)",
            "- lontalk 0x10000 network_variable (write) source_node=130 subnet=5 network_variable=4660",
        ],
    );
}

/// A response of network management that failed; keys in an update of the key.
#[test]
fn failures_are_told_and_keys_are_not() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    let head = "0020 01 01 00 00 0000 00000001 00000002 00000003";
    flow.offer(
        Role::Client,
        &bytes(&format!("{head} 01 19 01 82 01 83 aa 07 65 00 1122")),
        false,
    );
    flow.offer(
        Role::Server,
        &bytes(&format!("{head} 01 19 01 83 01 82 aa 27 05 00 0000")),
        false,
    );
    assert!(
        flow.seen[0].contains("update_key (config)"),
        "{:?}",
        flow.seen
    );
    assert!(
        flow.seen[1].contains("update_key (config)"),
        "{:?}",
        flow.seen
    );
    assert!(
        flow.seen[1].contains("error 0x5 failed answers #1"),
        "{:?}",
        flow.seen
    );
}

/// The answer to a query of a domain has its key at its end.
#[test]
fn keys_in_answers_are_not_told() {
    for (code, told) in [("2a", false), ("0a", false), ("2d", true)] {
        let mut values = None;
        let octets = bytes(&format!(
            "0027 01 01 00 00 0000 00000001 00000002 00000003 01 19 01 83 01 82 aa 27 {code} 01020304050607080900"
        ));
        let mut dissector = (ENTRY.create)();
        let input = crate::dissect::Input {
            time: crate::time::Timestamp::ZERO,
            frame: 1,
            sender: Role::Server,
            transport: Transport::Udp,
            bytes: &octets,
            cut: false,
            last: false,
        };
        dissector.parse(&input, &mut |facts| values = Some(!facts.values.is_empty()));
        assert_eq!(values, Some(told), "{code}");
    }
}

/// A query to all nodes is answered by each of them.
#[test]
fn several_nodes_answer_one_request() {
    let query = "001e010100000000000000010000000200000003 01 11 01 82 05 aa 04 61 00";
    let answer = "001d010100000000000000010000000200000003 01 19 01 83 01 82 aa 24 21";
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    flow.offer(
        Role::Client,
        &bytes(&query.replacen("001e", "001d", 1)),
        false,
    );
    for _ in 0..2 {
        flow.offer(Role::Server, &bytes(answer), false);
    }
    assert!(flow.seen[1].contains("query_id"), "{:?}", flow.seen);
    for answer in &flow.seen[1..] {
        assert!(!answer.contains('!'), "{answer}");
    }
}

#[test]
fn hostile_input_is_survived() {
    let seeds: Vec<&str> = MESSAGES.iter().map(|m| &m[1..]).collect();
    hostile(&ENTRY, Transport::Udp, &seeds);
}
