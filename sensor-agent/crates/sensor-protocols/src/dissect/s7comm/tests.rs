//! PDUs of named captures and what is made of them, over the transport they come in.

mod engineering;
mod hostile;
mod sessions;
