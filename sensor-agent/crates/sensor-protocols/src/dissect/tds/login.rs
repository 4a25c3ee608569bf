//! Requests of TDS: pre-login, sign-in, batches and calls.
//!
//! Source: MS-TDS 2.2.6.5 (pre-login), 2.2.6.4 (login), 2.2.6.7 (batch), 2.2.6.6 (call), 2.2.5.3 (headers).

use super::statements::Word;
use crate::dissect::credential::{self, Print};
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::ntlm::SignIn;
use crate::dissect::told::{Span, Told};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet};

/// What one message says.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) told: Told,
    pub(super) anomalies: AnomalySet,
    pub(super) word: Option<Word>,
    pub(super) host: Option<Span>,
    pub(super) software: Option<Span>,
    pub(super) system: Option<Span>,
    /// First error of an answer, by its number.
    pub(super) error: Option<u32>,
    /// The server goes on with a sign-in: it neither took nor refused it.
    pub(super) goes_on: bool,
}

impl Body {
    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    pub(super) fn sign_in(&mut self, token: &[u8]) {
        let sign_in = SignIn::read(token, &mut self.told);
        self.anomalies = self.anomalies.union(sign_in.anomalies);
        self.host = sign_in.host.or(self.host.take());
        self.system = sign_in.system;
    }

    fn statement(&mut self, text: &[u8]) {
        self.word = Word::read(text);
        if let Some(word) = self.word {
            self.told.label("statement", word.text());
        }
    }
}

/// Options of a pre-login: version and encryption. Of a server the version is that of SQL Server.
pub(super) fn prelogin(octets: &[u8], server: bool, body: &mut Body) -> Result<(), Short> {
    const VERSION: u8 = 0;
    const ENCRYPTION: u8 = 1;
    const END: u8 = 0xff;
    let mut cursor = Cursor::new(octets);
    for _ in 0..limits::TDS_OPTIONS {
        let token = cursor.u8()?;
        if token == END {
            return Ok(());
        }
        let (offset, length) = (usize::from(cursor.u16_be()?), usize::from(cursor.u16_be()?));
        let Some(value) = octets.get(offset..offset.saturating_add(length)) else {
            body.flag(Anomaly::BadLength);
            continue;
        };
        match (token, value) {
            (VERSION, [major, minor, high, low, ..]) if server => {
                let build = u16::from_be_bytes([*high, *low]);
                body.told
                    .text(&format!("SQL Server {major}.{minor}.{build}"));
                body.software = body.told.keep();
            }
            (ENCRYPTION, [encryption, ..]) => body.told.id("encryption", *encryption),
            _ => {}
        }
    }
    body.flag(Anomaly::LimitReached);
    Ok(())
}

/// `LOGIN7`. The password is only disguised (each octet is turned and inverted in part), so that there is one is told.
pub(super) fn login7(octets: &[u8], body: &mut Body) -> Result<(), Short> {
    let mut cursor = Cursor::new(octets);
    let length = usize::try_from(cursor.u32_le()?).unwrap_or(usize::MAX);
    if length > octets.len() {
        body.flag(Anomaly::BadLength);
    }
    cursor.skip(32)?; // version, sizes, flags, zone, language
    let host = text(octets, &mut cursor, body)?;
    let user = text(octets, &mut cursor, body)?;
    let password = text(octets, &mut cursor, body)?;
    let application = text(octets, &mut cursor, body)?;
    let server = text(octets, &mut cursor, body)?;
    cursor.skip(4)?; // extension
    text(octets, &mut cursor, body)?; // library
    text(octets, &mut cursor, body)?; // language
    let database = text(octets, &mut cursor, body)?;
    cursor.skip(6)?; // client
    let (offset, count) = (usize::from(cursor.u16_le()?), usize::from(cursor.u16_le()?));
    for (kind, value) in [
        ("user", user),
        ("database", database),
        ("application", application),
        ("server", server),
    ] {
        body.told.utf16(value);
        body.told.finish_as(kind);
    }
    if !password.is_empty() {
        body.told.id("password_in_clear", 1_u32);
    }
    // Without a user and with a token Windows signs in.
    if !user.is_empty()
        && count == 0
        && let Some(weakness) = credential::weakness(Some(lower(user)), disguised(password))
    {
        body.told.label(credential::WEAKNESS, weakness);
    }
    body.told.utf16(application);
    body.software = body.told.keep();
    body.told.utf16(host);
    body.host = body.told.keep();
    if let Some(token) = octets.get(offset..offset.saturating_add(count)) {
        body.sign_in(token);
    } else if count != usize::from(u16::MAX) {
        body.flag(Anomaly::BadLength);
    }
    Ok(())
}

/// Fingerprint of a name in UTF-16LE; those that are judged are ASCII.
fn lower(user: &[u8]) -> Print {
    let letters = user.iter().filter(|octet| **octet != 0);
    Print::of(letters.map(u8::to_ascii_lowercase))
}

