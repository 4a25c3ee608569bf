//! Who the two ends are, and who the user is.
//!
//! Of a password it is told that there is one and how it is protected; it is never kept, nor is the secret of
//! a session or a token that somebody issued.

use std::net::IpAddr;

use super::Step::{self, Each, Enumeration, LabelOnce, LocalizedTo, Text, TextTo};
use crate::dissect::cursor::Cursor;
use crate::dissect::opcua::body::Body;
use crate::dissect::opcua::reader::{self, Fault, Read};

/// Kinds of objects.
pub(in super::super) const MODE: &str = "security_mode";
pub(super) const TOKEN_REQUEST: &str = "token_request";
pub(super) const LIFETIME: &str = "token_lifetime_ms";
pub(super) const TOKEN_OFFERED: &str = "user_token_offered";
pub(super) const USER_TOKEN: &str = "user_token";
pub(super) const PASSWORD: &str = "password_protection";
pub(super) const CAPABILITY: &str = "server_capability";
pub(super) const METHOD: &str = "method";
pub(super) const APPLICATION: &str = "application_uri";
pub(super) const PRODUCT: &str = "product_uri";
const USER_NAME_TEXT: &str = "user_name";
/// Addresses that a client uses and a server has.
pub(in super::super) const ENDPOINT: &str = "endpoint_url";
/// The name of a security policy.
pub const POLICY: &str = "security_policy";
pub(super) const SUBSCRIPTION: &str = "subscription";
pub(super) const MONITORED_ITEM: &str = "monitored_item";

/// `ApplicationDescription` (OPC 10000-4, 7.2) of the sender: address, product, name, kind, gateway, profile,
/// addresses.
pub(super) const OWN_APPLICATION: &[Step] = &[
    LabelOnce(APPLICATION),
    TextTo(product),
    LocalizedTo(software),
    Enumeration(3),
    Text,
    Text,
    Each(&[LabelOnce(ENDPOINT)]),
];

pub(super) fn vendor<'a>(body: &mut Body<'a>, text: &'a str) {
    first(&mut body.identity.vendor, text);
}

pub(super) fn model<'a>(body: &mut Body<'a>, text: &'a str) {
    first(&mut body.identity.model, text);
}

/// The product names the program where nothing better does: a name follows.
pub(super) fn product<'a>(body: &mut Body<'a>, text: &'a str) {
    body.text_once(PRODUCT, text);
    first(&mut body.identity.software, text);
}

pub(super) fn software<'a>(body: &mut Body<'a>, text: &'a str) {
    if !text.is_empty() {
        body.identity.software = Some(text);
    }
}

pub(super) fn firmware<'a>(body: &mut Body<'a>, text: &'a str) {
    first(&mut body.identity.firmware, text);
}

fn first<'a>(place: &mut Option<&'a str>, text: &'a str) {
    if !text.is_empty() {
        place.get_or_insert(text);
    }
}

/// The address of an endpoint of the sender, which may have its name.
pub(super) fn own_address<'a>(body: &mut Body<'a>, address: &'a str) {
    body.text_once(ENDPOINT, address);
    if let Some(host) = host(address) {
        first(&mut body.identity.hostname, host);
    }
}

/// The host of an address, where it is a name that others know it by.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    if authority.starts_with('[') {
        return None;
    }
    let host = authority.split(':').next()?;
    let is_name = host.parse::<IpAddr>().is_err() && !host.eq_ignore_ascii_case("localhost");
    is_name.then_some(host)
}

/// `MessageSecurityMode` (OPC 10000-4, 7.20): none, sign, sign and encrypt. 0 is invalid.
pub(super) fn mode<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    match cursor.u32_le()? {
        mode @ 1..=3 => {
            body.id(MODE, mode);
            Ok(())
        }
        _ => Err(Fault::Value),
    }
}

/// Encodings of user identity tokens (OPC 10000-4, 7.41; `NodeIds.csv`), and their kind as `UserTokenType` has it.
const TOKENS: [(u32, u32); 4] = [(321, 0), (324, USER_NAME), (327, 2), (940, 3)];
const USER_NAME: u32 = 1;

/// A user identity token: its kind, and the name of a user. None at all stands for nobody in particular.
pub(super) fn user<'a>(cursor: &mut Cursor<'a>, body: &mut Body<'a>) -> Read<()> {
    let (encoding, octets) = reader::extension(cursor)?;
    if encoding.is_null() {
        body.id(USER_TOKEN, 0);
        return Ok(());
    }
    let kind = TOKENS
        .iter()
        .find(|(known, _)| Some(*known) == encoding.standard());
    let Some((_, kind)) = kind else {
        return Err(Fault::Value);
    };
    body.id(USER_TOKEN, *kind);
    if *kind == USER_NAME {
        let mut token = Cursor::new(octets);
        reader::octets(&mut token)?;
        body.text(USER_NAME_TEXT, reader::text(&mut token)?);
        let password = reader::octets(&mut token)?;
        let algorithm = reader::text(&mut token)?;
        if let Some(password) = password.filter(|password| !password.is_empty()) {
            body.id(PASSWORD, protection(password, algorithm));
        }
    }
    Ok(())
}

/// How a password is protected (OPC 10000-4, 7.41.2): 0 not at all, beyond what the channel does; 1 RSA with
/// padding of PKCS #1 version 1.5; 2 RSA-OAEP; 3 otherwise.
fn protection(password: &[u8], algorithm: &str) -> u32 {
    /// What the encrypted secrets of 7.41.2.3 begin with: their type, `RsaEncryptedSecret` or
    /// `EccEncryptedSecret`.
    const SECRETS: [[u8; 4]; 2] = [[1, 0, 0x89, 0x44], [1, 0, 0x8a, 0x44]];
    match algorithm {
        "" if SECRETS.iter().any(|secret| password.starts_with(secret)) => 3,
        "" => 0,
        text if text.ends_with("#rsa-1_5") => 1,
        text if text.contains("rsa-oaep") => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_and_no_address() {
        for (address, name) in [
            (
                "opc.tcp://plc-7.plant.example:4840/path",
                Some("plc-7.plant.example"),
            ),
            ("opc.tcp://PLC7/", Some("PLC7")),
            ("opc.tcp://10.0.0.1:4840", None),
            ("opc.tcp://[2001:db8::1]:4840", None),
            ("opc.tcp://localhost:4840", None),
            ("opc.tcp://:4840", None),
            ("PLC7:4840", None),
        ] {
            assert_eq!(
                host(address).filter(|host| !host.is_empty()),
                name,
                "{address}"
            );
        }
    }

    #[test]
    fn protection_of_a_password_goes_by_its_algorithm() {
        let oaep = "http://www.w3.org/2001/04/xmlenc#rsa-oaep";
        assert_eq!(protection(b"secret", ""), 0);
        assert_eq!(
            protection(b"x", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
            1
        );
        assert_eq!(protection(b"x", oaep), 2);
        assert_eq!(
            protection(
                b"x",
                "http://opcfoundation.org/UA/security/rsa-oaep-sha2-256"
            ),
            2
        );
        assert_eq!(protection(b"x", "of my own"), 3);
        // 17546 and 17545.
        assert_eq!(protection(&[1, 0, 0x8a, 0x44, 1], ""), 3);
        assert_eq!(protection(&[1, 0, 0x89, 0x44, 1], ""), 3);
    }
}
