//! Configuration frames: which stations measure what.
//!
//! Source: IEEE C37.118.2-2011, 6.4 (configuration 1 and 2), 6.5 (configuration 3).
//!
//! Limit: [`limits::SYNCHROPHASOR_STATIONS`] stations of a frame.

use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::message::Message;
use crate::dissect::message::text::printable;
use crate::limits;
use crate::observation::Anomaly;

/// Octets of a name in configuration 1 and 2.
const NAME: usize = 16;

/// Channels of a station.
struct Channels {
    phasors: usize,
    analogs: usize,
    digitals: usize,
}

impl Channels {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        Ok(Self {
            phasors: usize::from(cursor.u16_be()?),
            analogs: usize::from(cursor.u16_be()?),
            digitals: usize::from(cursor.u16_be()?),
        })
    }

    /// Names: one of each channel, 16 of each digital word.
    fn names(&self) -> usize {
        let digital = self.digitals.saturating_mul(16);
        self.phasors
            .saturating_add(self.analogs)
            .saturating_add(digital)
    }

    /// Octets, of so many for each kind of channel.
    fn octets(&self, [phasor, analog, digital]: [usize; 3]) -> usize {
        let phasors = self.phasors.saturating_mul(phasor);
        let analogs = self.analogs.saturating_mul(analog);
        let digitals = self.digitals.saturating_mul(digital);
        phasors.saturating_add(analogs).saturating_add(digitals)
    }
}

/// Stations of configuration 1 and 2.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    station: &mut Option<&'a str>,
) -> Result<(), Short> {
    cursor.skip(4)?; // time base
    stations(cursor, message, station, |cursor| {
        let name = printable(cursor.take(NAME)?);
        let identifier = cursor.u16_be()?;
        cursor.skip(2)?; // format
        let channels = Channels::read(cursor)?;
        cursor.skip(channels.names().saturating_mul(NAME))?;
        cursor.skip(channels.octets([4, 4, 4]))?; // units
        cursor.skip(4)?; // nominal frequency, count of changes
        Ok((name, identifier))
    })
}

/// Stations of configuration 3, as far as they are in this frame.
pub(super) fn read_3<'a>(
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    station: &mut Option<&'a str>,
) -> Result<(), Short> {
    let part = cursor.u16_be()?;
    if part != 0 {
        message.id("part", part);
        return Ok(());
    }
    cursor.skip(4)?; // time base
    stations(cursor, message, station, |cursor| {
        let name = printable(named(cursor)?);
        let identifier = cursor.u16_be()?;
        cursor.skip(16 + 2)?; // global identifier, format
        let channels = Channels::read(cursor)?;
        for _ in 0..channels.names() {
            named(cursor)?;
        }
        cursor.skip(channels.octets([12, 8, 4]))?; // scales
        cursor.skip(12 + 1 + 4 + 4)?; // place, class, window, delay
        cursor.skip(4)?; // nominal frequency, count of changes
        Ok((name, identifier))
    })
}

/// A name behind its length.
fn named<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Short> {
    let length = usize::from(cursor.u8()?);
    cursor.take(length)
}

/// Their number, the stations, the data rate. Each station takes octets, so that the count cannot run on.
fn stations<'a>(
    cursor: &mut Cursor<'a>,
    message: &mut Message<'a>,
    only: &mut Option<&'a str>,
    read: impl Fn(&mut Cursor<'a>) -> Result<(Option<&'a str>, u16), Short>,
) -> Result<(), Short> {
    let count = cursor.u16_be()?;
    for n in 0..count {
        let (name, identifier) = read(cursor)?;
        if n < limits::SYNCHROPHASOR_STATIONS {
            message.text("station_name", name);
            message.id("pmu", identifier);
        } else {
            message.flag(Anomaly::LimitReached);
        }
        *only = if count == 1 { name } else { None };
    }
    message.id("data_rate", cursor.u16_be()?);
    message.expect(message.cut || cursor.is_empty(), Anomaly::TrailingBytes);
    Ok(())
}
