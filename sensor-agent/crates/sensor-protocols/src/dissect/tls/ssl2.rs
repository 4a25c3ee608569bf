//! SSL 2.0: its records, and the client hello in its format that clients of later versions may send.
//!
//! Sources: Hickman, The SSL Protocol (1995); RFC 5246, E.2 (client hello of later versions).
//!
//! ```text
//!  0            2       3         5          7            9
//! ├─┬──────────┼───────┼─────────┼──────────┼────────────┼──────────────┼─────────┬───┐
//! │1│ length   │ 1     │ version │ suites … │ session …  │ challenge …  │ contents …  │
//! └─┴──────────┴───────┴─────────┴──────────┴────────────┴──────────────┴─────────┴───┘
//! ```
//!
//! Data in: octets at a record boundary. Data out: the record, or that it is none.

use super::hello::Hello;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet};

/// Messages that are never encrypted.
pub(super) mod message {
    pub(in super::super) const ERROR: u8 = 0;
    pub(in super::super) const CLIENT_HELLO: u8 = 1;
    pub(in super::super) const CLIENT_MASTER_KEY: u8 = 2;
    pub(in super::super) const SERVER_HELLO: u8 = 4;
}

/// Name of a message that is not encrypted.
pub(super) const fn name(kind: u8) -> &'static str {
    match kind {
        message::ERROR => "ssl2_error",
        message::CLIENT_HELLO => "ssl2_client_hello",
        message::CLIENT_MASTER_KEY => "ssl2_client_master_key",
        message::SERVER_HELLO => "ssl2_server_hello",
        _ => "ssl2_record",
    }
}

/// Octets of the header and of the record behind it; `None` when too few octets are there to tell.
pub(super) fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    let [first, second, ..] = *bytes else {
        return None;
    };
    let long = u16::from_be_bytes([first, second]);
    // The first bit: two octets of header and no padding.
    if first & 0x80 != 0 {
        Some((2, usize::from(long & 0x7fff)))
    } else {
        Some((3, usize::from(long & 0x3fff)))
    }
}

/// Whether a client hello in this format starts here, as far as its fixed part tells.
pub(super) fn is_client_hello(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::new(bytes);
    let Some((2, length)) = header(bytes) else {
        return false;
    };
    let fits = |cursor: &mut Cursor<'_>| -> Result<bool, Short> {
        cursor.skip(2)?;
        let kind = cursor.u8()?;
        let version = cursor.u16_be()?;
        let suites = usize::from(cursor.u16_be()?);
        let session = usize::from(cursor.u16_be()?);
        let challenge = usize::from(cursor.u16_be()?);
        let sum = suites.saturating_add(session).saturating_add(challenge);
        Ok(kind == message::CLIENT_HELLO
            && (version == 2 || (0x0300..=0x0304).contains(&version))
            && suites > 0
            && suites % 3 == 0
            && matches!(session, 0 | 16)
            && (16..=32).contains(&challenge)
            && sum.saturating_add(9) == length)
    };
    fits(&mut cursor).unwrap_or(false)
}

/// Octets that [`is_client_hello`] looks at.
pub(super) const LOOKED_AT: usize = 11;

/// Reads a client hello behind its record header.
pub(super) fn client_hello(body: &[u8]) -> Hello<'static> {
    let mut hello = Hello::default();
    if read(body, &mut hello).is_err() {
        hello.anomalies = AnomalySet::of(Anomaly::BadLength);
    }
    hello
}

fn read(body: &[u8], hello: &mut Hello<'_>) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    cursor.skip(1)?;
    hello.version = cursor.u16_be()?;
    let suites = usize::from(cursor.u16_be()?);
    cursor.skip(4)?; // lengths of session identifier and challenge
    let mut list = cursor.sub(suites)?;
    while let Ok(suite) = list.u24_be() {
        // Suites of SSL 2.0 itself are of three octets; of those only the 40-bit ones are weaker than others.
        match u16::try_from(suite) {
            Ok(suite) => hello.push_suite(suite),
            Err(_) if matches!(suite, 0x02_0080 | 0x04_0080) => hello.push_suite(EXPORT),
            Err(_) => {}
        }
    }
    Ok(())
}

/// A suite of SSL 3.0 that is as weak as the 40-bit ones of SSL 2.0: RC4 with 40 bits and MD5.
const EXPORT: u16 = 0x0003;