/// Fingerprint of a password: its halves of octets are swapped and some bits inverted (2.2.6.4).
fn disguised(password: &[u8]) -> Print {
    let plain = password.iter().map(|octet| (octet ^ 0xa5).rotate_left(4));
    Print::of(plain.filter(|octet| *octet != 0))
}

/// The text that an offset and a count of characters point at.
fn text<'a>(octets: &'a [u8], cursor: &mut Cursor<'_>, body: &mut Body) -> Result<&'a [u8], Short> {
    let (offset, count) = (usize::from(cursor.u16_le()?), usize::from(cursor.u16_le()?));
    let text = octets.get(offset..offset.saturating_add(count.saturating_mul(2)));
    if text.is_none() && count > 0 {
        body.flag(Anomaly::BadLength);
    }
    Ok(text.unwrap_or_default())
}

/// What follows the headers that TDS 7.2 and later put before a batch or a call.
fn behind_headers(octets: &[u8]) -> &[u8] {
    let mut cursor = Cursor::new(octets);
    let (Ok(total), Ok(first)) = (cursor.u32_le(), cursor.u32_le()) else {
        return octets;
    };
    let fits = |value: u32| {
        usize::try_from(value)
            .ok()
            .filter(|size| *size <= octets.len())
    };
    match (fits(total), fits(first)) {
        // The first header is of a transaction, a trace or a notification, and not longer than all.
        (Some(total_size), Some(_)) if total >= 10 && first >= 6 && first <= total => {
            octets.get(total_size..).unwrap_or_default()
        }
        _ => octets,
    }
}

/// A batch: a text of statements.
pub(super) fn batch(octets: &[u8], body: &mut Body) {
    body.statement(behind_headers(octets));
}

/// A call, by name or number; of those that take a statement, the statement.
pub(super) fn call(octets: &[u8], body: &mut Body) -> Result<(), Short> {
    const BY_NUMBER: u16 = 0xffff;
    const PREPARE: [u16; 2] = [11, 13];
    const EXECUTE_SQL: u16 = 10;
    let mut cursor = Cursor::new(behind_headers(octets));
    let length = cursor.u16_le()?;
    if length != BY_NUMBER {
        let name = cursor.take(usize::from(length).saturating_mul(2))?;
        body.told.utf16(name);
        body.told.finish_as("procedure");
        return Ok(());
    }
    let number = cursor.u16_le()?;
    match procedure(number) {
        Some(name) => body.told.label("procedure", name),
        None => body.told.id("procedure", number),
    }
    cursor.skip(2)?; // options
    if PREPARE.contains(&number) {
        // A handle and the parameters come first.
        parameter(&mut cursor)?;
        parameter(&mut cursor)?;
    }
    if number == EXECUTE_SQL || PREPARE.contains(&number) {
        let text = parameter(&mut cursor)?;
        body.statement(text);
    }
    Ok(())
}

/// The value of a parameter that is a number or a text; of others nothing, and none behind it.
fn parameter<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Short> {
    const INTN: u8 = 0x26;
    const NTEXT: u8 = 0x63;
    const NVARCHAR: u8 = 0xe7;
    const UNLIMITED: u16 = 0xffff;
    let name = usize::from(cursor.u8()?).saturating_mul(2);
    cursor.skip(name.saturating_add(1))?; // name, status
    match cursor.u8()? {
        INTN => {
            cursor.skip(1)?;
            let length = usize::from(cursor.u8()?);
            cursor.take(length)
        }
        NTEXT => {
            cursor.skip(9)?; // most it may have, collation
            let length = usize::try_from(cursor.u32_le()?).unwrap_or(usize::MAX);
            let length = length.min(cursor.remaining());
            cursor.take(length)
        }
        NVARCHAR => {
            let most = cursor.u16_le()?;
            cursor.skip(5)?; // collation
            let length = if most == UNLIMITED {
                cursor.skip(8)?; // length of all parts
                usize::try_from(cursor.u32_le()?).unwrap_or(usize::MAX)
            } else {
                usize::from(cursor.u16_le()?)
            };
            let length = length.min(cursor.remaining());
            cursor.take(length)
        }
        _ => {
            cursor.take_rest();
            Ok(&[])
        }
    }
}

/// Procedures that go by number (2.2.6.6).
const fn procedure(number: u16) -> Option<&'static str> {
    Some(match number {
        1 => "sp_cursor",
        2 => "sp_cursoropen",
        3 => "sp_cursorprepare",
        4 => "sp_cursorexecute",
        5 => "sp_cursorprepexec",
        6 => "sp_cursorunprepare",
        7 => "sp_cursorfetch",
        8 => "sp_cursoroption",
        9 => "sp_cursorclose",
        10 => "sp_executesql",
        11 => "sp_prepare",
        12 => "sp_execute",
        13 => "sp_prepexec",
        14 => "sp_prepexecrpc",
        15 => "sp_unprepare",
        _ => return None,
    })
}
