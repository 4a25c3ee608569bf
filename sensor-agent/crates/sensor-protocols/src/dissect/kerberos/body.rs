//! What a message says: names, types of encryption, errors.
//!
//! Source: RFC 4120, 5.4.1 (requests), 5.4.2 (replies), 5.9.1 (errors), 5.3 (tickets), 5.2.2 (names).

use super::codes::{self, tag};
use crate::dissect::ber::{Element, Elements};
use crate::dissect::told::Told;
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Outcome};

/// Type of the pre-authentication data that prove who asks: an encrypted time.
const ENCRYPTED_TIMESTAMP: u32 = 2;
/// The same with a certificate (RFC 4556), and within armour (RFC 6113).
const OTHER_PROOFS: [u32; 2] = [16, 138];

/// What one message says.
#[derive(Debug, Default)]
pub(super) struct Body<'a> {
    pub(super) told: Told,
    pub(super) outcome: Outcome,
    pub(super) anomalies: AnomalySet,
    client: Principal<'a>,
    service: Principal<'a>,
}

/// A name in a realm.
#[derive(Clone, Copy, Debug, Default)]
struct Principal<'a> {
    /// Contents of `PrincipalName`.
    name: Option<Element<'a>>,
    realm: &'a [u8],
}

impl<'a> Body<'a> {
    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// Reads a message.
    pub(super) fn read(&mut self, number: u32, message: &Element<'a>) {
        let outer = Elements::new(message.contents);
        self.sequence(outer, |body, member, inside| match number {
            tag::AS_REQUEST | tag::TGS_REQUEST => body.request(&member, inside),
            tag::AS_REPLY | tag::TGS_REPLY => body.reply(&member, inside),
            tag::ERROR => body.error(&member, inside),
            _ => {}
        });
        self.tell();
    }

