//! Options, suboptions, errors and roles of DCP, as data.
//!
//! Source: IEC 61158-6-10, coding of the fields `Option`, `Suboption`, `BlockError` and
//! `DeviceRoleDetails`.

use crate::observation::OperationClass;

pub(super) const DHCP: u8 = 3;
const CONTROL: u8 = 5;

/// An option and its suboption in one number, the option high.
pub(super) const fn pair(option: u8, suboption: u8) -> u16 {
    u16::from_be_bytes([option, suboption])
}

pub(super) const MAC_ADDRESS: u16 = pair(1, 1);
pub(super) const IP_PARAMETER: u16 = pair(1, 2);
pub(super) const FULL_IP_SUITE: u16 = pair(1, 3);
pub(super) const TYPE_OF_STATION: u16 = pair(2, 1);
pub(super) const NAME_OF_STATION: u16 = pair(2, 2);
pub(super) const DEVICE_ID: u16 = pair(2, 3);
pub(super) const DEVICE_ROLE: u16 = pair(2, 4);
pub(super) const DEVICE_OPTIONS: u16 = pair(2, 5);
pub(super) const ALIAS_NAME: u16 = pair(2, 6);
pub(super) const DEVICE_INSTANCE: u16 = pair(2, 7);
pub(super) const OEM_DEVICE_ID: u16 = pair(2, 8);
pub(super) const START_TRANSACTION: u16 = pair(CONTROL, 1);
pub(super) const END_TRANSACTION: u16 = pair(CONTROL, 2);
pub(super) const SIGNAL: u16 = pair(CONTROL, 3);
pub(super) const RESPONSE: u16 = pair(CONTROL, 4);
pub(super) const FACTORY_RESET: u16 = pair(CONTROL, 5);
pub(super) const RESET_TO_FACTORY: u16 = pair(CONTROL, 6);
pub(super) const DEVICE_INITIATIVE: u16 = pair(6, 1);
const ALL: u16 = pair(0xff, 0xff);

/// Whether the standard knows an option with this suboption.
pub(super) fn is_known(pair: u16) -> bool {
    let [option, suboption] = pair.to_be_bytes();
    match option {
        1 => (1..=3).contains(&suboption),
        2 => (1..=10).contains(&suboption),
        DHCP => matches!(suboption, 12 | 43 | 54 | 55 | 60 | 61 | 81 | 97 | 255),
        CONTROL => (1..=6).contains(&suboption),
        6 => suboption == 1,
        7 => (1..=5).contains(&suboption),
        // Left to manufacturers.
        0x80..=0xfe => true,
        _ => pair == ALL,
    }
}

/// How much a Set of this option changes: a reset most, a light that blinks least.
pub(super) const fn weight(pair: u16) -> u8 {
    let (_, class) = set(pair);
    if matches!(class, OperationClass::Control) {
        2
    } else if matches!(class, OperationClass::Diagnostic) {
        0
    } else {
        1
    }
}

/// What a Set of this option does: name and class.
pub(super) const fn set(pair: u16) -> (&'static str, OperationClass) {
    use OperationClass::{Config, Control, Diagnostic};
    match pair {
        IP_PARAMETER | FULL_IP_SUITE | MAC_ADDRESS => ("set_ip", Config),
        NAME_OF_STATION => ("set_station_name", Config),
        SIGNAL => ("signal", Diagnostic),
        FACTORY_RESET => ("factory_reset", Control),
        RESET_TO_FACTORY => ("reset_to_factory", Control),
        _ => {
            let [option, _] = pair.to_be_bytes();
            let name = if option == DHCP { "set_dhcp" } else { "set" };
            (name, Config)
        }
    }
}

/// Name of a block error; `None` when the standard reserves it.
pub(super) const fn error(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "ok",
        1 => "option_not_supported",
        2 => "suboption_not_supported",
        3 => "suboption_not_set",
        4 => "resource_error",
        5 => "set_not_possible_by_local_reasons",
        6 => "in_operation_set_not_possible",
        _ => return None,
    })
}

/// What a device is, by the first bit of its role that is set.
pub(super) const fn role(bits: u8) -> Option<&'static str> {
    Some(match bits.trailing_zeros() {
        0 => "IO device",
        1 => "IO controller",
        2 => "IO multidevice",
        3 => "IO supervisor",
        _ => return None,
    })
}
