//! The compiled kernel program inside the agent.

use super::CaptureError;

/// The ELF object; empty when the agent was built without it.
pub static OBJECT: &[u8] = aya::include_bytes_aligned!(concat!(env!("OUT_DIR"), "/sensor-ebpf.o"));

/// The object, or why there is none.
pub fn object() -> Result<&'static [u8], CaptureError> {
    if OBJECT.is_empty() {
        return Err(CaptureError::Host {
            kind: "xdp",
            cause: "this sensor-agent was built without the kernel program".to_owned(),
            remedy: "build it with `cargo xtask build`, or capture with af_packet".to_owned(),
        });
    }
    Ok(OBJECT)
}