    /// Goes through the members of a SEQUENCE: each is handed on with what its tag encloses.
    fn sequence(
        &mut self,
        mut outer: Elements<'a>,
        mut each: impl FnMut(&mut Self, Member, Elements<'a>),
    ) {
        let Some(mut members) = self.enter_next(&mut outer) else {
            return;
        };
        for _ in 0..limits::KERBEROS_MEMBERS {
            let Some(element) = self.next(&mut members) else {
                return;
            };
            let Some(inside) = self.enter(&members, &element) else {
                return;
            };
            let number = element.tag.number;
            each(self, Member { number }, inside);
        }
        self.flag(Anomaly::LimitReached);
    }

    fn next(&mut self, elements: &mut Elements<'a>) -> Option<Element<'a>> {
        match elements.next_element() {
            Ok(element) => element,
            Err(error) => {
                self.flag(error.anomaly());
                None
            }
        }
    }

    fn enter(&mut self, around: &Elements<'a>, element: &Element<'a>) -> Option<Elements<'a>> {
        match around.enter(element) {
            Ok(elements) => Some(elements),
            Err(error) => {
                self.flag(error.anomaly());
                None
            }
        }
    }

    fn enter_next(&mut self, outer: &mut Elements<'a>) -> Option<Elements<'a>> {
        let element = self.next(outer)?;
        self.enter(outer, &element)
    }

    fn number(&mut self, mut inside: Elements<'a>) -> Option<u32> {
        self.next(&mut inside)?.unsigned32()
    }

    fn octets(&mut self, mut inside: Elements<'a>) -> &'a [u8] {
        self.next(&mut inside)
            .map(|e| e.octets())
            .unwrap_or_default()
    }

    fn version(&mut self, inside: Elements<'a>) {
        if self.number(inside) != Some(5) {
            self.flag(Anomaly::BadVersion);
        }
    }

    /// `KDC-REQ`.
    fn request(&mut self, member: &Member, inside: Elements<'a>) {
        match member.number {
            1 => self.version(inside),
            3 => self.preauthentication(inside),
            4 => self.sequence(inside, |body, member, inside| {
                body.request_body(&member, inside);
            }),
            _ => {}
        }
    }

    /// `KDC-REQ-BODY`.
    fn request_body(&mut self, member: &Member, mut inside: Elements<'a>) {
        match member.number {
            1 => self.client.name = self.next(&mut inside),
            2 => {
                let realm = self.octets(inside);
                self.service.realm = realm;
                self.client.realm = realm;
            }
            3 => self.service.name = self.next(&mut inside),
            8 => {
                let Some(mut types) = self.enter_next(&mut inside) else {
                    return;
                };
                for _ in 0..limits::KERBEROS_ENCRYPTIONS {
                    match self.next(&mut types).map(|kind| kind.unsigned32()) {
                        Some(Some(kind)) => self.told.id("encryption", kind),
                        Some(None) => {}
                        None => return,
                    }
                }
                if types.remaining() > 0 {
                    self.flag(Anomaly::LimitReached);
                }
            }
            _ => {}
        }
    }

    /// `PA-DATA`, of which the type matters.
    fn preauthentication(&mut self, mut inside: Elements<'a>) {
        let Some(mut list) = self.enter_next(&mut inside) else {
            return;
        };
        for _ in 0..limits::KERBEROS_MEMBERS {
            let Some(entry) = self.next(&mut list) else {
                return;
            };
            let Some(mut members) = self.enter(&list, &entry) else {
                return;
            };
            let kind = self.next(&mut members).and_then(|member| {
                let inside = self.enter(&members, &member)?;
                self.number(inside)
            });
            let proves = kind == Some(ENCRYPTED_TIMESTAMP)
                || kind.is_some_and(|kind| OTHER_PROOFS.contains(&kind));
            if proves {
                self.told.id("preauthentication", 1_u32);
            }
        }
    }

    /// `KDC-REP`.
    fn reply(&mut self, member: &Member, mut inside: Elements<'a>) {
        self.outcome = Outcome::Ok;
        match member.number {
            0 => self.version(inside),
            3 => self.client.realm = self.octets(inside),
            4 => self.client.name = self.next(&mut inside),
            5 => {
                // The ticket is [APPLICATION 1] around a SEQUENCE.
                let Some(ticket) = self.enter_next(&mut inside) else {
                    return;
                };
                self.sequence(ticket, |body, member, mut inside| match member.number {
                    1 => body.service.realm = body.octets(inside),
                    2 => body.service.name = body.next(&mut inside),
                    3 => body.encryption("ticket_encryption", inside),
                    _ => {}
                });
            }
            6 => self.encryption("reply_encryption", inside),
            _ => {}
        }
    }

    /// `EncryptedData`: its type.
    fn encryption(&mut self, kind: &'static str, inside: Elements<'a>) {
        self.sequence(inside, |body, member, inside| {
            if member.number != 0 {
                return;
            }
            if let Some(number) = body.number(inside) {
                body.told.id(kind, number);
                if codes::is_weak(number) {
                    body.told.id("weak_encryption", 1_u32);
                }
            }
        });
    }

    /// `KRB-ERROR`.
    fn error(&mut self, member: &Member, mut inside: Elements<'a>) {
        match member.number {
            0 => self.version(inside),
            6 => match self.number(inside) {
                Some(code) => {
                    let name = codes::error(code);
                    self.outcome = Outcome::Error { code, name };
                }
                None => self.flag(Anomaly::BadValue),
            },
            7 => self.client.realm = self.octets(inside),
            8 => self.client.name = self.next(&mut inside),
            9 => self.service.realm = self.octets(inside),
            10 => self.service.name = self.next(&mut inside),
            _ => {}
        }
    }

    /// Tells the names.
    fn tell(&mut self) {
        for (kind, principal) in [("client", self.client), ("service", self.service)] {
            let Some(name) = principal.name else {
                continue;
            };
            self.principal(&name);
            if !principal.realm.is_empty() {
                self.told.text("@");
                self.told.utf8(principal.realm);
            }
            self.told.finish_as(kind);
        }
    }

    /// `PrincipalName`: `[1]` holds its parts.
    fn principal(&mut self, name: &Element<'a>) {
        let mut members = Elements::new(name.contents);
        while let Some(member) = self.next(&mut members) {
            if !member.tag.is_context(1) {
                continue;
            }
            let Some(mut inside) = self.enter(&members, &member) else {
                return;
            };
            let Some(mut parts) = self.enter_next(&mut inside) else {
                return;
            };
            let mut first = true;
            for _ in 0..limits::KERBEROS_NAME_PARTS {
                let Some(part) = self.next(&mut parts) else {
                    return;
                };
                if !first {
                    self.told.text("/");
                }
                first = false;
                self.told.utf8(part.octets());
            }
            if parts.remaining() > 0 {
                self.flag(Anomaly::LimitReached);
            }
        }
    }
}

/// Number of a member of a SEQUENCE.
struct Member {
    number: u32,
}
