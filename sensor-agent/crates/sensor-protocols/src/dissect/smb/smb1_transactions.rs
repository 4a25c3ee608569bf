//! Transactions of SMB1: on named pipes, of file systems, of NT; their primary and secondary requests and
//! their responses.
//!
//! Source: MS-CIFS 2.2.4.33, 2.2.4.46, 2.2.4.62 and their secondary requests.

use super::body::Body;
use super::browser;
use super::commands::{TRANSACT_NAMED_PIPE, smb1};
use super::session::{Asked, FileId, Session};
use super::smb1::Block;
use super::smb1_requests::{named, string, text};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::Anomaly;

/// A part of a transaction: how much there is of it altogether, and where the octets of this message are.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    total: u64,
    count: usize,
    offset: usize,
    displacement: u64,
}

/// Parameters and data.
#[derive(Clone, Copy, Debug, Default)]
struct Extents {
    parameters: Extent,
    data: Extent,
}

impl Extents {
    /// Checks that the parts lie in the message and in the whole. MS-CIFS leaves no room for others.
    fn check(&self, block: &Block<'_>, body: &mut Body<'_>) {
        for part in [self.parameters, self.data] {
            let end = part.offset.saturating_add(part.count);
            if part.count > 0 && end > block.message.len() {
                body.flag(Anomaly::BadLength);
            }
            let count = u64::try_from(part.count).unwrap_or(u64::MAX);
            if part.displacement.saturating_add(count) > part.total {
                body.flag(Anomaly::BadValue);
            }
        }
    }
}

/// Reads a request.
pub(super) fn request<'a>(
    block: &Block<'a>,
    body: &mut Body<'a>,
    session: &mut Session,
) -> Result<(), Short> {
    let mut words = Cursor::new(block.words);
    let extents = match block.command {
        smb1::TRANSACTION | smb1::TRANSACTION2 => primary(block, &mut words, body, session)?,
        smb1::NT_TRANSACT => nt_primary(&mut words, body)?,
        smb1::NT_TRANSACT_SECONDARY => {
            words.skip(3)?;
            let parameters = secondary_part(&mut words, Cursor::u32_le_wide)?;
            let mut both = parameters;
            both.data = secondary_data(&mut words, parameters.data, Cursor::u32_le_wide)?;
            both
        }
        _ => {
            let parameters = secondary_part(&mut words, Cursor::u16_le_wide)?;
            let mut both = parameters;
            both.data = secondary_data(&mut words, parameters.data, Cursor::u16_le_wide)?;
            both
        }
    };
    belongs(block, body, session);
    body.told.id("multiplex_id", block.header.multiplex);
    body.told.id("total_parameters", extents.parameters.total);
    body.told.id("total_data", extents.data.total);
    if extents.data.displacement > 0 {
        body.told.id("data_displacement", extents.data.displacement);
    }
    extents.check(block, body);
    let data = block.data(extents.data.offset, extents.data.count);
    match (
        block.command,
        body.sub.and_then(|sub| u16::try_from(sub).ok()),
    ) {
        (smb1::TRANSACTION, Some(TRANSACT_NAMED_PIPE)) => body.data = data,
        (smb1::TRANSACTION2, Some(sub)) => {
            let parameters = block.data(extents.parameters.offset, extents.parameters.count);
            transaction2_path(block, sub, parameters, body, session);
        }
        (smb1::TRANSACTION, None) => browser::read(data, body),
        _ => {}
    }
    Ok(())
}

/// Reads numbers of either width.
trait Wide {
    fn u16_le_wide(&mut self) -> Result<u64, Short>;
    fn u32_le_wide(&mut self) -> Result<u64, Short>;
}

impl Wide for Cursor<'_> {
    fn u16_le_wide(&mut self) -> Result<u64, Short> {
        self.u16_le().map(u64::from)
    }

    fn u32_le_wide(&mut self) -> Result<u64, Short> {
        self.u32_le().map(u64::from)
    }
}

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// 2.2.4.33.1, 2.2.4.46.1.
fn primary(
    block: &Block<'_>,
    words: &mut Cursor<'_>,
    body: &mut Body<'_>,
    session: &Session,
) -> Result<Extents, Short> {
    let (parameters, data) = (words.u16_le_wide()?, words.u16_le_wide()?);
    words.skip(14)?; // room for the answer, flags, timeout, reserved
    let parameters = part(parameters, words.u16_le_wide()?, words.u16_le_wide()?);
    let data = part(data, words.u16_le_wide()?, words.u16_le_wide()?);
    let setups = words.u8()?;
    words.skip(1)?;
    if usize::from(setups).saturating_mul(2) != words.remaining() {
        body.flag(Anomaly::BadLength);
    }
    let mut bytes = Cursor::new(block.bytes);
    let name = string(block, &mut bytes);
    let is_mailslot = block.command == smb1::TRANSACTION && mailslot(block, name);
    if setups > 0 && !is_mailslot {
        body.sub = Some(u32::from(words.u16_le()?));
    }
    if block.command == smb1::TRANSACTION {
        if setups > 1 && !is_mailslot {
            named(FileId::from(words.u16_le()?), body, session);
        }
        text(block.header, name, body);
        body.told.finish();
    }
    Ok(Extents { parameters, data })
}

