//! What one message says: filled in by the walk over its fields.
//!
//! Limits: at most [`limits::OPCUA_OBJECTS`] objects, and [`limits::OPCUA_NAME_BYTES`] octets of node identifiers as
//! text; more raise [`Anomaly::LimitReached`]. Nothing is allocated for the first [`INLINE`] objects.

use smallvec::SmallVec;

use super::reader::{Fault, Identifier, NodeId};
use super::status;
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Identity, Object};

/// Objects kept without allocating.
const INLINE: usize = 16;

/// Room for the texts of node identifiers.
pub(super) type Names = [u8; limits::OPCUA_NAME_BYTES];

/// Variables of the server that tell what it is, in the order of [`Told`]: product name, manufacturer, software
/// version, build information, status (OPC 10000-5, 8.3 and 12.10; numbers of `NodeIds.csv`).
const IDENTITY_NODES: [u32; 5] = [2261, 2263, 2264, 2260, 2256];

/// For each of the variables that tell what the server is: the number of the item that reads it, from 1 on.
pub(super) type Told = [u16; IDENTITY_NODES.len()];

/// What one message says. It is large: the caller makes it and hands it down by reference.
pub(super) struct Body<'a> {
    pub(super) objects: SmallVec<[Object<'a>; INLINE]>,
    pub(super) values: &'a [u8],
    /// Result of a response, in its header.
    pub(super) result: Option<u32>,
    /// The first item that failed, counted from 0, and its status.
    pub(super) failed: Option<(u32, u32)>,
    pub(super) anomalies: AnomalySet,
    pub(super) identity: Identity<'a>,
    /// Items that a request names or a response answers.
    pub(super) items: Option<u32>,
    /// The item that is being read.
    pub(super) item: u32,
    /// Which items read what tells what the server is: found in a request, used in its response.
    pub(super) told: Told,
    /// Room left for names.
    names: &'a mut [u8],
}

impl<'a> Body<'a> {
    pub(super) fn new(names: &'a mut Names) -> Self {
        Self {
            objects: SmallVec::new(),
            values: &[],
            result: None,
            failed: None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
            items: None,
            item: 0,
            told: Told::default(),
            names,
        }
    }

    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// Flags why a walk ended early.
    pub(super) fn fault(&mut self, fault: Fault) {
        match fault {
            Fault::Short => {
                self.flag(Anomaly::Truncated);
                self.flag(Anomaly::BadLength);
            }
            Fault::Value => self.flag(Anomaly::BadValue),
            Fault::Limit => self.flag(Anomaly::LimitReached),
        }
    }

    #[inline]
    pub(super) fn object(&mut self, object: Object<'a>) {
        if self.objects.len() < limits::OPCUA_OBJECTS {
            self.objects.push(object);
        } else {
            self.flag(Anomaly::LimitReached);
        }
    }

    pub(super) fn id(&mut self, kind: &'static str, id: u32) {
        let id = u64::from(id);
        self.object(Object::Id { kind, id });
    }

    /// A text, where it is one.
    pub(super) fn text(&mut self, kind: &'static str, text: &'a str) {
        if !text.is_empty() {
            self.object(Object::Text { kind, text });
        }
    }

    /// A text that a message may tell several times over, where it is one.
    pub(super) fn text_once(&mut self, kind: &'static str, text: &'a str) {
        if !text.is_empty() {
            self.once(Object::Text { kind, text });
        }
    }

    /// Something that a message tells several times over.
    pub(super) fn once(&mut self, object: Object<'a>) {
        if !self.objects.contains(&object) {
            self.object(object);
        }
    }

    /// A node, where it is one.
    #[inline]
    pub(super) fn node(&mut self, node: &NodeId<'_>) {
        if let Some(name) = self.written(node) {
            self.object(Object::Name(name));
        }
    }

    /// A node in a part of its own, where it is one.
    pub(super) fn node_as(&mut self, kind: &'static str, node: &NodeId<'_>) {
        if let Some(text) = self.written(node) {
            self.object(Object::Text { kind, text });
        }
    }

    #[inline]
    fn written(&mut self, node: &NodeId<'_>) -> Option<&'a str> {
        if node.is_null() {
            return None;
        }
        let (name, rest) = written(node, std::mem::take(&mut self.names));
        self.names = rest;
        if name.is_none() {
            self.flag(Anomaly::LimitReached);
        }
        name
    }

    /// The status of the item that is being read.
    #[inline]
    pub(super) fn item_status(&mut self, status: u32) {
        if status::is_bad(status) && self.failed.is_none() {
            self.failed = Some((self.item, status));
        }
    }

    /// Notes a node that tells what the server is, when the item that is being read asks for its value.
    #[inline]
    pub(super) fn asked(&mut self, node: &NodeId<'_>) {
        let Some(number) = node.standard() else {
            return;
        };
        if let Some(at) = IDENTITY_NODES.iter().position(|known| *known == number)
            && let Some(told) = self.told.get_mut(at)
        {
            *told = u16::try_from(self.item.saturating_add(1)).unwrap_or(0);
        }
    }

    /// Which of [`IDENTITY_NODES`] the item that is being read answers.
    #[inline]
    pub(super) fn answers(&self) -> Option<usize> {
        if self.told == Told::default() {
            return None;
        }
        let number = u16::try_from(self.item.saturating_add(1)).ok()?;
        self.told.iter().position(|item| *item == number)
    }
}

/// Writes a node identifier as OPC 10000-6, 5.3.1.10 has it, and answers the room that is left; `None` when there
/// is not enough.
fn written<'a>(node: &NodeId<'_>, room: &'a mut [u8]) -> (Option<&'a str>, &'a mut [u8]) {
    let mut pen = Pen {
        room,
        at: 0,
        full: false,
    };
    if node.namespace != 0 {
        pen.put(b"ns=");
        pen.decimal(u32::from(node.namespace));
        pen.put(b";");
    }
    match node.identifier {
        Identifier::Numeric(number) => {
            pen.put(b"i=");
            pen.decimal(number);
        }
        Identifier::Text(text) => {
            pen.put(b"s=");
            pen.put(text.as_bytes());
        }
        Identifier::Guid(guid) => {
            pen.put(b"g=");
            pen.guid(&guid);
        }
        Identifier::Opaque(octets) => {
            pen.put(b"b=");
            pen.base64(octets);
        }
    }
    let Pen {
        room: all,
        at,
        full,
    } = pen;
    if full || at > all.len() {
        return (None, all);
    }
    let (used, rest) = all.split_at_mut(at);
    (std::str::from_utf8(used).ok(), rest)
}

