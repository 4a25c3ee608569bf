use std::fs;
use std::io::Write;
use std::time::Duration;

use sensor_protocols::frame::LinkType;
use tempfile::NamedTempFile;

use super::testfile::{self, Order};
use super::{CaptureError, PcapSource, Progress, Source, SourceStatus};

/// A frame, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    nanos: u64,
    number: u64,
    link: LinkType,
    wire_len: u32,
    data: Vec<u8>,
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for a test file");
    file
}

/// Reads everything, three frames a call.
fn read_path(path: &str) -> Result<(Vec<Seen>, SourceStatus), CaptureError> {
    let mut source = PcapSource::open(path)?;
    let mut seen = Vec::new();
    loop {
        let progress = source.poll(3, Duration::ZERO, &mut |frame| {
            seen.push(Seen {
                nanos: frame.time.as_nanos(),
                number: frame.number,
                link: frame.link,
                wire_len: frame.wire_len,
                data: frame.data.to_vec(),
            });
        })?;
        if progress == Progress::Finished {
            return Ok((seen, source.status()));
        }
    }
}

fn read(bytes: &[u8]) -> Result<(Vec<Seen>, SourceStatus), CaptureError> {
    let file = file(bytes);
    read_path(file.path().to_str().expect("a path in UTF-8"))
}

fn seen(nanos: u64, number: u64, wire_len: u32, data: &[u8]) -> Seen {
    Seen {
        nanos,
        number,
        link: LinkType::Ethernet,
        wire_len,
        data: data.to_vec(),
    }
}

/// A classic little-endian file of `count` packets of four bytes.
fn small_file(count: u32) -> Vec<u8> {
    let mut bytes = testfile::classic_header(Order::Little, 0xa1b2_c3d4, 1);
    for number in 0..count {
        bytes.extend(testfile::classic_record(
            Order::Little,
            number,
            0,
            4,
            b"abcd",
        ));
    }
    bytes
}

#[test]
fn classic_files_of_both_orders_and_resolutions_read_the_same() {
    for order in Order::BOTH {
        for (magic, fraction) in [(0xa1b2_c3d4, 250_000), (0xa1b2_3c4d, 250_000_000)] {
            let mut bytes = testfile::classic_header(order, magic, 1);
            bytes.extend(testfile::classic_record(order, 5, fraction, 60, b"first"));
            bytes.extend(testfile::classic_record(order, 6, 0, 2, b"no"));
            let (frames, status) = read(&bytes).expect("a good file");
            let expected = [
                seen(5_250_000_000, 1, 60, b"first"),
                seen(6_000_000_000, 2, 2, b"no"),
            ];
            assert_eq!(frames, expected, "{order:?} {magic:x}");
            assert_eq!((status.received, status.handed_up), (2, 2));
            assert_eq!(status.received_bytes, 62);
            assert_eq!(status.notes, Vec::<String>::new());
        }
    }
}

#[test]
fn the_link_type_is_separated_from_the_check_sequence_bits() {
    let mut bytes = testfile::classic_header(Order::Big, 0xa1b2_c3d4, 0x5400_0071);
    bytes.extend(testfile::classic_record(Order::Big, 1, 0, 1, b"x"));
    let (frames, _) = read(&bytes).expect("a good file");
    assert_eq!(frames[0].link, LinkType::LinuxCooked);
}

#[test]
fn pcapng_keeps_link_resolution_and_offset_per_interface() {
    for order in Order::BOTH {
        let mut bytes = testfile::section(order);
        bytes.extend(testfile::interface(order, 1, 0, 6, 0));
        bytes.extend(testfile::interface(order, 101, 0, 9, 100));
        bytes.extend(testfile::enhanced(order, 0, 5_250_000, 60, b"first"));
        bytes.extend(testfile::enhanced(order, 1, 6_000_000_007, 3, b"raw"));
        bytes.extend(testfile::obsolete(order, 0, 7_000_000, b"old one"));
        let (frames, _) = read(&bytes).expect("a good file");
        let mut raw = seen(106_000_000_007, 2, 3, b"raw");
        raw.link = LinkType::RawIp;
        let expected = [
            seen(5_250_000_000, 1, 60, b"first"),
            raw,
            seen(7_000_000_000, 3, 7, b"old one"),
        ];
        assert_eq!(frames, expected, "{order:?}");
    }
}

