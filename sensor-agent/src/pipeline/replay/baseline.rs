//! The baseline as a file: what was learned, for a later call or another sensor.
//!
//! Lines of JSON: a header with format and version, one line for each learned tuple and each
//! device in a stable order (so files can be compared and reviewed), and a last line with the
//! totals, by which a cut file is told.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use sensor_detect::detector::{Device, Learned};
use serde::{Deserialize, Serialize};

use crate::cli::Failure;

const FORMAT: &str = "telltale-baseline";

/// Version written. Versions up to this one are read.
const VERSION: u32 = 1;

/// What is known as normal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Ordered by tuple.
    pub learned: Vec<Learned>,
    /// By id.
    pub devices: Vec<Device>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Header { format: String, version: u32 },
    Learned(Box<Learned>),
    Device(Box<Device>),
    End { learned: usize, devices: usize },
}

/// Why a baseline file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    #[error("cannot {action} baseline {path}: {cause}; check the path and its permissions")]
    Io {
        action: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
    #[error("{path} is not a baseline file; name one that --baseline has written")]
    Foreign { path: PathBuf },
    #[error(
        "baseline {path} has version {found}, newer than version {VERSION} of this program; update sensor-agent or learn again into another file"
    )]
    Newer { path: PathBuf, found: u32 },
    #[error(
        "baseline {path} is damaged at line {line}: {cause}; restore it from a copy or learn again into another file"
    )]
    Damaged {
        path: PathBuf,
        line: usize,
        cause: String,
    },
}

impl From<BaselineError> for Failure {
    fn from(error: BaselineError) -> Self {
        Self::run_time(error)
    }
}

impl Baseline {
    /// What the file holds; nothing when it does not exist yet.
    pub fn load(path: &Path) -> Result<Self, BaselineError> {
        match File::open(path) {
            Ok(file) => Self::read(BufReader::new(file), path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) => Err(failed("read", path)(cause)),
        }
    }

    fn read(reader: impl BufRead, path: &Path) -> Result<Self, BaselineError> {
        let damaged = |line: usize, cause: &str| BaselineError::Damaged {
            path: path.to_owned(),
            line,
            cause: cause.to_owned(),
        };
        let mut baseline = Self::default();
        let mut lines = reader.lines().enumerate();
        check_header(lines.next(), path)?;
        for (index, text) in lines.by_ref() {
            let line = index + 1;
            let text = text.map_err(failed("read", path))?;
            let entry = serde_json::from_str(&text)
                .map_err(|error| damaged(line, &format!("not an entry ({error})")))?;
            match entry {
                Line::Learned(learned) => baseline.learned.push(*learned),
                Line::Device(device) => baseline.devices.push(*device),
                Line::Header { .. } => return Err(damaged(line, "a second header")),
                Line::End { learned, devices } => {
                    let complete =
                        (learned, devices) == (baseline.learned.len(), baseline.devices.len());
                    if !complete {
                        return Err(damaged(line, "entries are missing"));
                    }
                    return match lines.next() {
                        None => Ok(baseline),
                        Some(_) => Err(damaged(line + 1, "something follows the last line")),
                    };
                }
            }
        }
        let last = 2 + baseline.learned.len() + baseline.devices.len();
        Err(damaged(last, "the end is missing"))
    }

    /// Replaces the file: either all of it is there afterwards, or the old one.
    pub fn save(&self, path: &Path) -> Result<(), BaselineError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        self.write_to(&beside)
            .and_then(|()| fs::rename(&beside, path))
            .map_err(failed("write", path))
    }

    fn write_to(&self, path: &Path) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        let mut line = |line: &Line| -> io::Result<()> {
            serde_json::to_writer(&mut out, line)?;
            out.write_all(b"\n")
        };
        line(&Line::Header {
            format: FORMAT.to_owned(),
            version: VERSION,
        })?;
        for learned in &self.learned {
            line(&Line::Learned(Box::new(learned.clone())))?;
        }
        for device in &self.devices {
            line(&Line::Device(Box::new(device.clone())))?;
        }
        line(&Line::End {
            learned: self.learned.len(),
            devices: self.devices.len(),
        })?;
        out.into_inner()?.sync_all()
    }
}

