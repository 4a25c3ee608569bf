//! Where things are: the checkout, the target directory, the cache, and who runs this.
//!
//! Data in: the environment and the path of this program. Data out: paths. Nothing is created here.

use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Root of the checkout: the folder that holds `Cargo.toml` of the workspace.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Cargo's target directory: `CARGO_TARGET_DIR`, else `target` in the checkout.
pub(crate) fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Tools that are built once and kept between checkouts: `$XDG_CACHE_HOME/telltale` or
/// `~/.cache/telltale`; in the target directory when there is no home.
pub(crate) fn cache_dir() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.map_or_else(|| target_dir().join("cache"), |base| base.join("telltale"))
}

/// Folder for logs of steps and files that the verbs make.
pub(crate) fn scratch_dir() -> PathBuf {
    target_dir().join("xtask")
}

/// Captures that tests and demo play.
pub(crate) fn captures() -> PathBuf {
    root().join("tests/captures")
}

/// Whether this process runs as root: `/proc/self` belongs to its effective user.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// `path` relative to the checkout, for messages.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
