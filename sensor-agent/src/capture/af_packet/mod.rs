//! Live capture with a packet socket, for hosts where the kernel program cannot run.
//!
//! Data in: the name of an interface. Data out: every frame it receives, through a ring shared with
//! the kernel (`TPACKET_V3`, packet(7)), so that a frame costs no system call and no copy; and the
//! number of frames the kernel had to drop because the ring was full.
//!
//! Tags that the network card took off (802.1Q) are put back, which copies that frame. Frames this
//! host sends are left out where the kernel can (Linux 4.20), as the kernel program does.
//!
//! Limits: frames up to [`ring::BLOCK_BYTES`]; the size of the ring is set. The interface leaves
//! promiscuous mode by itself when the socket is closed, in whatever way the process ends.

mod block;
mod ring;
mod socket;
mod sys;

use std::cell::Cell;
use std::io;
use std::time::Duration;

use sensor_protocols::frame::{Frame, LinkType};

use self::block::{Captured, Walk};
use self::ring::Ring;
use self::socket::PacketSocket;
use super::{CaptureError, Progress, Source, SourceStatus};

/// How to listen at one interface.
#[derive(Clone, Debug)]
pub struct AfPacketSettings {
    pub interface: String,
    /// Receive frames that are addressed to others.
    pub promiscuous: bool,
    /// Size of the ring shared with the kernel; rounded down to whole blocks, at least four.
    pub ring_bytes: u64,
}

/// Frames of one interface.
pub struct AfPacketSource {
    ring: Ring,
    socket: PacketSocket,
    link: LinkType,
    /// The block being read and where to go on in it.
    reading: Option<Walk>,
    /// A frame with its tag put back.
    scratch: Vec<u8>,
    frames: u64,
    bytes: u64,
    /// Frames the kernel dropped; its counter starts again when it is read.
    dropped: Cell<u64>,
    notes: Vec<String>,
    name: String,
}

impl AfPacketSource {
    /// Opens the socket, maps its ring and starts to listen.
    pub fn open(settings: &AfPacketSettings) -> Result<Self, CaptureError> {
        let name = settings.interface.clone();
        let mut notes = Vec::new();
        let (socket, index) = PacketSocket::open(&name)?;
        let ring = Ring::new(&socket, settings.ring_bytes).map_err(|error| CaptureError::Host {
            kind: "af_packet",
            cause: format!(
                "the kernel gives no ring of {} bytes ({error})",
                settings.ring_bytes
            ),
            remedy: "lower capture.ring, or free memory".to_owned(),
        })?;
        if socket.ignore_outgoing().is_err() {
            notes.push(
                "frames this host sends are captured too (kernel older than 4.20)".to_owned(),
            );
        }
        if settings.promiscuous {
            socket
                .promiscuous(index)
                .map_err(|error| failed(&name, &error))?;
        }
        let link = socket.listen(&name, index)?;
        Ok(Self {
            ring,
            socket,
            link,
            reading: None,
            scratch: Vec::new(),
            frames: 0,
            bytes: 0,
            dropped: Cell::new(0),
            notes,
            name,
        })
    }

    /// Hands up to `max` frames that are in the ring to `sink`.
    fn read(&mut self, max: usize, sink: &mut dyn FnMut(Frame<'_>)) -> usize {
        let mut count = 0;
        while count < max {
            let Some(block) = self.ring.current() else {
                break;
            };
            let walk = self.reading.get_or_insert_with(|| Walk::start(block));
            let Some(captured) = walk.next(block) else {
                self.reading = None;
                self.ring.release();
                continue;
            };
            count += 1;
            self.frames += 1;
            self.bytes += u64::from(captured.wire_len());
            sink(frame(&captured, self.frames, self.link, &mut self.scratch));
        }
        count
    }

    /// What the socket complains about: a link that is down is only noted, since it can come back.
    fn check_link(&mut self) -> Result<(), CaptureError> {
        let Some(error) = self.socket.take_error() else {
            return Ok(());
        };
        if error.raw_os_error() == Some(libc::ENETDOWN)
            && sys::interface_index(&self.name).is_some()
        {
            let note = "the link went down at least once".to_owned();
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
            return Ok(());
        }
        Err(failed(&self.name, &error))
    }

    fn count_drops(&self) {
        // Without the counter the sum only stays behind; the next reading brings it.
        if let Ok(drops) = self.socket.take_drops() {
            self.dropped.set(self.dropped.get() + u64::from(drops));
        }
    }
}

/// The frame for the sink; one whose tag was taken off is put together in `scratch`.
fn frame<'a>(
    captured: &Captured<'a>,
    number: u64,
    link: LinkType,
    scratch: &'a mut Vec<u8>,
) -> Frame<'a> {
    let data = if captured.tagged_into(scratch) {
        scratch
    } else {
        captured.data
    };
    Frame {
        time: captured.time,
        number,
        link,
        wire_len: captured.wire_len(),
        data,
        kernel: None,
    }
}

fn failed(name: &str, error: &io::Error) -> CaptureError {
    CaptureError::Interface {
        name: name.to_owned(),
        cause: error.to_string(),
        remedy: "check the interface with `ip link`".to_owned(),
    }
}

impl Source for AfPacketSource {
    fn poll(
        &mut self,
        max: usize,
        wait: Duration,
        sink: &mut dyn FnMut(Frame<'_>),
    ) -> Result<Progress, CaptureError> {
        if self.ring.current().is_none() {
            self.socket.wait(wait);
            self.check_link()?;
        }
        match self.read(max, sink) {
            0 => Ok(Progress::Idle),
            count => Ok(Progress::Frames(count)),
        }
    }

    fn status(&self) -> SourceStatus {
        self.count_drops();
        let dropped = self.dropped.get();
        SourceStatus {
            kind: "af_packet",
            name: self.name.clone(),
            mode: "socket".to_owned(),
            notes: self.notes.clone(),
            received: self.frames + dropped,
            received_bytes: self.bytes,
            filtered: Vec::new(),
            counted: 0,
            handed_up: self.frames,
            lost: vec![("ring_full", dropped)],
            ..SourceStatus::default()
        }
    }
}
