//! What the parameters of a service say: objects, errors, what is asked for, who the device is.
//!
//! Data in: parameters of one message. Data out: a [`Body`]. Sources: ASHRAE 135-2020, clauses 12.11
//! (device object), 13 to 16 (services), 21 (property identifiers).
//!
//! Limits: [`limits::BACNET_OBJECTS`] objects, properties and indices are told of one message.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::layout::{Field, Layout};
use super::objects::{self, Identifier};
use super::tags::{self, Tag, application};
use super::{text, vendors, walk};
use crate::dissect::cursor::Cursor;
use crate::limits;
use crate::observation::{Anomaly, AnomalySet, Identity, Object};

/// Objects that tell the errors of a message.
pub const ERROR_CLASS: &str = "error_class";
pub const ERROR_CODE: &str = "error_code";

/// Objects of one message; the common ones fit without allocating.
pub(super) type Objects<'a> = SmallVec<[Object<'a>; 16]>;

/// Properties that are looked at.
pub(super) mod property {
    pub(in super::super) const FIRMWARE_REVISION: u32 = 44;
    pub(in super::super) const MODEL_NAME: u32 = 70;
    pub(in super::super) const OBJECT_NAME: u32 = 77;
    pub(in super::super) const PROGRAM_CHANGE: u32 = 90;
    pub(in super::super) const VENDOR_IDENTIFIER: u32 = 120;
    pub(in super::super) const VENDOR_NAME: u32 = 121;
    pub(in super::super) const SERIAL_NUMBER: u32 = 372;
    /// Higher ones cannot be encoded (21, `BACnetPropertyIdentifier`).
    pub(in super::super) const LAST: u32 = 4_194_303;
}

/// Who the device is, as far as its messages say.
#[derive(Clone, Debug, Default)]
pub(super) struct Known<'a> {
    vendor: Option<Cow<'a, str>>,
    vendor_by_number: Option<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    firmware: Option<Cow<'a, str>>,
    serial: Option<Cow<'a, str>>,
    hostname: Option<Cow<'a, str>>,
}

impl Known<'_> {
    pub(super) fn identity(&self) -> Identity<'_> {
        Identity {
            vendor: self.vendor.as_deref().or(self.vendor_by_number.as_deref()),
            model: self.model.as_deref(),
            firmware: self.firmware.as_deref(),
            serial: self.serial.as_deref(),
            hostname: self.hostname.as_deref(),
            ..Identity::NONE
        }
    }
}

/// What was read.
#[derive(Default)]
pub(super) struct Body<'a> {
    pub(super) objects: Objects<'a>,
    pub(super) known: Known<'a>,
    /// Class and code of the first error.
    pub(super) error: Option<(u32, u32)>,
    /// State of a restart, enable or disable, change of a program, service of a vendor.
    pub(super) state: Option<u32>,
    /// A program object's change is written.
    pub(super) changes_program: bool,
    /// The value, when there is exactly one.
    pub(super) value: Option<&'a [u8]>,
    pub(super) values: usize,
    object: Option<Identifier>,
    property: Option<u32>,
    class: Option<u32>,
    numbers: u32,
    texts: u32,
    lowest: Option<u32>,
    pub(super) anomalies: AnomalySet,
}

impl<'a> Body<'a> {
    /// Reads parameters. `whole`: nothing of them is missing.
    pub(super) fn read(data: &'a [u8], layout: Layout, whole: bool) -> Self {
        let mut body = Self::default();
        let found = walk::walk(data, layout, whole, &mut |field, contents| {
            body.take(field, contents);
        });
        body.anomalies = body.anomalies.union(found);
        if body.values > 1 {
            body.value = None;
        }
        body
    }

    fn take(&mut self, field: Field, contents: &'a [u8]) {
        match field {
            Field::Object => self.identifier(contents),
            Field::Property => self.property(contents),
            Field::Value => self.value(contents),
            Field::Name => self.name(contents),
            Field::Model => self.model(contents),
            Field::Index
            | Field::Error
            | Field::State
            | Field::Vendor
            | Field::VendorService
            | Field::IAm
            | Field::Lowest
            | Field::Highest
            | Field::Group => match tags::unsigned(contents) {
                Some(number) => self.number(field, number),
                None => self.anomalies.insert(Anomaly::BadValue),
            },
        }
    }

    /// Parameters that are numbers.
    fn number(&mut self, field: Field, number: u32) {
        match field {
            Field::Index => self.id("array_index", number),
            Field::Error => self.error(number),
            Field::State => self.state = Some(number),
            Field::Vendor => self.vendor(number),
            Field::VendorService => {
                self.state = Some(number);
                self.id("vendor_service", number);
            }
            Field::IAm => {
                self.numbers = self.numbers.saturating_add(1);
                // Maximum APDU length accepted, then the vendor (16.10.4).
                if self.numbers == 2 {
                    self.vendor(number);
                }
            }
            Field::Lowest => self.lowest = Some(number),
            Field::Highest => self.looked_for(number),
            Field::Group => self.id("channel_group", number),
            Field::Object | Field::Property | Field::Value | Field::Name | Field::Model => {}
        }
    }

