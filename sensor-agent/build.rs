//! Puts the compiled kernel program where `include_bytes` finds it.
//!
//! `cargo xtask build` compiles the program first and leaves it in `<target>/ebpf/sensor-ebpf.o`;
//! the variable `TELLTALE_EBPF_OBJECT` may name another file. Without either the agent is built
//! with an empty object and says so when live capture is asked for.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=TELLTALE_EBPF_OBJECT");
    if env::var_os("CARGO_FEATURE_XDP").is_none() {
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let object = find_object(&out);
    println!("cargo::rerun-if-changed={}", object.display());
    let bytes = fs::read(&object).unwrap_or_else(|error| {
        println!(
            "cargo::warning=no kernel program at {} ({error}): live capture with XDP is left out; \
             `cargo xtask build` compiles it",
            object.display()
        );
        Vec::new()
    });
    let copy = out.join("sensor-ebpf.o");
    fs::write(&copy, bytes)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", copy.display()));
}

/// The file the variable names, else the one in the target folder.
fn find_object(out: &Path) -> PathBuf {
    if let Some(path) = env::var_os("TELLTALE_EBPF_OBJECT") {
        return PathBuf::from(path);
    }
    target_folder(out).join("ebpf").join("sensor-ebpf.o")
}

/// The target folder as cargo uses it: the outermost of the folders above `OUT_DIR` that cargo
/// marked with `CACHEDIR.TAG` in one unbroken chain. This stays right with `CARGO_TARGET_DIR`, with
/// `--target` (a marked folder inside) and with custom profiles.
fn target_folder(out: &Path) -> &Path {
    out.ancestors()
        .skip_while(|folder| !is_marked(folder))
        .take_while(|folder| is_marked(folder))
        .last()
        .unwrap_or(out)
}

fn is_marked(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").exists()
}
