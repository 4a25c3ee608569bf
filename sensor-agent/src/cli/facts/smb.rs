//! Section `smb`: commands of SMB1 and SMB2, and frames by layer.

use sensor_protocols::dissect::smb::{SESSION, SMB2, TRANSFORM, UNFRAMED};
use sensor_protocols::observation::{Anomaly, Object, Observation, Protocol, Transport};

use super::histograms::{Message, Section};

/// The command in a chain that ends a chain, which the oracle counts as one.
const NO_FURTHER: u64 = 0xff;

pub(super) const SECTION: Section = Section {
    name: "smb",
    protocols: &[Protocol::Smb],
    ports: &[
        (Transport::Tcp, 445),
        (Transport::Tcp, 139),
        (Transport::Udp, 138),
    ],
    rule: Some("nbss"),
    read,
};

fn read(observation: &Observation<'_>, message: &mut Message) -> bool {
    let code = observation.operation.code;
    if code == UNFRAMED {
        return false;
    }
    let number = u64::from(code & 0xff);
    match code {
        0..SMB2 => {
            message.layer("smb");
            message.event("smb1");
            message.number("smb", "smb1_commands", number);
            if ends_chain(observation) {
                message.number("smb", "smb1_commands", NO_FURTHER);
            }
        }
        SMB2..TRANSFORM => {
            message.layer("smb2");
            message.number("smb", "smb2_commands", number);
        }
        TRANSFORM..SESSION => message.layer("smb2"),
        _ => {}
    }
    message.malformed(observation.anomalies.contains(Anomaly::Truncated));
    true
}

fn ends_chain(observation: &Observation<'_>) -> bool {
    let end = Object::Id {
        kind: "andx_command",
        id: NO_FURTHER,
    };
    observation.objects.contains(&end)
}
