//! A message made after the layout, checked with tshark, and what departs from it.

use super::ENTRY;
use crate::dissect::Role;
use crate::dissect::message::tests::{Flow, bytes, check, hostile};
use crate::observation::Transport;

/// `>` from the client, `<` from the server.
const MESSAGES: &[&str] =
    &[">0d0107000a00000102000000000000000000000001000000000001000000000001020304"];

#[test]
fn messages_are_told() {
    check(
        &ENTRY,
        Transport::Udp,
        MESSAGES,
        &["- egd 0xd produced_data (event) 10.0.0.1 exchange=2 configuration_signature=65536"],
    );
}

#[test]
fn a_bad_status_is_an_error() {
    let mut flow = Flow::new(&ENTRY, Transport::Udp);
    let mut message = bytes(&MESSAGES[0][1..]);
    message[20] = 7;
    flow.offer(Role::Client, &message, false);
    assert!(
        flow.seen[0].contains("error 0x7 data_refresh_period_exceeded"),
        "{:?}",
        flow.seen
    );
}

#[test]
fn hostile_input_is_survived() {
    // Without its data: how many there are is not in the message.
    let header = &MESSAGES[0][1..65];
    hostile(&ENTRY, Transport::Udp, &[header]);
}
