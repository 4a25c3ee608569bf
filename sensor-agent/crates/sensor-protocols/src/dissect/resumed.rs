//! What a dissector is told of numbered messages that were withheld, until the next message says whose they
//! were.
//!
//! The kernel program keeps one number for each sender of what stands in front of a frame alike: of
//! an APPID, or a frame identifier. So the frame that comes next names what was withheld.

use super::Role;

/// Numbers due, by sender.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Resumed {
    client: Told,
    server: Told,
}

/// What was told of one sender.
#[derive(Clone, Copy, Debug, Default)]
enum Told {
    #[default]
    Nothing,
    /// Its number, `None` where nobody knows it.
    Next(Option<u32>),
}

impl Told {
    fn by(self, sender: Role) -> Option<(Role, Option<u32>)> {
        match self {
            Self::Nothing => None,
            Self::Next(due) => Some((sender, due)),
        }
    }
}

impl Resumed {
    /// Takes note of what [`Dissector::resume`](super::Dissector::resume) tells.
    pub(super) const fn set(&mut self, sender: Role, due: Option<u32>) {
        match sender {
            Role::Client => self.client = Told::Next(due),
            Role::Server => self.server = Told::Next(due),
        }
    }

    /// Takes what was told.
    #[inline]
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Role, Option<u32>)> + use<> {
        let Self { client, server } = std::mem::take(self);
        let (client, server) = (client.by(Role::Client), server.by(Role::Server));
        client.into_iter().chain(server)
    }
}
