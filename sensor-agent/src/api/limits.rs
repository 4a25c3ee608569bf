//! Every limit of the REST interface, in one place.
//!
//! Duty: nothing a client sends may hold memory or a worker longer than what stands here. Limits of
//! single values (lengths, ranges) are repeated as literals in the DTO attributes, because the
//! macros take no constants; the specification tests compare them with these.

use std::time::Duration;

/// Threads that serve requests. They share the cores with capture, so they are few.
pub const WORKERS: usize = 2;

/// Threads per worker for store reads and waits on the writer.
pub const BLOCKING_THREADS: usize = 8;

/// Connections a worker holds open at the same time; further ones wait in the kernel's queue.
pub const CONNECTIONS_PER_WORKER: usize = 512;

/// Time a client has to send its request head.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Time a client has to send its request body.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Time a connection may stay idle between two requests.
pub const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Time given to running requests at shutdown, in seconds: less than the five in which the whole
/// sensor has ended, so that the store is closed in order after them.
pub const SHUTDOWN_SECONDS: u64 = 3;

/// Largest request body.
pub const BODY_BYTES: usize = 1024 * 1024;

/// Largest body of a call that replaces all capture filters.
pub const FILTER_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Most rules of one such call.
pub const FILTER_RULES: usize = 100_000;

/// Such calls that are read at the same time.
pub const FILTER_BODIES: usize = 1;

/// Longest query string, in bytes.
pub const QUERY_BYTES: usize = 8 * 1024;

/// Items on a page when the client names no number.
pub const PAGE_DEFAULT: u32 = 100;

/// Most items on a page.
pub const PAGE_MAX: u32 = 1000;

/// Longest paging cursor, in characters.
pub const CURSOR_CHARS: usize = 2048;

/// Most values of one repeatable filter.
pub const FILTER_VALUES: usize = 50;

/// Largest identifier: the largest integer that JSON readers keep exact (RFC 8259, section 6).
pub const ID_MAX: u64 = 9_007_199_254_740_991;

/// Exports (CSV, NDJSON) that run at the same time; each holds a snapshot of the store.
pub const EXPORTS: usize = 4;

/// Size at which a chunk of an export is sent, in bytes.
pub const EXPORT_CHUNK_BYTES: usize = 32 * 1024;

/// Chunks of an export that wait for a slow client.
pub const EXPORT_CHUNKS_AHEAD: usize = 4;

/// Time after which an export is given up because its client takes nothing.
pub const EXPORT_STALL: Duration = Duration::from_secs(30);
