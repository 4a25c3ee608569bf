//! Capture files and streams as a source: pcap and pcapng.
//!
//! Data in: files, folders of capture files (in name order), or standard input (`-`). Data out:
//! [`Frame`]s in the order they stand in the file, borrowed from the read buffer, and notes about
//! what a damaged file did not yield.
//!
//! Formats: classic pcap in both byte orders, with micro- and nanoseconds and in the "modified"
//! variant of old Linux tools (draft-ietf-opsawg-pcap); pcapng in both byte orders with several
//! sections and interfaces, enhanced, simple and obsolete packet blocks, `if_tsresol` and
//! `if_tsoffset` (draft-ietf-opsawg-pcapng).
//!
//! Limits: memory is one buffer of 1 MiB that grows up to [`buffer::MAX_RECORD`] for a large
//! record. A record that claims more is damage: no link delivers such a frame.
//!
//! A file whose end is missing or damaged yields every packet before the damage and one note that
//! says where reading stopped. Only when there is nothing to read at all is that an error.

mod buffer;
mod classic;
mod inputs;
mod nextgen;
#[cfg(test)]
pub(crate) mod testfile;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::time::Timestamp;

use self::buffer::{Fill, ReadBuffer};
pub use self::inputs::{Input, expand};
use super::{CaptureError, Progress, Source, SourceStatus};

/// Reads one capture file after the other.
pub struct PcapSource {
    waiting: VecDeque<Input>,
    current: Option<OpenFile>,
    status: SourceStatus,
    /// Frames that a pcapng file attributes to an interface it never described.
    unknown_interface: u64,
    /// Length of the files that are done.
    finished_bytes: u64,
}

/// The file being read.
struct OpenFile {
    name: String,
    buffer: ReadBuffer,
    format: Format,
    /// Packets handed up from this file; the next frame has this number plus one.
    packets: u64,
}

enum Format {
    Classic(classic::Reader),
    NextGen(nextgen::Reader),
}

/// One packet record, still in the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) time: Timestamp,
    pub(crate) link: LinkType,
    pub(crate) wire_len: u32,
    pub(crate) data: &'a [u8],
}

