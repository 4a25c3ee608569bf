//! Protocols of controllers and field devices: S7comm, EtherNet/IP, CIP, PROFINET.

use super::Case;

pub(super) const CASES: &[Case] = &[];
