//! MAC addresses and whether they belong to routers.

use std::net::IpAddr;

use sensor_protocols::addr::MacAddr;
use smallvec::SmallVec;

use super::table::ADDRESSES_OF_A_HOST;
use crate::state::BoundedMap;

/// What a MAC address sent so far.
#[derive(Debug, Default)]
pub(super) struct MacState {
    addresses: SmallVec<[IpAddr; ADDRESSES_OF_A_HOST]>,
    /// One of the addresses is a public IPv4 address.
    internet: bool,
    pub router: bool,
    /// Position of the device that has this MAC address.
    pub device: Option<usize>,
}

/// What an address behind a MAC address told about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Carried {
    Host,
    Router,
    /// It was taken for a host until this address.
    BecameRouter,
}

/// MAC addresses seen as senders.
pub(super) struct Macs {
    macs: BoundedMap<MacAddr, MacState>,
}

impl Macs {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            macs: BoundedMap::new(capacity),
        }
    }

    pub(super) fn get(&mut self, mac: MacAddr) -> &mut MacState {
        self.macs.entry(mac, MacState::default)
    }

    pub(super) fn is_router(&self, mac: MacAddr) -> bool {
        self.macs.get(&mac).is_some_and(|state| state.router)
    }

    /// Notes that `mac` sent a frame with the source `address`. Public IPv4 addresses next to
    /// others are the mark of a router; public IPv6 addresses are not, since hosts have them too.
    pub(super) fn carries(&mut self, mac: MacAddr, address: IpAddr, internet: bool) -> Carried {
        let state = self.get(mac);
        if state.router {
            return Carried::Router;
        }
        if state.addresses.contains(&address) {
            return Carried::Host;
        }
        if state.addresses.len() < ADDRESSES_OF_A_HOST {
            state.addresses.push(address);
            state.internet |= internet && address.is_ipv4();
            let v4 = state
                .addresses
                .iter()
                .filter(|known| known.is_ipv4())
                .count();
            state.router = state.internet && v4 > 1;
        } else {
            state.router = true;
        }
        if state.router {
            state.addresses = SmallVec::new();
            Carried::BecameRouter
        } else {
            Carried::Host
        }
    }
}
