//! A read buffer that lends the unread bytes as one slice.

use std::io::{self, Read};

/// Size the buffer starts with: large reads, and still in the second-level cache.
const START: usize = 1 << 20;

/// Longest record accepted. The largest real ones are USB frames and decryption secrets of a few
/// hundred KiB; the cap keeps a damaged length field from eating the memory.
pub(crate) const MAX_RECORD: usize = 16 << 20;

/// Bytes read from a file and not yet consumed.
pub(crate) struct ReadBuffer {
    reader: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    /// Unread bytes stand at `start..end`.
    start: usize,
    end: usize,
    /// Bytes consumed since the beginning of the file.
    consumed: u64,
}

/// What a call of [`ReadBuffer::fill`] achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// At least the bytes asked for are there.
    More,
    /// The file ends before them.
    End,
    /// More than [`MAX_RECORD`] bytes were asked for.
    TooLarge,
}

impl ReadBuffer {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self {
            reader,
            bytes: vec![0; START],
            start: 0,
            end: 0,
            consumed: 0,
        }
    }

    /// The unread bytes.
    pub(crate) fn data(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Marks `len` bytes as read.
    pub(crate) fn consume(&mut self, len: usize) {
        let len = len.min(self.end - self.start);
        self.start += len;
        self.consumed += len as u64;
    }

    /// Offset of the first unread byte from the beginning of the file.
    pub(crate) fn position(&self) -> u64 {
        self.consumed
    }

    /// Reads until `total` unread bytes are there, and further as far as one read brings.
    pub(crate) fn fill(&mut self, total: usize) -> io::Result<Fill> {
        if total > MAX_RECORD {
            return Ok(Fill::TooLarge);
        }
        self.make_room(total);
        while self.end - self.start < total {
            let Some(room) = self.bytes.get_mut(self.end..) else {
                return Ok(Fill::End);
            };
            match self.reader.read(room) {
                Ok(0) => return Ok(Fill::End),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Fill::More)
    }

    /// Moves the unread bytes to the front and grows the buffer to hold `total` of them.
    fn make_room(&mut self, total: usize) {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.bytes.len() < total {
            self.bytes.resize(total.next_power_of_two(), 0);
        }
    }
}
