//! Remote control of computers by pairs that were not learned, and services that reach through firewalls.
//!
//! - `remote_access_to_ot`: RDP, VNC or SSH to a device in an OT subnet; where no OT subnets are known, to
//!   any device of the site.
//! - `remote_access_service`: `TeamViewer`, `AnyDesk` and their like, by the server name of TLS.
//!
//! T0886, T0822. False positives: maintenance that was agreed on: learn the alert.

use crate::engines::codes::{rfb, ssh};
use sensor_protocols::observation::{Direction, Observation, Protocol};

use super::features::Feature;
use crate::catalogue::{AlertType, Engine};
use crate::engines::told::text;
use crate::engines::{
    Aspects, Build, Interest, PairContext, PairRule, Protocols, Raises, Rule, Setup,
};
use crate::inventory::AddressKind;

const TO_OT: &str = "remote_access_to_ot";
const SERVICE: &str = "remote_access_service";

pub const RULE: Rule = Rule {
    engine: Engine::PolicyViolation,
    raises: &[
        Raises {
            id: TO_OT,
            values: &["tool"],
        },
        Raises {
            id: SERVICE,
            values: &["tool", "server_name"],
        },
    ],
    build: Build::Pair {
        interest: Interest {
            protocols: Protocols::These(&[
                Protocol::Rdp,
                Protocol::Vnc,
                Protocol::Ssh,
                Protocol::Tls,
            ]),
            aspects: Aspects::REQUEST,
        },
        new: |setup| Box::new(RemoteAccess::new(setup)),
    },
};

/// Connection request of X.224.
const RDP_REQUEST: u32 = 14;

/// Domains of services, by their vendors' lists of what a firewall must let through.
const SERVICES: &[(&str, &str)] = &[
    ("teamviewer.com", "TeamViewer"),
    ("anydesk.com", "AnyDesk"),
    ("logmein.com", "LogMeIn"),
    ("logmeinrescue.com", "LogMeIn"),
    ("gotomypc.com", "GoToMyPC"),
    ("splashtop.com", "Splashtop"),
    ("screenconnect.com", "ScreenConnect"),
    ("rustdesk.com", "RustDesk"),
    ("dwservice.net", "DWService"),
    ("remotedesktop.google.com", "Chrome Remote Desktop"),
    ("ngrok.io", "ngrok"),
    ("ngrok.com", "ngrok"),
    ("ngrok-agent.com", "ngrok"),
];

struct RemoteAccess {
    to_ot: &'static AlertType,
    service: &'static AlertType,
}

impl RemoteAccess {
    fn new(setup: &Setup<'_>) -> Self {
        Self {
            to_ot: setup.alert(TO_OT),
            service: setup.alert(SERVICE),
        }
    }
}

impl PairRule for RemoteAccess {
    fn observe(&mut self, observation: &Observation<'_>, cx: &mut PairContext<'_>) {
        if observation.direction != Direction::Request {
            return;
        }
        if let Some(tool) = tool(observation) {
            if !reaches_ot(observation, cx) {
                return;
            }
            let pair = (observation.source, observation.destination);
            let feature = Feature::of_pair(pair, observation, None);
            feature.check(self.to_ot, observation, cx, |finding| {
                finding.value("tool", tool);
            });
        } else if let Some(name) = text(observation, "server_name")
            && let Some(tool) = service(name)
        {
            let feature = Feature::of_sender(observation, Some(tool));
            feature.check(self.service, observation, cx, |finding| {
                finding.value("tool", tool);
                finding.value("server_name", name.to_owned());
            });
        }
    }
}

/// The tool whose connection begins with this message.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the tools that are looked for; a new protocol is none of them"
)]
fn tool(observation: &Observation<'_>) -> Option<&'static str> {
    let code = observation.operation.code;
    match observation.protocol {
        Protocol::Rdp if code == RDP_REQUEST => Some("RDP"),
        Protocol::Vnc if code == rfb::VERSION => Some("VNC"),
        Protocol::Ssh if code == ssh::IDENTIFICATION => Some("SSH"),
        _ => None,
    }
}

fn reaches_ot(observation: &Observation<'_>, cx: &PairContext<'_>) -> bool {
    let Some(server) = observation.destination.ip else {
        return false;
    };
    if cx.addresses.knows_ot() {
        cx.addresses.is_ot(server)
    } else {
        cx.addresses.kind(server) == AddressKind::Internal
    }
}

fn service(name: &str) -> Option<&'static str> {
    let within = |domain: &str| {
        let Some(at) = name.len().checked_sub(domain.len()) else {
            return false;
        };
        let (before, end) = name.split_at_checked(at).unwrap_or_default();
        end.eq_ignore_ascii_case(domain) && (before.is_empty() || before.ends_with('.'))
    };
    let known = SERVICES.iter().find(|(domain, _)| within(domain));
    known.map(|(_, tool)| *tool)
}