/// What stands at the front of the buffer.
pub(crate) enum Record<'a> {
    /// A packet that takes `len` bytes of the file.
    Packet { packet: Packet<'a>, len: usize },
    /// `len` bytes that hold no packet: descriptions, statistics, comments.
    Other { len: usize },
    /// A packet of `len` bytes whose interface the file never described.
    Orphan { len: usize },
    /// At least `total` bytes are needed to see the whole record.
    Need { total: usize },
    /// The bytes cannot be a record of this format.
    Damaged(&'static str),
}

impl PcapSource {
    /// Reads `inputs` one after the other; each is opened when its turn comes.
    pub fn new(inputs: impl IntoIterator<Item = Input>) -> Self {
        let waiting: VecDeque<Input> = inputs.into_iter().collect();
        let name = waiting.front().map(Input::name).unwrap_or_default();
        Self {
            waiting,
            current: None,
            status: SourceStatus {
                kind: "pcap",
                name,
                mode: "file".to_owned(),
                ..SourceStatus::default()
            },
            unknown_interface: 0,
            finished_bytes: 0,
        }
    }

    /// Reads what `path` names: a file, every capture in a folder, or standard input (`-`).
    pub fn open(path: &str) -> Result<Self, CaptureError> {
        Self::open_all(expand(&[path])?)
    }

    /// Reads `inputs` one after the other; an error when the first cannot be opened.
    pub fn open_all(inputs: Vec<Input>) -> Result<Self, CaptureError> {
        let mut source = Self::new(inputs);
        source.advance()?;
        Ok(source)
    }

    /// Bytes consumed from all files so far, for progress displays.
    pub fn bytes_read(&self) -> u64 {
        let current = self.current.as_ref();
        self.finished_bytes + current.map_or(0, |file| file.buffer.position())
    }

    /// Opens the next input, if there is one.
    fn advance(&mut self) -> Result<(), CaptureError> {
        if self.current.is_none()
            && let Some(input) = self.waiting.pop_front()
        {
            self.status.name = input.name();
            self.current = Some(OpenFile::open(input)?);
        }
        Ok(())
    }

    /// Ends the current file: a note for damage, an error when it yielded nothing because of it.
    fn close(&mut self, ending: &Ending) -> Result<(), CaptureError> {
        let Some(file) = self.current.take() else {
            return Ok(());
        };
        self.finished_bytes += file.buffer.position();
        let Some(what) = ending.complaint() else {
            return Ok(());
        };
        if file.packets == 0 {
            return Err(CaptureError::File {
                path: file.name,
                cause: format!("{what}, so it holds no packet"),
                remedy: "capture it again or copy it again from where it came",
            });
        }
        self.status.notes.push(format!(
            "{}: {what} at byte {}; the {} packets before that were read, what follows is not in the results",
            file.name,
            file.buffer.position(),
            file.packets
        ));
        Ok(())
    }

    /// Hands up to `max` frames of the current file to `sink`.
    fn read(
        &mut self,
        max: usize,
        sink: &mut dyn FnMut(Frame<'_>),
    ) -> Result<(usize, Option<Ending>), CaptureError> {
        let Some(file) = self.current.as_mut() else {
            return Ok((0, None));
        };
        let mut frames = 0;
        while frames < max {
            let consumed = match file.format.next(file.buffer.data()) {
                Record::Packet { packet, len } => {
                    frames += 1;
                    file.packets += 1;
                    self.status.received_bytes += u64::from(packet.wire_len);
                    sink(packet.numbered(file.packets));
                    len
                }
                Record::Other { len } => len,
                Record::Orphan { len } => {
                    self.unknown_interface += 1;
                    len
                }
                Record::Need { total } => match file.buffer.fill(total) {
                    Ok(Fill::More) => continue,
                    Ok(Fill::End) if file.buffer.data().is_empty() => {
                        return Ok((frames, Some(Ending::Complete)));
                    }
                    Ok(Fill::End) => return Ok((frames, Some(Ending::CutShort))),
                    Ok(Fill::TooLarge) => {
                        return Ok((frames, Some(Ending::Damaged("a record of absurd length"))));
                    }
                    Err(error) => return Err(file.read_error(&error)),
                },
                Record::Damaged(what) => return Ok((frames, Some(Ending::Damaged(what)))),
            };
            file.buffer.consume(consumed);
        }
        Ok((frames, None))
    }
}

impl Source for PcapSource {
    fn poll(
        &mut self,
        max: usize,
        _wait: Duration,
        sink: &mut dyn FnMut(Frame<'_>),
    ) -> Result<Progress, CaptureError> {
        loop {
            self.advance()?;
            if self.current.is_none() {
                return Ok(Progress::Finished);
            }
            let (frames, ending) = self.read(max, sink)?;
            self.status.handed_up += frames as u64;
            self.status.received = self.status.handed_up + self.unknown_interface;
            if let Some(ending) = ending {
                self.close(&ending)?;
            }
            if frames > 0 {
                return Ok(Progress::Frames(frames));
            }
        }
    }

    fn status(&self) -> SourceStatus {
        let mut status = self.status.clone();
        if self.unknown_interface > 0 {
            status
                .lost
                .push(("unknown_interface", self.unknown_interface));
        }
        status
    }
}

impl OpenFile {
    fn open(input: Input) -> Result<Self, CaptureError> {
        let name = input.name();
        let reader = input.open()?;
        let mut buffer = ReadBuffer::new(reader);
        // The longest magic to tell formats apart by: pcapng's block type, length and byte order.
        let filled = buffer.fill(12);
        let mut file = Self {
            name,
            buffer,
            format: Format::Classic(classic::Reader::default()),
            packets: 0,
        };
        filled.map_err(|error| file.read_error(&error))?;
        file.format = file.recognise()?;
        Ok(file)
    }

    /// Tells the format by its first bytes.
    fn recognise(&mut self) -> Result<Format, CaptureError> {
        let head = self.buffer.data();
        if head.is_empty() {
            return Err(self.refuse(
                "it is empty",
                "check that the capture was written to this path",
            ));
        }
        if nextgen::is_magic(head) {
            return Ok(Format::NextGen(nextgen::Reader::default()));
        }
        if classic::is_magic(head) {
            self.buffer
                .fill(classic::HEADER_LEN)
                .map_err(|error| self.read_error(&error))?;
            let Some(reader) = classic::Reader::from_header(self.buffer.data()) else {
                return Err(self.refuse(
                    "it ends within its 24-byte header",
                    "capture it again or copy it again from where it came",
                ));
            };
            self.buffer.consume(classic::HEADER_LEN);
            return Ok(Format::Classic(reader));
        }
        let (cause, remedy) = inputs::explain_unknown(head);
        Err(self.refuse(cause, remedy))
    }

    fn refuse(&self, cause: &str, remedy: &'static str) -> CaptureError {
        CaptureError::File {
            path: self.name.clone(),
            cause: cause.to_owned(),
            remedy,
        }
    }

    fn read_error(&self, error: &std::io::Error) -> CaptureError {
        inputs::io_error(&self.name, error)
    }
}

impl Format {
    fn next<'a>(&mut self, data: &'a [u8]) -> Record<'a> {
        match self {
            Self::Classic(reader) => reader.next(data),
            Self::NextGen(reader) => reader.next(data),
        }
    }
}

impl<'a> Packet<'a> {
    fn numbered(self, number: u64) -> Frame<'a> {
        Frame {
            time: self.time,
            number,
            link: self.link,
            wire_len: self.wire_len,
            data: self.data,
            kernel: None,
        }
    }
}

/// How a file came to its end.
enum Ending {
    /// After a whole record.
    Complete,
    /// Within a record.
    CutShort,
    /// At bytes that are no record.
    Damaged(&'static str),
}

impl Ending {
    fn complaint(&self) -> Option<String> {
        match self {
            Self::Complete => None,
            Self::CutShort => Some("it is cut short within a record".to_owned()),
            Self::Damaged(what) => Some(format!("it is damaged ({what})")),
        }
    }
}
