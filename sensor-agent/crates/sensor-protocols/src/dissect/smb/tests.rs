//! SMB from captures and by hand.

mod attacks;
mod smb1_bytes;
mod smb2_bytes;

use self::smb1_bytes as one;
use self::smb2_bytes as two;
use super::*;
use crate::dissect::tests::{Line, Player, Seen, hex, hostile, play, texts};
use crate::observation::AnomalySet;

fn client(digits: &str) -> Line {
    (Role::Client, hex(digits))
}

fn server(digits: &str) -> Line {
    (Role::Server, hex(digits))
}

fn smb1_session() -> Vec<Line> {
    vec![
        client(one::NEGOTIATE),
        server(one::NEGOTIATED),
        client(one::SETUP),
        server(one::SET_UP),
        client(one::CONNECT),
        server(one::CONNECTED),
        client(one::IMPLANT),
        server(one::REFUSED),
        client(one::DISCONNECT),
        server(one::DISCONNECTED),
    ]
}

fn ntlm_session() -> Vec<Line> {
    vec![
        client(one::NTLM_1),
        server(one::NTLM_2),
        client(one::NTLM_3),
        server(one::NTLM_FAILED),
    ]
}

fn smb2_session() -> Vec<Line> {
    vec![
        client(two::NEGOTIATE),
        server(two::NEGOTIATED),
        client(two::SETUP),
        server(two::SET_UP),
        client(two::CONNECT),
        server(two::CONNECTED),
        client(two::ENCRYPTED),
    ]
}

fn files() -> Vec<Line> {
    let mut write = hex(two::WRITE);
    write.resize(4 + 7112, 0x41);
    vec![
        client(two::CREATE),
        server(two::CREATED),
        client(two::COMPOUND),
        server(two::ANSWERS),
        client(two::READ),
        server(two::CONTENT),
        (Role::Client, write),
    ]
}

fn tcp(lines: &[Line]) -> Vec<Seen> {
    play(&ENTRY, Transport::Tcp, lines)
}

fn failed(code: u32) -> Outcome {
    let name = status::name(code);
    Outcome::Error { code, name }
}

#[test]
fn smb1_is_told_command_by_command() {
    let all = tcp(&smb1_session());
    let dialects = "\"PC NETWORK PROGRAM 1.0\" \"LANMAN1.0\" \"Windows for Workgroups 3.1a\" \
                    \"LM1.2X002\" \"LANMAN2.1\" \"NT LM 0.12\"";
    let transaction = "multiplex_id=65 total_parameters=12 total_data=0";
    assert_eq!(
        texts(&all),
        [
            format!("negotiate(114) {dialects}").as_str(),
            "negotiate(114) dialect_index=5 security_mode=3",
            "session_setup_andx(115) andx_command=255 anonymous=1",
            "session_setup_andx(115) andx_command=255 domain=WORKGROUP",
            "tree_connect_andx(117) andx_command=255 \"\\\\\\\\192.168.198.203\\\\IPC$\"",
            "tree_connect_andx(117) andx_command=255 \"\\\\\\\\192.168.198.203\\\\IPC$\" service=IPC",
            format!("transaction2_session_setup(50/14) {transaction}").as_str(),
            "transaction2(50) multiplex_id=81",
            "tree_disconnect(113)",
            "tree_disconnect(113)",
        ]
    );
    assert_eq!(all[7].outcome, failed(0xc000_0002), "not implemented");
    assert_eq!(
        all[3].os.as_deref(),
        Some("Windows 7 Enterprise 7601 Service Pack 1")
    );
}

#[test]
fn a_failed_sign_in_names_user_host_and_strength() {
    let all = tcp(&ntlm_session());
    assert_eq!(
        texts(&all),
        [
            "session_setup_andx(115/1) andx_command=255",
            "session_setup_andx(115/1) andx_command=255 target=SAS1",
            "session_setup_andx(115/3) andx_command=255 user=DEMO\\MicroSCADA ntlm_version=1 \
             extended_session_security=1",
            "session_setup_andx(115/3) user=DEMO\\MicroSCADA",
        ]
    );
    assert_eq!(all[1].outcome, Outcome::None, "it goes on");
    assert_eq!(all[3].outcome, failed(0xc000_006d));
    assert_eq!(all[3].answers, Some(3));
}

