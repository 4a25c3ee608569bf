//! Sign-ins, over every protocol that tells of them.
//!
//! | protocol | a try | a refusal |
//! |--|--|--|
//! | FTP | `PASS` | reply 430, 530 or 535 to `USER`, `PASS`, `ACCT` or `ADAT` |
//! | Telnet | a password | the words of a refusal |
//! | HTTP | status 401, 403 or 407 to a request with a credential | the same |
//! | TDS | `LOGIN7`, the older `LOGIN`, a sign-in within TLS | errors 18450 to 18488 |
//! | TNS | a connect | error ORA-01017 |
//! | SMB | a session setup that carries a proof | any error of a session setup |
//! | LDAP | a bind that is not anonymous | any error of a bind |
//! | Kerberos | a request whose proof is wrong | the same |
//! | RDP | a connection request | |
//! | VNC | the response to the challenge | a result that is no success |
//! | SSH | new keys of the client | |
//!
//! A page that is shown to who signed in before is no try, so that of HTTP only refusals count; an
//! answer that only goes on with NTLM or Negotiate is none, its dissector tells them apart. What RDP
//! and SSH encrypt is not seen: every connection is taken for one try.

use crate::engines::codes::{rfb, smb, telnet};
use sensor_protocols::addr::Endpoint;
use sensor_protocols::observation::{Direction, Observation, Outcome, Protocol};

use super::told::{number, text};

/// Protocols that tell of sign-ins.
pub(super) const PROTOCOLS: &[Protocol] = &[
    Protocol::Ftp,
    Protocol::Telnet,
    Protocol::Http,
    Protocol::Tds,
    Protocol::Tns,
    Protocol::Smb,
    Protocol::Ldap,
    Protocol::Kerberos,
    Protocol::Rdp,
    Protocol::Vnc,
    Protocol::Ssh,
];

/// What a message says about a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SignIn {
    pub(super) tried: bool,
    pub(super) refused: bool,
}

const FTP_PASS: u32 = 2;
const TDS_SIGN_INS: [u32; 3] = [2, 16, 23];
/// Errors of SQL Server about sign-ins.
const TDS_REFUSED: std::ops::RangeInclusive<u32> = 18_450..=18_488;
const TNS_CONNECT: u32 = 1;
/// `ORA-01017`: invalid user name or password.
const TNS_REFUSED: u32 = 1017;
/// Session setup of SMB1.
const SMB1_SETUP: u32 = 0x73;
/// Session setup of SMB2.
const SMB2_SETUP: u32 = smb::SMB2 + 1;
/// First message of NTLM: it proves nothing yet.
const NTLM_NEGOTIATE: u32 = 1;
const LDAP_BIND: u32 = 0;
/// `KDC_ERR_PREAUTH_FAILED` (RFC 4120, 7.5.9).
const KERBEROS_REFUSED: u32 = 24;
/// Connection request (X.224, 13.1).
const RDP_REQUEST: u32 = 14;
/// `SSH_MSG_NEWKEYS` (RFC 4253, 7.3).
pub(super) const SSH_NEW_KEYS: u32 = 21;

/// What the message says; both parts are false where it says nothing about a sign-in.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the protocols that tell of sign-ins; a new one is none of them until it is named here"
)]
pub(super) fn of(observation: &Observation<'_>) -> SignIn {
    let code = observation.operation.code;
    let asks = observation.direction != Direction::Response;
    let error = match observation.outcome {
        Outcome::Error { code, .. } => Some(code),
        Outcome::None | Outcome::Ok => None,
    };
    let told_failed = || text(observation, "login") == Some("failed");
    let (tried, refused) = match observation.protocol {
        Protocol::Ftp => (asks && code == FTP_PASS, !asks && told_failed()),
        Protocol::Telnet => (code == telnet::PASSWORD, code == telnet::LOGIN_FAILED),
        Protocol::Http => {
            let failed = !asks && told_failed();
            (failed, failed)
        }
        Protocol::Tds => (
            asks && TDS_SIGN_INS.contains(&code),
            error.is_some_and(|error| TDS_REFUSED.contains(&error)),
        ),
        Protocol::Tns => (asks && code == TNS_CONNECT, error == Some(TNS_REFUSED)),
        Protocol::Smb if code == SMB1_SETUP || code == SMB2_SETUP => (
            asks && observation.operation.sub != Some(NTLM_NEGOTIATE),
            error.is_some(),
        ),
        Protocol::Ldap if code == LDAP_BIND => (
            asks && number(observation, "anonymous").is_none(),
            error.is_some(),
        ),
        Protocol::Kerberos => {
            let failed = error == Some(KERBEROS_REFUSED);
            (failed, failed)
        }
        Protocol::Rdp => (asks && code == RDP_REQUEST, false),
        Protocol::Vnc => (
            asks && code == rfb::RESPONSE,
            code == rfb::RESULT && error.is_some(),
        ),
        Protocol::Ssh => (asks && code == SSH_NEW_KEYS, false),
        _ => (false, false),
    };
    SignIn { tried, refused }
}

/// Client and server of a message.
pub(super) fn parties(observation: &Observation<'_>) -> (Endpoint, Endpoint) {
    let (source, destination) = (observation.source, observation.destination);
    match observation.direction {
        Direction::Request | Direction::OneWay => (source, destination),
        Direction::Response => (destination, source),
    }
}
