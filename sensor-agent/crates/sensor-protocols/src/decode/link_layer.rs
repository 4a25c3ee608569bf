//! What a frame says on the link layer: addresses, VLAN tags, ethertype or logical link control.
//!
//! Limits: [`limits::VLAN_TAGS`] tags.

use crate::addr::MacAddr;
use crate::limits;

/// The link layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// Source and destination of an Ethernet frame; `None` on links without MAC addresses.
    pub macs: Option<Macs>,
    /// VLAN identifiers, outermost first. A priority tag shows as VLAN 0.
    pub vlans: Vlans,
    /// Ethertype behind all tags; 0 when the link has none (802.3 length field, raw IP).
    pub ethertype: u16,
    /// What stands behind an 802.3 length field.
    pub llc: Option<Llc>,
}

/// Logical link control (IEEE 802.2), and the protocol that it announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Llc {
    /// Octets of the frame's client data, the length field says; what follows is padding.
    pub length: u16,
    pub protocol: LlcProtocol,
}

/// Who takes what an LLC header is in front of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LlcProtocol {
    /// Destination service access point.
    Sap(u8),
    /// Subnetwork access protocol: organisation and its protocol number.
    Snap { oui: u32, protocol: u16 },
}

/// The two addresses of an Ethernet frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Macs {
    pub source: MacAddr,
    pub destination: MacAddr,
}

/// VLAN identifiers of a frame, outermost first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vlans {
    ids: [u16; limits::VLAN_TAGS],
    count: u8,
}

impl Vlans {
    /// Adds the next inner tag; false when there is no room.
    pub(crate) fn push(&mut self, id: u16) -> bool {
        let Some(slot) = self.ids.get_mut(usize::from(self.count)) else {
            return false;
        };
        *slot = id;
        self.count = self.count.saturating_add(1);
        true
    }

    /// All identifiers, outermost first.
    pub fn ids(&self) -> &[u16] {
        self.ids.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Innermost identifier that names a VLAN; priority tags (VLAN 0) do not.
    pub fn innermost(&self) -> Option<u16> {
        if self.count == 0 {
            return None;
        }
        self.ids().iter().rev().copied().find(|id| *id != 0)
    }
}
