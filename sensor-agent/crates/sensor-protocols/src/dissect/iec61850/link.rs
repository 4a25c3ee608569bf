//! The header between ethertype and APDU: APPID, length, two reserved fields (IEC 61850-8-1, C.2;
//! the same in 9-2).

use super::Carried;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// Octets of the header; the length field counts them.
const HEADER: usize = 8;

/// Bit of the first reserved field that marks a simulated message.
const SIMULATED: u16 = 0x8000;

/// Octets of an extension of IEC 62351-6 behind the APDU, in the first reserved field.
const EXTENSION: u16 = 0x00ff;

/// The APDU of a frame payload. What lies behind its length pads the frame. A payload without a
/// whole header has no APDU.
#[inline]
pub(in crate::dissect) fn carried(payload: &[u8], cut: bool) -> Carried<'_> {
    read(payload, cut).unwrap_or_else(|_| {
        let missing = if cut {
            AnomalySet::EMPTY
        } else {
            AnomalySet::of(Anomaly::Truncated)
        };
        Carried {
            appid: 0,
            simulated: false,
            apdu: Cursor::new(&[]),
            extended: false,
            cut,
            anomalies: missing,
            size: payload.len(),
        }
    })
}

fn read(payload: &[u8], cut: bool) -> Result<Carried<'_>, Short> {
    let mut cursor = Cursor::new(payload);
    let appid = cursor.u16_be()?;
    let length = usize::from(cursor.u16_be()?);
    let reserved = cursor.u16_be()?;
    cursor.u16_be()?;
    let mut anomalies = AnomalySet::EMPTY;
    let wanted = length.checked_sub(HEADER).unwrap_or_else(|| {
        anomalies.insert(Anomaly::BadLength);
        cursor.remaining()
    });
    let short = wanted > cursor.remaining();
    if short && !cut {
        anomalies.insert(Anomaly::Truncated);
    }
    let apdu = cursor.sub(wanted.min(cursor.remaining()))?;
    Ok(Carried {
        appid,
        simulated: reserved & SIMULATED != 0,
        apdu,
        extended: reserved & EXTENSION != 0,
        cut: short && cut,
        anomalies,
        size: cursor.offset(),
    })
}