#[test]
fn a_new_section_forgets_interfaces_and_byte_order() {
    let mut bytes = testfile::section(Order::Little);
    bytes.extend(testfile::interface(Order::Little, 1, 0, 6, 0));
    bytes.extend(testfile::enhanced(Order::Little, 0, 1_000_000, 1, b"a"));
    bytes.extend(testfile::section(Order::Big));
    bytes.extend(testfile::enhanced(Order::Big, 0, 2_000_000, 1, b"b"));
    bytes.extend(testfile::interface(Order::Big, 1, 0, 9, 0));
    bytes.extend(testfile::enhanced(Order::Big, 0, 3_000_000_000, 1, b"c"));
    let (frames, status) = read(&bytes).expect("a good file");
    assert_eq!(
        frames,
        [
            seen(1_000_000_000, 1, 1, b"a"),
            seen(3_000_000_000, 2, 1, b"c")
        ]
    );
    assert_eq!(status.lost, [("unknown_interface", 1)]);
    assert_eq!((status.received, status.handed_up), (3, 2));
}

#[test]
fn simple_packets_are_cut_at_the_snap_length_and_inherit_the_time() {
    let mut bytes = testfile::section(Order::Little);
    bytes.extend(testfile::interface(Order::Little, 1, 6, 6, 0));
    bytes.extend(testfile::enhanced(Order::Little, 0, 1_000_000, 1, b"a"));
    bytes.extend(testfile::simple(Order::Little, 100, b"abcdef"));
    bytes.extend(testfile::simple(Order::Little, 3, b"abc"));
    let (frames, _) = read(&bytes).expect("a good file");
    assert_eq!(frames[1], seen(1_000_000_000, 2, 100, b"abcdef"));
    assert_eq!(frames[2], seen(1_000_000_000, 3, 3, b"abc"));
}

#[test]
fn blocks_without_packets_are_passed_over() {
    let mut bytes = testfile::section(Order::Little);
    bytes.extend(testfile::block(Order::Little, 0x0bad, b"custom block"));
    bytes.extend(testfile::interface(Order::Little, 1, 0, 6, 0));
    bytes.extend(testfile::block(Order::Little, 5, &[0; 12]));
    bytes.extend(testfile::enhanced(Order::Little, 0, 1, 1, b"a"));
    bytes.extend(testfile::block(Order::Little, 4, &[0; 4]));
    let (frames, status) = read(&bytes).expect("a good file");
    assert_eq!(frames.len(), 1);
    assert_eq!(status.notes, Vec::<String>::new());
}

#[test]
fn a_file_cut_anywhere_yields_every_whole_packet_and_one_note() {
    let whole = small_file(3);
    for cut in 25..whole.len() {
        let packets = (cut - 24) / 20;
        let at_border = (cut - 24) % 20 == 0;
        let result = read(&whole[..cut]);
        if packets == 0 {
            let error = result.expect_err("nothing can be read").to_string();
            assert!(error.contains("cut short"), "{error}");
            continue;
        }
        let (frames, status) = result.expect("some packets can be read");
        assert_eq!(frames.len(), packets, "cut at {cut}");
        assert_eq!(status.notes.len(), usize::from(!at_border), "cut at {cut}");
    }
}

#[test]
fn a_pcapng_file_cut_anywhere_never_invents_a_packet() {
    let mut whole = testfile::section(Order::Big);
    whole.extend(testfile::interface(Order::Big, 1, 0, 6, 0));
    let first = whole.len();
    whole.extend(testfile::enhanced(Order::Big, 0, 1, 5, b"hello"));
    let second = whole.len();
    whole.extend(testfile::enhanced(Order::Big, 0, 2, 5, b"world"));
    for cut in 1..whole.len() {
        let expected = usize::from(cut >= second);
        match read(&whole[..cut]) {
            Ok((frames, status)) => {
                assert_eq!(frames.len(), expected, "cut at {cut}");
                let note = status.notes.len();
                let complete = [first, second, 28].contains(&cut);
                assert_eq!(note, usize::from(!complete), "cut at {cut}");
            }
            Err(error) => {
                assert_eq!(expected, 0, "cut at {cut}: {error}");
            }
        }
    }
}

