//! Conversations by hand, after the examples of RFC 9112, and of `zeek_http_methods.pcap`.

use super::observe::kept;
use super::probe::{Starts, starts};
use super::*;
use crate::dissect::harness::{
    Script, Talk, damage_is_survived, lines, splits_do_not_matter, truncation_invents_nothing,
};
use crate::dissect::{Probe, ProbeInput};

const CLIENT: Role = Role::Client;
const SERVER: Role = Role::Server;

fn probed(bytes: &[u8], hinted: bool) -> Probe {
    (ENTRY.probe)(&ProbeInput {
        bytes,
        transport: Transport::Tcp,
        hinted,
        sender: None,
    })
}

const GET: &[u8] = b"GET /a/b.txt?user=x&password=y HTTP/1.1\r\nHost: plc.example:80\r\n\
    User-Agent: Mozilla/5.0 (Windows NT 6.1; WOW64)\r\nCookie: secret\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nServer: Apache/2.2.9 (Debian)\r\n\
    Content-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello";
const POST: &[u8] =
    b"POST /ws/device HTTP/1.1\r\nHost: plc\r\nSOAPAction: \"urn:plc#SetValue\"\r\n\
    Authorization: Basic dXNlcjpwYXNz\r\nTransfer-Encoding: chunked\r\n\r\n\
    4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\nTrailer: x\r\n\r\n";
const REFUSED: &[u8] =
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n\
    Content-Length: 0\r\n\r\n";

const SCRIPT: Script<'_> = &[
    (CLIENT, GET),
    (SERVER, OK),
    (CLIENT, POST),
    (SERVER, REFUSED),
];

#[test]
fn requests_and_responses_are_told_and_paired() {
    assert_eq!(
        lines(ENTRY.create, SCRIPT),
        [
            "Request GET Read header_bytes:130 header_fields:3 host=\"plc.example:80\" path=\"/a/b.txt\" \
             file_name=\"b.txt\" user_agent=\"Mozilla/5.0 (Windows NT 6.1; WOW64)\" \
             [software Mozilla/5.0 (Windows NT 6.1; WOW64)] [os Windows NT 6.1]",
            "Response GET/200 Read header_bytes:109 header_fields:3 server=\"Apache/2.2.9 (Debian)\" \
             content_type=\"text/html\" [software Apache/2.2.9 (Debian)] [os Debian] answers",
            "Request POST Write header_bytes:134 header_fields:4 host=\"plc\" path=\"/ws/device\" \
             soap_action=\"urn:plc#SetValue\" credential=\"basic\" credential_protection=\"cleartext\" \
             user=\"user\"",
            "Response POST/401 Auth header_bytes:95 header_fields:2 challenge=\"digest\" login=\"failed\" \
             error 401 unauthorized answers",
        ]
    );
}

#[test]
fn cuts_truncation_and_damage() {
    splits_do_not_matter(ENTRY.create, SCRIPT);
    truncation_invents_nothing(ENTRY.create, SCRIPT);
    damage_is_survived(ENTRY.create, SCRIPT);
}

