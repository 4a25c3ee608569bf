//! Commands of datagrams, and registers of the slave controller by what writing them does.
//!
//! Sources: ETG.1000.4, 5.4 (commands), annex A (registers); AL states: ETG.1000.6, 5.3.

use crate::observation::OperationClass::{self, Config, Control, Read, Session, Write};

/// How a datagram addresses devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addressing {
    None,
    /// By the place in the segment.
    Position,
    /// By the configured address.
    Configured,
    /// All devices.
    Broadcast,
    /// By an address of the process image.
    Logical,
}

/// A command: name, addressing, whether it writes.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) addressing: Addressing,
    pub(super) writes: bool,
}

/// The command with a number; `None` for one that is reserved.
pub(super) const fn command(number: u8) -> Option<Command> {
    use Addressing::{Broadcast, Configured, Logical, None as Nobody, Position};
    let (name, addressing, writes) = match number {
        0 => ("nop", Nobody, false),
        1 => ("aprd", Position, false),
        2 => ("apwr", Position, true),
        3 => ("aprw", Position, true),
        4 => ("fprd", Configured, false),
        5 => ("fpwr", Configured, true),
        6 => ("fprw", Configured, true),
        7 => ("brd", Broadcast, false),
        8 => ("bwr", Broadcast, true),
        9 => ("brw", Broadcast, true),
        10 => ("lrd", Logical, false),
        11 => ("lwr", Logical, true),
        12 => ("lrw", Logical, true),
        13 => ("armw", Position, true),
        14 => ("frmw", Configured, true),
        _ => return None,
    };
    Some(Command {
        name,
        addressing,
        writes,
    })
}

/// First address of the memory behind the registers.
pub(super) const MEMORY: u16 = 0x1000;

/// Register of the AL state that a master asks for.
pub(super) const AL_CONTROL: u16 = 0x0120;

/// Register of the commands to the device's non-volatile memory (SII).
pub(super) const SII_CONTROL: u16 = 0x0502;

/// What writing to a register does, and its class.
pub(super) const fn written(register: u16) -> Option<(&'static str, OperationClass)> {
    Some(match register {
        0x0010..=0x0013 => ("station_address_write", Config),
        0x0020..=0x0031 => ("write_protection", Config),
        0x0040 | 0x0041 => ("reset", Control),
        0x0100..=0x0103 => ("port_control", Control),
        0x0400..=0x0421 => ("watchdog_write", Config),
        0x0500 | 0x0501 => ("sii_assign", Session),
        0x0504..=0x050f => ("sii_data", Config),
        0x0510..=0x051b => ("phy_management", Config),
        0x0600..=0x06ff => ("fmmu_write", Config),
        0x0800..=0x087f => ("sync_manager_write", Config),
        0x0900..=0x09ff => ("distributed_clock_write", Config),
        _ => return None,
    })
}

/// What is done with the non-volatile memory.
pub(super) const fn sii(control: u16) -> (&'static str, OperationClass) {
    match control >> 8 & 7 {
        1 => ("sii_read", Read),
        2 => ("sii_write", Config),
        4 => ("sii_reload", Control),
        0 => ("sii_control", Session),
        _ => ("sii_control", Write),
    }
}

/// Name of a write to AL control.
pub(super) const fn al_state(state: u16) -> Option<&'static str> {
    Some(match state & 0x0f {
        1 => "al_control init",
        2 => "al_control pre_op",
        3 => "al_control bootstrap",
        4 => "al_control safe_op",
        8 => "al_control op",
        _ => return None,
    })
}