/// Writes into what is left of the room.
struct Pen<'a> {
    room: &'a mut [u8],
    at: usize,
    full: bool,
}

impl Pen<'_> {
    #[inline]
    fn put(&mut self, octets: &[u8]) {
        let end = self.at.saturating_add(octets.len());
        match self.room.get_mut(self.at..end) {
            Some(room) if !self.full => {
                room.copy_from_slice(octets);
                self.at = end;
            }
            _ => self.full = true,
        }
    }

    fn decimal(&mut self, mut number: u32) {
        let mut digits = [0_u8; 10];
        let mut used = 0_usize;
        for digit in digits.iter_mut().rev() {
            *digit = b'0'.saturating_add(u8::try_from(number % 10).unwrap_or_default());
            number /= 10;
            used = used.saturating_add(1);
            if number == 0 {
                break;
            }
        }
        let first = digits.len().saturating_sub(used);
        self.put(digits.get(first..).unwrap_or_default());
    }

    /// The first three groups are numbers in little-endian order (OPC 10000-6, 5.2.2.6).
    fn guid(&mut self, guid: &[u8; 16]) {
        let [a, b, c, d, e, f, g, h, rest @ ..] = guid;
        for (at, octet) in [d, c, b, a, f, e, h, g].into_iter().chain(rest).enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                self.put(b"-");
            }
            self.put(&[hex(octet >> 4), hex(octet & 15)]);
        }
    }

    fn base64(&mut self, octets: &[u8]) {
        for group in octets.chunks(3) {
            let [a, b, c] = match *group {
                [a, b, c] => [a, b, c],
                [a, b] => [a, b, 0],
                [a] => [a, 0, 0],
                _ => return,
            };
            let bits = u32::from_be_bytes([0, a, b, c]);
            let mut four = [18, 12, 6, 0].map(|shift| sixtyfour(bits >> shift & 63));
            for unused in four.iter_mut().skip(group.len().saturating_add(1)) {
                *unused = b'=';
            }
            self.put(&four);
        }
    }
}

fn hex(digit: u8) -> u8 {
    b"0123456789abcdef"
        .get(usize::from(digit))
        .copied()
        .unwrap_or(b'?')
}

fn sixtyfour(digit: u32) -> u8 {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = usize::try_from(digit).unwrap_or(usize::MAX);
    ALPHABET.get(at).copied().unwrap_or(b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(namespace: u16, identifier: Identifier<'_>) -> String {
        let mut names: Names = [0; limits::OPCUA_NAME_BYTES];
        let node = NodeId {
            namespace,
            identifier,
        };
        written(&node, &mut names).0.unwrap().to_owned()
    }

    #[test]
    fn node_identifiers_are_written_as_the_standard_has_them() {
        assert_eq!(text(0, Identifier::Numeric(2258)), "i=2258");
        assert_eq!(text(10, Identifier::Numeric(0)), "ns=10;i=0");
        assert_eq!(text(1, Identifier::Numeric(u32::MAX)), "ns=1;i=4294967295");
        assert_eq!(text(2, Identifier::Text("Pump.Speed")), "ns=2;s=Pump.Speed");
        // The example of OPC 10000-6, 5.2.2.6.
        let guid = [
            0x91, 0x2b, 0x96, 0x72, 0x75, 0xfa, 0xe6, 0x4a, 0x8d, 0x28, 0xb4, 0x04, 0xdc, 0x7d,
            0xaf, 0x63,
        ];
        assert_eq!(
            text(0, Identifier::Guid(guid)),
            "g=72962b91-fa75-4ae6-8d28-b404dc7daf63"
        );
        for (octets, base64) in [("M", "TQ=="), ("Ma", "TWE="), ("Man?", "TWFuPw==")] {
            let opaque = text(1, Identifier::Opaque(octets.as_bytes()));
            assert_eq!(opaque, format!("ns=1;b={base64}"));
        }
    }

    #[test]
    fn a_name_without_room_is_not_told_and_leaves_the_room_to_others() {
        let mut names = [0; 12];
        let node = |text| NodeId {
            namespace: 1,
            identifier: Identifier::Text(text),
        };
        let (none, room) = written(&node("seven!!"), &mut names);
        assert_eq!(none, None);
        let (name, rest) = written(&node("four"), room);
        assert_eq!((name, rest.len()), (Some("ns=1;s=four"), 1));
    }
}
