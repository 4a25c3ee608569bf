//! One PDU: what the parsers of the function groups fill in, and who of them parses what.
//!
//! Data in: a function code and the bytes after it; for a response also the head of its request.
//! Data out: a [`Body`]. A PDU that departs from the specification still gives a body, with the
//! departures in [`Body::anomalies`].
//!
//! Limits: at most [`MAX_OBJECTS`] objects; more raise [`Anomaly::LimitReached`]. Nothing is
//! allocated.

use smallvec::SmallVec;

use super::codes::{self, EXCEPTION_BIT, Standing, function};
use super::pairing::Asked;
use super::{pdu_device, pdu_file, pdu_read, pdu_write, umas};
use crate::dissect::cursor::{Cursor, Short};
use crate::observation::{Anomaly, AnomalySet, Identity, Object, OperationClass, Outcome};

/// Objects kept of a PDU. A file record read has at most 35 references (MAP 6.14: 0xF5 / 7); a
/// device identification could list more, but only of objects without text.
const MAX_OBJECTS: usize = 36;

/// Objects kept without allocating: no common message addresses more. The body of a PDU is handed
/// from function to function, so it stays small.
const INLINE_OBJECTS: usize = 4;

/// Names of the four tables of the Modbus data model (MAP 4.3).
pub(super) mod table {
    pub(in super::super) const COIL: &str = "coil";
    pub(in super::super) const DISCRETE_INPUT: &str = "discrete_input";
    pub(in super::super) const HOLDING_REGISTER: &str = "holding_register";
    pub(in super::super) const INPUT_REGISTER: &str = "input_register";
}

/// What one PDU says. It is large: the caller makes it and hands it down by reference.
pub(super) struct Body<'a> {
    /// Function code.
    pub(super) code: u8,
    /// Sub-function, encapsulated interface type or UMAS function.
    pub(super) sub: Option<u32>,
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    pub(super) objects: SmallVec<[Object<'static>; INLINE_OBJECTS]>,
    pub(super) values: &'a [u8],
    pub(super) outcome: Outcome,
    pub(super) anomalies: AnomalySet,
    pub(super) identity: Identity<'a>,
}

impl<'a> Body<'a> {
    pub(super) fn new() -> Self {
        Self {
            code: 0,
            sub: None,
            name: "unknown",
            class: OperationClass::Unknown,
            objects: SmallVec::new(),
            values: &[],
            outcome: Outcome::None,
            anomalies: AnomalySet::EMPTY,
            identity: Identity::NONE,
        }
    }

    /// Takes name and class of a function; answers where the specification puts it.
    fn name(&mut self, code: u8) -> Standing {
        let known = codes::named(code);
        (self.code, self.name, self.class) = (code, known.name, known.class);
        known.standing
    }

    pub(super) fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// Flags `anomaly` unless `holds`.
    pub(super) fn expect(&mut self, holds: bool, anomaly: Anomaly) {
        if !holds {
            self.flag(anomaly);
        }
    }

    pub(super) fn object(&mut self, object: Object<'static>) {
        if self.objects.len() < MAX_OBJECTS {
            self.objects.push(object);
        } else {
            self.flag(Anomaly::LimitReached);
        }
    }

    /// Takes the `octets` of data that a byte count announces. Fewer contradict the count; what is
    /// there is kept.
    pub(super) fn data(&mut self, cursor: &mut Cursor<'a>, octets: usize) {
        self.expect(octets <= cursor.remaining(), Anomaly::BadLength);
        let there = octets.min(cursor.remaining());
        self.values = cursor.take(there).unwrap_or_default();
    }

    /// Adds `count` elements of `table` from `start`. The count must lie in 1 to `most` and the
    /// range must not leave the 65536 elements of a table (MAP 4.4).
    pub(super) fn range(&mut self, table: &'static str, start: u16, count: u16, most: u16) {
        let (start, count) = (u32::from(start), u32::from(count));
        let fits = start.saturating_add(count) <= 0x1_0000;
        self.expect(
            (1..=u32::from(most)).contains(&count) && fits,
            Anomaly::BadValue,
        );
        self.object(Object::Range {
            table,
            start,
            count,
        });
    }
}