/// Names below `\MAILSLOT\` are of datagrams to all (MS-MAIL 2.2.1).
fn mailslot(block: &Block<'_>, name: &[u8]) -> bool {
    const PREFIX: &[u8] = b"\\MAILSLOT\\";
    let step = if block.header.is_unicode() { 2 } else { 1 };
    let letters = || name.iter().step_by(step);
    letters().count() >= PREFIX.len()
        && letters()
            .zip(PREFIX)
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
}

fn part(total: u64, count: u64, offset: u64) -> Extent {
    Extent {
        total,
        count: size(count),
        offset: size(offset),
        displacement: 0,
    }
}

/// 2.2.4.62.1.
fn nt_primary(words: &mut Cursor<'_>, body: &mut Body<'_>) -> Result<Extents, Short> {
    words.skip(3)?; // room for setup words, reserved
    let (parameters, data) = (words.u32_le_wide()?, words.u32_le_wide()?);
    words.skip(8)?; // room for the answer
    let parameters = part(parameters, words.u32_le_wide()?, words.u32_le_wide()?);
    let data = part(data, words.u32_le_wide()?, words.u32_le_wide()?);
    let setups = words.u8()?;
    body.sub = Some(u32::from(words.u16_le()?));
    if usize::from(setups).saturating_mul(2) != words.remaining() {
        body.flag(Anomaly::BadLength);
    }
    Ok(Extents { parameters, data })
}

/// Totals, then count, offset and displacement of the parameters.
fn secondary_part<'a>(
    words: &mut Cursor<'a>,
    number: fn(&mut Cursor<'a>) -> Result<u64, Short>,
) -> Result<Extents, Short> {
    let (parameters, data) = (number(words)?, number(words)?);
    let mut extent = part(parameters, number(words)?, number(words)?);
    extent.displacement = number(words)?;
    Ok(Extents {
        parameters: extent,
        data: Extent {
            total: data,
            ..Extent::default()
        },
    })
}

/// Count, offset and displacement of the data.
fn secondary_data<'a>(
    words: &mut Cursor<'a>,
    known: Extent,
    number: fn(&mut Cursor<'a>) -> Result<u64, Short>,
) -> Result<Extent, Short> {
    let mut extent = part(known.total, number(words)?, number(words)?);
    extent.displacement = number(words)?;
    Ok(extent)
}

/// A secondary request must be of the kind that its primary is.
fn belongs(block: &Block<'_>, body: &mut Body<'_>, session: &mut Session) {
    let conversation = block.header.conversation();
    let primary = match block.command {
        smb1::TRANSACTION_SECONDARY => smb1::TRANSACTION,
        smb1::TRANSACTION2_SECONDARY => smb1::TRANSACTION2,
        smb1::NT_TRANSACT_SECONDARY => smb1::NT_TRANSACT,
        command => return session.transaction(conversation, command),
    };
    if session
        .primary(conversation)
        .is_some_and(|command| command != primary)
    {
        body.flag(Anomaly::Mismatch);
    }
}

/// The path that a file system transaction names (2.2.6).
fn transaction2_path(
    block: &Block<'_>,
    sub: u16,
    parameters: &[u8],
    body: &mut Body<'_>,
    session: &Session,
) {
    let before = match sub {
        0x00 => 28,
        0x01 => 12,
        0x05 | 0x06 => 6,
        0x0d => 4,
        0x10 => 2,
        _ => return,
    };
    if let Some(octets) = parameters.get(before..) {
        super::smb1_requests::path(block, octets, body, session);
    }
}

/// Reads a response: 2.2.4.33.2, 2.2.4.46.2, 2.2.4.62.2.
pub(super) fn response<'a>(
    block: &Block<'a>,
    body: &mut Body<'a>,
    asked: Option<&Asked>,
) -> Result<(), Short> {
    if block.count() == 0 {
        // An interim response, or a refusal.
        return Ok(());
    }
    let mut words = Cursor::new(block.words);
    let extents = if block.command == smb1::NT_TRANSACT {
        words.skip(3)?;
        let mut both = secondary_part(&mut words, Cursor::u32_le_wide)?;
        both.data = secondary_data(&mut words, both.data, Cursor::u32_le_wide)?;
        both
    } else {
        let (parameters, data) = (words.u16_le_wide()?, words.u16_le_wide()?);
        words.skip(2)?;
        let mut first = part(parameters, words.u16_le_wide()?, words.u16_le_wide()?);
        first.displacement = words.u16_le_wide()?;
        let mut second = part(data, words.u16_le_wide()?, words.u16_le_wide()?);
        second.displacement = words.u16_le_wide()?;
        Extents {
            parameters: first,
            data: second,
        }
    };
    extents.check(block, body);
    let pipe =
        asked.is_some_and(|asked| asked.operation.sub == Some(u32::from(TRANSACT_NAMED_PIPE)));
    if pipe && block.command == smb1::TRANSACTION {
        body.file = asked.and_then(|asked| asked.file);
        body.data = block.data(extents.data.offset, extents.data.count);
    }
    Ok(())
}
