//! Client and server hello.
//!
//! Sources: RFC 5246, 7.4.1; RFC 8446, 4.1 and 4.2; RFC 6066, 3 (server name); RFC 7301 (ALPN); RFC 6101
//! (SSL 3.0, without extensions).
//!
//! Data in: the body of a hello. Data out: what it offers or chose, borrowed.
//!
//! Limits: suites and extensions of [`limits::TLS_SUITES`] and [`limits::TLS_EXTENSIONS`].

use smallvec::SmallVec;

use super::codes::{TLS13, is_grease};
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet};

/// Extensions that are read.
pub(super) mod extension {
    pub(in super::super) const SERVER_NAME: u16 = 0;
    pub(in super::super) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(in super::super) const ALPN: u16 = 16;
    pub(in super::super) const SUPPORTED_VERSIONS: u16 = 43;
}

/// Random of a server hello that asks for another client hello (RFC 8446, 4.1.3), its first octets.
const RETRY: [u8; 8] = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11];

/// A hello. Values that clients send for tolerance's sake (RFC 8701) are left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Hello<'a> {
    /// Highest version offered, or the one chosen.
    pub(super) version: u16,
    /// Suites offered, or the one chosen.
    pub(super) suites: SmallVec<[u16; 64]>,
    /// Extension types in their order.
    pub(super) extensions: SmallVec<[u16; 32]>,
    pub(super) signatures: SmallVec<[u16; 32]>,
    pub(super) server_name: Option<&'a [u8]>,
    /// Application protocols, the list without its length.
    pub(super) alpn: &'a [u8],
    /// The server asks for another hello.
    pub(super) retry: bool,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Hello<'a> {
    pub(super) fn client(body: &'a [u8]) -> Self {
        let mut hello = Self::default();
        let mut cursor = Cursor::new(body);
        if hello.read_client(&mut cursor).is_err() {
            hello.anomalies.insert(Anomaly::BadLength);
        }
        hello
    }

    pub(super) fn server(body: &'a [u8]) -> Self {
        let mut hello = Self::default();
        let mut cursor = Cursor::new(body);
        if hello.read_server(&mut cursor).is_err() {
            hello.anomalies.insert(Anomaly::BadLength);
        }
        hello
    }

    fn read_client(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        self.version = cursor.u16_be()?;
        cursor.skip(32)?; // random
        session(cursor)?;
        let suites = usize::from(cursor.u16_be()?);
        let mut list = cursor.sub(suites)?;
        while let Ok(suite) = list.u16_be() {
            self.push_suite(suite);
        }
        self.odd(!list.is_empty());
        let methods = usize::from(cursor.u8()?);
        cursor.skip(methods)?;
        self.read_extensions(cursor, true)
    }

    fn read_server(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Short> {
        self.version = cursor.u16_be()?;
        self.retry = cursor.take(32)?.starts_with(&RETRY);
        session(cursor)?;
        let suite = cursor.u16_be()?;
        self.suites.push(suite);
        cursor.skip(1)?; // compression method
        self.read_extensions(cursor, false)
    }

    pub(super) fn push_suite(&mut self, suite: u16) {
        if self.suites.len() >= limits::TLS_SUITES {
            self.anomalies.insert(Anomaly::LimitReached);
        } else if !is_grease(suite) {
            self.suites.push(suite);
        }
    }

    fn odd(&mut self, is: bool) {
        if is {
            self.anomalies.insert(Anomaly::BadLength);
        }
    }

    fn read_extensions(&mut self, cursor: &mut Cursor<'a>, client: bool) -> Result<(), Short> {
        if cursor.is_empty() {
            return Ok(());
        }
        let length = usize::from(cursor.u16_be()?);
        let mut list = cursor.sub(length)?;
        self.odd(!cursor.is_empty());
        while !list.is_empty() {
            let kind = list.u16_be()?;
            let length = usize::from(list.u16_be()?);
            let data = list.sub(length)?;
            if self.extensions.len() >= limits::TLS_EXTENSIONS {
                self.anomalies.insert(Anomaly::LimitReached);
                return Ok(());
            }
            if !is_grease(kind) {
                self.extensions.push(kind);
                let read = self.extension(kind, data, client);
                self.odd(read.is_err());
            }
        }
        Ok(())
    }

    fn extension(&mut self, kind: u16, mut data: Cursor<'a>, client: bool) -> Result<(), Short> {
        match kind {
            extension::SERVER_NAME if client && !data.is_empty() => {
                let length = usize::from(data.u16_be()?);
                let mut list = data.sub(length)?;
                if list.u8()? == 0 {
                    let length = usize::from(list.u16_be()?);
                    self.server_name = Some(list.take(length)?);
                }
            }
            extension::ALPN => {
                let length = usize::from(data.u16_be()?);
                self.alpn = data.take(length)?;
            }
            extension::SIGNATURE_ALGORITHMS if client => {
                let length = usize::from(data.u16_be()?);
                let mut list = data.sub(length)?;
                while let Ok(algorithm) = list.u16_be() {
                    if self.signatures.len() < limits::TLS_SUITES && !is_grease(algorithm) {
                        self.signatures.push(algorithm);
                    }
                }
            }
            extension::SUPPORTED_VERSIONS if client => {
                let length = usize::from(data.u8()?);
                let mut list = data.sub(length)?;
                let mut highest = 0;
                while let Ok(version) = list.u16_be() {
                    if !is_grease(version) {
                        highest = highest.max(version);
                    }
                }
                if (0x0300..=TLS13).contains(&highest) {
                    self.version = highest;
                }
            }
            extension::SUPPORTED_VERSIONS => self.version = data.u16_be()?,
            _ => {}
        }
        Ok(())
    }

    /// Application protocols in their order.
    pub(super) fn protocols(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut list = Cursor::new(self.alpn);
        std::iter::from_fn(move || {
            let length = usize::from(list.u8().ok()?);
            list.take(length).ok()
        })
    }
}

/// A session identifier has at most 32 octets (RFC 5246, 7.4.1.2).
fn session(cursor: &mut Cursor<'_>) -> Result<(), Short> {
    let length = usize::from(cursor.u8()?);
    cursor.skip(length)
}
