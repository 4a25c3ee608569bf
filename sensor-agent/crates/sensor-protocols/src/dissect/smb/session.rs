//! What one SMB connection remembers: open requests, tree connections, open files and the remote procedure
//! calls on those that are pipes.
//!
//! Limits: [`limits::SMB_OPEN_REQUESTS`], [`limits::SMB_TREES`], [`limits::SMB_FILES`],
//! [`limits::SMB_NAME_BYTES`], [`limits::SMB_TRANSACTIONS`].

use crate::dissect::dcerpc::{self, Association};
use crate::dissect::open_requests::{Answer, OpenRequests};
use crate::dissect::told::Told;
use crate::limits;
use crate::observation::{AnsweredRequest, Operation};
use crate::time::Timestamp;

/// A name for later.
pub(super) type Name = Option<Box<str>>;

/// A name or a text for later, with the kind of a text.
pub(super) type Label = Option<(Option<&'static str>, Box<str>)>;

/// Identifier of an open file: FID of SMB1, both halves of that of SMB2.
pub(super) type FileId = u128;

/// Identifier of a tree connection: session (0 for SMB1) and tree.
pub(super) type TreeId = (u64, u32);

/// An open request.
#[derive(Debug)]
pub(super) struct Asked {
    /// Multiplex and process identifier with the command (SMB1), or the message identifier.
    pub(super) key: u64,
    pub(super) operation: Operation,
    /// What it addresses.
    pub(super) label: Label,
    pub(super) file: Option<FileId>,
    /// Where in the file.
    pub(super) start: u64,
    pub(super) time: Timestamp,
    pub(super) frame: u64,
}

impl Asked {
    fn held(&self) -> usize {
        let label = self.label.as_ref().map_or(0, |(_, text)| text.len());
        size_of::<Self>().saturating_add(label)
    }

    /// The name it addresses, which is no text of another kind.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.label {
            Some((None, name)) => Some(name),
            Some((Some(_), _)) | None => None,
        }
    }

    /// Tells in a response what its request addresses.
    pub(super) fn repeat(&self, told: &mut Told) {
        match &self.label {
            Some((None, name)) => told.name(name),
            Some((Some(kind), text)) => told.label(kind, text),
            None => {}
        }
    }

    pub(super) fn answered(&self, time: Timestamp) -> AnsweredRequest {
        AnsweredRequest {
            frame: self.frame,
            latency: time.since(self.time),
        }
    }
}

/// Open requests of the client.
pub(super) type Requests = OpenRequests<Asked, { limits::SMB_OPEN_REQUESTS }>;

/// An open file or pipe.
#[derive(Debug)]
struct File {
    id: FileId,
    name: Name,
    calls: Option<Box<Association>>,
}

impl File {
    fn held(&self) -> usize {
        let name = self.name.as_deref().map_or(0, str::len);
        let calls = self.calls.as_ref().map_or(0, |calls| {
            size_of::<Association>().saturating_add(calls.held())
        });
        size_of::<Self>().saturating_add(name).saturating_add(calls)
    }
}

/// A connection.
#[derive(Debug, Default)]
pub(super) struct Session {
    requests: Requests,
    trees: Vec<(TreeId, Box<str>)>,
    files: Vec<File>,
    /// Transactions of SMB1 that go on: multiplex identifier and command of the primary request.
    transactions: Vec<(u64, u8)>,
}

/// A name as it is kept.
pub(super) fn kept(name: Option<&str>) -> Name {
    name.filter(|name| name.len() <= limits::SMB_NAME_BYTES)
        .map(Into::into)
}

