//! What stage 2 hands to stage 3: one captured frame, borrowed.

use crate::aggregation::KernelFacts;
use crate::time::Timestamp;

/// How the first byte of a frame is to be read (values of the tcpdump LINKTYPE registry).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// LINKTYPE_NULL (0): four bytes of address family, host byte order of the writer.
    Loopback,
    /// LINKTYPE_ETHERNET (1).
    Ethernet,
    /// LINKTYPE_RAW (101, and 12 and 14 in old files), `LINKTYPE_IPV4` (228) and `LINKTYPE_IPV6`
    /// (229): starts at the IP header.
    RawIp,
    /// LINKTYPE_LINUX_SLL (113): "cooked" capture, 16-byte header.
    LinuxCooked,
    /// LINKTYPE_LINUX_SLL2 (276): 20-byte header.
    LinuxCooked2,
    /// Any other number: counted, not decoded.
    Other(u16),
}

impl LinkType {
    /// The type for a number of the LINKTYPE registry.
    pub const fn from_number(number: u16) -> Self {
        match number {
            0 => Self::Loopback,
            1 => Self::Ethernet,
            12 | 14 | 101 | 228 | 229 => Self::RawIp,
            113 => Self::LinuxCooked,
            276 => Self::LinuxCooked2,
            other => Self::Other(other),
        }
    }
}

/// One captured frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub time: Timestamp,
    /// 1-based position in its source; the number a packet analyser shows.
    pub number: u64,
    pub link: LinkType,
    /// Length on the wire in bytes; `data` is shorter when the capture was cut.
    pub wire_len: u32,
    pub data: &'a [u8],
    /// What the kernel program says about it; `None` from every other source.
    pub kernel: Option<&'a KernelFacts>,
}
