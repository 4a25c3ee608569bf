//! The table of devices and how facts change it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use sensor_protocols::addr::{Endpoint, MacAddr};
use sensor_protocols::time::Timestamp;

use super::address::{AddressBook, AddressKind};
use super::device::{Device, DeviceKind};
use super::macs::{Carried, Macs};
use crate::detector::{Fact, FactKind, IdentityFact};
use crate::finding::PartyKey;
use crate::state::TableStatus;

/// Source addresses that one MAC address may have before it is taken for a router.
pub(super) const ADDRESSES_OF_A_HOST: usize = 8;

/// Host names kept of one device.
const NAMES_OF_A_DEVICE: usize = 16;

/// What an operator can say about a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Authorised,
    Scanner,
    Programming,
}

/// Devices by id and by address.
pub struct Inventory {
    /// In ascending order of their ids.
    devices: Vec<Device>,
    by_address: HashMap<PartyKey, usize, RandomState>,
    macs: Macs,
    /// Positions of devices that differ from what was last reported.
    changed: BTreeSet<usize>,
    capacity: usize,
    refused: u64,
}

impl Inventory {
    pub fn new(capacity: usize) -> Self {
        Self {
            devices: Vec::new(),
            by_address: HashMap::default(),
            macs: Macs::new(capacity.saturating_mul(2)),
            changed: BTreeSet::new(),
            capacity,
            refused: 0,
        }
    }

    /// Takes what a fact tells about the devices it names.
    pub fn fact(&mut self, fact: &Fact, addresses: &AddressBook) {
        match &fact.kind {
            // A frame without an IP header may be ARP, whose message names the sender itself.
            FactKind::FlowStarted if fact.source.ip.is_none() => {}
            FactKind::FlowStarted | FactKind::FlowUpdated => {
                let resident = !fact.source.ip.is_some_and(|ip| addresses.is_internet(ip));
                self.sent(fact, addresses, resident);
            }
            FactKind::ArpRequest { .. } | FactKind::ArpReply => self.sent(fact, addresses, true),
            FactKind::OtAnswered => {
                self.sent(fact, addresses, true);
                self.speaks(fact, DeviceKind::Controller);
            }
            FactKind::OtAsked => {
                let remote = |end: &Endpoint| end.ip.is_some_and(|ip| addresses.is_internet(ip));
                let resident = !remote(&fact.source) || remote(&fact.destination);
                self.sent(fact, addresses, resident);
                self.speaks(fact, DeviceKind::OtClient);
            }
            FactKind::Identity(identity) => self.identity(fact, identity),
            FactKind::Name { name, address } => self.name(*address, name),
            FactKind::Attempt { .. }
            | FactKind::Established
            | FactKind::Refused
            | FactKind::Reset
            | FactKind::Closed
            | FactKind::Probe
            | FactKind::Icmp { .. }
            | FactKind::NameQuery
            | FactKind::Refusal { .. }
            | FactKind::Unanswered
            | FactKind::Published { .. }
            | FactKind::Abandoned
            | FactKind::Dhcp { .. } => {}
        }
    }

    /// The device at one end of a message.
    pub fn find(&self, end: &Endpoint) -> Option<&Device> {
        self.by_address
            .get(&PartyKey::from(end))
            .and_then(|at| self.devices.get(*at))
    }

    pub fn by_party(&self, party: PartyKey) -> Option<&Device> {
        self.by_address
            .get(&party)
            .and_then(|at| self.devices.get(*at))
    }

    /// Gives a device a role or takes it; nothing happens when the device is not known.
    pub fn set_role(&mut self, party: PartyKey, role: Role, has: bool) {
        let Some(at) = self.by_address.get(&party).copied() else {
            return;
        };
        let device = &mut self.devices[at];
        let flag = match role {
            Role::Authorised => &mut device.authorised,
            Role::Scanner => &mut device.scanner,
            Role::Programming => &mut device.programming,
        };
        if *flag != has {
            *flag = has;
            self.changed.insert(at);
        }
    }

    /// Whether a MAC address belongs to a router.
    pub fn is_router(&self, mac: MacAddr) -> bool {
        self.macs.is_router(mac)
    }

