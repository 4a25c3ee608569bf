//! What an operation says: names, mechanisms, attributes, results.
//!
//! Data in: the contents of an operation, as far as they are looked at. Source: RFC 4511, 4.2 to 4.13.

use super::codes::{self, tag};
use crate::dissect::ber::{Class, Element, Elements, Tag, universal};
use crate::dissect::ntlm::SignIn;
use crate::dissect::told::{Span, Told};
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Outcome};

/// What one message says.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) told: Told,
    pub(super) outcome: Outcome,
    pub(super) anomalies: AnomalySet,
    pub(super) host: Option<Span>,
    pub(super) system: Option<Span>,
    /// The client asks for TLS.
    pub(super) starts_tls: bool,
}

impl Body {
    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    fn sign_in(&mut self, token: &[u8]) {
        let sign_in = SignIn::read(token, &mut self.told);
        self.anomalies = self.anomalies.union(sign_in.anomalies);
        self.host = sign_in.host;
        self.system = sign_in.system;
    }

    fn name(&mut self, element: Option<Element<'_>>) {
        match element {
            Some(element) => {
                self.told.utf8(element.octets());
                self.told.finish();
            }
            None => self.flag(Anomaly::BadValue),
        }
    }
}

/// Members of an operation, front to back. What ends early says so once.
struct Members<'a> {
    elements: Elements<'a>,
    ended: bool,
}

impl<'a> Members<'a> {
    fn of(elements: Elements<'a>) -> Self {
        Self {
            elements,
            ended: false,
        }
    }

    fn next(&mut self, body: &mut Body) -> Option<Element<'a>> {
        match self.elements.next_element() {
            Ok(element) => element,
            Err(error) => {
                if !self.ended {
                    body.flag(error.anomaly());
                }
                self.ended = true;
                None
            }
        }
    }

    fn inside(&self, element: &Element<'a>, body: &mut Body) -> Option<Self> {
        match self.elements.enter(element) {
            Ok(elements) => Some(Self::of(elements)),
            Err(error) => {
                body.flag(error.anomaly());
                None
            }
        }
    }
}

/// Reads an operation.
pub(super) fn read(number: u32, operation: &Element<'_>, body: &mut Body) {
    let mut members = Members::of(Elements::new(operation.contents));
    match number {
        tag::BIND => bind(&mut members, body),
        tag::SEARCH => search(&mut members, body),
        tag::MODIFY => {
            let name = members.next(body);
            body.name(name);
            changes(&mut members, body);
        }
        tag::ADD | tag::MODIFY_DN | tag::COMPARE | tag::ENTRY => {
            let name = members.next(body);
            body.name(name);
        }
        tag::DELETE => body.name(Some(*operation)),
        tag::EXTENDED => {
            let name = members.next(body);
            let oid = name.map(|name| name.octets()).unwrap_or_default();
            body.starts_tls = oid == codes::START_TLS;
            body.told.utf8(oid);
            body.told.finish_as("oid");
        }
        _ if codes::is_result(number) => result(number, &mut members, body),
        _ => {}
    }
}

/// 4.2. The password of a simple bind is only looked at for whether there is one.
fn bind(members: &mut Members<'_>, body: &mut Body) {
    const SIMPLE: u32 = 0;
    const SASL: u32 = 3;
    let version = members.next(body).and_then(|version| version.unsigned32());
    if !matches!(version, Some(2 | 3)) {
        body.flag(Anomaly::BadValue);
    }
    let name = members.next(body);
    body.name(name);
    let Some(choice) = members.next(body).filter(|c| c.tag.class == Class::Context) else {
        body.flag(Anomaly::BadValue);
        return;
    };
    match choice.tag.number {
        SIMPLE => {
            body.told.label("mechanism", "simple");
            let kind = if choice.octets().is_empty() {
                "anonymous"
            } else {
                "password_in_clear"
            };
            body.told.id(kind, 1_u32);
        }
        SASL => {
            let Some(mut sasl) = members.inside(&choice, body) else {
                return;
            };
            let mechanism = sasl.next(body);
            body.told
                .utf8(mechanism.map(|m| m.octets()).unwrap_or_default());
            body.told.finish_as("mechanism");
            if let Some(token) = sasl.next(body) {
                body.sign_in(token.octets());
            }
        }
        // What Active Directory calls Sicily: NTLM in three messages (MS-ADTS 5.1.1.1.3).
        9..=11 => {
            body.told.label("mechanism", "sicily");
            body.sign_in(choice.octets());
        }
        _ => body.flag(Anomaly::BadValue),
    }
}

