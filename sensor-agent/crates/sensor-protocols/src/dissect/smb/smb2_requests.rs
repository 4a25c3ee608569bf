//! Requests of SMB2.
//!
//! Source: MS-SMB2 2.2.3 to 2.2.39.

use super::body::Body;
use super::commands::{PIPE_TRANSCEIVE, smb2};
use super::session::{FileId, Session, kept};
use super::smb1_requests::created;
use super::smb2::{Compound, Message};
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;

/// The file identifier that means the file of the message before.
const RELATED: FileId = u128::MAX;

/// Reads the parameters of a request.
pub(super) fn read<'a>(
    message: &Message<'a>,
    body: &mut Body<'a>,
    whole: bool,
    compound: &mut Compound,
    session: &mut Session,
) -> Result<(), Short> {
    let mut cursor = message.parameters();
    cursor.skip(2)?; // size of the parameters
    match message.header.command {
        smb2::NEGOTIATE => negotiate(&mut cursor, body)?,
        smb2::SESSION_SETUP => session_setup(message, &mut cursor, body, whole)?,
        smb2::TREE_CONNECT => {
            cursor.skip(2)?;
            let (offset, length) = extent(&mut cursor)?;
            let path = message.buffer(offset, length, body, whole);
            body.told.utf16_name(path);
        }
        smb2::TREE_DISCONNECT => {
            if let Some(tree) = message.tree {
                session.disconnect(tree);
            }
        }
        smb2::CREATE => create(message, &mut cursor, body, whole, compound, session)?,
        smb2::CLOSE => {
            {
                cursor.skip(6)?;
                file(&mut cursor, body, compound, session)?;
            };
            if let Some(file) = body.file {
                session.close(file);
            }
        }
        smb2::FLUSH | smb2::LOCK | smb2::CHANGE_NOTIFY => {
            cursor.skip(6)?;
            file(&mut cursor, body, compound, session)?;
        }
        smb2::OPLOCK_BREAK => {
            // An acknowledgement of a lease has its key here (2.2.24.2).
            {
                cursor.skip(6)?;
                file(&mut cursor, body, compound, session)?;
            };
        }
        smb2::READ => read_file(&mut cursor, body, compound, session)?,
        smb2::WRITE => write(message, &mut cursor, body, whole, compound, session)?,
        smb2::IOCTL => ioctl(message, &mut cursor, body, whole, compound, session)?,
        smb2::QUERY_DIRECTORY => {
            cursor.skip(6)?; // class, flags, index
            file(&mut cursor, body, compound, session)?;
            let (offset, length) = extent(&mut cursor)?;
            let pattern = message.buffer(offset, length, body, whole);
            body.told.utf16_name(pattern);
        }
        smb2::QUERY_INFO => {
            body.sub = Some(u32::from(cursor.u16_be()?));
            {
                cursor.skip(20)?;
                file(&mut cursor, body, compound, session)?;
            };
        }
        smb2::SET_INFO => {
            body.sub = Some(u32::from(cursor.u16_be()?));
            {
                cursor.skip(12)?;
                file(&mut cursor, body, compound, session)?;
            };
        }
        _ => {}
    }
    Ok(())
}

/// Offset and length of a buffer.
fn extent(cursor: &mut Cursor<'_>) -> Result<(usize, usize), Short> {
    Ok((usize::from(cursor.u16_le()?), usize::from(cursor.u16_le()?)))
}

/// Reads a file identifier and tells the file.
fn file(
    cursor: &mut Cursor<'_>,
    body: &mut Body<'_>,
    compound: &Compound,
    session: &Session,
) -> Result<(), Short> {
    let id = FileId::from_le_bytes(cursor.array()?);
    if id == RELATED {
        if let Some(name) = compound.opened.as_deref() {
            body.told.name(name);
        }
        return Ok(());
    }
    body.file = Some(id);
    match session.file(id) {
        Some(name) => body.told.name(name),
        None => body
            .told
            .id("file_id", u64::try_from(id >> 64).unwrap_or(u64::MAX)),
    }
    Ok(())
}

/// 2.2.3.
fn negotiate(cursor: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    let count = usize::from(cursor.u16_le()?);
    body.told.id("security_mode", cursor.u16_le()?);
    cursor.skip(30)?; // reserved, capabilities, identifier, contexts or start time
    for _ in 0..count.min(limits::SMB_DIALECTS) {
        body.told.id("dialect", cursor.u16_le()?);
    }
    if count > limits::SMB_DIALECTS {
        body.flag(crate::observation::Anomaly::LimitReached);
    }
    Ok(())
}

/// 2.2.5.
fn session_setup(
    message: &Message<'_>,
    cursor: &mut Cursor<'_>,
    body: &mut Body<'_>,
    whole: bool,
) -> Result<(), Short> {
    cursor.skip(1)?;
    body.told.id("security_mode", cursor.u8()?);
    cursor.skip(8)?; // capabilities, channel
    let (offset, length) = extent(cursor)?;
    let token = message.buffer(offset, length, body, whole);
    body.sign_in(token);
    Ok(())
}

/// 2.2.13.
fn create(
    message: &Message<'_>,
    cursor: &mut Cursor<'_>,
    body: &mut Body<'_>,
    whole: bool,
    compound: &mut Compound,
    session: &Session,
) -> Result<(), Short> {
    cursor.skip(22)?; // flags, lock level, impersonation, reserved
    let access = cursor.u32_le()?;
    cursor.skip(8)?; // attributes, sharing
    let (disposition, options) = (cursor.u32_le()?, cursor.u32_le()?);
    let (offset, length) = extent(cursor)?;
    if let Some(share) = message.tree.and_then(|tree| session.share(tree)) {
        body.told.text(share);
        if length > 0 {
            body.told.text("\\");
        }
    }
    let name = message.buffer(offset, length, body, whole);
    body.told.utf16(name);
    body.told.finish();
    created(access, disposition, options, body);
    compound.opened = kept(body.told.first_name().map(|(_, name)| name));
    Ok(())
}

/// 2.2.19.
fn read_file(
    cursor: &mut Cursor<'_>,
    body: &mut Body<'_>,
    compound: &Compound,
    session: &Session,
) -> Result<(), Short> {
    cursor.skip(2)?;
    let (length, start) = (cursor.u32_le()?, cursor.u64_le()?);
    file(cursor, body, compound, session)?;
    body.start = start;
    body.told.octets(start, u64::from(length));
    Ok(())
}

/// 2.2.21.
fn write<'a>(
    message: &Message<'a>,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
    whole: bool,
    compound: &Compound,
    session: &Session,
) -> Result<(), Short> {
    let offset = usize::from(cursor.u16_le()?);
    let (length, start) = (cursor.u32_le()?, cursor.u64_le()?);
    file(cursor, body, compound, session)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let data = message.buffer(offset, length, body, whole);
    body.content(start, length, data);
    Ok(())
}

/// 2.2.31.
fn ioctl<'a>(
    message: &Message<'a>,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
    whole: bool,
    compound: &Compound,
    session: &Session,
) -> Result<(), Short> {
    cursor.skip(2)?;
    let control = cursor.u32_le()?;
    body.sub = Some(control);
    file(cursor, body, compound, session)?;
    let (offset, length) = (cursor.u32_le()?, cursor.u32_le()?);
    if control == PIPE_TRANSCEIVE {
        let size = |value| usize::try_from(value).unwrap_or(usize::MAX);
        body.data = message.buffer(size(offset), size(length), body, whole);
    }
    Ok(())
}