/// Parses the PDU of a request.
pub(super) fn request<'a>(pdu: &'a [u8], body: &mut Body<'a>) {
    let mut cursor = Cursor::new(pdu);
    let code = cursor.u8().unwrap_or_default();
    if code & EXCEPTION_BIT != 0 {
        // Only a server may refuse (MAP 7): the code stays as it was sent.
        body.name(code & !EXCEPTION_BIT);
        body.code = code;
        exception(&mut cursor, body);
        body.flag(Anomaly::WrongRole);
        return;
    }
    let standing = body.name(code);
    judge(standing, body);
    let parsed = request_body(code, &mut cursor, body);
    close(parsed, &cursor, body);
}

/// Parses the PDU of a response. The code of the body has no exception bit.
pub(super) fn response<'a>(pdu: &'a [u8], asked: Option<&Asked>, body: &mut Body<'a>) {
    let mut cursor = Cursor::new(pdu);
    let raw = cursor.u8().unwrap_or_default();
    let code = raw & !EXCEPTION_BIT;
    let standing = body.name(code);
    // A response of another function says nothing about what was asked.
    let asked = asked.filter(|asked| asked.function == code);
    if raw & EXCEPTION_BIT != 0 {
        repeat_request(code, asked, body);
        exception(&mut cursor, body);
        return;
    }
    judge(standing, body);
    body.outcome = Outcome::Ok;
    let parsed = response_body(code, &mut cursor, asked, body);
    close(parsed, &cursor, body);
}

/// Flags codes that the specification does not let anybody use.
fn judge(standing: Standing, body: &mut Body<'_>) {
    match standing {
        Standing::Public | Standing::UserDefined | Standing::Vendor => {}
        Standing::Reserved => body.flag(Anomaly::ReservedCode),
        Standing::Invalid => body.flag(Anomaly::BadValue),
    }
}

/// A PDU that ends early or late contradicts the length in its header.
fn close(parsed: Result<(), Short>, cursor: &Cursor<'_>, body: &mut Body<'_>) {
    if parsed.is_err() {
        body.flag(Anomaly::Truncated);
        body.flag(Anomaly::BadLength);
    } else if !cursor.is_empty() {
        body.flag(Anomaly::TrailingBytes);
        body.flag(Anomaly::BadLength);
    }
}

/// The code of an exception response: one octet (MAP 7).
fn exception(cursor: &mut Cursor<'_>, body: &mut Body<'_>) {
    let Ok(code) = cursor.u8() else {
        body.flag(Anomaly::Truncated);
        body.flag(Anomaly::BadLength);
        body.outcome = Outcome::Error {
            code: 0,
            name: "missing",
        };
        return;
    };
    let name = codes::exception(code);
    body.expect(name.is_some(), Anomaly::BadValue);
    body.outcome = Outcome::Error {
        code: u32::from(code),
        name: name.unwrap_or("unknown"),
    };
    close(Ok(()), cursor, body);
}

/// Gives an exception the objects and the sub-function of its request.
fn repeat_request(code: u8, asked: Option<&Asked>, body: &mut Body<'_>) {
    let Some(asked) = asked else { return };
    let mut copy = Body::new();
    copy.name(code);
    // The head may be shorter than the request; what it holds is what can be repeated.
    let _ = request_body(code, &mut Cursor::new(asked.head()), &mut copy);
    (body.sub, body.name, body.class) = (copy.sub, copy.name, copy.class);
    body.objects.extend(copy.objects);
}

