//! Caps of SMB, DCE/RPC, NTLM, TDS, TNS, LDAP and Kerberos.

/// Objects told of one message of Windows, a database or a directory. More show as `limit_reached`.
pub const TOLD_OBJECTS: usize = 64;

/// Octets of the names told of one such message: the longest path of Windows (32 767 characters) is not
/// met in practice, and eight of the usual 260 fit. More show as `limit_reached`.
pub const TOLD_BYTES: usize = 4096;

/// Octets of an SMB message that are looked at when its rest is file content (or when it is longer than a
/// stream keeps): the fixed part of every read and write, with padding.
pub const SMB_HEAD_BYTES: usize = 192;

/// Longest SMB message that is looked at as a whole: what a stream keeps, less the session header. Longer
/// ones are file content, or show as `limit_reached`.
pub const SMB_MESSAGE_BYTES: usize = 65_536;

/// Commands of one chain of SMB1 (MS-CIFS 2.2.3.4). Clients chain two or three.
pub const SMB_CHAIN: usize = 8;

/// Messages of one SMB2 compound (MS-SMB2 3.2.4.1.4). Clients send three or four.
pub const SMB_COMPOUND: usize = 32;

/// SMB requests waiting for their response on one connection. Servers grant 50 (SMB1) to 512 credits
/// (SMB2), of which clients use a few. The oldest makes room, shown as `limit_reached` on the request.
pub const SMB_OPEN_REQUESTS: usize = 64;

/// Tree connections remembered on one SMB connection. The oldest makes room; files opened on it are then
/// told without their share.
pub const SMB_TREES: usize = 32;

/// Open files remembered on one SMB connection. The one opened first makes room; reads and writes of it are
/// then told without its name.
pub const SMB_FILES: usize = 64;

/// Octets of a name kept for later messages on an SMB connection.
pub const SMB_NAME_BYTES: usize = 512;

/// Secondary requests of SMB1 transactions told apart on one connection by their multiplex identifier.
pub const SMB_TRANSACTIONS: usize = 16;

/// Dialects told of one negotiate request: there are about ten.
pub const SMB_DIALECTS: usize = 16;

/// Presentation contexts remembered of one DCE/RPC association: a client binds one to three, each offered
/// with up to three transfer syntaxes.
pub const DCERPC_CONTEXTS: usize = 32;

/// Contexts and transfer syntaxes looked at in one DCE/RPC bind.
pub const DCERPC_BIND_ITEMS: usize = 64;

/// DCE/RPC calls waiting for their response on one association. The oldest makes room, shown as
/// `limit_reached` on the request.
pub const DCERPC_OPEN_CALLS: usize = 32;

/// Attribute-value pairs looked at in the target information of NTLM: there are ten kinds.
pub const NTLM_PAIRS: usize = 16;

/// Longest LDAP message that is looked at as a whole: what a stream keeps.
pub const LDAP_MESSAGE_BYTES: usize = 65_536;

/// Octets of a longer one that are looked at: the name of an entry stands in front.
pub const LDAP_HEAD_BYTES: usize = 4096;

/// LDAP requests waiting for their result on one connection. The oldest makes room, shown as
/// `limit_reached` on the request.
pub const LDAP_OPEN_REQUESTS: usize = 64;

/// Items of one LDAP filter, and changes of one modification, that are looked at: what clients of Active
/// Directory send, ten times over.
pub const LDAP_FILTER_ITEMS: usize = 256;

/// Members of one SEQUENCE of Kerberos: a request body has twelve.
pub const KERBEROS_MEMBERS: usize = 24;

/// Encryption types told of one Kerberos request: clients offer three to eight.
pub const KERBEROS_ENCRYPTIONS: usize = 16;

/// Parts of one principal name of Kerberos: names of services have two or three.
pub const KERBEROS_NAME_PARTS: usize = 8;

/// Longest Kerberos message over TCP: tickets with many groups take up to 48 000 octets (`MaxTokenSize`).
pub const KERBEROS_MESSAGE_BYTES: usize = 65_535;

/// Kerberos requests waiting for their answer on one flow: clients send one at a time, again when the
/// answer is late. The oldest makes room, shown as `limit_reached` on the request.
pub const KERBEROS_OPEN_REQUESTS: usize = 16;

/// Options of a TDS pre-login: there are eight.
pub const TDS_OPTIONS: usize = 16;

/// Tokens looked at in one TDS answer before its rows: a sign-in has about ten.
pub const TDS_TOKENS: usize = 64;

/// Characters of a TDS batch that are searched for its first word, comments included.
pub const TDS_STATEMENT_UNITS: usize = 2048;

/// TDS requests waiting for their answer on one connection: one, and a cancellation. The oldest makes room,
/// shown as `limit_reached` on the request.
pub const TDS_OPEN_REQUESTS: usize = 8;

/// Octets of a TNS packet that are looked at: a connect descriptor, or the start of data.
pub const TNS_DATA_BYTES: usize = 4096;