    /// Every device, by id.
    pub fn devices(&self) -> std::slice::Iter<'_, Device> {
        self.devices.iter()
    }

    /// Devices that changed since the last call, by id.
    pub fn take_changed(&mut self) -> Vec<Device> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .filter_map(|at| self.devices.get(at).cloned())
            .collect()
    }

    /// Brings back devices of an earlier run under their ids. Call it before the first fact.
    pub fn restore(&mut self, mut devices: Vec<Device>) {
        devices.sort_by_key(|device| device.id);
        for device in devices {
            let at = self.devices.len();
            for ip in &device.ips {
                self.by_address.insert(PartyKey::Ip(*ip), at);
            }
            if let Some(mac) = device.mac {
                self.by_address.insert(PartyKey::Mac(mac), at);
                let state = self.macs.get(mac);
                state.device = Some(at);
                state.router = device.kind == DeviceKind::Router;
            }
            self.devices.push(device);
        }
    }

    pub fn status(&self) -> TableStatus {
        let entry = size_of::<Device>() + 2 * size_of::<(PartyKey, usize)>() + 128;
        TableStatus {
            name: "devices",
            entries: self.devices.len() as u64,
            capacity: self.capacity as u64,
            evicted: 0,
            refused: self.refused,
            bytes: (self.devices.len() * entry) as u64,
        }
    }

    /// The source of the fact sent something.
    fn sent(&mut self, fact: &Fact, addresses: &AddressBook, resident: bool) {
        let end = &fact.source;
        let mac = (!end.mac.is_zero() && !end.mac.is_group()).then_some(end.mac);
        let mac = mac.filter(|mac| self.is_host(*mac, end.ip, resident, fact));
        if !resident || !is_station(end, addresses) {
            return;
        }
        let Some(at) = self.device(end, mac, fact.time) else {
            return;
        };
        let device = &mut self.devices[at];
        device.last_seen = device.last_seen.max(fact.time);
        let counted = matches!(fact.kind, FactKind::FlowStarted | FactKind::FlowUpdated);
        if counted {
            device.packets = device.packets.saturating_add(fact.count);
            device.bytes = device.bytes.saturating_add(fact.bytes);
        }
        device.protocols.insert(fact.protocol);
        device.ot |= fact.protocol.is_ot() || end.ip.is_some_and(|ip| addresses.is_ot(ip));
        self.changed.insert(at);
    }

    /// Whether the MAC address stands for the sender itself.
    fn is_host(&mut self, mac: MacAddr, ip: Option<IpAddr>, resident: bool, fact: &Fact) -> bool {
        let Some(ip) = ip else {
            return !self.macs.is_router(mac);
        };
        match self.macs.carries(mac, ip, !resident) {
            Carried::Host => true,
            Carried::Router => false,
            Carried::BecameRouter => {
                self.became_router(mac, fact.time);
                false
            }
        }
    }

    /// The devices behind the router lose its MAC address, and it becomes a device of its own.
    fn became_router(&mut self, mac: MacAddr, time: Timestamp) {
        for (at, device) in self.devices.iter_mut().enumerate() {
            if device.mac == Some(mac) && !device.ips.is_empty() {
                device.mac = None;
                self.changed.insert(at);
            }
        }
        self.macs.get(mac).device = None;
        self.by_address.remove(&PartyKey::Mac(mac));
        let end = Endpoint {
            mac,
            ..Endpoint::default()
        };
        if let Some(at) = self.device(&end, Some(mac), time) {
            self.devices[at].kind = DeviceKind::Router;
        }
    }

    /// Position of the device at `end`, made when there is none.
    fn device(&mut self, end: &Endpoint, mac: Option<MacAddr>, time: Timestamp) -> Option<usize> {
        let key = PartyKey::from(end);
        if let Some(at) = self.by_address.get(&key).copied() {
            self.attach(at, end.ip, mac);
            return Some(at);
        }
        if let Some(at) = mac.and_then(|mac| self.macs.get(mac).device)
            && end.ip.is_none_or(|ip| {
                self.devices[at]
                    .ips
                    .iter()
                    .all(|own| own.is_ipv4() != ip.is_ipv4())
            })
        {
            self.attach(at, end.ip, mac);
            return Some(at);
        }
        if self.devices.len() >= self.capacity {
            self.refused += 1;
            return None;
        }
        let at = self.devices.len();
        let id = self
            .devices
            .last()
            .map_or(0, |last| last.id)
            .saturating_add(1);
        self.devices.push(Device {
            id,
            vlan: end.vlan,
            first_seen: time,
            last_seen: time,
            ..Device::default()
        });
        self.attach(at, end.ip, mac);
        Some(at)
    }

    /// Ties addresses to a device.
    fn attach(&mut self, at: usize, ip: Option<IpAddr>, mac: Option<MacAddr>) {
        let device = &mut self.devices[at];
        if let Some(ip) = ip
            && device.ips.insert(ip)
        {
            self.by_address.insert(PartyKey::Ip(ip), at);
            self.changed.insert(at);
        }
        let Some(mac) = mac else {
            return;
        };
        let state = self.macs.get(mac);
        if device.mac.is_none() && state.device.is_none() {
            device.mac = Some(mac);
            state.device = Some(at);
            self.by_address.insert(PartyKey::Mac(mac), at);
            self.changed.insert(at);
        }
    }

    fn speaks(&mut self, fact: &Fact, kind: DeviceKind) {
        let Some(at) = self.by_address.get(&PartyKey::from(&fact.source)).copied() else {
            return;
        };
        let device = &mut self.devices[at];
        device.ot = true;
        device.protocols.insert(fact.protocol);
        device.kind = match (device.kind, kind) {
            (DeviceKind::Controller, DeviceKind::OtClient)
            | (DeviceKind::OtClient, DeviceKind::Controller) => DeviceKind::OtGateway,
            (DeviceKind::Unknown, said) => said,
            (known, _) => known,
        };
        self.changed.insert(at);
    }

    fn identity(&mut self, fact: &Fact, identity: &IdentityFact) {
        let Some(at) = self.by_address.get(&PartyKey::from(&fact.source)).copied() else {
            return;
        };
        let device = &mut self.devices[at];
        let texts = [
            (&mut device.vendor, &identity.vendor),
            (&mut device.model, &identity.model),
            (&mut device.firmware, &identity.firmware),
            (&mut device.serial, &identity.serial),
        ];
        for (known, told) in texts {
            if told.is_some() && known != told {
                known.clone_from(told);
                self.changed.insert(at);
            }
        }
        if let Some(name) = &identity.hostname {
            self.add_name(at, name);
        }
    }

    fn name(&mut self, address: IpAddr, name: &str) {
        if let Some(at) = self.by_address.get(&PartyKey::Ip(address)).copied() {
            self.add_name(at, name);
        }
    }

    fn add_name(&mut self, at: usize, name: &str) {
        let device = &mut self.devices[at];
        let name = name.trim_end_matches('.');
        if !name.is_empty()
            && device.names.len() < NAMES_OF_A_DEVICE
            && device.names.insert(name.to_owned())
        {
            self.changed.insert(at);
        }
    }
}

