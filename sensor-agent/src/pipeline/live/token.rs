//! The file with the first administrator token.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::service::Secret;

/// Name of the file in the data directory.
const FILE: &str = "admin.token";

/// Writes the secret, readable and writable by the owner only, and says where.
pub(super) fn write(data_dir: &Path, secret: &Secret) -> Result<PathBuf, Failure> {
    let path = data_dir.join(FILE);
    replace(&path, secret.reveal()).map_err(|error| {
        Failure::run_time(format!(
            "cannot write {}: {error}; make the folder writable",
            path.display()
        ))
    })?;
    Ok(path)
}

/// An old file is removed first, so that its mode and its readers do not carry over.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::replace;

    #[test]
    fn only_the_owner_may_read_it_even_if_it_was_open_before() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("admin.token");
        fs::write(&path, "old").expect("room on the disk");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("our own file");
        replace(&path, "new").expect("room on the disk");
        let mode = fs::metadata(&path).expect("it exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).expect("ours"), "new\n");
    }
}