/// The same with the kind of a text.
pub(super) fn labelled(first: Option<(Option<&'static str>, &str)>) -> Label {
    let (kind, name) = first?;
    Some((kind, kept(Some(name))?))
}

impl Session {
    /// The connection starts here: all requests are seen.
    pub(super) fn starts(&mut self) {
        self.requests = Requests::complete();
    }

    /// Octets that are kept for later messages. One connection can keep a quarter of a megabyte, so that all of
    /// them together must share the room for unfinished messages.
    pub(super) fn held(&self) -> usize {
        let requests = self.requests.iter().map(Asked::held);
        let trees = self
            .trees
            .iter()
            .map(|(_, name)| size_of::<(TreeId, Box<str>)>().saturating_add(name.len()));
        let files = self.files.iter().map(File::held);
        requests
            .chain(trees)
            .chain(files)
            .fold(0, usize::saturating_add)
    }

    /// Forgets all of that.
    pub(super) fn shed(&mut self) {
        *self = Self::default();
    }

    /// Requests may have been missed.
    pub(super) fn incomplete(&mut self) {
        self.requests.set_complete(false);
    }

    /// Keeps a request. False when the oldest open one had to make room.
    pub(super) fn ask(&mut self, asked: Asked) -> bool {
        let key = asked.key;
        self.requests.give_up(|open| open.key == key);
        self.requests.keep(asked).is_none()
    }

    /// The request that a response answers.
    pub(super) fn answer(&mut self, key: u64) -> Answer<Asked> {
        match self.requests.take(|open| open.key == key) {
            Some(asked) => Answer::To(asked),
            None => self.requests.unmatched(),
        }
    }

    pub(super) fn share(&self, id: TreeId) -> Option<&str> {
        let row = self.trees.iter().find(|(known, _)| *known == id);
        row.map(|(_, name)| &**name)
    }

    pub(super) fn connect(&mut self, id: TreeId, name: &str) {
        self.disconnect(id);
        if self.trees.len() >= limits::SMB_TREES {
            self.trees.remove(0);
        }
        if let Some(name) = kept(Some(name)) {
            self.trees.push((id, name));
        }
    }

    pub(super) fn disconnect(&mut self, id: TreeId) {
        self.trees.retain(|(known, _)| *known != id);
    }

    pub(super) fn file(&self, id: FileId) -> Option<&str> {
        let file = self.files.iter().find(|file| file.id == id);
        file.and_then(|file| file.name.as_deref())
    }

    pub(super) fn open(&mut self, id: FileId, name: Name) {
        self.close(id);
        self.push(id, name);
    }

    pub(super) fn close(&mut self, id: FileId) {
        self.files.retain(|file| file.id != id);
    }

    fn push(&mut self, id: FileId, name: Name) {
        if self.files.len() >= limits::SMB_FILES {
            self.files.remove(0);
        }
        let calls = None;
        self.files.push(File { id, name, calls });
    }

    /// The remote procedure calls on a file, when it has any or `octets` begin one.
    pub(super) fn calls(&mut self, id: FileId, octets: &[u8]) -> Option<&mut Association> {
        let begins = dcerpc::begins(octets);
        let known = self.files.iter().any(|file| file.id == id);
        if !known && begins {
            self.push(id, None);
        }
        let file = self.files.iter_mut().find(|file| file.id == id)?;
        if file.calls.is_none() && begins {
            file.calls = Some(Box::default());
        }
        file.calls.as_deref_mut()
    }

    /// Octets of a direction were lost, on whatever file.
    pub(super) fn lost_calls(&mut self) {
        for calls in self.files.iter_mut().filter_map(|file| file.calls.as_mut()) {
            calls.lost();
        }
    }

    /// Notes the primary request of a transaction.
    pub(super) fn transaction(&mut self, multiplex: u64, command: u8) {
        self.transactions.retain(|(known, _)| *known != multiplex);
        if self.transactions.len() >= limits::SMB_TRANSACTIONS {
            self.transactions.remove(0);
        }
        self.transactions.push((multiplex, command));
    }

    /// Command of the primary request that a secondary one belongs to.
    pub(super) fn primary(&self, multiplex: u64) -> Option<u8> {
        let row = self.transactions.iter().find(|row| row.0 == multiplex);
        row.map(|(_, command)| *command)
    }
}
