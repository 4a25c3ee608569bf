//! `[api]`: the REST interface.

use std::net::{Ipv4Addr, SocketAddr};

use super::section::section;

section! {
    /// The REST interface, its documentation page and the metrics.
    pub struct Api = "api" {
        /// Address and port to listen on. Port 0 takes any free port.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        /// Listen on an address that other hosts can reach. The interface speaks plain HTTP, so set
        /// this only when something in front of it encrypts: tokens travel in the clear here.
        allow_non_loopback: bool = false;
    }
}
