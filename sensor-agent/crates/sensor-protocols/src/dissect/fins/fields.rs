//! Fields of requests, as the table of commands lists them.
//!
//! Data in: the data of a command. Data out: objects, values, anomalies.
//!
//! Limits: objects of one message (see [`super::Message`]); what is behind them is passed over.

use super::areas::{self, Kind};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::message::text::printable;
use crate::observation::Anomaly;

/// A field of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The request may end here, or before any field behind.
    Optional,
    Skip(usize),
    /// An address in a memory area.
    Area,
    /// Number of elements of the areas before.
    Count,
    /// Addresses up to the end.
    Areas,
    /// Data of so many elements as were counted.
    Elements,
    /// Data of a fixed length.
    Data(usize),
    /// Data up to the end, of any length.
    Rest,
    /// A parameter area: code, first word, number of words.
    Parameters,
    /// First and last word of a program.
    Words,
    /// First octet of a program and number of octets.
    ProgramWords,
    /// A password; its length is told, and nothing of it.
    Password,
    Id16(&'static str),
    /// Second-level code of one octet: mode, parameter.
    Mode,
    /// The same of two octets.
    Sub,
    FileName,
    /// A number of names, and the names.
    FileNames,
    /// A name of up to eight octets.
    Name,
    /// What is forced, bit by bit.
    Forced,
}

/// Octets of a file name: eight, a dot, three.
const FILE_NAME: usize = 12;

/// Reads the fields of a request.
pub(super) fn read<'a>(fields: &[Field], data: Cursor<'a>, message: &mut Message<'a>) {
    let mut reader = Reader {
        data,
        pending: None,
        elements: 0,
        optional: false,
    };
    let result = reader.run(fields, message);
    // A command without its last fields is what W342 allows here and there.
    if result.is_err() && !(reader.optional && reader.data.is_empty()) {
        message.ends_early();
    }
    reader.flush(1, message);
    if result.is_ok() && !reader.data.is_empty() {
        message.flag(Anomaly::TrailingBytes);
    }
}

struct Reader<'a> {
    data: Cursor<'a>,
    /// Address and kind of elements of an area whose number of elements comes later.
    pending: Option<(&'static str, u32, Kind)>,
    /// Octets of the elements counted.
    elements: usize,
    optional: bool,
}

impl<'a> Reader<'a> {
    fn run(&mut self, fields: &[Field], message: &mut Message<'a>) -> Result<(), Short> {
        for field in fields {
            self.field(*field, message)?;
        }
        Ok(())
    }

    fn field(&mut self, field: Field, message: &mut Message<'a>) -> Result<(), Short> {
        match field {
            Field::Optional => self.optional = true,
            Field::Skip(octets) => self.data.skip(octets)?,
            Field::Area => self.area(message)?,
            Field::Count => {
                let count = self.data.u16_be()?;
                self.flush(u32::from(count), message);
            }
            Field::Areas => {
                while !self.data.is_empty() {
                    self.area(message)?;
                    self.flush(1, message);
                }
            }
            Field::Elements => self.values(message),
            Field::Data(octets) => message.values = self.data.take(octets)?,
            Field::Rest => message.values = self.data.take_rest(),
            Field::Password => {
                let password = self.data.take_rest();
                message.id("password_octets", length(password));
            }
            Field::Id16(kind) => message.id(kind, self.data.u16_be()?),
            Field::Mode => message.operation.sub = Some(u32::from(self.data.u8()?)),
            Field::Sub => message.operation.sub = Some(u32::from(self.data.u16_be()?)),
            Field::FileName => message.name(printable(self.data.take(FILE_NAME)?)),
            Field::Name => {
                let name = self.data.take_rest();
                message.expect(name.len() <= 8, Anomaly::BadLength);
                message.name(printable(name));
            }
            Field::Parameters => self.parameters(message)?,
            Field::Words => self.words(message)?,
            Field::ProgramWords => self.program(message)?,
            Field::FileNames => {
                // Each takes octets: the count cannot run on.
                for _ in 0..self.data.u16_be()? {
                    message.name(printable(self.data.take(FILE_NAME)?));
                }
                self.data.take_rest();
            }
            Field::Forced => self.forced(message)?,
        }
        Ok(())
    }

    /// The area that waits for the number of its elements.
    fn flush(&mut self, count: u32, message: &mut Message<'a>) {
        if let Some((table, start, kind)) = self.pending.take() {
            message.range(table, start, count);
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            self.elements = count.saturating_mul(kind.size());
        }
    }

    fn area(&mut self, message: &mut Message<'a>) -> Result<(), Short> {
        self.flush(1, message);
        let code = self.data.u8()?;
        let word = self.data.u16_be()?;
        let bit = self.data.u8()?;
        let Some(area) = areas::named(code) else {
            message.flag(Anomaly::BadValue);
            message.id("memory_area", code);
            return Ok(());
        };
        let bank = u32::from(area.bank) << 16 | u32::from(word);
        let start = match area.kind {
            Kind::Bit => bank.saturating_mul(16).saturating_add(u32::from(bit)),
            Kind::Word | Kind::Flag | Kind::Double => bank,
        };
        self.pending = Some((area.table, start, area.kind));
        Ok(())
    }

    fn values(&mut self, message: &mut Message<'a>) {
        let values = self.data.take_rest();
        if values.len() < self.elements {
            message.ends_early();
        } else {
            message.expect(values.len() == self.elements, Anomaly::BadLength);
        }
        message.values = values;
    }

    fn parameters(&mut self, message: &mut Message<'a>) -> Result<(), Short> {
        let table = parameter_area(self.data.u16_be()?);
        let start = u32::from(self.data.u16_be()?);
        // The highest bit says that these are the last words.
        let count = u32::from(self.data.u16_be()? & 0x7fff);
        message.range(table, start, count);
        let words = usize::try_from(count).unwrap_or(usize::MAX);
        self.elements = words.saturating_mul(2);
        Ok(())
    }

    fn words(&mut self, message: &mut Message<'a>) -> Result<(), Short> {
        let start = self.data.u32_be()?;
        let last = self.data.u32_be()?;
        let count = last.saturating_sub(start).saturating_add(1);
        message.range("program_word", start, count);
        Ok(())
    }

    fn program(&mut self, message: &mut Message<'a>) -> Result<(), Short> {
        let start = self.data.u32_be()?;
        let count = u32::from(self.data.u16_be()? & 0x7fff);
        message.range("program_octet", start, count);
        Ok(())
    }

    fn forced(&mut self, message: &mut Message<'a>) -> Result<(), Short> {
        let count = usize::from(self.data.u16_be()?);
        message.values = self.data.rest();
        let bits = self.data.remaining() / FORCED_BIT;
        for n in 0..count.min(bits) {
            let what = self.data.u16_be()?;
            if n == 0 {
                message.operation.sub = Some(u32::from(what));
            }
            self.area(message)?;
            self.flush(1, message);
        }
        if bits < count {
            self.data.take_rest();
            message.ends_early();
        }
        Ok(())
    }
}

/// Octets of a bit that is forced: what is done, where.
const FORCED_BIT: usize = 6;

fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}

/// Parameter areas by name (W342, 5-2-3).
fn parameter_area(code: u16) -> &'static str {
    match code {
        0x8010 => "plc_setup",
        0x8011 => "peripheral_device_setting",
        0x8012 => "io_table",
        0x8013 => "routing_table",
        0x8002 => "cpu_bus_unit_setup",
        0x8000 => "all_parameters",
        _ => "parameter_area",
    }
}
