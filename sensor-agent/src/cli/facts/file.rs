//! Properties of a capture file that its frames do not tell.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::report::FileProperties;
use crate::capture::CaptureError;

/// Block type of a pcapng section header (draft-ietf-opsawg-pcapng, 4.1), the same in both orders.
const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// Block type of an interface description (4.2).
const INTERFACE_DESCRIPTION: u32 = 1;
/// Byte-order magic of a little-endian section.
const LITTLE_ENDIAN: [u8; 4] = [0x4d, 0x3c, 0x2b, 0x1a];
/// Type, length and the four bytes that follow: what tells a block apart.
const BLOCK_HEAD: u64 = 12;
/// Bytes hashed at once.
const CHUNK: usize = 1 << 18;
/// Offset of the link type in the header of a classic file.
const LINK_TYPE: usize = 20;

/// Reads the file once for its hash and walks its headers for its link types.
pub(super) fn properties(path: &Path) -> Result<FileProperties, CaptureError> {
    read(path).map_err(|error| CaptureError::File {
        path: path.display().to_string(),
        cause: error.to_string(),
        remedy: "check that it is a regular file that may be read",
    })
}

fn read(path: &Path) -> io::Result<FileProperties> {
    let mut file = File::open(path)?;
    let (file_bytes, sha256) = hash(&mut file)?;
    file.rewind()?;
    let mut reader = BufReader::new(file);
    let mut head = [0; LINK_TYPE + 4];
    reader.read_exact(&mut head)?;
    let (format, link_types) = if head.starts_with(&SECTION_HEADER) {
        ("pcapng", interfaces(&mut reader, file_bytes)?)
    } else {
        ("pcap", BTreeSet::from([classic(&head)]))
    };
    Ok(FileProperties {
        format,
        link_types,
        file_bytes,
        sha256,
    })
}

/// Length and SHA-256 of all that can be read.
fn hash(file: &mut File) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut length = 0;
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        length += read as u64;
        hash.update(&buffer[..read]);
    }
    let digits = hash
        .finalize()
        .iter()
        .fold(String::new(), |text, octet| text + &format!("{octet:02x}"));
    Ok((length, digits))
}

/// The link type of a classic file; the upper half of the field holds other things.
fn classic(head: &[u8; LINK_TYPE + 4]) -> u16 {
    let [.., a, b, c, d] = *head;
    // The first octet of the magic number is its lowest one in a little-endian file.
    if matches!(head[0], 0xd4 | 0x4d | 0x34) {
        u16::from_le_bytes([a, b])
    } else {
        u16::from_be_bytes([c, d])
    }
}

/// The link types of all interfaces that a pcapng file describes.
fn interfaces(reader: &mut BufReader<File>, file_bytes: u64) -> io::Result<BTreeSet<u16>> {
    let mut found = BTreeSet::new();
    let (mut offset, mut little) = (0, true);
    while offset + BLOCK_HEAD <= file_bytes {
        reader.seek(SeekFrom::Start(offset))?;
        let mut head = [0; 12];
        reader.read_exact(&mut head)?;
        let [a, b, c, d, e, f, g, h, i, j, k, l] = head;
        if [a, b, c, d] == SECTION_HEADER {
            little = [i, j, k, l] == LITTLE_ENDIAN;
        }
        let word = |bytes| {
            if little {
                u32::from_le_bytes(bytes)
            } else {
                u32::from_be_bytes(bytes)
            }
        };
        if word([a, b, c, d]) == INTERFACE_DESCRIPTION {
            found.insert(if little {
                u16::from_le_bytes([i, j])
            } else {
                u16::from_be_bytes([i, j])
            });
        }
        let length = u64::from(word([e, f, g, h]));
        if length < BLOCK_HEAD {
            break;
        }
        offset += length;
    }
    Ok(found)
}
