//! Commands of `suricata_telnet.pcap` and log-ins by hand.

use super::*;
use crate::dissect::harness::{
    Script, Talk, damage_is_survived, lines, splits_do_not_matter, truncation_invents_nothing,
};

const CLIENT: Role = Role::Client;
const SERVER: Role = Role::Server;

const SCRIPT: Script<'_> = &[
    (SERVER, b"\xff\xfd\x18\xff\xfd\x20"),
    (CLIENT, b"\xff\xfb\x18\xff\xfa\x18\x00xterm-color\xff\xf0"),
    (SERVER, b"Debian\r\nhost login: "),
    (CLIENT, b"bob\x08b\r\0"),
    (SERVER, b"bobb\r\nPassword: "),
    (CLIENT, b"hunter2\r\0"),
    (SERVER, b"\r\nLogin incorrect\r\n"),
];

#[test]
fn commands_and_log_ins() {
    assert_eq!(
        lines(ENTRY.create, SCRIPT),
        [
            "OneWay do/24 Session option=\"terminal_type\"",
            "OneWay do/32 Session option=\"terminal_speed\"",
            "OneWay will/24 Session option=\"terminal_type\"",
            "OneWay subnegotiation/24 Session option=\"terminal_type\" terminal_type=\"xterm-color\"",
            "OneWay data Session",
            "OneWay login_prompt Auth",
            "OneWay data Session",
            "OneWay user Auth user=\"bob\"",
            "OneWay data Session",
            "OneWay password_prompt Auth",
            "OneWay data Session",
            "OneWay password Auth credential=\"password\" credential_protection=\"cleartext\"",
            "OneWay data Session",
            "Response login_failed Auth login=\"failed\" error 261 login_failed",
            "OneWay data Session",
        ]
    );
}

#[test]
fn no_password_is_kept() {
    let mut talk = Talk::new(ENTRY.create);
    for (sender, bytes) in SCRIPT {
        talk.say(*sender, bytes);
        assert_eq!((talk.held(), talk.waiting(*sender)), (0, 0));
    }
    assert!(talk.seen.iter().all(|line| !line.contains("hunter2")));
}

fn names(script: Script<'_>) -> Vec<String> {
    let seen = lines(ENTRY.create, script);
    let events = seen.iter().filter(|line| !line.contains(" data "));
    let name = |line: &String| line.split(' ').nth(1).unwrap().to_owned();
    events.map(name).collect()
}

#[test]
fn words_of_a_session_are_no_refusals() {
    let script: Script<'_> = &[
        (SERVER, b"login: "),
        (CLIENT, b"bob\r\n"),
        (SERVER, b"Password: "),
        (CLIENT, b"hunter2\r\n"),
        (SERVER, b"\r\nbob@plc $ "),
        (CLIENT, b"cat /etc/shadow\r\n"),
        (SERVER, b"cat: /etc/shadow: Permission denied\r\n"),
    ];
    assert_eq!(
        names(script),
        ["login_prompt", "user", "password_prompt", "password"]
    );
}

#[test]
fn who_is_asked_again_was_refused_once() {
    let script: Script<'_> = &[
        (SERVER, b"Password: "),
        (CLIENT, b"a\r\n"),
        (SERVER, b"\r\nPassword: "),
        (CLIENT, b"b\r\n"),
        (SERVER, b"\r\n% Bad passwords\r\n"),
    ];
    assert_eq!(
        names(script),
        [
            "password_prompt",
            "password",
            "login_failed",
            "password_prompt",
            "password",
            "login_failed"
        ]
    );
}

#[test]
fn a_password_is_not_taken_for_a_user_name() {
    let script: Script<'_> = &[
        (SERVER, b"Enter password for user: "),
        (CLIENT, b"hunter2\r\n"),
    ];
    assert_eq!(names(script), ["password_prompt", "password"]);
    let seen = lines(ENTRY.create, script);
    assert!(
        seen.iter().all(|line| !line.contains("hunter2")),
        "{seen:?}"
    );
}

