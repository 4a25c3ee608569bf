//! `IECGoosePdu` (IEC 61850-8-1, annex A): its fields, and what is wrong with them.
//!
//! Limits: entries within entries are gone into [`crate::limits::BER_NESTING`] deep.

use crate::dissect::ber::{Element, Elements, Tag, read};
use crate::dissect::iec61850::Carried;
use crate::observation::{Anomaly, AnomalySet};

/// `goosePdu`: `[APPLICATION 1]`.
pub(super) const GOOSE_PDU: Tag = Tag::application(1).constructed();

/// Numbers of the fields.
mod field {
    pub(super) const GOCB_REF: u32 = 0;
    pub(super) const TIME_ALLOWED_TO_LIVE: u32 = 1;
    pub(super) const DAT_SET: u32 = 2;
    pub(super) const GO_ID: u32 = 3;
    pub(super) const TIME: u32 = 4;
    pub(super) const ST_NUM: u32 = 5;
    pub(super) const SQ_NUM: u32 = 6;
    pub(super) const SIMULATION: u32 = 7;
    pub(super) const CONF_REV: u32 = 8;
    pub(super) const NDS_COM: u32 = 9;
    pub(super) const ENTRIES: u32 = 10;
    pub(super) const ALL_DATA: u32 = 11;
    /// Reserved for a signature.
    pub(super) const SECURITY: u32 = 12;

    /// All but `goID` and `security`; `simulation` and `ndsCom` have a default.
    pub(super) const REQUIRED: u32 = 1 << GOCB_REF
        | 1 << TIME_ALLOWED_TO_LIVE
        | 1 << DAT_SET
        | 1 << TIME
        | 1 << ST_NUM
        | 1 << SQ_NUM
        | 1 << CONF_REV
        | 1 << ENTRIES
        | 1 << ALL_DATA;
}

/// Octets of `UtcTime` (8-1, 8.1.3.7).
const TIME_OCTETS: usize = 8;

/// The fields, each where the message has it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Message<'a> {
    /// Name of the control block, as octets.
    pub reference: &'a [u8],
    pub data_set: &'a [u8],
    pub id: &'a [u8],
    /// The same as text, where it is text.
    pub names: [Option<&'a str>; 3],
    /// Milliseconds.
    pub time_allowed_to_live: Option<u32>,
    pub state: Option<u32>,
    pub sequence: Option<u32>,
    pub simulation: Option<bool>,
    pub revision: Option<u32>,
    pub needs_commissioning: bool,
    pub entries: Option<u32>,
    /// The entries.
    pub data: &'a [u8],
    pub anomalies: AnomalySet,
    /// Fields that are there, as bits.
    seen: u32,
    /// Fields that could not be read because the octets ended.
    short: bool,
}

impl<'a> Message<'a> {
    /// Reads an APDU whose tag is [`GOOSE_PDU`].
    pub(super) fn read(carried: &Carried<'a>) -> Self {
        let mut message = Self {
            anomalies: carried.anomalies,
            ..Self::default()
        };
        let mut apdu = carried.apdu;
        match read(&mut apdu) {
            Ok(pdu) => {
                message.fields(Elements::new(pdu.contents));
                if !apdu.is_empty() && !carried.extended {
                    message.wrong(Anomaly::TrailingBytes);
                }
            }
            Err(error) => {
                // What there is of it, behind tag and length.
                let mut apdu = carried.apdu;
                let length = crate::dissect::ber::read_tag(&mut apdu)
                    .and_then(|_| crate::dissect::ber::read_length(&mut apdu));
                if length.is_ok() {
                    message.fields(Elements::new(apdu));
                }
                message.short = true;
                if !carried.cut {
                    message.wrong(error.anomaly());
                }
            }
        }
        if carried.cut {
            message.anomalies = carried.anomalies;
        } else {
            message.judge(carried.simulated);
        }
        message
    }

