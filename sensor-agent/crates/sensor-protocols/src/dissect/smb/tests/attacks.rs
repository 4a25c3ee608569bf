//! What attacks look like: the shapes that the alert catalogue asks about.

use super::*;

/// A message of SMB1 by hand: command, flags, words, bytes.
fn smb1(command: u8, reply: bool, multiplex: u16, words: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut message = b"\xffSMB".to_vec();
    message.extend([command, 0, 0, 0, 0, u8::from(reply) << 7, 0x00, 0x40]);
    message.extend([0; 12]);
    message.extend([1, 0, 2, 0, 3, 0]);
    message.extend(multiplex.to_le_bytes());
    message.push(u8::try_from(words.len() / 2).unwrap());
    message.extend(words);
    message.extend(u16::try_from(bytes.len()).unwrap().to_le_bytes());
    message.extend(bytes);
    framed(&message)
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(message);
    bytes
}

fn words(values: &[u16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// The implant answers the request with its multiplex identifier plus 16.
#[test]
fn doublepulsar_shows_in_subcommand_and_multiplex_identifier() {
    let all = tcp(&smb1_session());
    assert!(
        all[6]
            .text
            .starts_with("transaction2_session_setup(50/14) multiplex_id=65")
    );
    assert_eq!(all[7].text, "transaction2(50) multiplex_id=81");
    assert_eq!(all[7].outcome, failed(0xc000_0002));
    assert!(all[7].anomalies.contains(Anomaly::Unsolicited));
}

/// MS17-010 is probed with a peek of file 0 of IPC$, which a server without the update refuses with
/// `STATUS_INSUFF_SERVER_RESOURCES`.
#[test]
fn the_probe_for_ms17_010_shows() {
    let setup = words(&[
        0, 0, 0xffff, 0xffff, 0, 0, 0, 0, 0, 0, 0x4a, 0, 0x4a, 2, 0x23, 0,
    ]);
    let ask = smb1(0x25, false, 64, &setup, b"\\PIPE\\\0");
    let mut refusal = smb1(0x25, true, 64, &[], &[]);
    refusal[4 + 5..4 + 9].copy_from_slice(&0xc000_0205_u32.to_le_bytes());
    let all = tcp(&[(Role::Client, ask), (Role::Server, refusal)]);
    assert_eq!(
        texts(&all),
        [
            "transaction_peek_named_pipe(37/35) file_id=0 \"\\\\PIPE\\\\\" multiplex_id=64 \
             total_parameters=0 total_data=0",
            "transaction_peek_named_pipe(37/35) \"\\\\PIPE\\\\\" multiplex_id=64",
        ]
    );
    assert_eq!(all[1].outcome, failed(0xc000_0205));
}

/// `EternalBlue` starts a transaction of NT and goes on with secondary requests of another kind, which
/// makes the server take a length of 32 bits for one of 16.
#[test]
fn eternalblue_mixes_kinds_of_transactions() {
    let mut start = vec![0, 0, 0];
    let totals: [u32; 8] = [30, 66_512, 30, 0, 30, 0x4b, 0, 0x68];
    start.extend(totals.iter().flat_map(|value| value.to_le_bytes()));
    start.extend([1, 0, 0, 0, 0]);
    let start = smb1(0xa0, false, 64, &start, &[0; 34]);
    let more = words(&[0, 4096, 0, 0, 0, 4096, 0x35, 0, 0]);
    let more = smb1(0x33, false, 64, &more, &[0x41; 4200]);
    let all = tcp(&[(Role::Client, start), (Role::Client, more)]);
    assert!(all[0].text.starts_with("unknown(160/0) multiplex_id=64"));
    assert!(
        all[0]
            .text
            .ends_with("total_parameters=30 total_data=66512")
    );
    assert!(all[0].anomalies.contains(Anomaly::ReservedCode));
    assert!(all[1].text.starts_with("transaction2_secondary(51)"));
    assert!(all[1].anomalies.contains(Anomaly::Mismatch));
}

/// Data beyond the total, as in answers that leak memory.
#[test]
fn a_part_beyond_the_total_is_a_bad_value() {
    let setup = words(&[12, 0, 1, 0, 0, 0, 0, 0, 0, 12, 70, 0, 0, 1, 0x0e]);
    let good = smb1(0x32, false, 9, &setup, &[0; 15]);
    let all = tcp(&[(Role::Client, good)]);
    assert!(!all[0].anomalies.contains(Anomaly::BadValue), "{all:?}");
    let setup = words(&[12, 0, 1, 0, 0, 0, 0, 0, 0, 13, 70, 0, 0, 1, 0x0e]);
    let bad = smb1(0x32, false, 9, &setup, &[0; 15]);
    let all = tcp(&[(Role::Client, bad)]);
    assert!(all[0].anomalies.contains(Anomaly::BadValue));
}

/// CVE-2020-0796: offset and size that do not fit together.
#[test]
fn a_compression_header_that_leads_outside_is_a_bad_length() {
    let header = |size: u32, offset: u32| {
        let mut message = b"\xfcSMB".to_vec();
        message.extend(size.to_le_bytes());
        message.extend([1, 0, 0, 0]);
        message.extend(offset.to_le_bytes());
        message.extend([0x41; 64]);
        tcp(&[(Role::Client, framed(&message))]).remove(0)
    };
    let good = header(4096, 16);
    assert_eq!(
        good.text,
        "compressed(764) compression_algorithm=1 original_size=4096"
    );
    assert_eq!(good.anomalies, AnomalySet::EMPTY);
    for (size, offset) in [(4096, 65), (u32::MAX, 16), (4096, u32::MAX)] {
        let bad = header(size, offset);
        assert!(
            bad.anomalies.contains(Anomaly::BadLength),
            "{size} {offset}"
        );
    }
}

/// A chain that leads back would never end.
#[test]
fn chains_only_lead_ahead() {
    for offset in [0_u16, 32, 36, 5000] {
        let mut block = vec![0x75, 0];
        block.extend(offset.to_le_bytes());
        block.extend([0; 4]);
        let message = smb1(0x75, false, 1, &block, &[0; 8]);
        let all = tcp(&[(Role::Client, message)]);
        assert_eq!(all.len(), 1);
        assert!(all[0].anomalies.contains(Anomaly::BadValue), "{offset}");
    }
}

#[test]
fn chains_and_compounds_have_a_cap() {
    let mut message = b"\xffSMB".to_vec();
    message.extend([0x75, 0, 0, 0, 0, 0, 0, 0x40]);
    message.extend([0; 20]);
    for n in 1..20_u16 {
        message.extend([4, 0x75, 0]);
        message.extend((32 + n * 11).to_le_bytes());
        message.extend([0, 0, 0, 0, 0, 0]);
    }
    message.resize(32 + 20 * 11, 0);
    let all = tcp(&[(Role::Client, framed(&message))]);
    assert_eq!(all.len(), crate::limits::SMB_CHAIN);
    assert!(
        all.last()
            .unwrap()
            .anomalies
            .contains(Anomaly::LimitReached)
    );
    let mut message = Vec::new();
    for _ in 0..40 {
        message.extend(b"\xfeSMB\x40\0\0\0\0\0\0\0\x0d\0\0\0\0\0\0\0\x48\0\0\0");
        message.extend([0; 40]);
        message.extend([4, 0, 0, 0, 0, 0, 0, 0]);
    }
    let all = tcp(&[(Role::Client, framed(&message))]);
    assert_eq!(all.len(), crate::limits::SMB_COMPOUND);
    assert!(
        all.last()
            .unwrap()
            .anomalies
            .contains(Anomaly::LimitReached)
    );
}

/// Names of files, shares and requests are bounded however many there are.
#[test]
fn what_is_remembered_has_a_cap() {
    let mut player = Player::new(&ENTRY, Transport::Tcp);
    let read = hex(two::READ);
    player.say(Role::Client, &hex(two::CREATE));
    for n in 0..200_u64 {
        let mut other = read.clone();
        other[4 + 24..4 + 32].copy_from_slice(&(n + 1000).to_le_bytes());
        let seen = player.say(Role::Client, &other).remove(0);
        let full = n >= 63;
        assert_eq!(seen.anomalies.contains(Anomaly::LimitReached), full, "{n}");
    }
}

/// A service made over a named pipe: the sequence of `PsExec`, with calls that come in one write each.
#[test]
fn calls_on_a_pipe_are_told_behind_the_message_that_carries_them() {
    let mut lines = vec![client(two::CREATE), server(two::CREATED)];
    let bind = crate::dissect::dcerpc::tests_bind("svcctl");
    let mut write = hex(two::WRITE)[..4 + 112].to_vec();
    let length = u32::try_from(bind.len()).unwrap();
    write[1..4].copy_from_slice(&(length + 112).to_be_bytes()[1..]);
    write[4 + 68..4 + 72].copy_from_slice(&length.to_le_bytes());
    write.extend(&bind);
    lines.push((Role::Client, write));
    let all = tcp(&lines);
    assert_eq!(
        all[2].text,
        format!("write(265) file_id=241676617 [0+{length}]")
    );
    assert_eq!(
        all[3].text,
        "bind(4278190091) interface=svcctl interface_version=2"
    );
    hostile(&ENTRY, Transport::Tcp, &lines);
}
