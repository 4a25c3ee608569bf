//! Addresses of a packet (14908-1, 6.2).
//!
//! Data in: the octet with the formats, then the addresses. Data out: who asks whom.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;

/// Source and destination of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addressed {
    /// 128 times the subnet and the node.
    source: u32,
    destination: Destination,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination {
    Broadcast(u8),
    Group(u8),
    Node(u32),
    /// A member of a group answers.
    Member(u32),
    Unique(u64),
}

fn node(subnet: u8, octet: u8) -> u32 {
    u32::from(subnet) << 7 | u32::from(octet & 0x7f)
}

impl Addressed {
    pub(super) fn read(network: u8, cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        let subnet = cursor.u8()?;
        let octet = cursor.u8()?;
        let destination = match network >> 2 & 3 {
            0 => Destination::Broadcast(cursor.u8()?),
            1 => Destination::Group(cursor.u8()?),
            2 => {
                let [to_subnet, to_node] = cursor.array()?;
                let to = node(to_subnet, to_node);
                if octet & 0x80 == 0 {
                    cursor.skip(2)?; // group and member
                    Destination::Member(to)
                } else {
                    Destination::Node(to)
                }
            }
            _ => {
                cursor.skip(1)?;
                let [a, b, c, d, e, f] = cursor.array()?;
                Destination::Unique(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
            }
        };
        let domain = match network & 3 {
            0 => 0,
            1 => 1,
            2 => 3,
            _ => 6,
        };
        cursor.skip(domain)?;
        Ok(Self {
            source: node(subnet, octet),
            destination,
        })
    }

    pub(super) fn tell(&self, message: &mut Message<'_>) {
        message.id("source_node", self.source);
        match self.destination {
            Destination::Broadcast(subnet) => message.id("subnet", subnet),
            Destination::Group(group) => message.id("group", group),
            Destination::Node(node) | Destination::Member(node) => message.station = Some(node),
            Destination::Unique(number) => message.id("unique_node", number),
        }
    }

    /// Key of a request: who asks, and its number. Who answers is not in it, as a group has many.
    pub(super) fn asked(&self, number: u8) -> u64 {
        u64::from(self.source) << 4 | u64::from(number)
    }

    /// Key of the request that an answer belongs to.
    pub(super) fn answering(&self, number: u8) -> u64 {
        let asker = match self.destination {
            Destination::Node(node) | Destination::Member(node) => node,
            Destination::Broadcast(_) | Destination::Group(_) | Destination::Unique(_) => u32::MAX,
        };
        u64::from(asker) << 4 | u64::from(number)
    }
}
