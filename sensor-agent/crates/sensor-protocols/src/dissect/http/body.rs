//! Bodies: where a message ends and the next one starts.
//!
//! Source: RFC 9112, 6 and 7.1.
//!
//! Data in: the framing that a head announces, then the octets behind it. Data out: how many of them belong to
//! the message. Nothing of a body is kept or waited for but the size line of a chunk.
//!
//! Limits: a chunk's size line, and a line of the trailer, of [`limits::HTTP_CHUNK_LINE_BYTES`].

use super::codes::{CONNECT, HEAD};
use super::head::{Fields, Transfer};
use crate::dissect::text::{line, split_once, trim};
use crate::limits;

/// What is expected next from one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Head,
    /// So many octets of a body.
    Body(u64),
    ChunkSize,
    /// So many octets of a chunk, and the line end behind it.
    Chunk(u64),
    Trailer,
    /// The body ends with the connection.
    UntilClose,
    /// Another protocol took the connection (CONNECT, upgrade).
    Tunnel,
    /// The start of a message must be found; says whether a line starts here.
    Seek(bool),
}

/// What a phase makes of octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many are done with, and this is next.
    Taken(usize, Phase),
    /// So many are needed.
    Need(usize),
}

/// Body of a request (RFC 9112, 6.3).
pub(super) fn of_request(fields: &Fields<'_>) -> Phase {
    match (fields.transfer, fields.length) {
        (Some(Transfer::Chunked), _) => Phase::ChunkSize,
        // A server cannot find its end and refuses it.
        (Some(Transfer::Other), _) => Phase::Seek(true),
        (None, length) => of_length(length.unwrap_or(0)),
    }
}

/// Body of a response, to a request with this method when it was seen.
pub(super) fn of_response(status: u16, method: Option<u32>, fields: &Fields<'_>) -> Phase {
    let accepted = (200..300).contains(&status);
    match (status, method) {
        (101, _) => Phase::Tunnel,
        (_, Some(CONNECT)) if accepted => Phase::Tunnel,
        (100..=199 | 204 | 304, _) | (_, Some(HEAD)) => Phase::Head,
        _ => match (fields.transfer, fields.length) {
            (Some(Transfer::Chunked), _) => Phase::ChunkSize,
            (Some(Transfer::Other), _) | (None, None) => Phase::UntilClose,
            (None, Some(length)) => of_length(length),
        },
    }
}

const fn of_length(length: u64) -> Phase {
    match length {
        0 => Phase::Head,
        length => Phase::Body(length),
    }
}

/// Takes octets of a body; `None` in a phase that is none.
pub(super) fn step(phase: Phase, bytes: &[u8]) -> Option<Step> {
    Some(match phase {
        Phase::Body(left) => {
            let (taken, left) = part(left, bytes);
            Step::Taken(taken, of_length(left))
        }
        Phase::Chunk(left) => {
            let (taken, left) = part(left, bytes);
            let next = if left == 0 {
                Phase::ChunkSize
            } else {
                Phase::Chunk(left)
            };
            Step::Taken(taken, next)
        }
        Phase::ChunkSize => chunk_size(bytes),
        Phase::Trailer => match line(bytes, 0) {
            Some((text, size)) => {
                let next = if text.is_empty() {
                    Phase::Head
                } else {
                    Phase::Trailer
                };
                Step::Taken(size, next)
            }
            None => unfinished(bytes),
        },
        Phase::UntilClose | Phase::Tunnel => Step::Taken(bytes.len(), phase),
        Phase::Head | Phase::Seek(_) => return None,
    })
}

/// How many of the octets belong to `left` ones, and how many are left then.
fn part(left: u64, bytes: &[u8]) -> (usize, u64) {
    let there = bytes.len() as u64;
    match usize::try_from(left) {
        Ok(taken) if left <= there => (taken, 0),
        _ => (bytes.len(), left.saturating_sub(there)),
    }
}

/// A size line (RFC 9112, 7.1): hexadecimal digits, perhaps an extension. The chunk counts with its line end.
fn chunk_size(bytes: &[u8]) -> Step {
    let Some((text, size)) = line(bytes, 0) else {
        return unfinished(bytes);
    };
    let digits = trim(split_once(text, b';').map_or(text, |(digits, _)| digits));
    let next = match hexadecimal(digits) {
        Some(0) => Phase::Trailer,
        Some(length) => Phase::Chunk(length.saturating_add(2)),
        None => Phase::Seek(true),
    };
    Step::Taken(size, next)
}

fn unfinished(bytes: &[u8]) -> Step {
    if bytes.len() > limits::HTTP_CHUNK_LINE_BYTES {
        Step::Taken(bytes.len(), Phase::Seek(false))
    } else {
        Step::Need(bytes.len().saturating_add(1))
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, octet| {
        let digit = char::from(*octet).to_digit(16)?;
        Some(sum << 4 | u64::from(digit))
    })
}
