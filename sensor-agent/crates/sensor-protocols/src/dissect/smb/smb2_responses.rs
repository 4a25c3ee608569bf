//! Responses of SMB2.
//!
//! Source: MS-SMB2 2.2.2 to 2.2.40.

use super::body::Body;
use super::commands::{PIPE_TRANSCEIVE, smb2};
use super::session::{Asked, FileId, Session, kept};
use super::smb2::Message;
use super::status::MORE_PROCESSING_REQUIRED;
use crate::dissect::cursor::{Cursor, Short};

/// More octets wait in the pipe (MS-ERREF): the answer is one nevertheless.
const BUFFER_OVERFLOW: u32 = 0x8000_0005;

/// Reads the parameters of a response.
pub(super) fn read<'a>(
    message: &Message<'a>,
    body: &mut Body<'a>,
    whole: bool,
    asked: Option<&Asked>,
    session: &mut Session,
) -> Result<(), Short> {
    let mut cursor = message.parameters();
    cursor.skip(2)?; // size of the parameters
    let header = message.header;
    if !matches!(
        header.status,
        0 | BUFFER_OVERFLOW | MORE_PROCESSING_REQUIRED
    ) {
        return Ok(());
    }
    let name = asked.and_then(Asked::name);
    match header.command {
        smb2::NEGOTIATE => {
            body.told.id("security_mode", cursor.u16_le()?);
            body.told.id("dialect", cursor.u16_le()?);
        }
        smb2::SESSION_SETUP => session_setup(message, &mut cursor, body, whole)?,
        smb2::TREE_CONNECT => {
            if let (Some(tree), Some(name)) = (header.tree(), name) {
                session.connect(tree, name);
            }
            body.told.id("share_type", cursor.u8()?);
        }
        smb2::CREATE => {
            cursor.skip(2)?;
            let action = cursor.u32_le()?;
            cursor.skip(56)?; // times, sizes, attributes, reserved
            session.open(FileId::from_le_bytes(cursor.array()?), kept(name));
            body.told.id("create_action", action);
        }
        smb2::READ => {
            let offset = usize::from(cursor.u8()?);
            cursor.skip(1)?;
            let length = usize::try_from(cursor.u32_le()?).unwrap_or(usize::MAX);
            let data = message.buffer(offset, length, body, whole);
            body.file = asked.and_then(|asked| asked.file);
            body.content(asked.map_or(0, |asked| asked.start), length, data);
        }
        smb2::IOCTL => ioctl(message, &mut cursor, body, whole)?,
        _ => {}
    }
    Ok(())
}

/// 2.2.6.
fn session_setup(
    message: &Message<'_>,
    cursor: &mut Cursor<'_>,
    body: &mut Body<'_>,
    whole: bool,
) -> Result<(), Short> {
    const KINDS: [(u16, &str); 3] = [(1, "guest"), (2, "anonymous"), (4, "encryption")];
    let flags = cursor.u16_le()?;
    for (_, kind) in KINDS.iter().filter(|(bit, _)| flags & bit != 0) {
        body.told.id(kind, 1_u32);
    }
    let (offset, length) = (usize::from(cursor.u16_le()?), usize::from(cursor.u16_le()?));
    let token = message.buffer(offset, length, body, whole);
    body.sign_in(token);
    Ok(())
}

/// 2.2.32.
fn ioctl<'a>(
    message: &Message<'a>,
    cursor: &mut Cursor<'a>,
    body: &mut Body<'a>,
    whole: bool,
) -> Result<(), Short> {
    cursor.skip(2)?;
    let control = cursor.u32_le()?;
    body.file = Some(FileId::from_le_bytes(cursor.array()?));
    cursor.skip(8)?; // input
    let (offset, length) = (cursor.u32_le()?, cursor.u32_le()?);
    if control == PIPE_TRANSCEIVE {
        let size = |value| usize::try_from(value).unwrap_or(usize::MAX);
        body.data = message.buffer(size(offset), size(length), body, whole);
    }
    Ok(())
}
