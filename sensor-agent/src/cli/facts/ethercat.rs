//! Section `ethercat`: commands of datagrams and types of mailbox messages.

use sensor_protocols::dissect::ethercat::{GATEWAY, NETWORK_VARIABLES, mailbox_type};
use sensor_protocols::observation::{Observation, Protocol};

use super::histograms::{Message, Section};

pub(super) const SECTION: Section = Section {
    name: "ethercat",
    protocols: &[Protocol::Ethercat],
    ports: &[],
    rule: None,
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    message.layer("ecatf");
    let code = observation.operation.code;
    if code < NETWORK_VARIABLES {
        message.layer("ecat");
        // The oracle shows the command of a datagram in its line and in its header.
        for _ in 0..2 {
            message.number("ethercat", "datagram_commands", u64::from(code & 0xff));
        }
    }
    if code < NETWORK_VARIABLES || code & GATEWAY != 0 {
        let kind = mailbox_type(code);
        if kind != 0 {
            message.layer("ecat_mailbox");
            message.number("ethercat", "mailbox_types", u64::from(kind));
        }
    }
    true
}
