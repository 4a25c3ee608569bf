//! Responses of SMB1.
//!
//! Source: MS-CIFS 2.2.4; MS-SMB 2.2.4 (extended security).

use super::body::Body;
use super::commands::smb1;
use super::session::{Asked, FileId, Session, kept};
use super::smb1::Block;
use super::smb1_requests::{string, systems, terminated, text, tree};
use super::smb1_transactions;
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::Anomaly;

/// Reads the parameters of a response.
pub(super) fn read<'a>(
    block: &Block<'a>,
    body: &mut Body<'a>,
    asked: Option<&Asked>,
    session: &mut Session,
) -> Result<(), Short> {
    let name = asked.and_then(Asked::name);
    match block.command {
        smb1::TRANSACTION | smb1::TRANSACTION2 | smb1::NT_TRANSACT => {
            smb1_transactions::response(block, body, asked)?;
        }
        _ if block.count() == 0 => {}
        smb1::NEGOTIATE => negotiate(block, body)?,
        smb1::SESSION_SETUP_ANDX => session_setup(block, body)?,
        smb1::TREE_CONNECT_ANDX => {
            if let Some(name) = name {
                session.connect(tree(block.header), name);
            }
            let mut bytes = Cursor::new(block.bytes);
            body.told.ascii(terminated(&mut bytes));
            body.told.finish_as("service");
        }
        smb1::NT_CREATE_ANDX => {
            let mut words = Cursor::new(block.words);
            words.skip(5)?; // AndX, opportunistic lock
            session.open(FileId::from(words.u16_le()?), kept(name));
            body.told.id("create_action", words.u32_le()?);
        }
        smb1::OPEN_ANDX => {
            let mut words = Cursor::new(block.words);
            words.skip(4)?;
            session.open(FileId::from(words.u16_le()?), kept(name));
        }
        smb1::READ_ANDX => read_andx(block, body, asked)?,
        _ => {}
    }
    Ok(())
}

/// 2.2.4.52.2; MS-SMB 2.2.4.5.2.
fn negotiate(block: &Block<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    const EXTENDED_SECURITY: u32 = 0x8000_0000;
    let mut words = Cursor::new(block.words);
    body.told.id("dialect_index", words.u16_le()?);
    if block.count() < 17 {
        return Ok(());
    }
    body.told.id("security_mode", words.u8()?);
    words.skip(16)?; // multiplexing, virtual circuits, sizes, session key
    let capabilities = words.u32_le()?;
    words.skip(10)?; // time, zone
    let challenge = usize::from(words.u8()?);
    let mut bytes = Cursor::new(block.bytes);
    if capabilities & EXTENDED_SECURITY != 0 {
        bytes.skip(16)?; // identifier of the server
        return Ok(());
    }
    bytes.skip(challenge)?;
    // Always two octets a character, and not aligned (MS-SMB 2.2.4.5.2.2).
    let mut names = bytes.rest().chunks_exact(2);
    let domain = names.position(|unit| unit == [0, 0]).unwrap_or_default();
    let server = bytes
        .rest()
        .get(domain.saturating_add(1).saturating_mul(2)..);
    body.told.utf16(server.unwrap_or_default());
    body.host = body.told.keep();
    Ok(())
}

/// 2.2.4.53.2; MS-SMB 2.2.4.6.2 (4 words: a security token).
fn session_setup(block: &Block<'_>, body: &mut Body<'_>) -> Result<(), Short> {
    const GUEST: u16 = 1;
    let mut words = Cursor::new(block.words);
    words.skip(4)?;
    let action = words.u16_le()?;
    if action & GUEST != 0 {
        body.told.id("guest", 1_u32);
    }
    let mut bytes = Cursor::new(block.bytes);
    if block.count() >= 4 {
        let length = usize::from(words.u16_le()?);
        if length > bytes.remaining() {
            body.flag(Anomaly::BadLength);
        }
        body.sign_in(bytes.take(length.min(bytes.remaining()))?);
    }
    systems(block, &mut bytes, body);
    let _redirector = string(block, &mut bytes);
    let domain = string(block, &mut bytes);
    text(block.header, domain, body);
    body.told.finish_as("domain");
    Ok(())
}

/// Where in the message the data of a read are.
pub(super) fn read_offset(words: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::new(words.get(12..)?);
    cursor.u16_le().ok().map(usize::from)
}

/// 2.2.4.42.2; MS-SMB 2.2.4.2.2 (length of more than 16 bits).
fn read_andx<'a>(
    block: &Block<'a>,
    body: &mut Body<'a>,
    asked: Option<&Asked>,
) -> Result<(), Short> {
    let mut words = Cursor::new(block.words);
    words.skip(10)?; // AndX, remaining, compaction, reserved
    let (length, offset) = (words.u16_le()?, usize::from(words.u16_le()?));
    let high = words.u16_le()?;
    let length = usize::from(length) | usize::from(high) << 16;
    let start = asked.map_or(0, |asked| asked.start);
    body.file = asked.and_then(|asked| asked.file);
    body.content(start, length, block.data(offset, length));
    Ok(())
}
