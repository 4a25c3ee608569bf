//! What a server tells its subscribers (OPC 10000-4, 7.25): changes of values, events, the end of a subscription.

use crate::dissect::cursor::Cursor;
use crate::dissect::opcua::body::Body;
use crate::dissect::opcua::reader::{self, Read, Scalar};
use crate::observation::Object;

/// Kind of the object that says what is told: the number of its encoding.
pub const NOTIFICATION: &str = "notification";

/// Kind of the object that is the highest severity (1 to 1000) of the events of a message.
pub const EVENT_SEVERITY: &str = "event_severity";

/// Kind of the object that is the status of a subscription, for instance that it timed out.
const SUBSCRIPTION_STATUS: &str = "subscription_status";

/// Encodings (`NodeIds.csv`).
const STATUS_CHANGE: u32 = 820;
const EVENTS: u32 = 916;

/// `NotificationData`.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let (encoding, octets) = reader::extension(cursor)?;
    let Some(number) = encoding.standard() else {
        return Ok(());
    };
    body.once(Object::Id {
        kind: NOTIFICATION,
        id: u64::from(number),
    });
    let mut inner = Cursor::new(octets);
    match number {
        STATUS_CHANGE => body.id(SUBSCRIPTION_STATUS, inner.u32_le()?),
        EVENTS => events(&mut inner, body)?,
        _ => {}
    }
    Ok(())
}

/// Events: which fields they have was agreed on when they were asked for. The first number of 16 bits is
/// taken for the severity and the first localized text for the message, which are the only fields of these types
/// that every event has (`BaseEventType`, OPC 10000-5, 6.4.2).
fn events<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let mut highest: Option<(u16, &'a str)> = None;
    for _ in 0..reader::count(cursor)? {
        cursor.skip(4)?;
        let (mut severity, mut message) = (None, None);
        for _ in 0..reader::count(cursor)? {
            match reader::variant(cursor)? {
                Some(Scalar::Number16(number)) => {
                    severity.get_or_insert(number);
                }
                Some(Scalar::Localized(text)) => {
                    message.get_or_insert(text);
                }
                _ => {}
            }
        }
        if let Some(severity) = severity
            && highest.is_none_or(|(known, _)| severity > known)
        {
            highest = Some((severity, message.unwrap_or_default()));
        }
    }
    if let Some((severity, message)) = highest {
        body.id(EVENT_SEVERITY, u32::from(severity));
        body.text("event_message", message);
    }
    Ok(())
}
