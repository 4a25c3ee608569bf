//! One ASDU: data unit identifier, information objects, and what departs from the standard.
//!
//! Data in: the octets behind the control field. Data out: an [`Asdu`]. One that departs from the
//! standard still gives an [`Asdu`], with the departures in [`Asdu::anomalies`].
//!
//! ```text
//! ├ type ┼ SQ, number ┼ T, P/N, cause ┼ originator ┼ common address ┤ information objects …
//!    1         1             1              1               2
//! ```
//!
//! Source: IEC 60870-5-101 ed. 2, 7.2; the lengths of the address fields are those that
//! IEC 60870-5-104 ed. 2, 9.5 fixes: cause 2, common address 2, information object address 3.
//!
//! Limits: at most [`MAX_OBJECTS`] objects, which is more than an APDU of the longest length holds.
//! Nothing is allocated.

use smallvec::SmallVec;

use super::causes;
use super::elements::{self, Part};
use super::types::{self, Kind, Layout, Standing, Type};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet, Object, OperationClass};

/// Objects kept of an ASDU. 243 octets hold 60 objects of four.
const MAX_OBJECTS: usize = 64;

/// Table of the objects: information object addresses.
pub(super) const TABLE: &str = "information_object";

/// Octets of an information object address.
const ADDRESS: usize = 3;

/// The common address of all stations (101, 7.2.4).
pub(super) const BROADCAST: u16 = 0xffff;

/// Set in the qualifier of a command that selects (101, 7.2.6.26: S/E).
const SELECT: u8 = 0x80;

/// Octets of a command's value that are kept: a floating point number and its qualifier.
const COMMAND_VALUE: usize = 5;

/// Values of a command as they stand in its element, without the time tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CommandValue {
    octets: [u8; COMMAND_VALUE],
    len: u8,
}

/// What one ASDU says. It is large: who reads one hands it down by reference.
pub(super) struct Asdu<'a> {
    /// Name of the type; that of its select when the command selects.
    pub(super) name: &'static str,
    pub(super) row: Type,
    pub(super) cause: u8,
    pub(super) negative: bool,
    pub(super) test: bool,
    pub(super) originator: u8,
    /// `None` when the ASDU ends before it.
    pub(super) common_address: Option<u16>,
    /// Address of the first object.
    pub(super) address: u32,
    /// S/E of a process command.
    pub(super) select: bool,
    /// Value of the first object, for commands.
    pub(super) value: CommandValue,
    pub(super) objects: SmallVec<[Object<'static>; MAX_OBJECTS]>,
    /// The elements; with their addresses when there are several objects.
    pub(super) values: &'a [u8],
    pub(super) anomalies: AnomalySet,
}

impl<'a> Asdu<'a> {
    /// Reads an ASDU.
    pub(super) fn read(octets: &'a [u8]) -> Self {
        let mut asdu = Self {
            name: "",
            row: types::named(octets.first().copied().unwrap_or_default()),
            cause: 0,
            negative: false,
            test: false,
            originator: 0,
            common_address: None,
            address: 0,
            select: false,
            value: CommandValue::default(),
            objects: SmallVec::new(),
            values: &[],
            anomalies: AnomalySet::EMPTY,
        };
        asdu.name = asdu.row.name;
        asdu.judge_type();
        let mut cursor = Cursor::new(octets);
        let body = asdu.identifier(&mut cursor).and_then(|(number, sequence)| {
            asdu.judge_identifier(number, sequence);
            asdu.body(&mut cursor, number, sequence)
        });
        if body.is_err() {
            asdu.flag(Anomaly::Truncated);
            asdu.flag(Anomaly::BadLength);
        } else if !cursor.is_empty() {
            asdu.flag(Anomaly::TrailingBytes);
            asdu.flag(Anomaly::BadLength);
        }
        asdu
    }

    /// Class of the operation.
    pub(super) const fn class(&self) -> OperationClass {
        self.row.class
    }

    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    fn expect(&mut self, holds: bool, anomaly: Anomaly) {
        if !holds {
            self.flag(anomaly);
        }
    }

    fn judge_type(&mut self) {
        match self.row.standing {
            Standing::Defined | Standing::Private => {}
            Standing::Reserved => self.flag(Anomaly::ReservedCode),
            Standing::Invalid => self.flag(Anomaly::BadValue),
        }
    }

    /// Reads the data unit identifier; answers number and SQ.
    fn identifier(&mut self, cursor: &mut Cursor<'_>) -> Result<(u8, bool), Short> {
        cursor.skip(1)?;
        let structure = cursor.u8()?;
        let cause = cursor.u8()?;
        self.cause = cause & 0x3f;
        self.negative = cause & 0x40 != 0;
        self.test = cause & 0x80 != 0;
        self.originator = cursor.u8()?;
        self.common_address = Some(cursor.u16_le()?);
        Ok((structure & 0x7f, structure & 0x80 != 0))
    }

