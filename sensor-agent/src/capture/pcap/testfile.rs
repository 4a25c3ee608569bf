//! Builds capture files for tests, field by field, in either byte order.

/// Byte order of a file under construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    pub(crate) const BOTH: [Self; 2] = [Self::Little, Self::Big];

    fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    fn i64(self, value: i64) -> [u8; 8] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}

/// Header of a classic file; `magic` chooses the resolution.
pub(crate) fn classic_header(order: Order, magic: u32, link: u32) -> Vec<u8> {
    let mut out = order.u32(magic).to_vec();
    out.extend(order.u16(2));
    out.extend(order.u16(4));
    for field in [0, 0, 65_535, link] {
        out.extend(order.u32(field));
    }
    out
}

/// One record of a classic file.
pub(crate) fn classic_record(
    order: Order,
    seconds: u32,
    fraction: u32,
    wire_len: u32,
    data: &[u8],
) -> Vec<u8> {
    let captured = u32::try_from(data.len()).expect("test packets are short");
    let mut out = Vec::new();
    for field in [seconds, fraction, captured, wire_len] {
        out.extend(order.u32(field));
    }
    out.extend(data);
    out
}

/// A pcapng block around `body`, which is padded to 32 bits.
pub(crate) fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let len = u32::try_from(padded + 12).expect("test blocks are short");
    let mut out = order.u32(kind).to_vec();
    out.extend(order.u32(len));
    out.extend(body);
    out.resize(8 + padded, 0);
    out.extend(order.u32(len));
    out
}

/// A section header.
pub(crate) fn section(order: Order) -> Vec<u8> {
    let mut body = order.u32(0x1a2b_3c4d).to_vec();
    body.extend(order.u16(1));
    body.extend(order.u16(0));
    body.extend(order.i64(-1));
    block(order, 0x0a0d_0d0a, &body)
}

/// An interface description with `if_tsresol` and `if_tsoffset`.
pub(crate) fn interface(
    order: Order,
    link: u16,
    snap_len: u32,
    resolution: u8,
    offset: i64,
) -> Vec<u8> {
    let mut body = order.u16(link).to_vec();
    body.extend(order.u16(0));
    body.extend(order.u32(snap_len));
    body.extend(order.u16(9));
    body.extend(order.u16(1));
    body.extend([resolution, 0, 0, 0]);
    body.extend(order.u16(14));
    body.extend(order.u16(8));
    body.extend(order.i64(offset));
    body.extend([0; 4]);
    block(order, 1, &body)
}

/// An enhanced packet with a comment option.
pub(crate) fn enhanced(
    order: Order,
    interface: u32,
    units: u64,
    wire_len: u32,
    data: &[u8],
) -> Vec<u8> {
    let captured = u32::try_from(data.len()).expect("test packets are short");
    let mut body = order.u32(interface).to_vec();
    body.extend(order.u32(high(units)));
    body.extend(order.u32(low(units)));
    body.extend(order.u32(captured));
    body.extend(order.u32(wire_len));
    body.extend(data);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(order.u16(1));
    body.extend(order.u16(3));
    body.extend(*b"hey\0");
    body.extend([0; 4]);
    block(order, 6, &body)
}

/// A simple packet.
pub(crate) fn simple(order: Order, wire_len: u32, data: &[u8]) -> Vec<u8> {
    let mut body = order.u32(wire_len).to_vec();
    body.extend(data);
    block(order, 3, &body)
}

/// An obsolete packet block.
pub(crate) fn obsolete(order: Order, interface: u16, units: u64, data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).expect("test packets are short");
    let mut body = order.u16(interface).to_vec();
    body.extend(order.u16(0));
    body.extend(order.u32(high(units)));
    body.extend(order.u32(low(units)));
    body.extend(order.u32(len));
    body.extend(order.u32(len));
    body.extend(data);
    block(order, 2, &body)
}

fn high(units: u64) -> u32 {
    u32::try_from(units >> 32).expect("32 bits are left")
}

fn low(units: u64) -> u32 {
    u32::try_from(units & 0xffff_ffff).expect("32 bits are left")
}
