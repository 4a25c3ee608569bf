//! Puts frames on the wire through a packet socket, as fast or as slowly as asked.
//!
//! Data in: raw Ethernet frames. Data out: the same bytes on the interface, in order; the number
//! sent is exact. Limits: some hundred thousand frames a second; [`crate::flood`] is for more.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// A packet socket bound to one interface.
pub struct Injector {
    socket: OwnedFd,
}

impl Injector {
    /// Binds to `interface` in the network namespace of this thread.
    pub fn open(interface: &str) -> Result<Self> {
        let index = index(interface)?;
        // SAFETY: plain arguments; the result is checked. Protocol zero receives nothing.
        let raw = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
        ensure!(
            raw >= 0,
            "cannot open a packet socket: {}",
            io::Error::last_os_error()
        );
        // SAFETY: `raw` was opened just before and is owned by nobody else.
        let socket = unsafe { OwnedFd::from_raw_fd(raw) };
        let address = libc::sockaddr_ll {
            sll_family: u16::try_from(libc::AF_PACKET)?,
            sll_protocol: 0,
            sll_ifindex: index,
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 0,
            sll_addr: [0; 8],
        };
        let len = libc::socklen_t::try_from(size_of_val(&address))?;
        // SAFETY: `address` is a link-layer address of `len` bytes.
        let bound = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), len) };
        ensure!(
            bound == 0,
            "cannot bind to {interface}: {}",
            io::Error::last_os_error()
        );
        Ok(Self { socket })
    }

    /// Sends one frame; waits while the interface has no room.
    pub fn send(&self, frame: &[u8]) -> Result<()> {
        loop {
            // SAFETY: the socket is open and `frame` is readable over its length.
            let sent = unsafe {
                libc::send(
                    self.socket.as_raw_fd(),
                    frame.as_ptr().cast(),
                    frame.len(),
                    0,
                )
            };
            if usize::try_from(sent).is_ok_and(|sent| sent == frame.len()) {
                return Ok(());
            }
            wait_for_room().with_context(|| format!("{} bytes", frame.len()))?;
        }
    }

    /// Sends frames at `per_second`, each when it is due or in a batch with others that are; gives
    /// how many were sent.
    pub fn send_paced<'a>(
        &self,
        frames: impl IntoIterator<Item = &'a [u8]>,
        per_second: u32,
    ) -> Result<u64> {
        ensure!(per_second > 0, "a rate of zero never ends");
        let mut frames = frames.into_iter();
        let start = Instant::now();
        let mut sent: u64 = 0;
        let mut batch: Vec<&[u8]> = Vec::with_capacity(BATCH);
        loop {
            thread::sleep(due(sent, per_second).saturating_sub(start.elapsed()));
            let late = due_by(start.elapsed(), per_second).saturating_sub(sent);
            let room = usize::try_from(late)?.clamp(1, BATCH);
            batch.clear();
            batch.extend(frames.by_ref().take(room));
            if batch.is_empty() {
                return Ok(sent);
            }
            self.send_batch(&batch)?;
            sent += u64::try_from(batch.len())?;
        }
    }

    /// Sends all frames with as few system calls as the interface allows.
    fn send_batch(&self, frames: &[&[u8]]) -> Result<()> {
        let mut parts: Vec<libc::iovec> = frames
            .iter()
            .map(|frame| libc::iovec {
                iov_base: frame.as_ptr().cast_mut().cast(),
                iov_len: frame.len(),
            })
            .collect();
        let mut messages: Vec<libc::mmsghdr> = parts
            .iter_mut()
            .map(|part| {
                // SAFETY: all-zero bytes are a valid message header: null pointers, zero lengths.
                let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
                message.msg_hdr.msg_iov = part;
                message.msg_hdr.msg_iovlen = 1;
                message
            })
            .collect();
        let mut rest = messages.as_mut_slice();
        while !rest.is_empty() {
            let count = libc::c_uint::try_from(rest.len())?;
            // SAFETY: `rest` holds `count` headers whose parts point at frames that outlive the
            // call; sending only reads them.
            let sent =
                unsafe { libc::sendmmsg(self.socket.as_raw_fd(), rest.as_mut_ptr(), count, 0) };
            match usize::try_from(sent) {
                Ok(sent) => rest = rest.split_at_mut(sent).1,
                Err(_) => wait_for_room()?,
            }
        }
        Ok(())
    }
}

/// Frames of one system call at most.
const BATCH: usize = 64;

/// Gives way when the last send failed for want of room; any other failure is an error.
fn wait_for_room() -> Result<()> {
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ENOBUFS | libc::EAGAIN | libc::EINTR) => {
            thread::yield_now();
            Ok(())
        }
        _ => Err(error).context("cannot send"),
    }
}

/// How many frames are due at a time, counted from the start: the first at once.
fn due_by(elapsed: Duration, per_second: u32) -> u64 {
    let frames = elapsed.as_nanos() * u128::from(per_second) / 1_000_000_000;
    u64::try_from(frames).unwrap_or(u64::MAX).saturating_add(1)
}

/// When the frame after `sent` ones is due, counted from the start, at `per_second`.
pub(crate) fn due(sent: u64, per_second: u32) -> Duration {
    Duration::from_nanos(sent.saturating_mul(1_000_000_000) / u64::from(per_second.max(1)))
}

/// Index of an interface in the network namespace of this thread.
pub(crate) fn index(interface: &str) -> Result<i32> {
    let name = std::ffi::CString::new(interface)?;
    // SAFETY: `name` is nul-terminated and outlives the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    ensure!(index != 0, "no interface {interface}");
    Ok(i32::try_from(index)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_frames_are_due_as_their_times_have_come() {
        for sent in [0, 1, 2, 299_999, 300_000] {
            let when = due(sent, 300_000);
            assert!(due_by(when + Duration::from_nanos(1), 300_000) > sent);
            if sent > 0 {
                assert!(due_by(when.saturating_sub(Duration::from_nanos(1)), 300_000) <= sent);
            }
        }
    }
}
