//! Section `hosts`: addresses and VLANs by frame.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sensor_protocols::addr::MacAddr;
use sensor_protocols::decode::{Macs, Packet};
use sensor_protocols::dissect::cursor::Cursor;
use sensor_protocols::frame::Frame;

use super::report::{self, Listed};

/// Length of the header of Cisco's Inter-Switch Link, behind which an Ethernet frame follows.
const ISL_HEADER: usize = 26;

/// Addresses seen.
#[derive(Default)]
pub(super) struct Hosts {
    macs: BTreeSet<MacAddr>,
    source_macs: BTreeSet<MacAddr>,
    vlans: BTreeSet<u16>,
    v4: HashSet<Ipv4Addr>,
    v6: HashSet<Ipv6Addr>,
    fragments: u64,
}

impl Hosts {
    pub(super) fn packet(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        // The oracle shows the outermost addresses of a tunnel, and the VLANs of all layers.
        let link = packet.outer.map_or(packet.link, |outer| outer.link);
        if let Some(macs) = link.macs.and_then(|macs| inner(macs, frame)) {
            self.source_macs.insert(macs.source);
            self.macs.extend([macs.source, macs.destination]);
        }
        self.vlans.extend(link.vlans.ids());
        self.vlans.extend(packet.link.vlans.ids());
        let outer = packet.outer.as_ref().map(|outer| &outer.ip);
        let Some(ip) = outer.or(packet.ip()) else {
            return;
        };
        for address in [ip.source, ip.destination] {
            match address {
                IpAddr::V4(address) => drop(self.v4.insert(address)),
                IpAddr::V6(address) => drop(self.v6.insert(address)),
            }
        }
        self.fragments += u64::from(ip.fragment.is_some() && ip.source.is_ipv4());
    }

    pub(super) fn finish(self) -> report::Hosts {
        let text = |macs: &BTreeSet<MacAddr>| Listed::new(macs.iter().map(MacAddr::to_string));
        let unicast: Vec<MacAddr> = self
            .macs
            .iter()
            .copied()
            .filter(|mac| !mac.is_zero() && !mac.is_group())
            .collect();
        let (mut v4, mut v6): (Vec<_>, Vec<_>) =
            (self.v4.into_iter().collect(), self.v6.into_iter().collect());
        v4.sort_unstable();
        v6.sort_unstable();
        report::Hosts {
            macs: text(&self.macs),
            source_macs: text(&self.source_macs),
            unicast_macs: Listed::new(unicast.iter().map(MacAddr::to_string)),
            ipv4: Listed::new(v4.iter().map(Ipv4Addr::to_string)),
            ipv6: Listed::new(v6.iter().map(Ipv6Addr::to_string)),
            vlan_ids: Listed::new(self.vlans.iter().map(u16::to_string)),
            ipv4_fragments: self.fragments,
        }
    }
}

/// The addresses of a frame. One that is wrapped for an Inter-Switch Link (destination
/// 01:00:0c:00:00:xx or 03:00:0c:00:00:xx) has those of the frame inside.
fn inner(outer: Macs, frame: &Frame<'_>) -> Option<Macs> {
    let MacAddr([first, rest @ .., _]) = outer.destination;
    if !(matches!(first, 1 | 3) && rest == [0x00, 0x0c, 0x00, 0x00]) {
        return Some(outer);
    }
    let mut cursor = Cursor::new(frame.data.get(ISL_HEADER..)?);
    Some(Macs {
        destination: MacAddr(cursor.array().ok()?),
        source: MacAddr(cursor.array().ok()?),
    })
}
