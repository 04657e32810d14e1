//! Listens, and hands requests over once there is a herder.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use ferry_config::worker::{Listener, RestConfig};
use ferry_runtime::herder::Herder;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::answer::Reply;
use crate::api;
use crate::routes::Serves;

/// Time for running requests when REST ends.
const GRACE: Duration = Duration::from_secs(60);

/// Where the herder will be.
type Slot = watch::Receiver<Option<Arc<dyn Herder>>>;

/// Sockets that are open and do not answer yet.
pub struct Sockets {
    listeners: Vec<(TcpListener, SocketAddr)>,
}

impl Sockets {
    /// Opens all listeners; port 0 takes a free one.
    ///
    /// # Errors
    /// An address that cannot be listened on, by name.
    pub async fn open(listeners: &[Listener]) -> std::io::Result<Self> {
        let mut open = Vec::with_capacity(listeners.len());
        for Listener { host, port } in listeners {
            let name = if host.is_empty() { "0.0.0.0" } else { host };
            let failed = |error: std::io::Error| {
                let mend = match error.kind() {
                    std::io::ErrorKind::AddrInUse => "; end what uses it or set listeners to another port",
                    _ => "",
                };
                std::io::Error::new(
                    error.kind(),
                    format!("REST cannot listen on {name}:{port}: {error}{mend}"),
                )
            };
            let listener = TcpListener::bind((name, *port)).await.map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            open.push((listener, address));
        }
        Ok(Self { listeners: open })
    }

    /// The addresses, with the ports that were found.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().map(|(_, address)| *address).collect()
    }

    /// The worker's id: the `host:port` that others shall use (`RestServer.advertisedUrl`).
    pub fn worker_id(&self, config: &RestConfig) -> String {
        let first =
            config.listeners.first().map(|listener| listener.host.as_str()).filter(|host| !host.is_empty());
        let address = self.addresses().first().copied();
        let host = match (&config.advertised_host, first) {
            (Some(host), _) => host.clone(),
            (None, Some(host)) if host != "0.0.0.0" && host != "::" => host.to_owned(),
            _ => own_address(address),
        };
        let port = config
            .advertised_port
            .filter(|port| *port != 0)
            .or_else(|| address.map(|address| address.port()));
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        format!("{host}:{}", port.unwrap_or_default())
    }

    /// Begins to answer. Until [`Server::serve`], `/health` says that the worker starts, and all else
    /// waits. Needs a tokio runtime.
    pub fn start(self) -> Server {
        let (herder, slot) = watch::channel(None);
        let (stop, stopping) = watch::channel(());
        let mut serving = JoinSet::new();
        for (listener, address) in self.listeners {
            let slot = slot.clone();
            let router = Router::new().fallback(move |request: Request<Body>| answer(slot.clone(), request));
            let mut stopping = stopping.clone();
            serving.spawn(async move {
                let stopped = async move {
                    // An error means that the server was dropped: stop as well.
                    let _ = stopping.changed().await;
                };
                if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                    tracing::error!(%address, %error, "rest listener ended");
                }
            });
        }
        Server { herder, stop, serving }
    }
}

/// An address of this machine, for listeners on all interfaces: the one that leads to the world.
fn own_address(bound: Option<SocketAddr>) -> String {
    let fallback = || bound.map_or_else(|| "127.0.0.1".to_owned(), |address| address.ip().to_string());
    // Connecting a datagram socket sends nothing, it only chooses a route.
    let route = || {
        let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
        socket.connect("192.0.2.1:9").ok()?;
        socket.local_addr().ok().map(|address| address.ip()).filter(|ip: &IpAddr| !ip.is_unspecified())
    };
    match bound {
        Some(address) if !address.ip().is_unspecified() => fallback(),
        _ => route().map_or_else(fallback, |ip| ip.to_string()),
    }
}

async fn answer(mut slot: Slot, request: Request<Body>) -> Reply {
    if slot.borrow().is_none() && request.uri().path().trim_end_matches('/') == "/health" {
        return api::starting();
    }
    let herder = match tokio::time::timeout(api::TIMEOUT, slot.wait_for(Option::is_some)).await {
        Ok(Ok(herder)) => herder.clone(),
        _ => None,
    };
    match herder {
        Some(herder) => api::answer(herder, Serves::Everything, request).await,
        None => api::starting(),
    }
}

/// A server that answers.
pub struct Server {
    herder: watch::Sender<Option<Arc<dyn Herder>>>,
    stop: watch::Sender<()>,
    serving: JoinSet<()>,
}

impl Server {
    /// From now on requests are answered by `herder`.
    pub fn serve(&self, herder: Arc<dyn Herder>) {
        self.herder.send_replace(Some(herder));
    }

    /// Accepts no more connections, and waits for running requests for 60 s at most.
    pub async fn stop(mut self) {
        self.stop.send_replace(());
        let all = async { while self.serving.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!("rest requests still running were cut off");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    fn ask(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[tokio::test]
    async fn answers_health_before_there_is_a_herder() {
        let listener = Listener { host: "127.0.0.1".to_owned(), port: 0 };
        let sockets = Sockets::open(std::slice::from_ref(&listener)).await.unwrap();
        let address = sockets.addresses()[0];
        let taken = Listener { port: address.port(), ..listener };
        let refused = Sockets::open(std::slice::from_ref(&taken)).await.err().unwrap();
        assert_eq!(
            refused.to_string(),
            format!(
                "REST cannot listen on {address}: Address already in use (os error 98); end what uses it or set listeners to another port"
            )
        );
        let server = sockets.start();
        let answer = tokio::task::spawn_blocking(move || ask(address)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(
            answer.ends_with(r#"{"status":"starting","message":"Worker is still starting up."}"#),
            "{answer}"
        );
        server.stop().await;
        assert!(TcpStream::connect(address).is_err());
    }
}
