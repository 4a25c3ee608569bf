//! The session service that SMB runs on: messages of up to 16 MiB, of which only what tells something is
//! kept.
//!
//! Data in: the bytes of one direction. Data out: [`Frame`]s, each when its last octet came.
//! Sources: RFC 1002, 4.3 (session packets on port 139); MS-SMB2 2.1 (port 445: the same header with a
//! length of 24 bits).
//!
//! Of a message that carries file content its first [`limits::SMB_HEAD_BYTES`] octets are kept, whatever
//! way TCP cuts it; the rest is counted and skipped.

use crate::dissect::Input;
use crate::dissect::cursor::Cursor;
use crate::limits;

/// Length of the header.
pub(super) const HEADER: usize = 4;

/// Types of session packets.
pub(super) const MESSAGE: u8 = 0;
pub(super) const REQUEST: u8 = 0x81;
pub(super) const POSITIVE: u8 = 0x82;
pub(super) const NEGATIVE: u8 = 0x83;
pub(super) const RETARGET: u8 = 0x84;
pub(super) const KEEP_ALIVE: u8 = 0x85;

/// What follows the protocol identifier's first octet.
const SMB: [u8; 3] = *b"SMB";

/// First octets of the four protocol identifiers.
pub(super) const SMB1: u8 = 0xff;
pub(super) const SMB2: u8 = 0xfe;
pub(super) const ENCRYPTED: u8 = 0xfd;
pub(super) const COMPRESSED: u8 = 0xfc;

/// Whether octets begin with a protocol identifier of SMB.
pub(super) fn is_smb(octets: &[u8]) -> bool {
    matches!(octets, [COMPRESSED..=SMB1, rest @ ..] if rest.starts_with(&SMB))
}

/// What of a message is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Missing {
    #[default]
    Nothing,
    /// The capture lacks it.
    NotCaptured,
    /// The sender ended the connection before.
    NotSent,
}

/// One session packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) kind: u8,
    /// What is there of it, the header not included.
    pub(super) bytes: &'a [u8],
    /// Its length as the header says.
    pub(super) length: usize,
    /// Only the head is looked at, on purpose.
    pub(super) skipped: bool,
    pub(super) missing: Missing,
}

/// A header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) kind: u8,
    pub(super) length: usize,
}

impl Header {
    /// Reads a header; `None` when there are fewer octets.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let (kind, length) = (cursor.u8().ok()?, cursor.u24_be().ok()?);
        Some(Self {
            kind,
            length: usize::try_from(length).unwrap_or(usize::MAX),
        })
    }

    /// Whether a sender may send this: only messages are long.
    pub(super) const fn is_possible(self) -> bool {
        match self.kind {
            MESSAGE => true,
            REQUEST => self.length == 68,
            POSITIVE | KEEP_ALIVE => self.length == 0,
            NEGATIVE => self.length == 1,
            RETARGET => self.length == 6,
            _ => false,
        }
    }
}

/// A message whose rest is skipped.
#[derive(Clone, Debug)]
struct Skip {
    kind: u8,
    head: [u8; limits::SMB_HEAD_BYTES],
    kept: usize,
    length: usize,
    left: usize,
    missing: Missing,
    /// It is told already: the capture cut it off.
    told: bool,
}

impl Skip {
    fn of(header: Header, head: &[u8], left: usize) -> Self {
        let mut room = [0; limits::SMB_HEAD_BYTES];
        let kept = head.len().min(room.len());
        for (to, from) in room.iter_mut().zip(head) {
            *to = *from;
        }
        Self {
            kind: header.kind,
            head: room,
            kept,
            length: header.length,
            left,
            missing: Missing::Nothing,
            told: false,
        }
    }

    fn frame(&self) -> Option<Frame<'_>> {
        (!self.told).then_some(Frame {
            kind: self.kind,
            bytes: self.head.get(..self.kept).unwrap_or_default(),
            length: self.length,
            skipped: true,
            missing: self.missing,
        })
    }
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Framing {
    skip: Option<Box<Skip>>,
    /// Nobody knows where in a message the next byte is.
    lost: bool,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    Wait(usize),
    /// So many octets tell nothing.
    Nothing(usize),
    /// The packet at the front, with its header; of which only the head is looked at, or all.
    Packet {
        taken: usize,
        whole: bool,
    },
    /// A message that was skipped is over: see [`Framing::skipped`].
    Skipped(usize),
    /// No session packet starts here.
    Foreign,
}

