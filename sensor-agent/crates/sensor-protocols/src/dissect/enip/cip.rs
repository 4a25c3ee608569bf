//! CIP messages: a service on a path, and the reply to it.
//!
//! Data in: the octets of one message router request or response. Data out: its parts; what the
//! connection manager and the multiple service packet carry inside is found here as well.
//! Source: CIP Volume 1, 2-4 (message router format), 3-5.5 (connection manager), appendix A
//! (multiple service packet).
//!
//! Limits: none here; whoever walks into what is inside counts how deep.

use super::path::Path;
use super::services::{class, service};
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet};

/// Bit of the service octet that marks a reply (2-4).
pub(super) const REPLY: u8 = 0x80;

/// A request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) service: u8,
    pub(super) path: Path<'a>,
    pub(super) data: &'a [u8],
    pub(super) anomalies: AnomalySet,
}

impl<'a> Request<'a> {
    /// Reads a request; what is wrong with it stands in its anomalies.
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut cursor = Cursor::new(bytes);
        let mut anomalies = AnomalySet::EMPTY;
        let service = cursor.u8().unwrap_or_default();
        let words = cursor.u8();
        let wanted = usize::from(words.unwrap_or_default()).saturating_mul(2);
        let path = cursor.take(wanted).unwrap_or_else(|_| {
            anomalies.insert(Anomaly::Truncated);
            cursor.take_rest()
        });
        if words.is_err() {
            anomalies.insert(Anomaly::Truncated);
        }
        let path = Path::read(path);
        Self {
            service,
            data: cursor.take_rest(),
            anomalies: anomalies.union(path.anomalies),
            path,
        }
    }
}

/// A reply.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reply<'a> {
    /// Without the bit that marks a reply.
    pub(super) service: u8,
    /// General status.
    pub(super) status: u8,
    /// First word of the additional status.
    pub(super) extended: Option<u16>,
    pub(super) data: &'a [u8],
    pub(super) anomalies: AnomalySet,
}

impl<'a> Reply<'a> {
    /// Reads a reply; what is wrong with it stands in its anomalies.
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut reply = Self::default();
        if reply.fields(&mut Cursor::new(bytes)).is_err() {
            reply.anomalies.insert(Anomaly::Truncated);
        }
        reply
    }

    fn fields(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        self.service = cursor.u8()? & !REPLY;
        if cursor.u8()? != 0 {
            self.anomalies.insert(Anomaly::BadValue);
        }
        self.status = cursor.u8()?;
        let words = usize::from(cursor.u8()?);
        let mut additional = cursor.sub(words.saturating_mul(2))?;
        self.extended = additional.u16_le().ok();
        self.data = cursor.take_rest();
        Ok(())
    }
}

