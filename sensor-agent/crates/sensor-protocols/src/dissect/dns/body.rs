//! Questions and answers of a DNS message.
//!
//! Data in: the octets behind the header. Data out: names (in [`Names`]), types of questions, addresses of
//! answers, and what departs from the standard.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smallvec::SmallVec;

use super::Header;
use super::name::Names;
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Object};

/// Record types that carry an address.
mod record {
    pub(super) const A: u16 = 1;
    pub(super) const AAAA: u16 = 28;
}

/// Objects of one message; the common ones fit without allocating.
pub(super) type Objects<'a> = SmallVec<[Object<'a>; 8]>;

/// What stands behind the header.
#[derive(Default)]
pub(super) struct Body {
    pub(super) types: SmallVec<[u16; 2]>,
    addresses: SmallVec<[IpAddr; 4]>,
    pub(super) anomalies: AnomalySet,
    /// Where the name of the first address record is.
    host: Option<usize>,
}

impl Body {
    /// Reads the questions and answers as far as they are readable.
    pub(super) fn read<'a>(
        &mut self,
        header: &Header,
        message: &'a [u8],
        c: &mut Cursor<'a>,
        names: &mut Names,
    ) -> Result<(), Anomaly> {
        for _ in 0..header.questions {
            if self.types.len() >= limits::DNS_QUESTIONS {
                return Err(Anomaly::LimitReached);
            }
            names.read(message, c)?;
            let kind = c.u16_be().map_err(truncated)?;
            c.skip(2).map_err(truncated)?; // class
            self.types.push(kind);
        }
        // In an update the second section holds prerequisites, not answers (RFC 2136, 2).
        if header.opcode != 5 {
            for _ in 0..header.answers {
                self.answer(message, c)?;
            }
        }
        Ok(())
    }

    fn answer<'a>(&mut self, message: &'a [u8], c: &mut Cursor<'a>) -> Result<(), Anomaly> {
        let owner = c.offset();
        Names::skip(message, c)?;
        let kind = c.u16_be().map_err(truncated)?;
        c.skip(6).map_err(truncated)?; // class and time to live
        let len = usize::from(c.u16_be().map_err(truncated)?);
        let mut data = c.sub(len).map_err(truncated)?;
        let address = match kind {
            record::A => data.array().map(|b: [u8; 4]| IpAddr::V4(Ipv4Addr::from(b))),
            record::AAAA => data
                .array()
                .map(|b: [u8; 16]| IpAddr::V6(Ipv6Addr::from(b))),
            _ => return Ok(()),
        };
        match address {
            // An update or multicast query may delete records with empty data (RFC 2136, 2.5).
            Err(_) if len == 0 => {}
            Ok(address) if data.is_empty() => {
                if self.addresses.len() >= limits::DNS_ANSWERS {
                    return Err(Anomaly::LimitReached);
                }
                self.addresses.push(address);
                self.host.get_or_insert(owner);
            }
            Ok(_) | Err(_) => self.anomalies.insert(Anomaly::BadLength),
        }
        Ok(())
    }

    /// Reads the name that the first address record is of, behind the names of the questions. Whether
    /// there is one.
    pub(super) fn read_host(&self, message: &[u8], names: &mut Names) -> bool {
        let Some(at) = self.host else {
            return false;
        };
        let mut c = Cursor::new(message);
        c.skip(at).is_ok() && names.read(message, &mut c).is_ok()
    }

    /// What is told; `announced` says that a name of a host was read behind those of the questions.
    pub(super) fn objects<'n>(&self, names: &'n Names, announced: bool) -> Objects<'n> {
        let mut objects = Objects::new();
        let several = self.types.len() > 1;
        for (name, kind) in names.iter().zip(&self.types) {
            objects.push(Object::Name(name));
            if several {
                objects.push(Object::Id {
                    kind: "query_type",
                    id: u64::from(*kind),
                });
            }
        }
        // An announcement has no question: its name is the host's.
        if announced && self.types.is_empty() {
            objects.extend(names.iter().last().map(Object::Name));
        }
        objects.extend(self.addresses.iter().copied().map(Object::Address));
        objects
    }
}

const fn truncated(_: Short) -> Anomaly {
    Anomaly::Truncated
}
