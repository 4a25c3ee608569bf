//! `[api]`: the REST interface.

use std::net::{Ipv4Addr, SocketAddr};

use super::section::section;

section! {
    /// The REST interface, its documentation page and the metrics.
    pub struct Api = "api" {
        /// Address and port to listen on. Port 0 takes any free port. Keep the loopback address
        /// unless a proxy with TLS stands in front: tokens travel in the clear here.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    }
}
