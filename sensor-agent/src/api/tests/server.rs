//! The listener: where it listens, what it refuses, how it stops.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::world::World;
use crate::api::{ApiSettings, Handle, StartError, serve};
use crate::service::Role;

fn settings(listen: &str) -> ApiSettings {
    ApiSettings {
        listen: listen.parse().expect("address"),
        allow_non_loopback: false,
    }
}

/// At an address of its own: a port that is given back is not taken by another test at once.
fn start(world: &World) -> Handle {
    serve(&settings("127.0.66.1:0"), world.service.clone()).expect("a free port")
}

/// Sends bytes and reads until the server closes.
fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connect");
    stream
        .set_read_timeout(Some(Duration::from_mins(1)))
        .expect("timeout");
    stream.write_all(request.as_bytes()).expect("send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answer");
    answer
}

#[test]
fn it_serves_on_a_free_port_and_stops_when_told() {
    let world = World::new();
    let handle = start(&world);
    let address = handle.address();
    assert_ne!(address.port(), 0);
    let request = format!(
        "GET /api/v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        world.token(Role::Viewer)
    );
    let answer = exchange(address, &request);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"product\":\"Telltale\""), "{answer}");
    handle.stop();
    assert!(TcpStream::connect(address).is_err(), "it still listens");
}

#[test]
fn other_hosts_are_shut_out_unless_allowed() {
    let world = World::new();
    let error = serve(&settings("0.0.0.0:0"), world.service.clone()).expect_err("refused");
    assert!(matches!(error, StartError::NotLoopback(_)));
    assert!(error.to_string().contains("0.0.0.0"), "{error}");
    let allowed = ApiSettings {
        allow_non_loopback: true,
        ..settings("0.0.0.0:0")
    };
    serve(&allowed, world.service.clone())
        .expect("allowed")
        .stop();
}

#[test]
fn a_port_in_use_is_named_with_a_remedy() {
    let world = World::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    let address = taken.local_addr().expect("address").to_string();
    let error = serve(&settings(&address), world.service.clone()).expect_err("in use");
    let text = error.to_string();
    assert!(
        text.contains(&address) && text.contains("another program"),
        "{text}"
    );
}

#[test]
fn a_client_that_never_finishes_its_head_is_cut_off_and_others_are_served() {
    let world = World::new();
    let handle = start(&world);
    let mut slow = TcpStream::connect(handle.address()).expect("connect");
    slow.write_all(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        .expect("send");
    let ok = exchange(
        handle.address(),
        "GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(ok.starts_with("HTTP/1.1 "), "{ok}");
    slow.set_read_timeout(Some(Duration::from_mins(1)))
        .expect("timeout");
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).expect("closed by the server");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"));
    handle.stop();
}