impl Framing {
    /// Looks at the front of what is there. `carries_content` says of the head of a message whether the
    /// rest of it tells nothing.
    pub(super) fn step(&mut self, input: &Input<'_>, carries_content: fn(&[u8]) -> bool) -> Step {
        if let Some(skip) = &mut self.skip {
            let taken = skip.left.min(input.bytes.len());
            skip.left = skip.left.saturating_sub(taken);
            if skip.left == 0 {
                return Step::Skipped(taken);
            }
            return Step::Nothing(taken);
        }
        if self.lost {
            if let Some(step) = Self::search(input) {
                return step;
            }
            self.lost = false;
        }
        self.packet(input, carries_content)
    }

    fn packet(&mut self, input: &Input<'_>, carries_content: fn(&[u8]) -> bool) -> Step {
        let all = input.bytes.len();
        let ends = input.last || input.cut;
        let Some(header) = Header::read(input.bytes) else {
            return if ends {
                Step::Nothing(all)
            } else {
                Step::Wait(HEADER)
            };
        };
        let body = input.bytes.get(HEADER..).unwrap_or_default();
        let begins = body.len() < HEADER || header.length < HEADER || is_smb(body);
        if !header.is_possible() || (header.kind == MESSAGE && header.length > 0 && !begins) {
            return Step::Foreign;
        }
        let head = header.length.min(limits::SMB_HEAD_BYTES);
        if body.len() < head && !ends {
            return Step::Wait(HEADER.saturating_add(head));
        }
        let head = body.get(..head).unwrap_or(body);
        let whole = header.length <= limits::SMB_MESSAGE_BYTES && !carries_content(head);
        let size = HEADER.saturating_add(header.length);
        if all >= size {
            return Step::Packet { taken: size, whole };
        }
        if whole && !ends {
            return Step::Wait(size);
        }
        let mut skip = Skip::of(header, head, size.saturating_sub(all));
        if ends {
            // The rest is not there, or comes after a gap of known length.
            skip.told = true;
            self.skip = Some(Box::new(skip));
            return Step::Packet { taken: all, whole };
        }
        self.skip = Some(Box::new(skip));
        Step::Nothing(all)
    }

    /// Looks for the start of a message; `None` when one is at the front.
    fn search(input: &Input<'_>) -> Option<Step> {
        const WINDOW: usize = 2 * HEADER;
        let starts = |window: &[u8]| {
            window.first() == Some(&MESSAGE) && window.get(HEADER..).is_some_and(is_smb)
        };
        match input.bytes.windows(WINDOW).position(starts) {
            Some(0) => None,
            Some(at) => Some(Step::Nothing(at)),
            None if input.last || input.cut => Some(Step::Nothing(input.bytes.len())),
            None => match input.bytes.len().saturating_sub(WINDOW) {
                0 => Some(Step::Wait(WINDOW.saturating_add(1))),
                behind => Some(Step::Nothing(behind)),
            },
        }
    }

    /// Takes the message that was skipped, with what is kept of it.
    pub(super) fn skipped<R>(&mut self, tell: impl FnOnce(&Frame<'_>) -> R) -> Option<R> {
        let skip = self.skip.take()?;
        skip.frame().map(|frame| tell(&frame))
    }

    /// The stream ended within a message.
    pub(super) fn end(&mut self) {
        if let Some(skip) = &mut self.skip
            && skip.missing == Missing::Nothing
        {
            skip.missing = Missing::NotSent;
        }
    }

    /// `lost` octets were not captured, and `dropped` before them that were not consumed.
    pub(super) fn gap(&mut self, dropped: usize, lost: u64) {
        let lost = usize::try_from(lost).unwrap_or(usize::MAX);
        match &mut self.skip {
            Some(skip) if dropped == 0 && lost <= skip.left => {
                skip.left = skip.left.saturating_sub(lost);
                skip.missing = Missing::NotCaptured;
                if skip.left == 0 && skip.told {
                    self.skip = None;
                }
            }
            _ => {
                self.skip = None;
                self.lost = true;
            }
        }
    }
}
