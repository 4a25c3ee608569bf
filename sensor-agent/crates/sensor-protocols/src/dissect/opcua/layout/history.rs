//! What is wanted of the past, and changes of it (OPC 10000-11, 6).

use crate::dissect::cursor::Cursor;
use crate::dissect::opcua::body::Body;
use crate::dissect::opcua::reader::{self, Read};

/// Kind of the object that says which read or change of the past it is: the number of its encoding.
const DETAILS: &str = "history_details";

/// `HistoryReadDetails`: raw, processed, at times, events.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let (encoding, _) = reader::extension(cursor)?;
    if let Some(number) = encoding.standard() {
        body.id(DETAILS, number);
    }
    Ok(())
}

/// Encodings of changes (`NodeIds.csv`): of data, events, structures; deletions raw, at times, of events. All
/// begin with the node.
const UPDATES: [u32; 6] = [682, 685, 688, 691, 694, 11_300];

/// `HistoryUpdateDetails`.
pub(super) fn update<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let (encoding, octets) = reader::extension(cursor)?;
    let Some(number) = encoding.standard() else {
        return Ok(());
    };
    if UPDATES.contains(&number) {
        let node = reader::node(&mut Cursor::new(octets))?;
        body.node(&node);
    }
    body.id(DETAILS, number);
    Ok(())
}

/// Passes over a data value that is written: its status is part of it and no result.
pub(super) fn value<'a>(cursor: &mut Cursor<'a>, _: &mut Body<'a>) -> Read<()> {
    reader::data_value(cursor).map(|_| ())
}
