//! Commands and replies of `zeek_ftp_ipv4.pcap` and `zeek_ftp_bruteforce.pcap`, and examples of the RFCs.

use super::*;
use crate::dissect::harness::{
    Script, Talk, damage_is_survived, lines, splits_do_not_matter, truncation_invents_nothing,
};

const CLIENT: Role = Role::Client;
const SERVER: Role = Role::Server;

const SCRIPT: Script<'_> = &[
    (
        SERVER,
        b"220 ftp.NetBSD.org FTP server (NetBSD-ftpd 20100320) ready.\r\n",
    ),
    (CLIENT, b"USER anonymous\r\n"),
    (
        SERVER,
        b"331 Guest login ok, type your name as password.\r\n",
    ),
    (CLIENT, b"PASS test@example\r\n"),
    (
        SERVER,
        b"230-\r\n    The NetBSD Project\r\n230 Guest login ok, access restrictions apply.\r\n",
    ),
    (CLIENT, b"PASV\r\n"),
    (
        SERVER,
        b"227 Entering Passive Mode (199,233,217,249,221,90)\r\n",
    ),
    (CLIENT, b"RETR robots.txt\r\n"),
    (
        SERVER,
        b"150 Opening ASCII mode data connection for 'robots.txt' (77 bytes).\r\n",
    ),
    (SERVER, b"226 Transfer complete.\r\n"),
];