#[test]
fn a_length_no_frame_has_is_damage_and_names_the_place() {
    let mut bytes = small_file(2);
    bytes.extend([0; 8]);
    bytes.extend(u32::MAX.to_le_bytes());
    bytes.extend([0; 400]);
    let (frames, status) = read(&bytes).expect("two packets can be read");
    assert_eq!(frames.len(), 2);
    let [note] = status.notes.as_slice() else {
        panic!("one note, not {:?}", status.notes);
    };
    assert!(
        note.contains("absurd length") && note.contains("byte 64"),
        "{note}"
    );
}

#[test]
fn a_packet_longer_than_its_block_is_damage() {
    let mut packet = testfile::enhanced(Order::Little, 0, 1, 5, b"hello");
    packet[20..24].copy_from_slice(&5_000_u32.to_le_bytes());
    let mut bytes = testfile::section(Order::Little);
    bytes.extend(testfile::interface(Order::Little, 1, 0, 6, 0));
    bytes.extend(testfile::enhanced(Order::Little, 0, 1, 5, b"hello"));
    bytes.extend(packet);
    bytes.extend(vec![0; 8_000]);
    let (frames, status) = read(&bytes).expect("one packet can be read");
    assert_eq!(frames.len(), 1);
    assert!(status.notes[0].contains("contradicts its own length"));
}

#[test]
fn packets_larger_than_the_buffer_are_read() {
    let large = vec![7; 3 << 20];
    let mut bytes = testfile::classic_header(Order::Little, 0xa1b2_c3d4, 1);
    bytes.extend(testfile::classic_record(
        Order::Little,
        1,
        0,
        3 << 20,
        &large,
    ));
    bytes.extend(testfile::classic_record(Order::Little, 2, 0, 1, b"x"));
    let (frames, _) = read(&bytes).expect("a good file");
    assert_eq!(frames[0].data, large);
    assert_eq!(frames[1], seen(2_000_000_000, 2, 1, b"x"));
}

#[test]
fn a_folder_is_read_by_name_and_numbers_restart_with_each_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, count) in [
        ("b.pcapng", 1),
        ("a.pcap", 2),
        ("c.CAP", 1),
        ("notes.txt", 9),
    ] {
        fs::write(folder.path().join(name), small_file(count)).expect("room for a test file");
    }
    let path = folder.path().to_str().expect("a path in UTF-8");
    let (frames, _) = read_path(path).expect("good files");
    let numbers: Vec<_> = frames.iter().map(|frame| frame.number).collect();
    assert_eq!(numbers, [1, 2, 1, 1]);
}

#[test]
fn bad_inputs_name_cause_and_remedy() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cases: [(&[u8], &str); 6] = [
        (b"", "it is empty"),
        (
            b"\xd4\xc3\xb2\xa1\x02\x00",
            "ends within its 24-byte header",
        ),
        (b"GET / HTTP/1.1\r\n\r\n", "neither pcap nor pcapng"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "gunzip"),
        (
            b"version https://git-lfs.github.com/spec/v1",
            "git lfs pull",
        ),
        (
            b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x00\x00\x00\x00",
            "byte-order magic",
        ),
    ];
    for (bytes, expected) in cases {
        let error = read(bytes).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    for (path, expected) in [
        ("/nonexistent/capture.pcap", "there is no such file"),
        (folder.path().to_str().expect("UTF-8"), "holds no .pcap"),
    ] {
        let error = read_path(path).expect_err(expected).to_string();
        assert!(error.contains(expected) && error.contains(path), "{error}");
    }
}
