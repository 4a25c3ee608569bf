//! The system calls the standard library does not offer; the only `unsafe` of this folder.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Nanoseconds of `CLOCK_MONOTONIC`, the clock of the kernel program.
pub(super) fn monotonic_ns() -> u64 {
    clock_ns(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds since 1970 of `CLOCK_REALTIME`.
pub(super) fn wall_ns() -> u64 {
    clock_ns(libc::CLOCK_REALTIME)
}

fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for one timespec. Both clocks exist on every Linux, so the
    // call cannot fail; were it to, `time` stays zero.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

/// Waits until `fd` is readable, at most `wait`. An interrupted wait counts as over.
pub(super) fn wait_readable(fd: BorrowedFd<'_>, wait: Duration) {
    let mut entry = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    let timeout = libc::timespec {
        tv_sec: libc::time_t::try_from(wait.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(i32::try_from(wait.subsec_nanos()).unwrap_or(0)),
    };
    // SAFETY: one valid pollfd and a valid timeout, both alive over the call; a null signal mask
    // leaves the mask as it is. The result needs no look: the caller looks at the ring anyway.
    unsafe { libc::ppoll(&raw mut entry, 1, &raw const timeout, std::ptr::null()) };
}

/// Waits until no program that runs at this moment runs any more, on any CPU: a grace period of the
/// kernel's read-copy update, under which its programs run (`membarrier(2)`, the global command).
///
/// An error means that nothing was waited for: kernels with `nohz_full` refuse the command, sandboxes
/// may forbid the call.
pub(super) fn let_programs_end() -> io::Result<()> {
    // SAFETY: plain numbers; the result is checked.
    let outcome = unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_GLOBAL, 0, 0) };
    if outcome == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Index of an interface in this network namespace.
pub(super) fn interface_index(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: `name` is a nul-terminated string that outlives the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => None,
        index => Some(index),
    }
}

/// Puts an interface into promiscuous mode for as long as the returned socket lives.
pub(super) fn promiscuous(index: u32) -> io::Result<OwnedFd> {
    // Protocol zero: the socket itself receives nothing.
    // SAFETY: plain arguments; the result is checked.
    let raw = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    if raw < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: `raw` was opened just before and is owned by nobody else.
    let socket = unsafe { OwnedFd::from_raw_fd(raw) };
    let request = libc::packet_mreq {
        mr_ifindex: i32::try_from(index).unwrap_or(i32::MAX),
        mr_type: u16::try_from(libc::PACKET_MR_PROMISC).unwrap_or(1),
        mr_alen: 0,
        mr_address: [0; 8],
    };
    let len = libc::socklen_t::try_from(size_of_val(&request)).unwrap_or(16);
    // SAFETY: the option takes a `packet_mreq`, of which `len` bytes are valid.
    let set = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_ADD_MEMBERSHIP,
            (&raw const request).cast(),
            len,
        )
    };
    if set == 0 {
        Ok(socket)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// `SIOCETHTOOL` (`linux/sockios.h`).
const SIOCETHTOOL: libc::c_ulong = 0x8946;
/// `ETHTOOL_GDRVINFO` and the bytes of its `struct ethtool_drvinfo` (`linux/ethtool.h`).
const ETHTOOL_GDRVINFO: u32 = 3;
const DRIVER_INFO_LEN: usize = 196;
const DRIVER_NAME_LEN: usize = 32;

/// Name of the driver behind an interface, for instance `ixgbe` or `veth`.
pub(super) fn driver(name: &str) -> Option<String> {
    let mut info = [0_u8; DRIVER_INFO_LEN];
    let (command, _) = info.split_first_chunk_mut::<4>()?;
    *command = ETHTOOL_GDRVINFO.to_ne_bytes();
    ethtool(name, &mut info).ok()?;
    let field = info.get(4..4 + DRIVER_NAME_LEN)?;
    let text = field.split(|byte| *byte == 0).next()?;
    String::from_utf8(text.to_vec()).ok()
}

/// One ethtool call; `data` starts with the command and is as long as the command's structure.
fn ethtool(name: &str, data: &mut [u8; DRIVER_INFO_LEN]) -> io::Result<()> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    // SAFETY: all-zero bytes are a valid `ifreq`: an empty name and a null pointer.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if name.len() >= request.ifr_name.len() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_data = data.as_mut_ptr().cast();
    // SAFETY: the socket is open, the request names an interface and points at `data`, which is
    // writable and as long as the structure of the only command this function is called with.
    let outcome = unsafe { libc::ioctl(socket.as_raw_fd(), SIOCETHTOOL, &raw mut request) };
    if outcome == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The positions of reader and writer of a ring buffer map, which stand in its first two pages
/// (`struct bpf_ringbuf` in `kernel/bpf/ringbuf.c`); mapped for reading only.
pub(super) struct RingPositions {
    pages: NonNull<libc::c_void>,
    page: usize,
}

// SAFETY: the mapping belongs to this value alone and is only read, by atomic loads.
unsafe impl Send for RingPositions {}

impl RingPositions {
    /// `None` when the kernel refuses.
    pub(super) fn map(ring: BorrowedFd<'_>) -> Option<Self> {
        // SAFETY: a plain query without pointers.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
        let size = page.checked_mul(2)?;
        // SAFETY: a new mapping at an address of the kernel's choice; the result is checked.
        let pages = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ,
                libc::MAP_SHARED,
                ring.as_raw_fd(),
                0,
            )
        };
        if pages == libc::MAP_FAILED {
            return None;
        }
        let pages = NonNull::new(pages)?;
        Some(Self { pages, page })
    }

    /// Bytes written and not yet read.
    pub(super) fn used(&self) -> u64 {
        // The reader first: what is read after that can only make the ring look fuller than it is.
        let read = self.position(0);
        let written = self.position(self.page);
        u64::try_from(written.wrapping_sub(read)).unwrap_or(0)
    }

    fn position(&self, offset: usize) -> usize {
        // SAFETY: offset is 0 or one page, and two pages are mapped as long as `self` lives.
        let place = unsafe { self.pages.byte_add(offset) };
        // SAFETY: both pages start with an aligned word that the kernel writes whole.
        let word = unsafe { place.cast::<AtomicUsize>().as_ref() };
        word.load(Ordering::Acquire)
    }
}

