//! Puts frames on the wire through a packet socket, as fast or as slowly as asked.
//!
//! Data in: raw Ethernet frames. Data out: the same bytes on the interface, in order; the number
//! sent is exact. Limits: one system call for each frame, so some hundred thousand frames a second;
//! [`crate::flood`] is for more.

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
            let error = io::Error::last_os_error();
            match error.raw_os_error() {
                Some(libc::ENOBUFS | libc::EAGAIN | libc::EINTR) => thread::yield_now(),
                _ => return Err(error).context(format!("cannot send {} bytes", frame.len())),
            }
        }
    }

    /// Sends frames at `per_second`, in bursts of about a millisecond; gives how many were sent.
    pub fn send_paced<'a>(
        &self,
        frames: impl IntoIterator<Item = &'a [u8]>,
        per_second: u32,
    ) -> Result<u64> {
        ensure!(per_second > 0, "a rate of zero never ends");
        let start = Instant::now();
        let mut sent: u64 = 0;
        for frame in frames {
            let due = due(sent, per_second);
            let early = due.saturating_sub(start.elapsed());
            if early > Duration::from_millis(1) {
                thread::sleep(early);
            }
            self.send(frame)?;
            sent += 1;
        }
        Ok(sent)
    }
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
