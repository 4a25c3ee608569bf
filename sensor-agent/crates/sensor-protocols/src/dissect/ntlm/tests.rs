//! Tokens by hand; those of captures are in the tests of SMB.

use super::*;
use crate::observation::Object;

/// A proof with names of two octets a character; `nt` octets of response.
fn proof(nt: u16, flags: u32) -> Vec<u8> {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let parts = [
        vec![0; 24],
        vec![0; usize::from(nt)],
        wide("PLANT"),
        wide("operator"),
        wide("HMI7"),
        vec![],
    ];
    let mut message = SIGNATURE.to_vec();
    message.extend(3_u32.to_le_bytes());
    let mut at = 72_u32;
    for part in &parts {
        let length = u16::try_from(part.len()).unwrap();
        message.extend(length.to_le_bytes());
        message.extend(length.to_le_bytes());
        message.extend(at.to_le_bytes());
        at += u32::from(length);
    }
    message.extend((flags | UNICODE | HAS_VERSION).to_le_bytes());
    message.extend([10, 0, 0x61, 0x4a, 0, 0, 0, 15]);
    message.extend(parts.concat());
    message
}

fn read(token: &[u8]) -> (SignIn, Vec<String>, Option<String>, Option<String>) {
    let mut told = Told::default();
    let sign_in = SignIn::read(token, &mut told);
    let objects = told.objects();
    let texts = objects.iter().map(|object| match object {
        Object::Text { kind, text } => format!("{kind}={text}"),
        Object::Id { kind, id } => format!("{kind}={id}"),
        Object::Name(_) | Object::Range { .. } | Object::Address(_) => format!("{object:?}"),
    });
    let host = told.get(sign_in.host.as_ref()).map(str::to_owned);
    let system = told.get(sign_in.system.as_ref()).map(str::to_owned);
    (sign_in, texts.collect(), host, system)
}

#[test]
fn versions_of_the_proof_are_told_and_nothing_of_it_is_kept() {
    for (length, version) in [(24, 1), (300, 2)] {
        let (sign_in, texts, host, system) = read(&proof(length, 0));
        assert_eq!(sign_in.message, Some(AUTHENTICATE));
        let strength = format!("ntlm_version={version}");
        assert_eq!(texts, ["user=PLANT\\operator".to_owned(), strength]);
        assert_eq!(host.as_deref(), Some("HMI7"));
        assert_eq!(system.as_deref(), Some("Windows 10.0 build 19041"));
    }
}

#[test]
fn a_token_within_spnego_is_found() {
    let inner = proof(24, 0);
    let wrap = |tag: u8, contents: &[u8]| {
        let mut element = vec![tag, 0x82];
        element.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
        element.extend(contents);
        element
    };
    let token = wrap(0xa2, &wrap(0x04, &inner));
    let response = wrap(0xa1, &wrap(0x30, &token));
    let (sign_in, texts, ..) = read(&response);
    assert_eq!(sign_in.message, Some(AUTHENTICATE));
    assert_eq!(texts[0], "user=PLANT\\operator");
    let mut initial = vec![0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];
    initial.extend(wrap(0xa0, &wrap(0x30, &token)));
    assert_eq!(read(&wrap(0x60, &initial)).1[0], "user=PLANT\\operator");
    // Kerberos alone, and Kerberos in SPNEGO.
    let mut kerberos = vec![0x06, 0x09];
    kerberos.extend(KERBEROS[0]);
    kerberos.extend([1, 0, 0x6e, 0]);
    let kerberos = wrap(0x60, &kerberos);
    assert_eq!(read(&kerberos).0.message, Some(KERBEROS_REQUEST));
    let nested = wrap(0xa0, &wrap(0x30, &wrap(0xa2, &wrap(0x04, &kerberos))));
    assert_eq!(read(&nested).0.message, Some(KERBEROS_REQUEST));
}

#[test]
fn names_outside_the_message_are_flagged_and_not_read() {
    let mut token = proof(24, 0);
    token[36 + 4..36 + 8].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let (sign_in, ..) = read(&token);
    assert!(sign_in.anomalies.contains(Anomaly::BadLength));
    for end in 0..token.len() {
        read(&token[..end]);
    }
}

#[test]
fn what_is_no_token_says_nothing() {
    for token in [
        &b""[..],
        b"NTLMSSP",
        &[0x60],
        &[0xa1, 0x80],
        &[0x60, 0x84, 0xff],
    ] {
        let (sign_in, texts, ..) = read(token);
        assert_eq!(sign_in.message, None);
        assert!(texts.is_empty());
    }
}
