//! Blocks of PROFINET IO: what a connection is made of, and what a record holds.
//!
//! Data in: a run of blocks. Data out: [`Walk`], which borrows from them.
//! Source: IEC 61158-6-10, coding of the `Block`s: type, length, version, then fields in the order of
//! octets of the network, whatever order the call has.
//!
//! Limits: [`limits::PROFINET_IO_BLOCKS`] blocks and [`limits::PROFINET_IO_OBJECTS`] objects of a message,
//! blocks inside of blocks [`DEPTH`] deep.

use super::codes;
use super::objects::Objects;
use super::records;
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Identity};

/// Blocks in records in blocks: a list of blocks in a record of a write of several records.
const DEPTH: u8 = 4;

/// Types that are looked into.
mod kind {
    pub(super) const ALARM: [u16; 2] = [0x0001, 0x0002];
    pub(super) const ALARM_ACK: [u16; 2] = [0x8001, 0x8002];
    pub(super) const IDENTIFICATION: u16 = 0x0020;
    pub(super) const AR_REQUEST: u16 = 0x0101;
    pub(super) const IOCR_REQUEST: u16 = 0x0102;
    pub(super) const IOCR_RESPONSE: u16 = 0x8102;
    pub(super) const AR_SERVER: u16 = 0x8106;
    pub(super) const CONTROL: std::ops::RangeInclusive<u16> = 0x0110..=0x0118;
    pub(super) const CONTROL_RESPONSE: std::ops::RangeInclusive<u16> = 0x8110..=0x8118;
    pub(super) const MULTIPLE: u16 = 0x0400;
    pub(super) const PORT_CHECK: u16 = 0x0200;
    pub(super) const PORT_ADJUST: u16 = 0x0202;
    pub(super) const IR_DATA: u16 = 0x0205;
    /// Parameters of a fast start-up: of a relation, of an interface.
    pub(super) const FAST_START: [u16; 3] = [0x010b, 0x0608, 0x0609];
}

/// What blocks say.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) objects: Objects<'a, { limits::PROFINET_IO_OBJECTS }>,
    pub(super) anomalies: AnomalySet,
    /// First status that is not zero.
    pub(super) error: Option<u32>,
    /// Type of an alarm, and whether this is its acknowledgement.
    pub(super) alarm: Option<(u16, bool)>,
    /// Command of a control or release.
    pub(super) control: Option<u16>,
    /// Station that sets up a connection, or answers it.
    pub(super) station: Option<&'a str>,
    pub(super) identification: Identity<'a>,
    pub(super) vendor: Option<u16>,
    /// Data of the records, from the first octet of the first one.
    pub(super) data: &'a [u8],
    left: usize,
    depth: u8,
}

impl<'a> Walk<'a> {
    pub(super) fn new() -> Self {
        Self {
            objects: Objects::new(),
            anomalies: AnomalySet::EMPTY,
            error: None,
            alarm: None,
            control: None,
            station: None,
            identification: Identity::NONE,
            vendor: None,
            data: &[],
            left: limits::PROFINET_IO_BLOCKS,
            depth: 0,
        }
    }

    /// Notes a status.
    pub(super) fn status(&mut self, status: u32) {
        self.objects.id("status", status);
        if status != 0 && self.error.is_none() {
            self.error = Some(status);
        }
    }

    /// Reads a run of blocks.
    pub(super) fn blocks(&mut self, bytes: &'a [u8]) {
        if self.depth >= DEPTH {
            self.anomalies.insert(Anomaly::LimitReached);
            return;
        }
        self.depth = self.depth.saturating_add(1);
        let mut cursor = Cursor::new(bytes);
        while !cursor.is_empty() {
            if self.left == 0 {
                self.anomalies.insert(Anomaly::LimitReached);
                break;
            }
            self.left = self.left.saturating_sub(1);
            if self.block(&mut cursor).is_err() {
                self.anomalies.insert(Anomaly::Truncated);
                break;
            }
        }
        self.depth = self.depth.saturating_sub(1);
        if self.objects.is_full() {
            self.anomalies.insert(Anomaly::LimitReached);
        }
    }

