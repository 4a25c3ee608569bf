//! The packet socket: opening, options, waiting. Errors name what an operator can do.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

use sensor_protocols::frame::LinkType;
use socket2::{Domain, Socket, Type};

use super::super::CaptureError;
use super::{failed, sys};

/// Longest a frame waits in a block that is not full, in milliseconds.
const RETIRE_AFTER_MS: u32 = 10;

/// `TPACKET_V3` of `enum tpacket_versions`.
const VERSION_3: libc::c_int = 2;

/// `PACKET_IGNORE_OUTGOING` of `linux/if_packet.h`.
const IGNORE_OUTGOING: libc::c_int = 23;

/// Hardware types of `linux/if_arp.h` and how their frames start.
const ETHERNET: u16 = 1;
const LOOPBACK: u16 = 772;
/// Tunnels without a link header.
const NONE: u16 = 65534;

/// A packet socket that does not listen yet, or does.
pub(super) struct PacketSocket {
    socket: Socket,
}

impl PacketSocket {
    /// Opens a socket for an interface; also gives the interface's index.
    pub(super) fn open(interface: &str) -> Result<(Self, u32), CaptureError> {
        let Some(index) = sys::interface_index(interface) else {
            return Err(CaptureError::Interface {
                name: interface.to_owned(),
                cause: "there is no such interface".to_owned(),
                remedy: "`ip link` lists those that exist".to_owned(),
            });
        };
        // Protocol zero: nothing is received until `listen`, so no frame of another interface is.
        let socket =
            Socket::new(Domain::PACKET, Type::RAW, None).map_err(|error| no_socket(&error))?;
        Ok((Self { socket }, index))
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Asks for a ring of `blocks` blocks.
    pub(super) fn make_ring(&self, block_bytes: u32, blocks: u32) -> io::Result<()> {
        sys::set(self.fd(), libc::PACKET_VERSION, &VERSION_3)?;
        // The kernel takes the frame size of version 3 only to check the sum.
        let frame_bytes = 2048;
        let request = libc::tpacket_req3 {
            tp_block_size: block_bytes,
            tp_block_nr: blocks,
            tp_frame_size: frame_bytes,
            tp_frame_nr: (block_bytes / frame_bytes).saturating_mul(blocks),
            tp_retire_blk_tov: RETIRE_AFTER_MS,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        sys::set(self.fd(), libc::PACKET_RX_RING, &request)
    }

    pub(super) fn ignore_outgoing(&self) -> io::Result<()> {
        let on: libc::c_int = 1;
        sys::set(self.fd(), IGNORE_OUTGOING, &on)
    }

    /// Receive what is addressed to others, for as long as the socket is open.
    pub(super) fn promiscuous(&self, index: u32) -> io::Result<()> {
        let request = libc::packet_mreq {
            mr_ifindex: libc::c_int::try_from(index).unwrap_or(libc::c_int::MAX),
            mr_type: u16::try_from(libc::PACKET_MR_PROMISC).unwrap_or(1),
            mr_alen: 0,
            mr_address: [0; 8],
        };
        sys::set(self.fd(), libc::PACKET_ADD_MEMBERSHIP, &request)
    }

    /// Starts to receive everything from the interface; says how its frames start.
    pub(super) fn listen(&self, name: &str, index: u32) -> Result<LinkType, CaptureError> {
        let hardware = sys::bind(self.fd(), index).map_err(|error| failed(name, &error))?;
        match hardware {
            ETHERNET | LOOPBACK => Ok(LinkType::Ethernet),
            NONE => Ok(LinkType::RawIp),
            other => Err(CaptureError::Interface {
                name: name.to_owned(),
                cause: format!("its link type (ARPHRD {other}) is not supported"),
                remedy: "listen at an Ethernet interface".to_owned(),
            }),
        }
    }

    /// Waits until the kernel has filled a block, at most `wait`.
    pub(super) fn wait(&self, wait: Duration) {
        sys::wait_readable(self.fd(), wait);
    }

    /// The error the kernel left at the socket, once.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.socket.take_error().unwrap_or_else(Some)
    }

    /// Frames dropped since the last call.
    pub(super) fn take_drops(&self) -> io::Result<u32> {
        sys::statistics(self.fd()).map(|counts| counts.tp_drops)
    }
}

impl AsRawFd for PacketSocket {
    fn as_raw_fd(&self) -> i32 {
        self.socket.as_raw_fd()
    }
}

fn no_socket(error: &io::Error) -> CaptureError {
    let remedy = if error.kind() == io::ErrorKind::PermissionDenied {
        "run as root, or grant it: setcap cap_net_raw+ep sensor-agent"
    } else {
        "use a kernel with CONFIG_PACKET"
    };
    CaptureError::Host {
        kind: "af_packet",
        cause: format!("a packet socket cannot be opened ({error})"),
        remedy: remedy.to_owned(),
    }
}