/// Whether an endpoint is one station rather than a group or nobody.
fn is_station(end: &Endpoint, addresses: &AddressBook) -> bool {
    match end.ip {
        Some(ip) => matches!(
            addresses.kind(ip),
            AddressKind::Internal | AddressKind::Internet
        ),
        None => !end.mac.is_zero() && !end.mac.is_group(),
    }
}

#[cfg(test)]
mod tests {
    use sensor_protocols::observation::{Protocol, Transport};

    use super::*;

    fn mac(last: u8) -> MacAddr {
        MacAddr([2, 0, 0, 0, 0, last])
    }

    fn fact(mac: MacAddr, ip: &str, kind: FactKind) -> Fact {
        Fact {
            time: Timestamp::from_nanos(1),
            frame: 1,
            count: 1,
            bytes: 60,
            flow: 1,
            source: Endpoint {
                mac,
                ip: (!ip.is_empty()).then(|| ip.parse().unwrap()),
                ..Endpoint::default()
            },
            destination: Endpoint::default(),
            transport: Transport::Tcp,
            protocol: Protocol::Tcp,
            repeats: None,
            kind,
        }
    }

    fn inventory(facts: &[Fact]) -> Inventory {
        let mut inventory = Inventory::new(100);
        for fact in facts {
            inventory.fact(fact, &AddressBook::default());
        }
        inventory
    }