    fn judge_identifier(&mut self, number: u8, sequence: bool) {
        let commands = matches!(self.row.kind, Kind::Command | Kind::Process);
        self.expect(causes::is_defined(self.cause), Anomaly::BadValue);
        // 7.2.4: zero is not used, all stations only where every station has the same to do.
        let broadcast = matches!(self.row.id, 100 | 101 | 103 | 105);
        self.expect(
            self.common_address != Some(0)
                && (self.common_address != Some(BROADCAST) || broadcast || !commands),
            Anomaly::BadValue,
        );
        // A command addresses one object (7.3.2); only some types come in sequences (7.2.2).
        let defined = self.row.standing == Standing::Defined;
        let number_allowed = number > 0 && (!commands || number == 1);
        let sequence_allowed = !sequence || self.row.sequence || !defined;
        self.expect(sequence_allowed && number_allowed, Anomaly::BadValue);
    }

    fn body(&mut self, cursor: &mut Cursor<'a>, number: u8, sequence: bool) -> Result<(), Short> {
        match self.row.layout {
            Layout::Fixed(parts) if sequence => self.sequence(cursor, number, parts),
            Layout::Fixed(parts) => self.list(cursor, number, parts),
            Layout::Counted(parts) => self.counted(cursor, parts),
            Layout::Opaque => {
                self.values = cursor.take_rest();
                Ok(())
            }
        }
    }

    /// One address, then elements of consecutive addresses.
    fn sequence(
        &mut self,
        cursor: &mut Cursor<'a>,
        number: u8,
        parts: &[Part],
    ) -> Result<(), Short> {
        let start = cursor.u24_le()?;
        self.address = start;
        self.range(start, u32::from(number));
        self.values = cursor.rest();
        for _ in 0..number {
            let octets = cursor.take(elements::len(parts))?;
            self.expect(elements::allowed(parts, octets), Anomaly::BadValue);
        }
        Ok(())
    }

    /// An address before each element.
    fn list(&mut self, cursor: &mut Cursor<'a>, number: u8, parts: &[Part]) -> Result<(), Short> {
        self.values = cursor.rest();
        for at in 0..number {
            let address = cursor.u24_le()?;
            self.range(address, 1);
            if at == 0 {
                self.address = address;
                self.judge_address(address);
                if number == 1 {
                    self.values = cursor.rest();
                }
            }
            let octets = cursor.take(elements::len(parts))?;
            self.expect(elements::allowed(parts, octets), Anomaly::BadValue);
            if at == 0 {
                self.command(parts, octets);
            }
        }
        Ok(())
    }

    /// A segment of a file: the last part is the number of octets that follow (7.3.6.6).
    fn counted(&mut self, cursor: &mut Cursor<'a>, parts: &[Part]) -> Result<(), Short> {
        let address = cursor.u24_le()?;
        self.address = address;
        self.range(address, 1);
        self.values = cursor.rest();
        let head = cursor.take(elements::len(parts))?;
        cursor.skip(head.last().copied().map_or(0, usize::from))
    }

    /// System commands have no object: the address is zero (7.3.4, 7.3.5.4).
    fn judge_address(&mut self, address: u32) {
        let system = matches!(self.row.id, 70 | 100 | 101 | 103..=107);
        self.expect(!system || address == 0, Anomaly::BadValue);
    }

    /// Keeps what tells commands apart: value, qualifier, select.
    fn command(&mut self, parts: &[Part], octets: &[u8]) {
        if !matches!(self.row.kind, Kind::Command | Kind::Process) {
            return;
        }
        let timeless =
            parts.split_last().map_or(
                parts,
                |(last, before)| {
                    if *last == Part::Cp56 { before } else { parts }
                },
            );
        let value = octets.get(..elements::len(timeless)).unwrap_or_default();
        self.value = CommandValue::of(value);
        self.select = self.row.kind == Kind::Process
            && value
                .last()
                .is_some_and(|qualifier| qualifier & SELECT != 0);
        if self.select
            && let Some(name) = types::select_name(self.row.id)
        {
            self.name = name;
        }
    }

    /// Adds objects; those that continue the last range make it longer.
    fn range(&mut self, start: u32, count: u32) {
        if start == 0 && count == 1 {
            // Zero means that the address is irrelevant (7.2.5).
            return;
        }
        // The range must not leave the 2^24 addresses.
        let end = start.saturating_add(count);
        self.expect(end <= 1 << (8 * ADDRESS), Anomaly::BadValue);
        if let Some(Object::Range {
            start: before,
            count: so_far,
            ..
        }) = self.objects.last_mut()
            && before.saturating_add(*so_far) == start
        {
            *so_far = so_far.saturating_add(count);
        } else if self.objects.len() < MAX_OBJECTS {
            self.objects.push(Object::Range {
                table: TABLE,
                start,
                count,
            });
        } else {
            self.flag(Anomaly::LimitReached);
        }
    }
}

impl CommandValue {
    fn of(value: &[u8]) -> Self {
        let mut kept = Self::default();
        for (slot, octet) in kept.octets.iter_mut().zip(value) {
            *slot = *octet;
            kept.len = kept.len.saturating_add(1);
        }
        kept
    }

    /// The first octet: the qualifier of an interrogation.
    pub(super) fn first(self) -> u8 {
        let [first, ..] = self.octets;
        first
    }
}
