//! Where captures come from: paths, folders, standard input; and what to say when they are bad.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::CaptureError;

/// Name endings of capture files, for folders.
const ENDINGS: [&str; 3] = ["pcap", "pcapng", "cap"];

/// One capture to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input, named `-` on the command line.
    Stdin,
    File(PathBuf),
}

/// The captures that `paths` name, in order: a file stands for itself, a folder for the capture
/// files directly in it by name, `-` for standard input. Nothing is opened for reading yet.
pub fn expand<P: AsRef<str>>(paths: &[P]) -> Result<Vec<Input>, CaptureError> {
    let mut inputs = Vec::new();
    for path in paths {
        expand_one(path.as_ref(), &mut inputs)?;
    }
    Ok(inputs)
}

fn expand_one(path: &str, inputs: &mut Vec<Input>) -> Result<(), CaptureError> {
    if path == "-" {
        inputs.push(Input::Stdin);
        return Ok(());
    }
    let metadata = fs::metadata(path).map_err(|error| io_error(path, &error))?;
    if !metadata.is_dir() {
        inputs.push(Input::File(path.into()));
        return Ok(());
    }
    let files = captures_in(Path::new(path)).map_err(|error| io_error(path, &error))?;
    if files.is_empty() {
        return Err(CaptureError::File {
            path: path.to_owned(),
            cause: "the folder holds no .pcap, .pcapng or .cap file".to_owned(),
            remedy: "name a folder with captures, or the files themselves",
        });
    }
    inputs.extend(files.into_iter().map(Input::File));
    Ok(())
}

fn captures_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_capture = path
            .extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()));
        if is_capture && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Input {
    /// The name messages use.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// Length in bytes, where it is known before reading.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Stdin => None,
            Self::File(path) => fs::metadata(path)
                .ok()
                .filter(fs::Metadata::is_file)
                .map(|metadata| metadata.len()),
        }
    }

    pub(super) fn open(self) -> Result<Box<dyn Read + Send>, CaptureError> {
        match self {
            Self::Stdin => Ok(Box::new(io::stdin())),
            Self::File(path) => match File::open(&path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(io_error(&path.display().to_string(), &error)),
            },
        }
    }
}

/// The message for a file that the system does not let us read.
pub(super) fn io_error(path: &str, error: &io::Error) -> CaptureError {
    let kind = error.kind();
    let (cause, remedy) = if kind == io::ErrorKind::NotFound {
        (
            "there is no such file".to_owned(),
            "check the path; `-` reads standard input",
        )
    } else if kind == io::ErrorKind::PermissionDenied {
        (
            "permission denied".to_owned(),
            "make the file readable for this user",
        )
    } else {
        (error.to_string(), "check the disk and the path")
    };
    CaptureError::File {
        path: path.to_owned(),
        cause,
        remedy,
    }
}

/// Cause and remedy for bytes that are neither pcap nor pcapng; `head` is the first 12 or fewer.
pub(super) fn explain_unknown(head: &[u8]) -> (&'static str, &'static str) {
    const KNOWN: [(&[u8], &str, &str); 5] = [
        (
            &[0x1f, 0x8b],
            "it is compressed with gzip",
            "decompress it first: gunzip -c FILE | sensor-agent replay -",
        ),
        (
            &[0x28, 0xb5, 0x2f, 0xfd],
            "it is compressed with zstd",
            "decompress it first: zstd -dc FILE | sensor-agent replay -",
        ),
        (
            &[0xfd, b'7', b'z', b'X', b'Z'],
            "it is compressed with xz",
            "decompress it first: xz -dc FILE | sensor-agent replay -",
        ),
        (
            b"snoop\0",
            "it is a snoop capture",
            "convert it first: editcap -F pcapng FILE OUT.pcapng",
        ),
        (
            b"version http",
            "it is a Git LFS pointer, not the capture",
            "fetch the content first: git lfs pull",
        ),
    ];
    KNOWN
        .iter()
        .find(|(magic, _, _)| head.starts_with(magic))
        .map_or(
            (
                "it is neither pcap nor pcapng",
                "name a capture written by tcpdump, Wireshark or dumpcap",
            ),
            |(_, cause, remedy)| (cause, remedy),
        )
}