fn failed<'a>(action: &'static str, path: &'a Path) -> impl Fn(io::Error) -> BaselineError + 'a {
    move |cause| BaselineError::Io {
        action,
        path: path.to_owned(),
        cause,
    }
}

/// The first line says what the file is, in a form that every version keeps.
fn check_header(
    first: Option<(usize, io::Result<String>)>,
    path: &Path,
) -> Result<(), BaselineError> {
    let text = match first {
        Some((_, Ok(text))) => text,
        Some((_, Err(error))) if error.kind() != io::ErrorKind::InvalidData => {
            return Err(failed("read", path)(error));
        }
        Some((_, Err(_))) | None => String::new(),
    };
    match serde_json::from_str(&text) {
        Ok(Line::Header { format, version }) if format == FORMAT => {
            if version > VERSION {
                return Err(BaselineError::Newer {
                    path: path.to_owned(),
                    found: version,
                });
            }
            Ok(())
        }
        _ => Err(BaselineError::Foreign {
            path: path.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sensor_detect::baseline::{Learned, Origin, Tuple, TupleKind, TupleObject};
    use sensor_detect::detector::Device;
    use sensor_detect::finding::PartyKey;
    use sensor_protocols::observation::Protocol;
    use sensor_protocols::time::Timestamp;

    use super::{Baseline, BaselineError};

    fn sample() -> Baseline {
        let party = |last| PartyKey::Ip([10, 0, 0, last].into());
        let learned = |last| Learned {
            tuple: Tuple {
                kind: TupleKind::Object,
                source: party(last),
                destination: Some(party(9)),
                protocol: Protocol::Modbus,
                operation: Some(3),
                sub_operation: None,
                object: Some(TupleObject::Range {
                    table: "holding_register".into(),
                    station: 1,
                    first: 0,
                    last: 9,
                }),
            },
            origin: Origin::Traffic,
            first_seen: Timestamp::from_nanos(1),
            last_seen: Timestamp::from_nanos(2),
            count: 3,
        };
        Baseline {
            learned: vec![learned(1), learned(2)],
            devices: vec![Device {
                id: 1,
                ips: [[10, 0, 0, 1].into()].into(),
                ..Device::default()
            }],
        }
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plant.baseline");
        assert_eq!(Baseline::load(&path).expect("no file"), Baseline::default());
        sample().save(&path).expect("room on the disk");
        assert_eq!(Baseline::load(&path).expect("a good file"), sample());
        let names = fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(names, 1, "nothing is left beside the file");
    }

    #[test]
    fn a_file_that_lost_lines_is_damaged() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plant.baseline");
        sample().save(&path).expect("room on the disk");
        let text = fs::read_to_string(&path).expect("a good file");
        let lines: Vec<&str> = text.lines().collect();
        for kept in 1..lines.len() {
            fs::write(&path, lines[..kept].join("\n")).expect("room on the disk");
            let error = Baseline::load(&path).expect_err("a cut file");
            assert!(matches!(error, BaselineError::Damaged { .. }), "{error}");
        }
        let without_second = [&lines[..1], &lines[2..]].concat().join("\n");
        fs::write(&path, without_second).expect("room on the disk");
        let error = Baseline::load(&path).expect_err("a hole").to_string();
        assert!(error.contains("entries are missing"), "{error}");
    }

    #[test]
    fn newer_and_foreign_files_are_told_apart() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plant.baseline");
        let newer = r#"{"header":{"format":"telltale-baseline","version":9}}"#;
        for (content, expected) in [
            (newer.as_bytes(), "newer than version 1"),
            (b"{}".as_slice(), "not a baseline file"),
            (b"".as_slice(), "not a baseline file"),
            (b"\xff\xfe\x00".as_slice(), "not a baseline file"),
        ] {
            fs::write(&path, content).expect("room on the disk");
            let error = Baseline::load(&path).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_failed_save_leaves_the_old_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plant.baseline");
        sample().save(&path).expect("room on the disk");
        fs::create_dir(folder.path().join("plant.baseline.new")).expect("a folder in the way");
        let error = Baseline::default()
            .save(&path)
            .expect_err("no place to write");
        assert!(error.to_string().contains("cannot write baseline"));
        assert_eq!(Baseline::load(&path).expect("the old file"), sample());
    }
}
