//! Remote access.

use super::super::Case;
use super::tls::client_hello;
use crate::traffic::learning;
use crate::world::{MASTER, PLC, World};

pub(super) const CASES: &[Case] = &[
    ("ssh_unauthorized_access", ssh, |w| {
        learning(w, ssh);
        ssh(w);
    }),
    (
        "remote_access_to_ot",
        |w| rdp(w, PLC),
        |w| rdp(w, "203.0.113.9"),
    ),
    (
        "remote_access_service",
        |w| client_hello(w, "router7.TeamViewer.com"),
        |w| client_hello(w, "notteamviewer.com"),
    ),
];

fn ssh(w: &mut World) {
    let mut session = w.session(MASTER, PLC, 22);
    session.answer(w, b"SSH-2.0-Server\r\n");
    session.ask(w, b"SSH-2.0-Client\r\n");
}

/// Connection request with a negotiation (MS-RDPBCGR 2.2.1.1).
fn rdp(w: &mut World, server: &str) {
    let mut session = w.session(MASTER, server, 3389);
    session.ask(
        w,
        &[3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0],
    );
}

/// Where OT subnets are known only devices in them count.
#[test]
fn remote_access_counts_into_ot_subnets() {
    use crate::world::everything_on;
    use sensor_detect::detector::{DetectorSettings, OtFocus};
    for (subnet, count) in [("10.0.0.0/24", 1), ("10.7.0.0/24", 0)] {
        let mut w = World::new(DetectorSettings {
            ot_subnets: vec![subnet.parse().unwrap()],
            ot_focus: OtFocus::Off,
            ..everything_on()
        });
        rdp(&mut w, PLC);
        assert_eq!(w.count("remote_access_to_ot"), count, "{subnet}");
    }
}

/// Where the agents of ngrok connect to, before and since its third version.
#[test]
fn services_are_told_by_each_of_their_domains() {
    for name in ["tunnel.ngrok.com", "connect.ngrok-agent.com"] {
        let mut w = World::default();
        client_hello(&mut w, name);
        assert_eq!(w.count("remote_access_service"), 1, "{name}");
    }
}
