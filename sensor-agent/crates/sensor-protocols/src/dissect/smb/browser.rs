//! Announcements of the browser service, which say what a computer is called and what it runs.
//!
//! Data in: the data of a mailslot message. Source: MS-BRWS 2.2.

use super::body::Body;
use crate::dissect::cursor::{Cursor, Short};

/// Commands that announce their sender.
const HOST: u8 = 1;
const LOCAL_MASTER: u8 = 15;

/// Takes the name and the version from an announcement; others are left alone.
pub(super) fn read(data: &[u8], body: &mut Body<'_>) {
    // What is short tells nothing: the service is free to send what it likes.
    let _ = announcement(data, body);
}

fn announcement(data: &[u8], body: &mut Body<'_>) -> Result<(), Short> {
    let mut cursor = Cursor::new(data);
    let command = cursor.u8()?;
    body.told.id("browser_command", command);
    if !matches!(command, HOST | LOCAL_MASTER) {
        return Ok(());
    }
    cursor.skip(5)?; // count, period
    let name: [u8; 16] = cursor.array()?;
    let (major, minor) = (cursor.u8()?, cursor.u8()?);
    cursor.skip(4)?; // kind of server
    body.told.ascii(&name);
    body.host = body.told.keep();
    if major > 0 {
        body.told.text(&format!("Windows {major}.{minor}"));
        body.system = body.told.keep();
    }
    Ok(())
}
