//! Which devices there are, learned from what they send.

mod device;

pub use device::{Device, DeviceKind};
