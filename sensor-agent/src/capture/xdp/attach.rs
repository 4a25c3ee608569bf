//! Attaches the program: in the driver, else in the network stack with the reason as a note.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use aya::Ebpf;
use aya::programs::links::FdLink;
use aya::programs::{ProgramError, Xdp, XdpMode};

use super::load::{chain, xdp_program};
use super::{AttachMode, CaptureError, XdpSettings, sys};

/// How long another program may take to go away: a process that was killed leaves its attachment
/// to the kernel's clean-up, which runs a moment later.
const TAKE_OVER: Duration = Duration::from_secs(2);
const TAKE_OVER_STEP: Duration = Duration::from_millis(20);
/// How often to look whether the interface is still there.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// An Ethernet interface of this host.
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) index: u32,
}

/// A program on an interface; dropping it detaches the program.
pub(super) struct Attachment {
    interface: Interface,
    mode: &'static str,
    notes: Vec<String>,
    next_check: Instant,
    /// Held for their lifetime only.
    _link: FdLink,
    _promiscuous: Option<OwnedFd>,
}

impl Attachment {
    /// `native` or `generic`.
    pub(super) const fn mode(&self) -> &'static str {
        self.mode
    }

    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Looks, once a second, whether the interface is still the one the program sits on.
    pub(super) fn check(&mut self) -> Result<(), CaptureError> {
        let now = Instant::now();
        if now < self.next_check {
            return Ok(());
        }
        self.next_check = now + CHECK_EVERY;
        if sys::interface_index(&self.interface.name) == Some(self.interface.index) {
            return Ok(());
        }
        Err(error(
            &self.interface.name,
            "it was removed while capturing",
            "bring the interface back and start again",
        ))
    }
}

/// The interface, when it exists and carries Ethernet frames.
pub(super) fn find_interface(name: &str) -> Result<Interface, CaptureError> {
    let index = sys::interface_index(name)
        .ok_or_else(|| error(name, "no such interface", "`ip link` lists the interfaces"))?;
    // Values of `ARPHRD_` in linux/if_arp.h; loopback frames have an Ethernet header too.
    let kind = fs::read_to_string(format!("/sys/class/net/{name}/type")).unwrap_or_default();
    if !matches!(kind.trim(), "1" | "772" | "") {
        return Err(error(
            name,
            "it does not carry Ethernet frames",
            "choose an Ethernet interface, or capture with af_packet",
        ));
    }
    Ok(Interface {
        name: name.to_owned(),
        index,
    })
}

/// Attaches the loaded program as the settings ask.
pub(super) fn attach(
    program: &mut Ebpf,
    interface: Interface,
    settings: &XdpSettings,
) -> Result<Attachment, CaptureError> {
    let mut notes = Vec::new();
    let (link, mode) = by_mode(xdp_program(program)?, &interface, settings.mode, &mut notes)?;
    let promiscuous = if settings.promiscuous {
        promiscuous(&interface, &mut notes)
    } else {
        None
    };
    if is_down(&interface.name) {
        notes.push(format!(
            "the interface is down: nothing comes in before `ip link set {} up`",
            interface.name
        ));
    }
    Ok(Attachment {
        interface,
        mode,
        notes,
        next_check: Instant::now() + CHECK_EVERY,
        _link: link,
        _promiscuous: promiscuous,
    })
}

/// Attaches in the mode asked for; gives the mode that was achieved.
fn by_mode(
    xdp: &mut Xdp,
    interface: &Interface,
    mode: AttachMode,
    notes: &mut Vec<String>,
) -> Result<(FdLink, &'static str), CaptureError> {
    match mode {
        AttachMode::Native => Ok((try_mode(xdp, interface, XdpMode::Driver)?, "native")),
        AttachMode::Generic => Ok((try_mode(xdp, interface, XdpMode::Skb)?, "generic")),
        AttachMode::Auto => match link(xdp, interface, XdpMode::Driver) {
            Ok(link) => Ok((link, "native")),
            Err(refusal) if refusal.is_final() => Err(refusal.explain(interface)),
            Err(refusal) => {
                notes.push(format!(
                    "native mode refused ({}), attached in generic mode, which is slower",
                    refusal.cause
                ));
                Ok((try_mode(xdp, interface, XdpMode::Skb)?, "generic"))
            }
        },
    }
}

fn promiscuous(interface: &Interface, notes: &mut Vec<String>) -> Option<OwnedFd> {
    sys::promiscuous(interface.index)
        .inspect_err(|cause| {
            notes.push(format!(
                "promiscuous mode refused ({cause}): only frames to this host are seen"
            ));
        })
        .ok()
}

fn try_mode(xdp: &mut Xdp, interface: &Interface, mode: XdpMode) -> Result<FdLink, CaptureError> {
    link(xdp, interface, mode).map_err(|refusal| refusal.explain(interface))
}

/// Why an attempt to attach failed.
struct Refusal {
    cause: String,
    errno: Option<i32>,
}

impl Refusal {
    fn new(error: &ProgramError) -> Self {
        let errno = if let ProgramError::SyscallError(call) = error {
            call.io_error.raw_os_error()
        } else {
            None
        };
        Self {
            cause: chain(error),
            errno,
        }
    }

    /// Another program sits on the interface (`EBUSY`, or `EEXIST` for one of the other mode).
    fn is_occupied(&self) -> bool {
        matches!(self.errno, Some(libc::EBUSY | libc::EEXIST))
    }

    /// Another mode would fail for the same reason.
    fn is_final(&self) -> bool {
        self.is_occupied() || matches!(self.errno, Some(libc::EPERM | libc::EACCES | libc::ENODEV))
    }

    fn explain(self, interface: &Interface) -> CaptureError {
        let name = &interface.name;
        if self.is_occupied() {
            return error(
                name,
                "another XDP program is attached to it",
                &format!("stop its owner, or detach it with `ip link set dev {name} xdp off`"),
            );
        }
        let remedy = if matches!(self.errno, Some(libc::EPERM | libc::EACCES)) {
            "run as root, or grant CAP_BPF and CAP_NET_ADMIN"
        } else {
            "try generic mode, or capture with af_packet"
        };
        error(name, &format!("cannot attach: {}", self.cause), remedy)
    }
}

/// Attaches by `bpf_link`, which the kernel takes back when this process ends in whatever way.
fn link(xdp: &mut Xdp, interface: &Interface, mode: XdpMode) -> Result<FdLink, Refusal> {
    let deadline = Instant::now() + TAKE_OVER;
    loop {
        let refusal = match xdp.attach_to_if_index(interface.index, mode) {
            Ok(id) => {
                let link = xdp.take_link(id).map_err(|error| Refusal::new(&error))?;
                return FdLink::try_from(link).map_err(|_| Refusal {
                    cause: "the kernel offers no bpf_link for XDP".to_owned(),
                    errno: None,
                });
            }
            Err(error) => Refusal::new(&error),
        };
        if !refusal.is_occupied() || Instant::now() >= deadline {
            return Err(refusal);
        }
        thread::sleep(TAKE_OVER_STEP);
    }
}

fn is_down(name: &str) -> bool {
    let flags: io::Result<String> = fs::read_to_string(format!("/sys/class/net/{name}/flags"));
    let flags = flags.unwrap_or_default();
    let number = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16);
    // IFF_UP is the lowest bit.
    number.is_ok_and(|bits| bits & 1 == 0)
}

fn error(name: &str, cause: &str, remedy: &str) -> CaptureError {
    CaptureError::Interface {
        name: name.to_owned(),
        cause: cause.to_owned(),
        remedy: remedy.to_owned(),
    }
}
