//! How the arguments of confirmed services name what they address.
//!
//! Data in: the element of a service request. Data out: the objects in it, as parts of [`Body`].
//! Source: ISO 9506-2:2003, the types `…-Request` of module `ISO-9506-MMS-1`.

use super::body::{Body, Part};
use super::reader::{Reader, is_universal};
use super::services::{self, READ, WRITE};
use crate::dissect::ber::{Element, universal};
use crate::observation::{Anomaly, OperationClass};

/// The arguments of a service, as far as they address something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layout {
    Nothing,
    /// An identifier.
    Identifier,
    /// An integer of this kind.
    Number(&'static str),
    /// An object name.
    Object,
    /// A file name.
    File,
    /// A sequence or choice with these members.
    Fields(&'static [(u32, Field)]),
    Read,
    Write,
    /// The name of a list of variables, and the variables.
    DefineList,
}

/// A member of a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Identifier,
    Identifiers,
    /// An object name inside.
    Object,
    /// Object names inside.
    Objects,
    File,
    /// The class of objects asked for.
    ObjectClass,
}

/// Reads the arguments of a service request.
pub(super) fn request<'a>(layout: Layout, service: &Element<'a>, body: &mut Body<'a>) {
    match layout {
        Layout::Nothing => {}
        Layout::Identifier => body.identifier(service),
        Layout::Number(kind) => body.number(kind, service),
        Layout::Object => body.object_name_in(service),
        Layout::File => body.file(service),
        Layout::Fields(fields) => members(fields, service, body),
        Layout::Read => read(service, body),
        Layout::Write => write(service, body),
        Layout::DefineList => define_list(service, body),
    }
}

fn members<'a>(fields: &[(u32, Field)], service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    while let Some(member) = reader.next() {
        let field = fields
            .iter()
            .find(|(number, _)| member.tag.is_context(*number));
        if let Some((_, field)) = field {
            take(*field, &member, body);
        }
    }
    body.close(&reader);
}

fn take<'a>(field: Field, member: &Element<'a>, body: &mut Body<'a>) {
    match field {
        Field::Identifier => body.identifier(member),
        Field::Object => body.object_name_in(member),
        Field::File => body.file(member),
        Field::Identifiers => each(member, body, |element, body| body.identifier(element)),
        Field::Objects => each(member, body, |element, body| body.object_name(element)),
        Field::ObjectClass => each(member, body, |element, body| {
            body.number("object_class", element);
        }),
    }
}

/// Hands every element of a list on.
fn each<'a>(list: &Element<'a>, body: &mut Body<'a>, take: impl Fn(&Element<'a>, &mut Body<'a>)) {
    let mut reader = Reader::within(list);
    while let Some(element) = reader.next() {
        take(&element, body);
    }
    body.close(&reader);
}

/// `Read-Request`: `[0]` whether the answer repeats the specification, `[1]` the specification.
fn read<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    let _repeats = reader.context(0);
    match reader.context(1) {
        Some(access) => {
            let mut inner = Reader::within(&access);
            specification(&mut inner, body);
            body.close(&inner);
        }
        None => body.flag(Anomaly::BadValue),
    }
    body.close(&reader);
    control(READ, body);
}

/// `Write-Request`: the specification, then `[0]` a value for each variable.
fn write<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    specification(&mut reader, body);
    match reader.context(0) {
        Some(data) => body.values = data.octets(),
        None => body.flag(Anomaly::BadValue),
    }
    body.close(&reader);
    control(WRITE, body);
}

/// `DefineNamedVariableList-Request`: the name, then `[0]` the variables.
fn define_list<'a>(service: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(service);
    match reader.next() {
        Some(name) => body.object_name(&name),
        None => body.flag(Anomaly::BadValue),
    }
    if let Some(list) = reader.context(0) {
        variables(&list, body);
    }
    body.close(&reader);
}

/// `VariableAccessSpecification`: `[0]` variables, or `[1]` the name of a list of them.
pub(super) fn specification<'a>(reader: &mut Reader<'a>, body: &mut Body<'a>) {
    if let Some(list) = reader.context(0) {
        variables(&list, body);
    } else if let Some(name) = reader.context(1) {
        body.object_name_in(&name);
    } else {
        body.flag(Anomaly::BadValue);
    }
}

/// A list of variables: of each the specification comes first.
fn variables<'a>(list: &Element<'a>, body: &mut Body<'a>) {
    each(list, body, |variable, body| {
        if !is_universal(variable, universal::SEQUENCE) {
            body.flag(Anomaly::BadValue);
            return;
        }
        let mut reader = Reader::within(variable);
        match reader.next() {
            Some(what) => self::variable(&what, body),
            None => body.flag(Anomaly::BadValue),
        }
        body.close(&reader);
    });
}

/// `VariableSpecification`: `[0]` a name, `[1]` an address, `[2]` both address and type, `[3]` a
/// scattered access, `[4]` one that is not valid any more.
fn variable<'a>(what: &Element<'a>, body: &mut Body<'a>) {
    match what.tag.number {
        0 => body.object_name_in(what),
        1 => address(what, body),
        2 => {
            let mut reader = Reader::within(what);
            if let Some(first) = reader.next() {
                address(&first, body);
            }
            body.close(&reader);
        }
        3 | 4 => {}
        _ => body.flag(Anomaly::BadValue),
    }
}

/// `Address`: `[0]` a number, `[1]` a symbol, `[2]` octets of the device's own.
fn address<'a>(element: &Element<'a>, body: &mut Body<'a>) {
    let mut reader = Reader::within(element);
    match reader.next() {
        Some(number) if number.tag.is_context(0) => body.number("address", &number),
        Some(symbol) if symbol.tag.is_context(1) => body.identifier(&symbol),
        Some(octets) if octets.tag.is_context(2) => {}
        _ => body.flag(Anomaly::BadValue),
    }
    body.close(&reader);
}

/// A command of IEC 61850 goes by its own name.
fn control(code: u32, body: &mut Body<'_>) {
    let command = body.parts.iter().find_map(|part| match part {
        Part::Domain(_, item) | Part::Text(item) => services::control(code, item),
        Part::File(_) | Part::Id { .. } => None,
    });
    if let Some((sub, name)) = command {
        body.operation.sub = Some(sub);
        body.operation.name = name;
        body.operation.class = OperationClass::Control;
    }
}
