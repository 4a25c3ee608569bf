//! Caps of HTTP.

/// Octets of the head of an HTTP message that are waited for. Servers refuse heads of more than 8 to 16 KiB; what
/// attacks send is longer. A longer one is told as far as it is there, shown as `limit_reached`, and the next
/// message is looked for.
pub const HTTP_HEAD_BYTES: usize = 65_536;

/// Octets told of one text of an HTTP message (path, user agent, …): four times what browsers send. More is cut,
/// shown as `limit_reached`.
pub const HTTP_TEXT_BYTES: usize = 1024;

/// Octets of the size line of an HTTP chunk, or of a line of its trailer, that are waited for. A longer one is
/// told as `bad_length`, and the next message is looked for.
pub const HTTP_CHUNK_LINE_BYTES: usize = 4096;

/// HTTP requests waiting for their response on one connection: browsers pipeline none, embedded clients a few.
/// The oldest makes room, shown as `limit_reached` on the request.
pub const HTTP_OPEN_REQUESTS: usize = 32;

/// Octets of a Basic credential of HTTP that are decoded to be judged: user names and passwords have some 20 each.
/// Of a longer one nothing but its scheme is told.
pub const HTTP_BASIC_BYTES: usize = 256;