    fn push(&mut self, object: Object<'a>) {
        if self.objects.len() < limits::BACNET_OBJECTS {
            self.objects.push(object);
        } else {
            self.anomalies.insert(Anomaly::LimitReached);
        }
    }

    fn id(&mut self, kind: &'static str, id: u32) {
        let id = u64::from(id);
        self.push(Object::Id { kind, id });
    }

    fn identifier(&mut self, contents: &[u8]) {
        let Ok(raw) = <[u8; 4]>::try_from(contents) else {
            self.anomalies.insert(Anomaly::BadLength);
            return;
        };
        let identifier = Identifier::new(u32::from_be_bytes(raw));
        if identifier.is_reserved() {
            self.anomalies.insert(Anomaly::ReservedCode);
        }
        self.object = Some(identifier);
        self.push(identifier.object());
    }

    fn property(&mut self, contents: &[u8]) {
        match tags::unsigned(contents) {
            Some(number) if number <= property::LAST => {
                self.property = Some(number);
                self.id("property", number);
            }
            Some(_) | None => self.anomalies.insert(Anomaly::BadValue),
        }
    }

    fn error(&mut self, number: u32) {
        match self.class.take() {
            None => self.class = Some(number),
            Some(class) => {
                self.error.get_or_insert((class, number));
                self.id(ERROR_CLASS, class);
                self.id(ERROR_CODE, number);
            }
        }
    }

    fn vendor(&mut self, number: u32) {
        self.id("vendor", number);
        self.known.vendor_by_number = Some(
            vendors::vendor(number)
                .map_or_else(|| Cow::Owned(format!("vendor {number}")), Cow::Borrowed),
        );
    }

    /// Device instances from the lowest to this one.
    fn looked_for(&mut self, highest: u32) {
        let Some(lowest) = self.lowest.take() else {
            self.anomalies.insert(Anomaly::BadValue);
            return;
        };
        match highest.checked_sub(lowest) {
            Some(more) => self.push(Object::Range {
                table: "device",
                start: lowest,
                count: more.saturating_add(1),
            }),
            None => self.anomalies.insert(Anomaly::BadValue),
        }
    }

    /// A name that is looked for (who-has) or told (I-have). Of the device object it is the device's.
    fn name(&mut self, contents: &'a [u8]) {
        let Some(name) = text::read(contents) else {
            return;
        };
        if let Cow::Borrowed(name) = name {
            self.push(Object::Name(name));
        }
        if self.is_device() {
            self.known.hostname = Some(name);
        }
    }

    /// Model, then serial number of who-am-I (16.11) and you-are (16.12).
    fn model(&mut self, contents: &'a [u8]) {
        let text = text::read(contents);
        self.texts = self.texts.saturating_add(1);
        match self.texts {
            1 => self.known.model = text,
            2 => self.known.serial = text,
            _ => {}
        }
    }

    fn is_device(&self) -> bool {
        self.object
            .is_some_and(|object| object.kind == objects::DEVICE)
    }

    fn value(&mut self, inside: &'a [u8]) {
        self.values = self.values.saturating_add(1);
        self.value = Some(inside);
        let Some(property) = self.property else {
            return;
        };
        let program = self
            .object
            .is_some_and(|object| object.kind == objects::PROGRAM);
        let changes = program && property == property::PROGRAM_CHANGE;
        if !changes && !self.is_device() {
            return;
        }
        let Ok(Tag::Application { kind, contents }) = Tag::read(&mut Cursor::new(inside)) else {
            return;
        };
        match (kind, property) {
            (application::ENUMERATED, _) if changes => {
                self.changes_program = true;
                self.state = tags::unsigned(contents);
            }
            (application::UNSIGNED, property::VENDOR_IDENTIFIER) => {
                if let Some(number) = tags::unsigned(contents) {
                    self.vendor(number);
                }
            }
            (application::CHARACTER_STRING, _) => self.fact(property, contents),
            _ => {}
        }
    }

    /// A text of the device object.
    fn fact(&mut self, property: u32, contents: &'a [u8]) {
        let known = &mut self.known;
        let fact = match property {
            property::OBJECT_NAME => &mut known.hostname,
            property::MODEL_NAME => &mut known.model,
            property::FIRMWARE_REVISION => &mut known.firmware,
            property::VENDOR_NAME => &mut known.vendor,
            property::SERIAL_NUMBER => &mut known.serial,
            _ => return,
        };
        *fact = text::read(contents);
    }
}
