//! Requests of SMB1.
//!
//! Source: MS-CIFS 2.2.4; MS-SMB 2.2.4 (extended security, large reads and writes).

use super::body::Body;
use super::commands::smb1;
use super::session::{FileId, Session};
use super::smb1::{Block, Header};
use super::smb1_transactions;
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::Anomaly;

/// Octets before each string of the older commands (2.2.4, buffer formats).
const DIALECT: u8 = 2;
const STRING: u8 = 4;

/// Reads the parameters of a request.
pub(super) fn read<'a>(
    block: &Block<'a>,
    body: &mut Body<'a>,
    session: &mut Session,
) -> Result<(), Short> {
    match block.command {
        smb1::NEGOTIATE => negotiate(block, body),
        smb1::SESSION_SETUP_ANDX => session_setup(block, body)?,
        smb1::TREE_CONNECT_ANDX => tree_connect(block, body)?,
        smb1::TREE_DISCONNECT => session.disconnect(tree(block.header)),
        smb1::NT_CREATE_ANDX => create(block, body, session)?,
        smb1::OPEN_ANDX => open(block, body, session),
        smb1::CLOSE => close(block, body, session)?,
        smb1::READ_ANDX => read_andx(block, body, session)?,
        smb1::WRITE_ANDX => write_andx(block, body, session)?,
        smb1::TRANSACTION
        | smb1::TRANSACTION_SECONDARY
        | smb1::TRANSACTION2
        | smb1::TRANSACTION2_SECONDARY
        | smb1::NT_TRANSACT
        | smb1::NT_TRANSACT_SECONDARY => smb1_transactions::request(block, body, session)?,
        smb1::CREATE_DIRECTORY..=0x03 | 0x06..=0x09 | 0x0e..=smb1::CHECK_DIRECTORY => {
            paths(block, body, session);
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn tree(header: &Header) -> super::session::TreeId {
    (0, u32::from(header.tree))
}

/// Tells the file of a request by its identifier.
pub(super) fn named(id: FileId, body: &mut Body<'_>, session: &Session) {
    body.file = Some(id);
    match session.file(id) {
        Some(name) => body.told.name(name),
        None => body
            .told
            .id("file_id", u64::try_from(id).unwrap_or(u64::MAX)),
    }
}

/// Tells a path below the share of the message.
pub(super) fn path(block: &Block<'_>, octets: &[u8], body: &mut Body<'_>, session: &Session) {
    if let Some(share) = session.share(tree(block.header)) {
        body.told.text(share);
        let unicode = block.header.is_unicode();
        let rooted = octets.first() == Some(&b'\\') && (!unicode || octets.get(1) == Some(&0));
        if !rooted {
            body.told.text("\\");
        }
    }
    text(block.header, octets, body);
    body.told.finish();
}

/// Adds a string to the name being put together.
pub(super) fn text(header: &Header, octets: &[u8], body: &mut Body<'_>) {
    if header.is_unicode() {
        body.told.utf16(octets);
    } else {
        body.told.ascii(octets);
    }
}

/// 2.2.4.52.1.
fn negotiate(block: &Block<'_>, body: &mut Body<'_>) {
    let mut rest = block.bytes;
    for _ in 0..limits::SMB_DIALECTS {
        let [DIALECT, more @ ..] = rest else {
            break;
        };
        let end = more.iter().position(|octet| *octet == 0);
        let (name, behind) = more
            .split_at_checked(end.unwrap_or(more.len()))
            .unwrap_or_default();
        body.told.ascii_name(name);
        rest = behind.get(1..).unwrap_or_default();
    }
    match rest.first() {
        Some(&DIALECT) => body.flag(Anomaly::LimitReached),
        Some(_) => body.flag(Anomaly::BadValue),
        None => {}
    }
}

/// 2.2.4.53.1; MS-SMB 2.2.4.6.1 (12 words: a security token).
fn session_setup(block: &Block<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let mut words = Cursor::new(block.words);
    words.skip(14)?; // AndX, buffer size, multiplexing, virtual circuit, session key
    let mut bytes = Cursor::new(block.bytes);
    match block.count() {
        12 => {
            let length = usize::from(words.u16_le()?);
            body.sign_in(bytes.take(length.min(bytes.remaining()))?);
            if length > block.bytes.len() {
                body.flag(Anomaly::BadLength);
            }
            systems(block, &mut bytes, body);
        }
        13 => {
            let (plain, unicode) = (usize::from(words.u16_le()?), usize::from(words.u16_le()?));
            bytes.skip(plain)?;
            bytes.skip(unicode)?;
            credentials(plain, unicode, body);
            account(block, &mut bytes, body);
            systems(block, &mut bytes, body);
        }
        10 => {
            let length = usize::from(words.u16_le()?);
            bytes.skip(length)?;
            credentials(length, 0, body);
            account(block, &mut bytes, body);
            systems(block, &mut bytes, body);
        }
        _ => body.flag(Anomaly::BadLength),
    }
    Ok(())
}

/// How strong the proof of a sign-in is, by the lengths of the two passwords: 24 octets are a response to
/// a challenge, more are one of NTLM 2; another length is a password in the clear.
fn credentials(plain: usize, unicode: usize, body: &mut Body<'_>) {
    const RESPONSE: usize = 24;
    match (plain, unicode) {
        (0 | 1, 0 | 1) => {}
        (_, length) if length > RESPONSE => body.told.id("ntlm_version", 2_u32),
        (RESPONSE, _) | (_, RESPONSE) => body.told.id("ntlm_version", 1_u32),
        _ => body.told.id("password_in_clear", 1_u32),
    }
}

/// User and domain.
fn account(block: &Block<'_>, bytes: &mut Cursor<'_>, body: &mut Body<'_>) {
    let user = string(block, bytes);
    let domain = string(block, bytes);
    if user.is_empty() {
        body.told.id("anonymous", 1_u32);
        return;
    }
    text(block.header, domain, body);
    body.told.text("\\");
    text(block.header, user, body);
    body.told.finish_as("user");
}

/// Names of the operating system and of the redirector: the first is told, unless the token has a better one.
pub(super) fn systems(block: &Block<'_>, bytes: &mut Cursor<'_>, body: &mut Body<'_>) {
    let system = string(block, bytes);
    text(block.header, system, body);
    let span = body.told.keep();
    if span.is_some() {
        body.system = span;
    }
}

/// Takes a string and its end. Strings of two octets a character start at even places of the message.
pub(super) fn string<'a>(block: &Block<'_>, bytes: &mut Cursor<'a>) -> &'a [u8] {
    if !block.header.is_unicode() {
        return terminated(bytes);
    }
    let at = block.bytes_at.saturating_add(bytes.offset());
    let _ = bytes.skip(at & 1);
    let rest = bytes.rest();
    let mut units = rest.chunks_exact(2);
    let length = units
        .position(|unit| unit == [0, 0])
        .map_or(rest.len(), |units| units.saturating_mul(2));
    let text = bytes.take(length).unwrap_or_default();
    let _ = bytes.skip(2);
    text
}

/// Takes a string of one octet a character and its end.
pub(super) fn terminated<'a>(bytes: &mut Cursor<'a>) -> &'a [u8] {
    let rest = bytes.rest();
    let length = rest
        .iter()
        .position(|octet| *octet == 0)
        .unwrap_or(rest.len());
    let text = bytes.take(length).unwrap_or_default();
    let _ = bytes.skip(1);
    text
}

/// 2.2.4.55.1.
fn tree_connect(block: &Block<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let mut words = Cursor::new(block.words);
    words.skip(6)?; // AndX, flags
    let password = usize::from(words.u16_le()?);
    let mut bytes = Cursor::new(block.bytes);
    bytes.skip(password)?;
    text(block.header, string(block, &mut bytes), body);
    body.told.finish();
    Ok(())
}

/// 2.2.4.64.1.
fn create(block: &Block<'_>, body: &mut Body<'_>, session: &Session) -> Result<(), Short> {
    let mut words = Cursor::new(block.words);
    words.skip(5)?; // AndX, reserved
    let length = usize::from(words.u16_le()?);
    words.skip(8)?; // flags, root
    let access = words.u32_le()?;
    words.skip(16)?; // allocation, attributes, sharing
    let (disposition, options) = (words.u32_le()?, words.u32_le()?);
    let mut bytes = Cursor::new(block.bytes);
    if block.header.is_unicode() {
        bytes.skip(block.bytes_at & 1)?;
    }
    let name = bytes.take(length.min(bytes.remaining()))?;
    path(block, name, body, session);
    created(access, disposition, options, body);
    Ok(())
}

/// Tells how a file is opened: what is to happen when it is there or not, and what follows.
pub(super) fn created(access: u32, disposition: u32, options: u32, body: &mut Body<'_>) {
    const DELETE_ON_CLOSE: u32 = 0x1000;
    const LAST_DISPOSITION: u32 = 5;
    body.told.id("disposition", disposition);
    body.told.id("access", access);
    if options & DELETE_ON_CLOSE != 0 {
        body.told.id("delete_on_close", 1_u32);
    }
    if disposition > LAST_DISPOSITION {
        body.flag(Anomaly::BadValue);
    }
}

/// 2.2.4.41.1.
fn open(block: &Block<'_>, body: &mut Body<'_>, session: &Session) {
    let mut bytes = Cursor::new(block.bytes);
    path(block, string(block, &mut bytes), body, session);
}

/// 2.2.4.5.1.
fn close(block: &Block<'_>, body: &mut Body<'_>, session: &mut Session) -> Result<(), Short> {
    let file = FileId::from(Cursor::new(block.words).u16_le()?);
    named(file, body, session);
    session.close(file);
    Ok(())
}

/// 2.2.4.42.1.
fn read_andx(block: &Block<'_>, body: &mut Body<'_>, session: &Session) -> Result<(), Short> {
    let mut words = Cursor::new(block.words);
    words.skip(4)?;
    let file = FileId::from(words.u16_le()?);
    let (low, count) = (words.u32_le()?, words.u16_le()?);
    named(file, body, session);
    let high = high_offset(block.words, 20);
    body.start = high << 32 | u64::from(low);
    body.told.octets(body.start, u64::from(count));
    Ok(())
}

/// Upper half of an offset, where there is room for it.
fn high_offset(words: &[u8], at: usize) -> u64 {
    let mut cursor = Cursor::new(words.get(at..).unwrap_or_default());
    cursor.u32_le().map_or(0, u64::from)
}

/// Where in the message the data of a write are.
pub(super) fn write_offset(words: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::new(words.get(22..)?);
    cursor.u16_le().ok().map(usize::from)
}

/// 2.2.4.43.1; MS-SMB 2.2.4.3.1 (length of more than 16 bits).
fn write_andx<'a>(block: &Block<'a>, body: &mut Body<'a>, session: &Session) -> Result<(), Short> {
    let mut words = Cursor::new(block.words);
    words.skip(4)?;
    let file = FileId::from(words.u16_le()?);
    let low = words.u32_le()?;
    words.skip(8)?; // timeout, mode, remaining
    let (high_length, length) = (words.u16_le()?, words.u16_le()?);
    let offset = usize::from(words.u16_le()?);
    named(file, body, session);
    let start = high_offset(block.words, 24) << 32 | u64::from(low);
    let length = usize::from(length) | usize::from(high_length) << 16;
    body.content(start, length, block.data(offset, length));
    Ok(())
}

/// Commands that have nothing but one or two paths, each behind its format.
fn paths(block: &Block<'_>, body: &mut Body<'_>, session: &Session) {
    let mut bytes = Cursor::new(block.bytes);
    for _ in 0..2 {
        if bytes.u8() != Ok(STRING) {
            return;
        }
        path(block, string(block, &mut bytes), body, session);
    }
}