    fn block(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        let kind = cursor.u16_be()?;
        self.objects.id("block", kind);
        if !codes::is_block(kind) {
            self.anomalies.insert(Anomaly::ReservedCode);
        }
        let length = usize::from(cursor.u16_be()?);
        let whole = length <= cursor.remaining();
        let mut body = cursor.sub(length.min(cursor.remaining()))?;
        if !whole {
            self.anomalies.insert(Anomaly::Truncated);
        }
        if length < 2 {
            self.anomalies.insert(Anomaly::BadLength);
            return Ok(());
        }
        let version = body.u16_be()?;
        if records::is_header(kind) {
            let record = records::header(self, kind, &mut body)?;
            records::data(self, kind, record, cursor);
            return Ok(());
        }
        self.content(kind, version, &mut body)
    }

    /// The fields of a block that say who, where and what.
    fn content(&mut self, kind: u16, version: u16, body: &mut Cursor<'a>) -> Result<(), Short> {
        match kind {
            kind::AR_REQUEST => self.relation(body),
            kind::AR_SERVER => {
                let length = usize::from(body.u16_be()?);
                self.station = text(body.take(length)?);
                Ok(())
            }
            kind::IOCR_REQUEST => {
                body.skip(12)?; // type, reference, ethertype, properties, length of the data
                self.objects.id("frame_id", body.u16_be()?);
                Ok(())
            }
            kind::IOCR_RESPONSE => {
                body.skip(4)?; // type, reference
                self.objects.id("frame_id", body.u16_be()?);
                Ok(())
            }
            kind::IDENTIFICATION => self.identification(body),
            kind::MULTIPLE => {
                body.skip(10)?; // padding, API, slot, subslot
                self.blocks(body.take_rest());
                Ok(())
            }
            kind::PORT_CHECK | kind::PORT_ADJUST | kind::IR_DATA => {
                body.skip(6)?; // padding, slot, subslot
                self.blocks(body.take_rest());
                Ok(())
            }
            _ if is_media_redundancy(kind, version) || kind::FAST_START.contains(&kind) => {
                body.skip(2)?; // padding, or number of instances
                self.blocks(body.take_rest());
                Ok(())
            }
            _ if kind::CONTROL.contains(&kind) || kind::CONTROL_RESPONSE.contains(&kind) => {
                body.skip(22)?; // padding, connection, session, padding
                self.control = Some(body.u16_be()?);
                Ok(())
            }
            _ if kind::ALARM.contains(&kind) || kind::ALARM_ACK.contains(&kind) => {
                self.alarm(kind::ALARM_ACK.contains(&kind), body)
            }
            _ => Ok(()),
        }
    }

    /// A request for an application relation.
    fn relation(&mut self, body: &mut Cursor<'a>) -> Result<(), Short> {
        self.objects.id("ar_type", body.u16_be()?);
        body.skip(18)?; // UUID, session key
        self.objects.id("initiator_mac", super::mac(body.array()?));
        body.skip(24)?; // object, properties, timeout, port
        let length = usize::from(body.u16_be()?);
        self.station = text(body.take(length)?);
        Ok(())
    }

    /// Identification and maintenance, record 0 (PROFIBUS & PROFINET profile guideline 1, 3.2).
    fn identification(&mut self, body: &mut Cursor<'a>) -> Result<(), Short> {
        self.vendor = Some(body.u16_be()?);
        let (order, serial) = (body.take(20)?, body.take(16)?);
        body.skip(2)?; // hardware revision
        body.skip(4)?; // software revision: a letter and three numbers
        self.identification.model = text(order);
        self.identification.serial = text(serial);
        Ok(())
    }

    fn alarm(&mut self, ack: bool, body: &mut Cursor<'a>) -> Result<(), Short> {
        self.alarm = Some((body.u16_be()?, ack));
        body.skip(4)?; // API
        let (slot, subslot) = (body.u16_be()?, body.u16_be()?);
        let submodule = u64::from(slot) << 16 | u64::from(subslot);
        self.objects.id("submodule", submodule);
        if ack {
            body.skip(2)?; // alarm specifier
            self.status(body.u32_be()?);
        } else {
            self.objects.id("module_ident", body.u32_be()?);
            self.objects.id("submodule_ident", body.u32_be()?);
        }
        Ok(())
    }
}

/// Blocks with one block for each ring of a switch, in their second version.
const fn is_media_redundancy(kind: u16, version: u16) -> bool {
    const SECOND: u16 = 0x0101;
    matches!(kind, 0x0211..=0x0213) && version == SECOND
}

/// Text without the blanks and zeros that fill it up.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_matches(['\0', ' ']);
    (!text.is_empty()).then_some(text)
}
