//! Which devices there are, learned from what they send.
//!
//! Data in: facts. Data out: [`Device`]s. A device is known by its IP addresses, or by its MAC
//! address when it has none; an IPv4 and an IPv6 address behind one MAC address are one device.
//!
//! Internet addresses do not become devices, with two exceptions, since plants do use public
//! addresses inside: one that answers ARP stands on this link, and one that serves an OT protocol
//! is plant equipment wherever it stands. A MAC address that carries a public IPv4 address beside
//! others, or more than eight addresses, belongs to a router, and the devices
//! behind it keep no MAC address.
//!
//! Limits: the number of devices; further ones are refused and counted.

mod address;
mod device;
mod macs;
mod table;

pub use address::{AddressBook, AddressKind};
pub use device::{Device, DeviceKind};
pub use table::{Inventory, Role};
