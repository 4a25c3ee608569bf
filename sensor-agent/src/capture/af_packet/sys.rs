//! The system calls that have no safe wrapper; with `ring` the only `unsafe` of this folder.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::time::Duration;

/// Values the kernel reads as a socket option of level `SOL_PACKET`.
pub(super) trait PacketOption: Copy {}

impl PacketOption for libc::c_int {}
impl PacketOption for libc::tpacket_req3 {}
impl PacketOption for libc::packet_mreq {}

/// Sets an option of level `SOL_PACKET`.
pub(super) fn set<T: PacketOption>(
    fd: BorrowedFd<'_>,
    option: libc::c_int,
    value: &T,
) -> io::Result<()> {
    // SAFETY: `value` is a live, initialised value of the size passed along; the kernel copies it
    // and keeps no pointer. A value of the wrong size is refused with an error.
    let result = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            libc::SOL_PACKET,
            option,
            std::ptr::from_ref(value).cast(),
            size::<T>(),
        )
    };
    check(result)
}

/// Counts of received and dropped frames since the last call.
pub(super) fn statistics(fd: BorrowedFd<'_>) -> io::Result<libc::tpacket_stats_v3> {
    let mut counts = libc::tpacket_stats_v3 {
        tp_packets: 0,
        tp_drops: 0,
        tp_freeze_q_cnt: 0,
    };
    let mut len = size::<libc::tpacket_stats_v3>();
    // SAFETY: `counts` and `len` are live places of the sizes the kernel is told; it writes at most
    // `len` bytes, and any bytes make valid integers.
    let result = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            (&raw mut counts).cast(),
            &raw mut len,
        )
    };
    check(result).map(|()| counts)
}

/// Binds to an interface for every protocol; gives the hardware type of its frames.
pub(super) fn bind(fd: BorrowedFd<'_>, index: u32) -> io::Result<u16> {
    let mut address = libc::sockaddr_ll {
        sll_family: u16::try_from(libc::AF_PACKET).unwrap_or_default(),
        sll_protocol: u16::try_from(libc::ETH_P_ALL).unwrap_or_default().to_be(),
        sll_ifindex: libc::c_int::try_from(index).unwrap_or(libc::c_int::MAX),
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let mut len = size::<libc::sockaddr_ll>();
    // SAFETY: `address` is a live address of exactly `len` bytes, which the kernel copies.
    let bound = unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), len) };
    check(bound)?;
    // SAFETY: `address` and `len` are live places; the kernel writes at most `len` bytes, and any
    // bytes make a valid sockaddr_ll, which is made of integers only.
    let named =
        unsafe { libc::getsockname(fd.as_raw_fd(), (&raw mut address).cast(), &raw mut len) };
    check(named).map(|()| address.sll_hatype)
}

/// Maps `len` bytes of the socket's ring for reading and writing.
pub(super) fn map(fd: BorrowedFd<'_>, len: usize) -> io::Result<NonNull<u8>> {
    // SAFETY: the kernel chooses the address, so no mapping of ours is touched; a length that does
    // not fit the ring is refused with an error, which is checked below.
    let address = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            len,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            fd.as_raw_fd(),
            0,
        )
    };
    if address == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(address.cast()).ok_or_else(|| io::Error::other("a mapping at address zero"))
}

/// Gives back a mapping of [`map`], which nothing may use any more.
pub(super) fn unmap(start: NonNull<u8>, len: usize) {
    // SAFETY: the only caller is the drop of the ring that owns exactly this mapping, so no slice
    // or atomic into it is alive. An error would only leave the mapping in place.
    unsafe { libc::munmap(start.as_ptr().cast(), len) };
}

/// Waits until `fd` is readable or has an error, at most `wait`. An interrupted wait is over.
pub(super) fn wait_readable(fd: BorrowedFd<'_>, wait: Duration) {
    let mut entry = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    let millis = libc::c_int::try_from(wait.as_millis()).unwrap_or(libc::c_int::MAX);
    // SAFETY: one live pollfd, and the count says one. The result needs no look: the caller looks
    // at the ring anyway.
    unsafe { libc::poll(&raw mut entry, 1, millis) };
}

/// Index of an interface in this network namespace.
pub(super) fn interface_index(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: `name` is a string with a closing zero that outlives the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => None,
        index => Some(index),
    }
}

fn size<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or(libc::socklen_t::MAX)
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
