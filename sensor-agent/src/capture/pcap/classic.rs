//! Classic pcap: a 24-byte header, then records of 16 (or 24) bytes and the packet.

use pcap_parser::nom::IResult;
use pcap_parser::{
    LegacyPcapBlock, PcapError, PcapHeader, parse_pcap_frame, parse_pcap_frame_be,
    parse_pcap_frame_modified, parse_pcap_header,
};
use sensor_protocols::frame::LinkType;
use sensor_protocols::time::Timestamp;

use super::{Packet, Record};

pub(crate) const HEADER_LEN: usize = 24;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

type ParseRecord =
    for<'a> fn(&'a [u8]) -> IResult<&'a [u8], LegacyPcapBlock<'a>, PcapError<&'a [u8]>>;

/// How to read the records of one file.
pub(crate) struct Reader {
    parse: ParseRecord,
    link: LinkType,
    /// Nanoseconds per unit of the record's fraction field.
    fraction: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Self::from(&PcapHeader::new())
    }
}

/// Whether a classic pcap file starts so.
pub(crate) fn is_magic(head: &[u8]) -> bool {
    const MAGICS: [u32; 5] = [
        0xa1b2_c3d4, // microseconds
        0xa1b2_3c4d, // nanoseconds
        0xa1b2_cd34, // "modified": longer record headers
        0xd4c3_b2a1, // microseconds, other byte order
        0x4d3c_b2a1, // nanoseconds, other byte order
    ];
    head.first_chunk()
        .is_some_and(|first| MAGICS.contains(&u32::from_le_bytes(*first)))
}

impl Reader {
    /// `None` when `data` does not hold the whole header.
    pub(crate) fn from_header(data: &[u8]) -> Option<Self> {
        parse_pcap_header(data)
            .ok()
            .map(|(_, header)| Self::from(&header))
    }

    pub(crate) fn next<'a>(&mut self, data: &'a [u8]) -> Record<'a> {
        match (self.parse)(data) {
            Ok((rest, record)) => Record::Packet {
                packet: Packet {
                    time: self.time(&record),
                    link: self.link,
                    wire_len: record.origlen,
                    data: record.data,
                },
                len: data.len() - rest.len(),
            },
            Err(pcap_parser::nom::Err::Incomplete(needed)) => Record::Need {
                total: match needed {
                    pcap_parser::nom::Needed::Size(more) => data.len().saturating_add(more.get()),
                    pcap_parser::nom::Needed::Unknown => data.len() + 1,
                },
            },
            Err(_) => Record::Damaged("a record header that cannot be read"),
        }
    }

    fn time(&self, record: &LegacyPcapBlock<'_>) -> Timestamp {
        let seconds = u64::from(record.ts_sec) * NANOS_PER_SECOND;
        Timestamp::from_nanos(seconds + u64::from(record.ts_usec) * self.fraction)
    }
}

impl From<&PcapHeader> for Reader {
    fn from(header: &PcapHeader) -> Self {
        let parse: ParseRecord = if header.is_modified_format() {
            parse_pcap_frame_modified
        } else if header.is_bigendian() {
            parse_pcap_frame_be
        } else {
            parse_pcap_frame
        };
        Self {
            parse,
            link: link_type(header),
            fraction: if header.is_nanosecond_precision() {
                1
            } else {
                1_000
            },
        }
    }
}

/// The link type stands in the lower 16 bits; above it are the length of the frame check
/// sequence and reserved bits (draft-ietf-opsawg-pcap, 4).
fn link_type(header: &PcapHeader) -> LinkType {
    let [low, high, ..] = header.network.0.to_le_bytes();
    LinkType::from_number(u16::from_le_bytes([low, high]))
}