#[test]
fn smb3_is_told_until_it_is_encrypted() {
    let all = tcp(&smb2_session());
    assert_eq!(
        texts(&all),
        [
            "negotiate(256) security_mode=1 dialect=768",
            "negotiate(256) security_mode=3 dialect=768",
            "session_setup(257/3) security_mode=2 user=SUSE\\administrator ntlm_version=2",
            "session_setup(257/3) user=SUSE\\administrator",
            "tree_connect(259) \"\\\\\\\\WS2016\\\\encrypted\"",
            "tree_connect(259) \"\\\\\\\\WS2016\\\\encrypted\" share_type=1",
            "encrypted(765)",
        ]
    );
    assert!(all.iter().all(|seen| seen.anomalies.is_empty()));
}

#[test]
fn files_are_told_by_name_and_their_content_is_skipped() {
    let all = tcp(&files());
    assert_eq!(
        texts(&all),
        [
            "create(261) \"pythonfile\" disposition=1 access=1179785",
            "create(261) \"pythonfile\" create_action=1",
            "query_info(272/513) \"pythonfile\"",
            "query_info(272/517) \"pythonfile\"",
            "query_info(272/513) \"pythonfile\"",
            "query_info(272/517) \"pythonfile\"",
            "read(264) \"pythonfile\" [0+16]",
            "read(264) \"pythonfile\" [0+16]",
            "write(265) file_id=241676617 [0+7000]",
        ]
    );
    assert_eq!(all[8].anomalies, AnomalySet::EMPTY);
}

#[test]
fn nothing_a_sender_does_leads_astray() {
    for lines in [smb1_session(), ntlm_session(), smb2_session()] {
        hostile(&ENTRY, Transport::Tcp, &lines);
    }
    let mut short = files();
    short.pop();
    hostile(&ENTRY, Transport::Tcp, &short);
}

#[test]
fn a_write_of_megabytes_is_told_once_and_not_kept() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    player.say(Role::Client, &hex(two::CREATE));
    player.say(Role::Server, &hex(two::CREATED));
    let mut write = hex(two::WRITE)[..4 + 112].to_vec();
    let length: u32 = 4 << 20;
    write[1..4].copy_from_slice(&(length + 112).to_be_bytes()[1..]);
    write[4 + 68..4 + 72].copy_from_slice(&length.to_le_bytes());
    write.extend(b"MZ");
    let mut told = player.say(Role::Client, &write);
    let rest = usize::try_from(length).unwrap() - 2;
    for _ in 0..rest / 1024 {
        told.extend(player.say(Role::Client, &[0; 1024]));
    }
    assert_eq!(told, [], "not before it is over");
    told = player.say(Role::Client, &vec![0; rest % 1024]);
    assert_eq!(
        texts(&told),
        ["write(265) file_id=241676617 [0+4194304] executable=1"]
    );
    assert_eq!(told[0].anomalies, AnomalySet::EMPTY);
    let next = player.say(Role::Client, &hex(two::READ));
    assert_eq!(
        texts(&next).len(),
        1,
        "the next message starts where it should"
    );
}

#[test]
fn a_gap_within_content_does_not_lose_the_place() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    let mut write = hex(two::WRITE);
    write.resize(4 + 7112, 0);
    player.say(Role::Client, &write[..1000]);
    player.gap(Role::Client, 3000);
    let told = player.say(Role::Client, &write[4000..]);
    assert_eq!(texts(&told), ["write(265) file_id=241676617 [0+7000]"]);
    assert_eq!(texts(&player.say(Role::Client, &hex(two::READ))).len(), 1);
    // A longer one does: the next start of a message is looked for.
    player.say(Role::Client, &write[..1000]);
    player.gap(Role::Client, 60_000);
    let mut bytes = vec![0x55; 300];
    bytes.extend(hex(two::READ));
    assert_eq!(texts(&player.say(Role::Client, &bytes)).len(), 1);
}

#[test]
fn bytes_that_are_no_session_packet_say_so_and_do_not_end_it() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    player.say(Role::Client, &hex(two::CREATE));
    let told = player.say(Role::Client, &[0x47; 40]);
    assert_eq!(texts(&told), ["not_a_session_packet(1023)"]);
    assert!(told[0].anomalies.contains(Anomaly::BadValue));
    assert_eq!(player.say(Role::Client, &[0x47; 40]), [], "said once");
    assert_eq!(texts(&player.say(Role::Client, &hex(two::READ))).len(), 1);
    assert!(!player.ended);
}

