//! `SavPdu` and its ASDUs (IEC 61850-9-2, 8.5.2 and annex A).

use crate::dissect::ber::{self, BerError, Element, Elements, Tag, read, universal};
use crate::dissect::iec61850::Carried;
use crate::observation::{Anomaly, AnomalySet};

/// `savPdu`: `[APPLICATION 0]`.
pub(super) const SAV_PDU: Tag = Tag::application(0).constructed();

const NO_ASDU: u32 = 0;
const SECURITY: u32 = 1;
const SEQ_ASDU: u32 = 2;
const ASDU: Tag = Tag::universal(universal::SEQUENCE).constructed();

/// Numbers of the fields of an ASDU, and the octets of those that have a fixed length.
mod field {
    pub(super) const SV_ID: u32 = 0;
    pub(super) const DAT_SET: u32 = 1;
    pub(super) const SMP_CNT: u32 = 2;
    pub(super) const CONF_REV: u32 = 3;
    pub(super) const REFR_TM: u32 = 4;
    pub(super) const SMP_SYNCH: u32 = 5;
    pub(super) const SMP_RATE: u32 = 6;
    pub(super) const SEQ_DATA: u32 = 7;
    pub(super) const SMP_MOD: u32 = 8;
    pub(super) const GM_IDENTITY: u32 = 9;

    pub(super) const REQUIRED: u32 =
        1 << SV_ID | 1 << SMP_CNT | 1 << CONF_REV | 1 << SMP_SYNCH | 1 << SEQ_DATA;
}

/// A message: the number of ASDUs that it states, and the ASDUs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub stated: Option<u32>,
    pub asdus: Option<Elements<'a>>,
    pub anomalies: AnomalySet,
}

/// Reads an APDU whose tag is [`SAV_PDU`].
pub(super) fn message<'a>(carried: &Carried<'a>) -> Message<'a> {
    let mut message = Message {
        stated: None,
        asdus: None,
        anomalies: carried.anomalies,
    };
    let mut apdu = carried.apdu;
    let contents = match read(&mut apdu) {
        Ok(pdu) => {
            if !apdu.is_empty() && !carried.extended {
                message.anomalies.insert(Anomaly::TrailingBytes);
            }
            pdu.contents
        }
        Err(error) => {
            message.anomalies.insert(error.anomaly());
            // What there is of it, behind tag and length.
            let mut apdu = carried.apdu;
            match ber::read_tag(&mut apdu).and_then(|_| ber::read_length(&mut apdu)) {
                Ok(_) => apdu,
                Err(_) => return message,
            }
        }
    };
    if let Err(error) = message.fields(Elements::new(contents)) {
        message.anomalies.insert(error.anomaly());
    }
    message
}

impl<'a> Message<'a> {
    fn fields(&mut self, mut fields: Elements<'a>) -> Result<(), BerError> {
        while let Some(element) = fields.next_element()? {
            match element.tag {
                tag if tag == Tag::context(NO_ASDU) && self.stated.is_none() => {
                    self.stated = element.unsigned32();
                }
                tag if tag.is_context(SECURITY) => {}
                tag if tag == Tag::context(SEQ_ASDU).constructed() && self.asdus.is_none() => {
                    self.asdus = Some(fields.enter(&element)?);
                }
                _ => self.anomalies.insert(Anomaly::BadValue),
            }
        }
        if self.stated.is_none() || self.asdus.is_none() {
            self.anomalies.insert(Anomaly::BadValue);
        }
        Ok(())
    }
}

/// Samples of one moment; each field where the ASDU has it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asdu<'a> {
    /// Identifier of the stream, and its data set.
    pub id: &'a [u8],
    pub data_set: &'a [u8],
    /// The same as text, where it is text.
    pub names: [Option<&'a str>; 2],
    pub sample_count: Option<u16>,
    pub revision: Option<u32>,
    pub synchronisation: Option<u8>,
    pub sample_rate: Option<u16>,
    pub samples: &'a [u8],
    pub anomalies: AnomalySet,
    /// Fields that are there, as bits.
    seen: u32,
}

impl<'a> Asdu<'a> {
    /// Reads one element of `seqASDU`.
    pub(super) fn read(asdus: &Elements<'a>, element: &Element<'a>) -> Self {
        let mut asdu = Self::default();
        if element.tag != ASDU {
            asdu.wrong(Anomaly::BadValue);
        }
        let read = asdus.enter(element).and_then(|fields| asdu.fields(fields));
        match read {
            Err(error) => asdu.wrong(error.anomaly()),
            Ok(()) if asdu.seen & field::REQUIRED != field::REQUIRED => {
                asdu.wrong(Anomaly::BadValue);
            }
            Ok(()) => {}
        }
        asdu
    }

    fn wrong(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    fn fields(&mut self, mut fields: Elements<'a>) -> Result<(), BerError> {
        while let Some(element) = fields.next_element()? {
            self.field(&element);
        }
        Ok(())
    }

    #[inline]
    fn field(&mut self, element: &Element<'a>) {
        let number = element.tag.number;
        if element.tag != Tag::context(number) || number > field::GM_IDENTITY {
            return self.wrong(Anomaly::BadValue);
        }
        // In the order of their numbers, each once.
        if self.seen >> number != 0 {
            return self.wrong(Anomaly::BadValue);
        }
        self.seen |= 1 << number;
        match number {
            field::SV_ID => self.id = self.name(0, element),
            field::DAT_SET => self.data_set = self.name(1, element),
            field::SMP_CNT => self.sample_count = self.fixed(element).map(u16::from_be_bytes),
            field::CONF_REV => self.revision = self.fixed(element).map(u32::from_be_bytes),
            field::REFR_TM | field::GM_IDENTITY => {
                self.fixed::<8>(element);
            }
            field::SMP_SYNCH => self.synchronisation = self.fixed(element).map(u8::from_be_bytes),
            field::SMP_RATE => self.sample_rate = self.fixed(element).map(u16::from_be_bytes),
            field::SMP_MOD => {
                self.fixed::<2>(element);
            }
            field::SEQ_DATA => self.samples = element.octets(),
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

    /// A field of `N` octets.
    #[inline]
    fn fixed<const N: usize>(&mut self, element: &Element<'a>) -> Option<[u8; N]> {
        let value = element.octets().try_into().ok();
        if value.is_none() {
            self.wrong(Anomaly::BadLength);
        }
        value
    }
}
