//! Protocols of single vendors and of buildings: OPC UA, ADS, FINS, MELSEC, SRTP, ROC, S-Bus, `LonTalk`, BACnet.

use super::Case;

pub(super) const CASES: &[Case] = &[];