impl Drop for RingPositions {
    fn drop(&mut self) {
        // SAFETY: exactly the two pages that `map` mapped; nobody holds a reference into them.
        unsafe { libc::munmap(self.pages.as_ptr(), self.page.saturating_mul(2)) };
    }
}

/// Commands of the `bpf` system call (`enum bpf_cmd` of `linux/bpf.h`).
const BPF_MAP_LOOKUP_AND_DELETE_ELEM: libc::c_int = 21;
const BPF_MAP_LOOKUP_BATCH: libc::c_int = 24;

/// `bpf_attr` of the commands on one element.
#[repr(C)]
struct ElementAttr {
    map_fd: u32,
    pad: u32,
    key: u64,
    value: u64,
    flags: u64,
}

/// `bpf_attr` of the commands on many elements.
#[repr(C)]
struct BatchAttr {
    in_batch: u64,
    out_batch: u64,
    keys: u64,
    values: u64,
    count: u32,
    map_fd: u32,
    elem_flags: u64,
    flags: u64,
}

/// Takes an element out of a hash map and gives its value; `None` when there is none.
pub(super) fn take_element<K: aya::Pod, V: aya::Pod + Default>(
    map: BorrowedFd<'_>,
    key: &K,
) -> io::Result<Option<V>> {
    let mut value = V::default();
    let attr = ElementAttr {
        map_fd: u32::try_from(map.as_raw_fd()).unwrap_or(u32::MAX),
        pad: 0,
        key: (&raw const *key).expose_provenance() as u64,
        value: (&raw mut value).expose_provenance() as u64,
        flags: 0,
    };
    // SAFETY: the attribute has the layout of the command and outlives the call. Key and value are
    // alive over it, exposed above since the kernel reaches them by their numbers, and plain data of
    // the map's sizes, which the caller's types stand for: any bytes the kernel writes are a value.
    let outcome = unsafe {
        libc::syscall(
            libc::SYS_bpf,
            BPF_MAP_LOOKUP_AND_DELETE_ELEM,
            &raw const attr,
            size_of::<ElementAttr>(),
        )
    };
    if outcome == 0 {
        return Ok(Some(value));
    }
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::ENOENT) => Ok(None),
        error => Err(error),
    }
}

/// Reads elements of a hash map into `keys` and `values`, which are equally long; `position` is
/// where the last call stopped, `None` at first. Gives how many were read and where to go on,
/// `None` at the end.
pub(super) fn read_batch<K: aya::Pod, V: aya::Pod>(
    map: BorrowedFd<'_>,
    position: Option<u32>,
    keys: &mut [K],
    values: &mut [V],
) -> io::Result<(usize, Option<u32>)> {
    let from = position.unwrap_or(0);
    let mut next = 0_u32;
    let room = keys.len().min(values.len());
    let mut attr = BatchAttr {
        in_batch: position.map_or(0, |_| (&raw const from).expose_provenance() as u64),
        out_batch: (&raw mut next).expose_provenance() as u64,
        keys: keys.as_mut_ptr().expose_provenance() as u64,
        values: values.as_mut_ptr().expose_provenance() as u64,
        count: u32::try_from(room).unwrap_or(u32::MAX),
        map_fd: u32::try_from(map.as_raw_fd()).unwrap_or(u32::MAX),
        elem_flags: 0,
        flags: 0,
    };
    // SAFETY: the attribute has the layout of the command. Positions, keys and values outlive the
    // call and are exposed above, since the kernel reaches them by their numbers; the latter two
    // have room for `count` elements of the map's sizes, of which any bytes are a value.
    let outcome = unsafe {
        libc::syscall(
            libc::SYS_bpf,
            BPF_MAP_LOOKUP_BATCH,
            &raw mut attr,
            size_of::<BatchAttr>(),
        )
    };
    let read = usize::try_from(attr.count).unwrap_or(0).min(room);
    if outcome == 0 {
        return Ok((read, Some(next)));
    }
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::ENOENT) => Ok((read, None)),
        error => Err(error),
    }
}