#[test]
fn no_secret_is_kept() {
    for line in lines(ENTRY.create, SCRIPT) {
        for secret in ["password", "secret", "dXNl", "nonce", "user=x"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
    let plain = |target: &'static [u8]| kept(target);
    assert_eq!(
        plain(b"http://u:p@host:8/x.cgi;jsessionid=7?q#f"),
        (
            b"host:8".as_slice(),
            b"/x.cgi".as_slice(),
            b"x.cgi".as_slice()
        )
    );
    assert_eq!(plain(b"/?u=http://x@y/z").1, b"/");
    for (target, path) in [
        (b"/login%3Fpassword=x".as_slice(), b"/login".as_slice()),
        (b"/login%3fpassword=x", b"/login"),
        (b"/x%3bsid=x", b"/x"),
        (b"/x%23password=x", b"/x"),
        (b"/cgi/login&user=a&password=x", b"/cgi/login"),
        (b"/R&D/plan.txt", b"/R&D/plan.txt"),
        (b"/a%20b", b"/a%20b"),
    ] {
        assert_eq!(plain(target).1, path);
    }
    let action = b"POST / HTTP/1.1\r\nSOAPAction: \"http://x/login?password=x\"\r\n\r\n";
    let seen = lines(ENTRY.create, &[(CLIENT, action)]);
    assert!(
        seen[0].ends_with("soap_action=\"http://x/login\""),
        "{seen:?}"
    );
}

fn judged(request: &str, response: &str) -> String {
    let request = format!("GET / HTTP/1.1\r\nAuthorization: {request}\r\n\r\n");
    let response = format!("HTTP/1.1 {response}\r\nContent-Length: 0\r\n\r\n");
    let script = [(CLIENT, request.as_bytes()), (SERVER, response.as_bytes())];
    lines(ENTRY.create, &script).pop().unwrap()
}

/// RFC 4559, 4.1 (a token goes on), RFC 7616, 3.3 (stale).
#[test]
fn a_log_in_that_goes_on_did_not_fail() {
    for (request, response) in [
        (
            "NTLM TlRMTVNTUAAB",
            "401 x\r\nWWW-Authenticate: NTLM TlRMTVNTUAAC",
        ),
        ("Negotiate YII", "401 x\r\nWWW-Authenticate: Negotiate oYG2"),
        (
            "Digest a=b",
            "401 x\r\nWWW-Authenticate: Digest realm=\"x\", Stale=TRUE, nonce=\"y\"",
        ),
        (
            "Digest a=b",
            "401 x\r\nWWW-Authenticate: Digest stale=\"true\", nonce=\"y\"",
        ),
    ] {
        let seen = judged(request, response);
        assert!(!seen.contains("login="), "{seen}");
        assert!(seen.contains("GET/401 Auth"), "{seen}");
    }
    for (request, response) in [
        ("NTLM TlRMTVNTUAAD", "401 x\r\nWWW-Authenticate: NTLM"),
        (
            "Negotiate YII",
            "401 x\r\nWWW-Authenticate: Negotiate, NTLM",
        ),
        (
            "Digest a=b",
            "401 x\r\nWWW-Authenticate: Digest realm=\"stale=true\", stale=false",
        ),
        ("Basic YTpi", "403 x"),
    ] {
        let seen = judged(request, response);
        assert!(seen.contains("login=\"failed\""), "{seen}");
    }
}

#[test]
fn a_status_that_says_nothing_of_a_log_in_is_not_judged() {
    for status in ["400 x", "404 x", "429 x", "503 x"] {
        assert!(!judged("Basic YTpi", status).contains("login="), "{status}");
    }
    assert!(judged("Basic YTpi", "200 x").contains("login=\"accepted\""));
    assert!(judged("Basic YTpi", "302 x").contains("login=\"accepted\""));
}

#[test]
fn a_password_that_everybody_knows_is_told_as_such() {
    let head = b"GET / HTTP/1.1\r\nAuthorization: Basic YWRtaW46cGFzc3dvcmQ=\r\n\r\n";
    let seen = lines(ENTRY.create, &[(CLIENT, head)]);
    assert!(
        seen[0].ends_with("user=\"admin\" credential_weakness=\"well_known\""),
        "{seen:?}"
    );
}

#[test]
fn bodies_are_passed_and_never_wait() {
    let mut talk = Talk::new(ENTRY.create);
    talk.say(CLIENT, b"GET /big HTTP/1.1\r\n\r\n");
    talk.say(
        SERVER,
        b"HTTP/1.1 200 OK\r\nContent-Length: 40000000000\r\n\r\n",
    );
    for _ in 0..100 {
        talk.say(SERVER, &vec![b'x'; 60_000]);
        assert_eq!((talk.waiting(SERVER), talk.held()), (0, 0));
    }
    talk.gap(SERVER, 40_000_000_000 - 6_000_000);
    talk.say(SERVER, b"HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(talk.seen.len(), 3, "{:?}", talk.seen);
    assert!(talk.seen[2].contains("/204"), "{:?}", talk.seen);
}

#[test]
fn a_response_to_head_and_an_interim_one_have_no_body() {
    let seen = lines(
        ENTRY.create,
        &[
            (
                CLIENT,
                b"HEAD /x HTTP/1.1\r\n\r\nPUT /y HTTP/1.1\r\nContent-Length: 1\r\n\r\n",
            ),
            (
                SERVER,
                b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
            ),
            (CLIENT, b"z"),
            (SERVER, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
        ],
    );
    let short: Vec<_> = seen
        .iter()
        .map(|line| line.split(" header").next().unwrap())
        .collect();
    assert_eq!(
        short,
        [
            "Request HEAD Read",
            "Request PUT Write",
            "Response HEAD/200 Read",
            "Response unknown/100 Session",
            "Response PUT/201 Write",
        ]
    );
}

#[test]
fn after_connect_or_an_upgrade_nothing_is_dissected() {
    for (request, response) in [
        (
            b"CONNECT h:443 HTTP/1.1\r\n\r\n".as_slice(),
            b"HTTP/1.1 200 OK\r\n\r\n\x16\x03".as_slice(),
        ),
        (
            b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
            b"HTTP/1.1 101 Switching\r\n\r\n\x81\x00",
        ),
    ] {
        let script = [
            (CLIENT, request),
            (SERVER, response),
            (CLIENT, b"GET / HTTP/1.1\r\n\r\n".as_slice()),
        ];
        assert_eq!(lines(ENTRY.create, &script).len(), 2);
    }
}

#[test]
fn what_departs_is_flagged() {
    let one = |bytes: &[u8]| lines(ENTRY.create, &[(CLIENT, bytes)]).join("|");
    assert!(one(b"FROB / HTTP/1.1\r\n\r\n").contains("method=\"FROB\" path=\"/\" !reserved_code"));
    assert!(one(b"GET / HTTP/7.1\r\n\r\n").contains("!bad_version"));
    assert!(one(b"GET / HTTP/1.1\r\nA : b\r\n\r\n").contains("!bad_value"));
    assert!(one(b"GET / HTTP/1.1\r\nA: b\x01\r\n\r\n").contains("!bad_value"));
    assert!(one(b"GET / HTTP/1.1\r\nno colon\r\n\r\n").contains("!bad_value"));
    assert!(one(b"OPTIONS\nHost: x\n\n").contains("OPTIONS Diagnostic"));
    let two = b"GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n";
    assert!(one(two).contains("!bad_length"));
    let both =
        b"GET / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(one(both).contains("!bad_length"));
    let chunk = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    assert!(one(chunk).contains("unframed_bytes Unknown !bad_length"));
    let line = b"GET / HTTP/1.1\r\n\r\n\x01\x02\x03\r\nGET /2 HTTP/1.1\r\n\r\n";
    let seen = lines(ENTRY.create, &[(CLIENT, line.as_slice())]);
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(seen[1].contains("unframed_bytes"), "{seen:?}");
}

#[test]
fn caps_show() {
    let mut long = b"GET / HTTP/1.1\r\nX: ".to_vec();
    long.resize(limits::HTTP_HEAD_BYTES + 2, b'x');
    let seen = lines(ENTRY.create, &[(CLIENT, &long)]);
    assert_eq!(seen.len(), 1);
    assert!(seen[0].ends_with("!limit_reached"), "{}", seen[0]);
    let mut path = b"GET /".to_vec();
    path.resize(limits::HTTP_TEXT_BYTES + 9, b'p');
    path.extend(b" HTTP/1.1\r\n\r\n");
    assert!(lines(ENTRY.create, &[(CLIENT, &path)])[0].ends_with("!limit_reached"));
    let many = b"GET / HTTP/1.1\r\n\r\n".repeat(limits::HTTP_OPEN_REQUESTS + 1);
    let seen = lines(ENTRY.create, &[(CLIENT, &many)]);
    let full = seen
        .iter()
        .filter(|line| line.ends_with("!limit_reached"))
        .count();
    assert_eq!(full, 1);
}

#[test]
fn a_response_without_a_request_is_unsolicited_only_where_all_was_seen() {
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert!(!lines(ENTRY.create, &[(SERVER, response)])[0].contains('!'));
    let seen = lines(
        ENTRY.create,
        &[
            (CLIENT, b"GET / HTTP/1.1\r\n\r\n"),
            (SERVER, response),
            (SERVER, response),
        ],
    );
    assert!(seen[2].ends_with("!unsolicited"), "{seen:?}");
}

#[test]
fn content_decides_on_any_port() {
    let client = Probe::Recognised(Some(CLIENT));
    assert_eq!(probed(b"GET / HTTP/1.1\r\n", false), client);
    assert_eq!(probed(b"M-SEARCH * HT", false), client);
    assert_eq!(probed(b"POST http://x/", false), client);
    assert_eq!(probed(b"CONNECT a.b:443 HTTP/1.1\r\n", false), client);
    assert_eq!(
        probed(b"HTTP/1.1 200", false),
        Probe::Recognised(Some(SERVER))
    );
    assert_eq!(probed(b"GE", false), Probe::Incomplete);
    assert_eq!(probed(b"GET ", false), Probe::Incomplete);
    for foreign in [
        b"OPTIONS rtsp://x RTSP/1.0\r\n".as_slice(),
        b"OPTIONS sip:x SIP/2.0\r\n",
        b"USER anonymous\r\n",
        b"SSH-2.0-x\r\n",
        b"FROB / HTTP/1.1\r\n",
    ] {
        assert_eq!(probed(foreign, false), Probe::Unrecognised, "{foreign:?}");
    }
    assert_eq!(probed(b"FROB / HTTP/1.1\r\n", true), client);
    assert_eq!(probed(b"\x16\x03\x01", true), Probe::Unrecognised);
    assert_eq!(starts(b""), Starts::Maybe);
}
