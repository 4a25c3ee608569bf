//! Starts and stops the listener.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::{HttpServer, web};
use tokio::sync::oneshot;

use super::{Shared, app, limits};
use crate::service::Service;

/// How the interface is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSettings {
    /// Address to listen at; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Answer on an address that other hosts can reach. The interface speaks plain HTTP, so this
    /// sends tokens in the clear unless something in front of it encrypts.
    pub allow_non_loopback: bool,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            allow_non_loopback: false,
        }
    }
}

/// Why the interface did not start. Each message names the cause and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "the API will not listen at {0}, which other hosts can reach without encryption; \
         listen at a loopback address, or allow it explicitly"
    )]
    NotLoopback(SocketAddr),
    #[error("the API cannot listen at {address}: {cause}; {remedy}")]
    Bind {
        address: SocketAddr,
        cause: std::io::Error,
        remedy: &'static str,
    },
    #[error("the API server did not start: {0}; check the limits of threads and open files")]
    Start(String),
}

/// The running interface. Dropping it stops the listener.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Where it listens, with the port that was taken.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, lets running ones finish for [`limits::SHUTDOWN_SECONDS`], returns
    /// when all is closed.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended by itself; then there is nobody to tell.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the API thread ended with a panic");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// Starts the interface on threads of its own. Needs no runtime around it.
pub fn serve(settings: &ApiSettings, service: Service) -> Result<Handle, StartError> {
    if !settings.allow_non_loopback && !settings.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(settings.listen));
    }
    let listener = bind(settings.listen)?;
    let address = listener.local_addr().map_err(|cause| StartError::Bind {
        address: settings.listen,
        cause,
        remedy: "choose another address",
    })?;
    let (stop, stopped) = oneshot::channel();
    let (ready, started) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name(String::from("api"))
        .spawn(move || run(listener, service, stopped, &ready))
        .map_err(|error| StartError::Start(error.to_string()))?;
    let handle = Handle {
        address,
        stop: Some(stop),
        thread: Some(thread),
    };
    match started.recv() {
        Ok(Ok(())) => Ok(handle),
        Ok(Err(cause)) => Err(StartError::Start(cause)),
        Err(_) => Err(StartError::Start(String::from("its thread ended early"))),
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    use std::io::ErrorKind;
    TcpListener::bind(address).map_err(|cause| {
        let remedy = if cause.kind() == ErrorKind::AddrInUse {
            "another program listens there; stop it or choose another port"
        } else if cause.kind() == ErrorKind::PermissionDenied {
            "choose a port above 1023 or grant CAP_NET_BIND_SERVICE"
        } else {
            "choose an address of this host"
        };
        StartError::Bind {
            address,
            cause,
            remedy,
        }
    })
}

/// The API thread: runs the server until told to stop.
fn run(
    listener: TcpListener,
    service: Service,
    stopped: oneshot::Receiver<()>,
    ready: &mpsc::Sender<Result<(), String>>,
) {
    actix_web::rt::System::new().block_on(async move {
        let shared = web::Data::new(Shared::new(service, run_mark()));
        let server = HttpServer::new(move || app(shared.clone()))
            .workers(limits::WORKERS)
            .worker_max_blocking_threads(limits::BLOCKING_THREADS)
            .max_connections(limits::CONNECTIONS_PER_WORKER)
            .client_request_timeout(limits::HEAD_TIMEOUT)
            .keep_alive(limits::KEEP_ALIVE)
            .shutdown_timeout(limits::SHUTDOWN_SECONDS)
            .disable_signals()
            .listen(listener);
        let server = match server {
            Ok(server) => server.run(),
            Err(error) => {
                // Nobody waits any more only when the caller is gone, too.
                let _ = ready.send(Err(error.to_string()));
                return;
            }
        };
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            // An error means that the handle was dropped, which asks for the same.
            let _ = stopped.await;
            handle.stop(true).await;
        });
        let _ = ready.send(Ok(()));
        if let Err(error) = server.await {
            tracing::error!(%error, "the API server ended with an error");
        }
    });
}

/// Tells the request identifiers of two runs apart.
fn run_mark() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.subsec_nanos() ^ std::process::id())
}
