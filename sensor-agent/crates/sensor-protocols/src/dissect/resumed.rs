//! What a dissector is told of numbered messages that were withheld, until the next message says whose they
//! were.
//!
//! The kernel program keeps one number for each sender of what stands in front of a frame alike: of
//! an APPID, or a frame identifier. So the frame that comes next names what was withheld.

use super::Role;

/// Numbers due, by sender; `None` where nobody knows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Resumed {
    client: Option<Option<u32>>,
    server: Option<Option<u32>>,
}

impl Resumed {
    /// Takes note of what [`Dissector::resume`](super::Dissector::resume) tells.
    pub(super) const fn set(&mut self, sender: Role, due: Option<u32>) {
        match sender {
            Role::Client => self.client = Some(due),
            Role::Server => self.server = Some(due),
        }
    }

    /// Takes what was told.
    #[inline]
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Role, Option<u32>)> + use<> {
        let Self { client, server } = std::mem::take(self);
        let client = client.map(|due| (Role::Client, due));
        let server = server.map(|due| (Role::Server, due));
        client.into_iter().chain(server)
    }
}