/// Parses what follows the function code in a request (MAP 6).
fn request_body<'a>(code: u8, cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Result<(), Short> {
    match code {
        function::READ_COILS
        | function::READ_DISCRETE_INPUTS
        | function::READ_HOLDING_REGISTERS
        | function::READ_INPUT_REGISTERS => pdu_read::request(code, cursor, body),
        function::READ_FIFO_QUEUE => pdu_read::fifo_request(cursor, body),
        function::WRITE_SINGLE_COIL | function::WRITE_SINGLE_REGISTER => {
            pdu_write::single(code, cursor, body)
        }
        function::WRITE_MULTIPLE_COILS | function::WRITE_MULTIPLE_REGISTERS => {
            pdu_write::multiple_request(code, cursor, body)
        }
        function::MASK_WRITE_REGISTER => pdu_write::mask(cursor, body),
        function::READ_WRITE_MULTIPLE_REGISTERS => pdu_write::read_write_request(cursor, body),
        function::READ_FILE_RECORD => pdu_file::read_request(cursor, body),
        function::WRITE_FILE_RECORD => pdu_file::write(cursor, body),
        function::DIAGNOSTICS => pdu_device::diagnostics_request(cursor, body),
        function::ENCAPSULATED_INTERFACE => pdu_device::interface_request(cursor, body),
        function::UMAS => umas::request(cursor, body),
        function::READ_EXCEPTION_STATUS
        | function::GET_COMM_EVENT_COUNTER
        | function::GET_COMM_EVENT_LOG
        | function::REPORT_SERVER_ID => Ok(()),
        _ => {
            body.values = cursor.take_rest();
            Ok(())
        }
    }
}

/// Parses what follows the function code in a response that is no exception (MAP 6).
fn response_body<'a>(
    code: u8,
    cursor: &mut Cursor<'a>,
    asked: Option<&Asked>,
    body: &mut Body<'a>,
) -> Result<(), Short> {
    match code {
        function::READ_COILS
        | function::READ_DISCRETE_INPUTS
        | function::READ_HOLDING_REGISTERS
        | function::READ_INPUT_REGISTERS => pdu_read::response(code, cursor, asked, body),
        function::READ_FIFO_QUEUE => pdu_read::fifo_response(cursor, asked, body),
        function::WRITE_SINGLE_COIL | function::WRITE_SINGLE_REGISTER => {
            echo(asked, 4, cursor, body);
            pdu_write::single(code, cursor, body)
        }
        function::WRITE_MULTIPLE_COILS | function::WRITE_MULTIPLE_REGISTERS => {
            echo(asked, 4, cursor, body);
            pdu_write::multiple_response(code, cursor, body)
        }
        function::MASK_WRITE_REGISTER => {
            echo(asked, 6, cursor, body);
            pdu_write::mask(cursor, body)
        }
        function::READ_WRITE_MULTIPLE_REGISTERS => {
            pdu_write::read_write_response(cursor, asked, body)
        }
        function::READ_FILE_RECORD => pdu_file::read_response(cursor, asked, body),
        function::WRITE_FILE_RECORD => {
            echo(asked, 8, cursor, body);
            pdu_file::write(cursor, body)
        }
        function::DIAGNOSTICS => pdu_device::diagnostics_response(cursor, asked, body),
        function::ENCAPSULATED_INTERFACE => pdu_device::interface_response(cursor, asked, body),
        function::READ_EXCEPTION_STATUS => pdu_device::exception_status(cursor, body),
        function::GET_COMM_EVENT_COUNTER => pdu_device::event_counter(cursor, body),
        function::GET_COMM_EVENT_LOG => pdu_device::event_log(cursor, body),
        function::REPORT_SERVER_ID => pdu_device::server_id(cursor, body),
        function::UMAS => {
            let called = asked.and_then(|asked| asked.head().get(1).copied());
            umas::response(cursor, called, body)
        }
        _ => {
            body.values = cursor.take_rest();
            Ok(())
        }
    }
}

/// A response that must repeat the first `len` octets of its request does so.
fn echo(asked: Option<&Asked>, len: usize, cursor: &Cursor<'_>, body: &mut Body<'_>) {
    if let Some(expected) = asked.and_then(|asked| asked.head().get(..len))
        && let Some(got) = cursor.rest().get(..len)
    {
        body.expect(got == expected, Anomaly::Mismatch);
    }
}

/// Device text as it is shown: without padding, `None` when nothing readable is left.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    (!text.is_empty()).then_some(text)
}
