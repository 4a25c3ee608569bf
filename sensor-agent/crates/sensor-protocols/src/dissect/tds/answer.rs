//! Answers of TDS: errors, the acknowledgement of a sign-in, tokens of NTLM.
//!
//! Source: MS-TDS 2.2.7 (tokens). Tokens are read up to the first one that describes rows.

use super::login::Body;
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;

/// Tokens.
mod token {
    pub(super) const RETURN_STATUS: u8 = 0x79;
    pub(super) const ORDER: u8 = 0xa9;
    pub(super) const ERROR: u8 = 0xaa;
    pub(super) const INFO: u8 = 0xab;
    pub(super) const LOGIN_ACKNOWLEDGEMENT: u8 = 0xad;
    pub(super) const ENVIRONMENT: u8 = 0xe3;
    pub(super) const SSPI: u8 = 0xed;
    pub(super) const DONE: u8 = 0xfd;
    pub(super) const DONE_IN_PROCEDURE: u8 = 0xff;
}

/// Errors by number that say who may do what, and whether it is there.
const ERRORS: &[(u32, &str)] = &[
    (102, "incorrect_syntax"),
    (156, "incorrect_syntax_near_keyword"),
    (207, "invalid_column"),
    (208, "invalid_object"),
    (229, "permission_denied_on_object"),
    (230, "permission_denied_on_column"),
    (262, "permission_denied_in_database"),
    (297, "no_permission_for_action"),
    (300, "permission_denied"),
    (547, "constraint_conflict"),
    (911, "database_does_not_exist"),
    (916, "no_access_to_database"),
    (1205, "deadlock_victim"),
    (2601, "duplicate_key"),
    (2627, "duplicate_primary_key"),
    (2812, "procedure_not_found"),
    (3701, "cannot_drop"),
    (4060, "cannot_open_database"),
    (15151, "cannot_find_principal"),
    (15247, "user_has_no_permission"),
    (15281, "component_turned_off"),
    (17806, "sspi_handshake_failed"),
    (17809, "too_many_connections"),
    (18450, "login_failed_not_trusted"),
    (18451, "login_failed_administrators_only"),
    (18452, "login_failed_untrusted_domain"),
    (18456, "login_failed"),
    (18461, "login_failed_single_user"),
    (18470, "login_failed_account_disabled"),
    (18486, "login_failed_account_locked"),
    (18487, "login_failed_password_expired"),
    (18488, "login_failed_password_must_change"),
];

/// Name of an error.
pub(super) fn name(number: u32) -> &'static str {
    ERRORS
        .binary_search_by_key(&number, |(known, _)| *known)
        .ok()
        .and_then(|at| ERRORS.get(at))
        .map_or("sql_error", |(_, name)| name)
}

/// Reads the tokens of an answer, as far as they tell something.
pub(super) fn read(octets: &[u8], body: &mut Body) -> Result<(), Short> {
    let mut cursor = Cursor::new(octets);
    for _ in 0..limits::TDS_TOKENS {
        let Ok(kind) = cursor.u8() else {
            return Ok(());
        };
        match kind {
            token::RETURN_STATUS => cursor.skip(4)?,
            token::DONE..=token::DONE_IN_PROCEDURE => {
                // Twelve octets since 7.2, eight before: the rest is not needed.
                if cursor.remaining() <= 12 {
                    return Ok(());
                }
                cursor.skip(12)?;
            }
            token::ORDER
            | token::ERROR
            | token::INFO
            | token::LOGIN_ACKNOWLEDGEMENT
            | token::ENVIRONMENT
            | token::SSPI => {
                let length = usize::from(cursor.u16_le()?);
                // A token may go on in the next packet.
                let contents = cursor.sub(length.min(cursor.remaining()))?;
                contained(kind, contents, body)?;
            }
            _ => return Ok(()),
        }
    }
    Ok(())
}

fn contained(kind: u8, mut contents: Cursor<'_>, body: &mut Body) -> Result<(), Short> {
    match kind {
        token::ERROR | token::INFO => {
            let number = contents.u32_le()?;
            contents.skip(2)?; // state, severity
            let message = usize::from(contents.u16_le()?).saturating_mul(2);
            contents.skip(message)?;
            let server = usize::from(contents.u8()?).saturating_mul(2);
            body.told.utf16(contents.take(server)?);
            body.host = body.told.keep().or(body.host.take());
            if kind == token::ERROR {
                body.error.get_or_insert(number);
            }
        }
        token::LOGIN_ACKNOWLEDGEMENT => {
            body.goes_on = false;
            contents.skip(5)?; // interface, version of the protocol
            let name = usize::from(contents.u8()?).saturating_mul(2);
            body.told.utf16(contents.take(name)?);
            let [major, minor, high, low] = contents.array()?;
            let build = u16::from_be_bytes([high, low]);
            body.told.text(&format!(" {major}.{minor}.{build}"));
            body.software = body.told.keep();
        }
        token::SSPI => {
            body.goes_on = true;
            body.sign_in(contents.rest());
        }
        _ => {}
    }
    Ok(())
}