#[test]
fn commands_and_replies_are_told_and_paired() {
    assert_eq!(
        lines(ENTRY.create, SCRIPT),
        [
            "Response unknown/220 Session \
             [software ftp.NetBSD.org FTP server (NetBSD-ftpd 20100320) ready.] [os NetBSD]",
            "Request USER Auth user=\"anonymous\"",
            "Response USER/331 Auth answers",
            "Request PASS Auth credential=\"password\" credential_protection=\"cleartext\" \
             credential_weakness=\"anonymous\"",
            "Response PASS/230 Auth login=\"accepted\" answers",
            "Request PASV Session",
            "Response PASV/227 Session 199.233.217.249 port:56666 answers",
            "Request RETR File file_name=\"robots.txt\"",
            "Response RETR/150 File",
            "Response RETR/226 File answers",
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
fn a_failed_log_in_is_an_error_and_no_secret_is_kept() {
    let seen = lines(
        ENTRY.create,
        &[
            (
                CLIENT,
                b"user bob\r\npass hunter2\r\nSITE CHPASS hunter2\r\n",
            ),
            (SERVER, b"331 x\r\n530 Login incorrect.\r\n200 x\r\n"),
        ],
    );
    assert!(
        seen.iter().all(|line| !line.contains("hunter2")),
        "{seen:?}"
    );
    assert_eq!(
        seen[4],
        "Response PASS/530 Auth login=\"failed\" error 530 not_logged_in answers"
    );
    assert_eq!(seen[2], "Request SITE Config argument=\"CHPASS\"");
}

#[test]
fn a_secret_behind_another_blank_or_on_a_line_of_its_own_is_not_kept() {
    for line in [
        b"PASS\thunter2\r\n".as_slice(),
        b" PASS hunter2\r\n",
        b"PASS:hunter2\r\n",
        b"hunter2-and-more\r\n",
    ] {
        let seen = lines(ENTRY.create, &[(CLIENT, line)]).join("|");
        assert!(!seen.contains("hunter2"), "{seen}");
    }
    let seen = lines(ENTRY.create, &[(CLIENT, b"PASS\thunter2\r\n")]);
    assert!(
        seen[0].starts_with("Request PASS Auth credential="),
        "{seen:?}"
    );
}

#[test]
fn a_password_that_everybody_knows_is_told_as_such() {
    let last = |script: &[u8]| lines(ENTRY.create, &[(CLIENT, script)]).pop().unwrap();
    let seen = last(b"USER loader\r\nPASS fwdownload\r\n");
    assert!(
        seen.ends_with("credential_weakness=\"well_known\""),
        "{seen}"
    );
    let seen = last(b"USER loader\r\nPASS hunter2\r\n");
    assert!(
        seen.ends_with("credential_protection=\"cleartext\""),
        "{seen}"
    );
    let seen = last(b"USER root\r\nPASS\r\n");
    assert!(seen.ends_with("credential_weakness=\"empty\""), "{seen}");
}

#[test]
fn data_connections_are_told() {
    let one = |text: &str| lines(ENTRY.create, &[(CLIENT, text.as_bytes())]).join("|");
    assert_eq!(
        one("PORT 10,0,0,1,4,1\r\n"),
        "Request PORT Session 10.0.0.1 port:1025"
    );
    assert_eq!(
        one("EPRT |2|fe80::1|1025|\r\n"),
        "Request EPRT Session fe80::1 port:1025"
    );
    assert_eq!(
        one("PORT 10,0,0,1,4\r\n"),
        "Request PORT Session !bad_value"
    );
    let seen = lines(
        ENTRY.create,
        &[(CLIENT, b"EPSV\r\n"), (SERVER, b"229 Ok (|||6446|)\r\n")],
    );
    assert_eq!(seen[1], "Response EPSV/229 Session port:6446 answers");
}

#[test]
fn after_tls_was_granted_nothing_is_dissected() {
    let seen = lines(
        ENTRY.create,
        &[
            (CLIENT, b"AUTH TLS\r\n"),
            (SERVER, b"234 ok\r\n"),
            (CLIENT, b"\x16\x03\x01\n\n"),
        ],
    );
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], "Request AUTH Auth mechanism=\"TLS\"");
}

#[test]
fn what_departs_is_flagged() {
    let one = |sender, bytes: &[u8]| lines(ENTRY.create, &[(sender, bytes)]).join("|");
    assert_eq!(
        one(CLIENT, b"FROB x\r\n"),
        "Request unknown Unknown command=\"FROB\" !reserved_code"
    );
    assert!(one(CLIENT, b"USER a\x01b\r\n").ends_with("!bad_value"));
    assert!(one(SERVER, b"hello\r\n").contains("unframed_bytes Unknown !bad_value"));
    let seen = one(SERVER, b"220 FTP\r\n200 ok\r\n");
    assert!(seen.ends_with("!unsolicited"), "{seen}");
}

#[test]
fn caps_show_and_losses_pass_a_line() {
    let mut long = b"RETR ".to_vec();
    long.resize(limits::FTP_LINE_BYTES + 1, b'x');
    let mut talk = Talk::new(ENTRY.create);
    talk.say(CLIENT, &long);
    talk.say(CLIENT, b"rest\r\nNOOP\r\n");
    assert_eq!(talk.seen.len(), 2, "the rest of the line is passed");
    assert!(talk.seen[0].ends_with("!limit_reached"));
    talk.say(CLIENT, b"QU");
    talk.gap(CLIENT, 3);
    talk.say(CLIENT, b"T\r\nPWD\r\n");
    assert_eq!(talk.seen[2], "Request PWD Read");
    let many = b"NOOP\r\n".repeat(limits::FTP_OPEN_COMMANDS + 1);
    let seen = lines(ENTRY.create, &[(CLIENT, &many)]);
    assert_eq!(
        seen.iter()
            .filter(|line| line.ends_with("!limit_reached"))
            .count(),
        1
    );
}

#[test]
fn content_decides_and_mail_is_left_alone() {
    let probed = |bytes: &[u8], hinted| {
        (ENTRY.probe)(&ProbeInput {
            bytes,
            transport: Transport::Tcp,
            hinted,
            sender: None,
        })
    };
    let server = Probe::Recognised(Some(SERVER));
    assert_eq!(probed(b"220 (vsFTPd 2.3.4)\r\n", false), server);
    assert_eq!(probed(b"220 hello\r\n", true), server);
    assert_eq!(probed(b"220 mail.x ESMTP\r\n", false), Probe::Unrecognised);
    assert_eq!(probed(b"USER x\r\n", true), Probe::Recognised(Some(CLIENT)));
    assert_eq!(probed(b"USER x\r\n", false), Probe::Unrecognised);
    assert_eq!(probed(b"220", false), Probe::Incomplete);
    assert_eq!(probed(b"GET / HTTP/1.1\r\n", true), Probe::Unrecognised);
}