    fn wrong(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    fn fields(&mut self, mut elements: Elements<'a>) {
        loop {
            match elements.next_element() {
                Ok(Some(element)) => self.field(&elements, &element),
                Ok(None) => break,
                Err(error) => {
                    self.wrong(error.anomaly());
                    self.short = true;
                    break;
                }
            }
        }
    }

    #[inline]
    fn field(&mut self, elements: &Elements<'a>, element: &Element<'a>) {
        let number = element.tag.number;
        let constructed = number == field::ALL_DATA;
        let expected = if constructed {
            Tag::context(number).constructed()
        } else {
            Tag::context(number)
        };
        let known = number <= field::SECURITY;
        if !known || (element.tag != expected && number != field::SECURITY) {
            return self.wrong(Anomaly::BadValue);
        }
        // In the order of their numbers, each once.
        if self.seen >> number != 0 {
            self.wrong(Anomaly::BadValue);
            if self.seen >> number & 1 == 1 {
                return;
            }
        }
        self.seen |= 1 << number;
        match number {
            field::GOCB_REF => self.reference = self.name(0, element),
            field::DAT_SET => self.data_set = self.name(1, element),
            field::GO_ID => self.id = self.name(2, element),
            field::TIME_ALLOWED_TO_LIVE => self.time_allowed_to_live = self.number(element),
            field::TIME if element.octets().len() != TIME_OCTETS => self.wrong(Anomaly::BadLength),
            field::ST_NUM => self.state = self.number(element),
            field::SQ_NUM => self.sequence = self.number(element),
            field::SIMULATION => self.simulation = self.truth(element),
            field::CONF_REV => self.revision = self.number(element),
            field::NDS_COM => self.needs_commissioning = self.truth(element) == Some(true),
            field::ENTRIES => self.entries = self.number(element),
            field::ALL_DATA => self.data(elements, element),
            _ => {}
        }
    }

    fn name(&mut self, place: usize, element: &Element<'a>) -> &'a [u8] {
        let text = element.visible();
        if text.is_none() {
            self.wrong(Anomaly::BadValue);
        }
        if let Some(name) = self.names.get_mut(place) {
            *name = text;
        }
        element.octets()
    }

    #[inline]
    fn number(&mut self, element: &Element<'a>) -> Option<u32> {
        let number = element.unsigned32();
        if number.is_none() {
            self.wrong(Anomaly::BadValue);
        }
        number
    }

    #[inline]
    fn truth(&mut self, element: &Element<'a>) -> Option<bool> {
        let truth = element.boolean();
        if truth.is_none() {
            self.wrong(Anomaly::BadValue);
        }
        truth
    }

    /// The entries: as many as the field before them says, each of them whole.
    fn data(&mut self, elements: &Elements<'a>, element: &Element<'a>) {
        self.data = element.octets();
        match elements.enter(element).and_then(count) {
            Ok(count) if self.entries.is_some_and(|entries| entries != count) => {
                self.wrong(Anomaly::BadLength);
            }
            Ok(_) => {}
            Err(error) => self.wrong(error.anomaly()),
        }
    }

    fn judge(&mut self, simulated: bool) {
        if !self.short && self.seen & field::REQUIRED != field::REQUIRED {
            self.wrong(Anomaly::BadValue);
        }
        // Only a simulated message may have the S bit (8-1, C.2).
        if simulated && self.simulation != Some(true) {
            self.wrong(Anomaly::BadValue);
        }
    }
}

/// How many elements there are, those within them not counted but looked at.
fn count(mut elements: Elements<'_>) -> Result<u32, crate::dissect::ber::BerError> {
    let mut found = elements.pass_short();
    while let Some(element) = elements.next_element()? {
        if element.tag.constructed {
            count(elements.enter(&element)?)?;
        }
        found = found
            .saturating_add(1)
            .saturating_add(elements.pass_short());
    }
    Ok(found)
}