#[test]
fn a_password_that_everybody_knows_is_told_as_such() {
    let last = |password: &[u8]| {
        let script = [
            (SERVER, b"login: ".as_slice()),
            (CLIENT, b"root\r\n"),
            (SERVER, b"Password: "),
            (CLIENT, password),
        ];
        lines(ENTRY.create, &script).pop().unwrap()
    };
    let known = "credential_weakness=\"well_known\"";
    assert!(last(b"vizxv\r\0").ends_with(known));
    assert!(last(b"\r\n").ends_with("credential_weakness=\"empty\""));
    assert!(!last(b"hunter2\r\n").contains("weakness"));
    assert!(!last(b"vizxw\x08v\r\n").contains("weakness"), "corrected");
}

#[test]
fn cuts_truncation_and_damage() {
    splits_do_not_matter(ENTRY.create, SCRIPT);
    truncation_invents_nothing(ENTRY.create, SCRIPT);
    damage_is_survived(ENTRY.create, SCRIPT);
}

#[test]
fn what_departs_is_flagged() {
    let one = |bytes: &[u8]| lines(ENTRY.create, &[(SERVER, bytes)]).join("|");
    assert_eq!(one(b"\xff\xe0"), "OneWay unknown Session !reserved_code");
    assert_eq!(one(b"\xff\xfd\xb0"), "OneWay do/176 Session !reserved_code");
    assert!(
        one(b"\xff\xfa\x18\x01\xff\xf1")
            .starts_with("OneWay subnegotiation/24 Session option=\"terminal_type\" !bad_value")
    );
    assert_eq!(
        one(b"a\xff\xffb\r\n"),
        "OneWay data Session",
        "a doubled octet is data"
    );
    let mut long = b"\xff\xfa\x18\x00".to_vec();
    long.resize(limits::TELNET_SUBNEGOTIATION_BYTES + 9, b'x');
    assert!(one(&long).contains("!limit_reached"));
    let user = vec![b'u'; limits::TELNET_USER_BYTES + 1];
    let seen = lines(
        ENTRY.create,
        &[(SERVER, b"login: "), (CLIENT, &user), (CLIENT, b"\r\n")],
    );
    assert!(seen.last().unwrap().ends_with("!limit_reached"), "{seen:?}");
}

#[test]
fn who_is_let_in_is_told_and_a_loss_forgets_what_was_asked() {
    let seen = lines(ENTRY.create, &[(SERVER, b"Last login: Mon on tty1\r\n")]);
    assert_eq!(seen[0], "Response login_accepted Auth login=\"accepted\"");
    let mut talk = Talk::new(ENTRY.create);
    talk.say(SERVER, b"login: ");
    talk.gap(CLIENT, 3);
    talk.say(CLIENT, b"b\r\n");
    assert_eq!(
        talk.seen,
        ["OneWay login_prompt Auth", "OneWay data Session"]
    );
}

#[test]
fn content_decides_on_any_port() {
    let probed = |bytes: &[u8], hinted| {
        (ENTRY.probe)(&ProbeInput {
            bytes,
            transport: Transport::Tcp,
            hinted,
            sender: None,
        })
    };
    assert_eq!(
        probed(b"\xff\xfd\x18\xff\xfd\x20", false),
        Probe::Recognised(None)
    );
    assert_eq!(probed(b"\xff\xfd\x18", false), Probe::Incomplete);
    assert_eq!(probed(b"\xff\xfd\x18", true), Probe::Recognised(None));
    assert_eq!(probed(b"\xff\xfd\x18hello", false), Probe::Unrecognised);
    assert_eq!(probed(b"welcome\r\n", true), Probe::Recognised(None));
    assert_eq!(probed(b"welcome\r\n", false), Probe::Unrecognised);
    assert_eq!(probed(b"\x16\x03\x01\x00", true), Probe::Unrecognised);
}