#[test]
fn names_of_a_session_request_are_decoded() {
    let encode = |name: &str, kind: u8| {
        let mut octets = name.as_bytes().to_vec();
        octets.resize(15, b' ');
        octets.push(kind);
        let letters = octets
            .iter()
            .flat_map(|o| [b'A' + (o >> 4), b'A' + (o & 15)]);
        let mut name = vec![32];
        name.extend(letters);
        name.push(0);
        name
    };
    let mut bytes = vec![0x81, 0, 0, 68];
    bytes.extend(encode("SAS1", 0x20));
    bytes.extend(encode("OPERATOR", 0));
    let refusal = vec![0x83, 0, 0, 1, 0x82];
    let lines = [(Role::Client, bytes), (Role::Server, refusal)];
    let all = tcp(&lines);
    assert_eq!(
        texts(&all),
        ["session_request(897) \"SAS1\"", "session_response(899)"]
    );
    assert_eq!(all[0].host.as_deref(), Some("OPERATOR"));
    let name = "called_name_not_present";
    assert_eq!(all[1].outcome, Outcome::Error { code: 0x82, name });
    hostile(&ENTRY, Transport::Tcp, &lines);
}

/// Frame 143 of `iti_090813_diverse.pcap`.
const ANNOUNCEMENT: &str = "\
    110280a10a00000a008a00bb000020454646474550454f43414341434143414341434143414341434143414341434100 \
    20454246434543454646454644454846434646464146414341434143414341424f00ff534d4225000000000000000000 \
    00000000000000000000000000000000000011000021000000000000000000e803000000000000000021005600030001 \
    000000020032005c4d41494c534c4f545c42524f575345000f0080fc0a0045564f4e00000000000064f00d0302000501 \
    031005000f0155aa00 \
";

#[test]
fn announcements_name_their_sender() {
    let lines = [client(ANNOUNCEMENT)];
    let all = play(&ENTRY, Transport::Udp, &lines);
    assert_eq!(all.len(), 1);
    assert!(
        all[0]
            .text
            .starts_with("transaction(37) \"\\\\MAILSLOT\\\\BROWSE\"")
    );
    assert_eq!(all[0].host.as_deref(), Some("EVON"));
    assert_eq!(all[0].os.as_deref(), Some("Windows 5.1"));
    assert_eq!(all[0].anomalies, AnomalySet::EMPTY);
    hostile(&ENTRY, Transport::Udp, &lines);
}

#[test]
fn what_is_known_of_a_connection_counts_and_can_be_shed() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    assert_eq!(player.held(), 0);
    player.say(Role::Client, &hex(two::CREATE));
    let asked = player.held();
    assert!(asked > "pythonfile".len(), "{asked}");
    player.say(Role::Server, &hex(two::CREATED));
    assert!(player.held() > "pythonfile".len(), "the open file");
    player.shed();
    assert_eq!(player.held(), 0);
    let read = player.say(Role::Client, &hex(two::READ));
    assert!(read[0].text.contains("file_id="), "{}", read[0].text);
    // However many requests wait for an answer, what they keep has an end.
    let mut create = hex(two::CREATE);
    for id in 0..200_u64 {
        create[4 + 24..4 + 32].copy_from_slice(&(1000 + id).to_le_bytes());
        player.say(Role::Client, &create);
    }
    assert!(player.held() >= crate::limits::SMB_OPEN_REQUESTS * "pythonfile".len());
    assert!(player.held() < crate::limits::SMB_OPEN_REQUESTS * 4 * asked);
}

#[test]
fn a_long_message_that_is_no_content_shows_its_limit() {
    let mut message = hex(two::CREATED)[..4 + 64].to_vec();
    message.resize(4 + 70_000, 0);
    message[1..4].copy_from_slice(&70_000_u32.to_be_bytes()[1..]);
    message[4 + 12] = 14;
    let told = tcp(&[(Role::Server, message)]);
    assert_eq!(told.len(), 1);
    assert!(
        told[0].text.starts_with("query_directory"),
        "{}",
        told[0].text
    );
    assert!(
        told[0].anomalies.contains(Anomaly::LimitReached),
        "{told:?}"
    );
}