/// 4.5.1: base, scope, aliases, limits, types only, filter.
fn search(members: &mut Members<'_>, body: &mut Body) {
    let base = members.next(body);
    body.name(base);
    match members.next(body).and_then(|scope| scope.unsigned32()) {
        Some(scope) => {
            body.told.id("scope", scope);
            if scope > 3 {
                body.flag(Anomaly::BadValue);
            }
        }
        None => body.flag(Anomaly::BadValue),
    }
    for _ in 0..4 {
        members.next(body);
    }
    let mut left = limits::LDAP_FILTER_ITEMS;
    if let Some(item) = members.next(body) {
        filter(members, &item, &mut left, body);
    }
}

/// 4.5.1.7: names of the attributes of a filter, not their values. What lies deeper than elements may
/// nest is not looked at.
fn filter<'a>(around: &Members<'a>, item: &Element<'a>, left: &mut usize, body: &mut Body) {
    const AND: u32 = 0;
    const NOT: u32 = 2;
    const PRESENT: u32 = 7;
    const EXTENSIBLE: u32 = 9;
    *left = left.saturating_sub(1);
    if *left == 0 {
        body.flag(Anomaly::LimitReached);
        return;
    }
    match item.tag.number {
        _ if item.tag.class != Class::Context => body.flag(Anomaly::BadValue),
        AND..=NOT => {
            let Some(mut inner) = around.inside(item, body) else {
                return;
            };
            while let Some(item) = inner.next(body).filter(|_| *left > 0) {
                filter(&inner, &item, left, body);
            }
        }
        PRESENT => attribute(item, "filter", body),
        EXTENSIBLE => {
            // `[2]` is the attribute; it may be absent.
            let Some(mut inner) = around.inside(item, body) else {
                return;
            };
            while let Some(member) = inner.next(body) {
                if member.tag.is_context(2) {
                    attribute(&member, "filter", body);
                }
            }
        }
        3..=8 => {
            let inner = around
                .inside(item, body)
                .and_then(|mut inner| inner.next(body));
            if let Some(name) = inner {
                attribute(&name, "filter", body);
            }
        }
        _ => body.flag(Anomaly::BadValue),
    }
}

fn attribute(name: &Element<'_>, kind: &'static str, body: &mut Body) {
    body.told.utf8(name.octets());
    body.told.finish_as(kind);
}

/// 4.6: names of the attributes that are changed.
fn changes(members: &mut Members<'_>, body: &mut Body) {
    let Some(list) = members.next(body) else {
        body.flag(Anomaly::BadValue);
        return;
    };
    let Some(mut list) = members.inside(&list, body) else {
        return;
    };
    let mut left = limits::LDAP_FILTER_ITEMS;
    while let Some(change) = list.next(body) {
        left = left.saturating_sub(1);
        if left == 0 {
            body.flag(Anomaly::LimitReached);
            return;
        }
        let Some(mut change) = list.inside(&change, body) else {
            return;
        };
        let _operation = change.next(body);
        let name = change.next(body).and_then(|modification| {
            let mut modification = change.inside(&modification, body)?;
            modification.next(body)
        });
        if let Some(name) = name {
            attribute(&name, "attribute", body);
        }
    }
}

/// 4.1.9: code, matched name, message; of a bind the token of the server.
fn result(number: u32, members: &mut Members<'_>, body: &mut Body) {
    const TOKEN: u32 = 7;
    let code = members
        .next(body)
        .filter(|code| code.tag == Tag::universal(universal::ENUMERATED));
    let Some(code) = code.and_then(|code| code.unsigned32()) else {
        body.flag(Anomaly::BadValue);
        return;
    };
    body.outcome = match code {
        codes::BIND_IN_PROGRESS => Outcome::None,
        code if codes::is_success(code) => Outcome::Ok,
        code => Outcome::Error {
            code,
            name: codes::result(code),
        },
    };
    if number == tag::BIND_RESPONSE {
        while let Some(member) = members.next(body) {
            if member.tag.is_context(TOKEN) {
                body.sign_in(member.octets());
            }
        }
    }
}