/// What the data of a service carry.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Inside<'a> {
    #[default]
    Nothing,
    /// A message for a station behind this one.
    Message(&'a [u8]),
    Services(Multiple<'a>),
    Pccc(&'a [u8]),
}

/// The data of a request, so far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Body<'a> {
    pub(super) inside: Inside<'a>,
    /// Link address that an unconnected send is routed to.
    pub(super) station: Option<u32>,
    /// Path that a connection is opened to or closed from.
    pub(super) connected: Option<Path<'a>>,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Body<'a> {
    /// Reads the data of a request; what is wrong with them stands in its anomalies.
    pub(super) fn read(request: &Request<'a>) -> Self {
        let mut body = Self::default();
        let mut cursor = Cursor::new(request.data);
        let read = match (request.path.class, request.service) {
            (_, service::MULTIPLE) => {
                body.services(request.data);
                return body;
            }
            (Some(class::PCCC), service::EXECUTE_PCCC) => {
                body.inside = Inside::Pccc(request.data);
                return body;
            }
            (Some(class::CONNECTION_MANAGER), service::UNCONNECTED_SEND) => {
                body.unconnected_send(&mut cursor)
            }
            (Some(class::CONNECTION_MANAGER), service::FORWARD_OPEN) => {
                body.forward_open(&mut cursor, 2)
            }
            (Some(class::CONNECTION_MANAGER), service::LARGE_FORWARD_OPEN) => {
                body.forward_open(&mut cursor, 4)
            }
            (Some(class::CONNECTION_MANAGER), service::FORWARD_CLOSE) => {
                body.forward_close(&mut cursor)
            }
            _ => {
                body.tag(request);
                return body;
            }
        };
        if read.is_err() {
            body.anomalies.insert(Anomaly::Truncated);
        } else if !cursor.is_empty() {
            body.anomalies.insert(Anomaly::TrailingBytes);
        }
        body
    }

    /// 3-5.5: timing, the message and its length, the route.
    fn unconnected_send(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        cursor.skip(2)?;
        let length = usize::from(cursor.u16_le()?);
        self.inside = Inside::Message(cursor.take(length)?);
        if !length.is_multiple_of(2) {
            cursor.skip(1)?;
        }
        let route = self.path(cursor, true)?;
        self.station = route.link;
        Ok(())
    }

    /// 3-5.5: what both ends call the connection and how often they send; `size` is
    /// the length of the network parameters.
    fn forward_open(&mut self, cursor: &mut Cursor<'a>, size: usize) -> Result<(), Short> {
        const TICKS_IDENTIFIERS_AND_SERIAL: usize = 2 + 4 + 4 + 2 + 2 + 4;
        const MULTIPLIER_AND_RESERVED: usize = 4;
        const INTERVAL: usize = 4;
        cursor.skip(TICKS_IDENTIFIERS_AND_SERIAL)?;
        cursor.skip(MULTIPLIER_AND_RESERVED)?;
        cursor.skip(INTERVAL.saturating_add(size))?;
        cursor.skip(INTERVAL.saturating_add(size))?;
        let _transport = cursor.u8()?;
        self.connected = Some(self.path(cursor, false)?);
        Ok(())
    }

    /// 3-5.5: timing, serial numbers, the path the connection was opened with.
    fn forward_close(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        cursor.skip(2 + 2 + 2 + 4)?;
        self.connected = Some(self.path(cursor, true)?);
        Ok(())
    }

    /// A path behind its length in words, with a reserved octet between them where `reserved`.
    fn path(&mut self, cursor: &mut Cursor<'a>, reserved: bool) -> Result<Path<'a>, Short> {
        let words = usize::from(cursor.u8()?);
        if reserved && cursor.u8()? != 0 {
            self.anomalies.insert(Anomaly::BadValue);
        }
        let path = Path::read(cursor.take(words.saturating_mul(2))?);
        self.anomalies = self.anomalies.union(path.anomalies);
        Ok(path)
    }

    fn services(&mut self, data: &'a [u8]) {
        match Multiple::read(data) {
            Ok(multiple) => {
                if multiple.count == 0 {
                    self.anomalies.insert(Anomaly::BadValue);
                }
                if !multiple.is_ordered() {
                    self.anomalies.insert(Anomaly::BadPointer);
                }
                self.inside = Inside::Services(multiple);
            }
            Err(_) => self.anomalies.insert(Anomaly::Truncated),
        }
    }

    /// Tag services have at least a count of elements, in front of which a write has the type.
    fn tag(&mut self, request: &Request<'a>) {
        if request.path.symbol.is_empty() {
            return;
        }
        let least = match request.service {
            0x4c => 2,
            0x52 => 6,
            0x4d => 4,
            0x53 => 8,
            _ => 0,
        };
        if request.data.len() < least {
            self.anomalies.insert(Anomaly::Truncated);
        }
    }
}

/// A multiple service packet: requests, or the replies to them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Multiple<'a> {
    /// From the count on, which is what offsets are counted from.
    area: &'a [u8],
    pub(super) count: u16,
}

impl<'a> Multiple<'a> {
    pub(super) fn read(area: &'a [u8]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(area);
        let count = cursor.u16_le()?;
        cursor.skip(usize::from(count).saturating_mul(2))?;
        Ok(Self { area, count })
    }

    /// Whether every message begins behind the offsets and the one before it, and within the area. Those
    /// that are looked at, that is: however many a packet announces, judging it costs no more.
    pub(super) fn is_ordered(&self) -> bool {
        let mut least = usize::from(self.count).saturating_mul(2).saturating_add(2);
        let looked_at = u16::try_from(limits::CIP_SERVICES).unwrap_or(u16::MAX);
        (0..self.count.min(looked_at)).all(|at| {
            let offset = self.offset(at);
            let fits = offset.is_some_and(|offset| offset >= least && offset < self.area.len());
            least = offset.unwrap_or(0).saturating_add(1);
            fits
        })
    }

    /// Messages in their order; one whose offset cannot be right is empty.
    pub(super) fn messages(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.count).map(move |at| {
            let end = at
                .checked_add(1)
                .filter(|next| *next < self.count)
                .map_or(Some(self.area.len()), |next| self.offset(next));
            match (self.offset(at), end) {
                (Some(start), Some(end)) => self.area.get(start..end).unwrap_or_default(),
                _ => &[],
            }
        })
    }

    fn offset(&self, at: u16) -> Option<usize> {
        let place = usize::from(at).checked_mul(2)?.checked_add(2)?;
        let offset = Cursor::new(self.area.get(place..)?).u16_le().ok()?;
        Some(usize::from(offset))
    }
}