    #[test]
    fn ipv4_and_ipv6_behind_one_mac_address_are_one_device() {
        let started = FactKind::FlowStarted;
        let inventory = inventory(&[
            fact(mac(1), "10.0.0.1", started.clone()),
            fact(mac(1), "fe80::1", started.clone()),
            fact(mac(2), "10.0.0.2", started),
        ]);
        assert_eq!(inventory.devices().count(), 2);
        let first = inventory.devices().next().unwrap();
        assert_eq!(first.ips.len(), 2);
        assert_eq!(first.mac, Some(mac(1)));
        assert_eq!((first.id, first.packets, first.bytes), (1, 2, 120));
    }

    #[test]
    fn a_device_without_ip_is_known_by_its_mac_address_until_it_has_one() {
        let started = FactKind::FlowStarted;
        let inventory = inventory(&[
            fact(mac(1), "", started.clone()),
            fact(mac(1), "10.0.0.1", started),
        ]);
        assert_eq!(inventory.devices().count(), 1);
        let party = inventory.devices().next().unwrap().party();
        assert_eq!(party, Some(PartyKey::Ip("10.0.0.1".parse().unwrap())));
    }

    #[test]
    fn internet_addresses_behind_a_router_become_no_devices() {
        let started = FactKind::FlowStarted;
        let inventory = inventory(&[
            fact(mac(9), "10.0.5.1", started.clone()),
            fact(mac(9), "8.8.8.8", started.clone()),
            fact(mac(9), "10.0.5.2", started),
        ]);
        let devices: Vec<_> = inventory.devices().collect();
        assert_eq!(devices.len(), 3);
        assert!(inventory.is_router(mac(9)));
        assert_eq!(devices[0].mac, None);
        assert_eq!(devices[1].kind, DeviceKind::Router);
        assert_eq!(devices[2].mac, None);
    }

    #[test]
    fn a_mac_address_with_many_addresses_is_a_router() {
        let facts: Vec<_> = (1..=ADDRESSES_OF_A_HOST + 1)
            .map(|host| fact(mac(7), &format!("10.0.0.{host}"), FactKind::FlowStarted))
            .collect();
        assert!(!inventory(&facts[..ADDRESSES_OF_A_HOST]).is_router(mac(7)));
        assert!(inventory(&facts).is_router(mac(7)));
    }

    #[test]
    fn roles_follow_what_a_device_says() {
        let mut answered = fact(mac(1), "10.0.0.1", FactKind::OtAnswered);
        answered.protocol = Protocol::Modbus;
        let mut asked = fact(mac(1), "10.0.0.1", FactKind::OtAsked);
        asked.protocol = Protocol::Modbus;
        let server = inventory(std::slice::from_ref(&answered));
        assert_eq!(
            server.devices().next().unwrap().kind,
            DeviceKind::Controller
        );
        let both = inventory(&[answered, asked]);
        let device = both.devices().next().unwrap();
        assert_eq!(device.kind, DeviceKind::OtGateway);
        assert!(device.ot);
    }

    #[test]
    fn a_public_address_that_serves_an_ot_protocol_is_plant_equipment() {
        let mut answered = fact(mac(1), "166.161.16.230", FactKind::OtAnswered);
        answered.protocol = Protocol::Modbus;
        assert_eq!(inventory(&[answered]).devices().count(), 1);
        let started = fact(mac(1), "166.161.16.230", FactKind::FlowStarted);
        assert_eq!(
            inventory(&[started])
                .devices()
                .filter(|d| !d.ips.is_empty())
                .count(),
            0
        );
    }

    #[test]
    fn a_full_inventory_counts_what_it_refuses() {
        let mut inventory = Inventory::new(1);
        for host in 1..4 {
            let fact = fact(mac(host), &format!("10.0.0.{host}"), FactKind::FlowStarted);
            inventory.fact(&fact, &AddressBook::default());
        }
        assert_eq!(inventory.status().entries, 1);
        assert_eq!(inventory.status().refused, 2);
    }

    #[test]
    fn restored_devices_keep_their_ids_and_are_found_again() {
        let first = inventory(&[fact(mac(1), "10.0.0.1", FactKind::FlowStarted)]);
        let mut devices: Vec<Device> = first.devices().cloned().collect();
        devices[0].id = 7;
        let mut second = Inventory::new(10);
        second.restore(devices);
        let fact = fact(mac(2), "10.0.0.2", FactKind::FlowStarted);
        second.fact(&fact, &AddressBook::default());
        assert_eq!(second.devices().map(|d| d.id).collect::<Vec<_>>(), [7, 8]);
        assert!(second.take_changed().iter().all(|d| d.id == 8));
    }
}
