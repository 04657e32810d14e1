//! Sockets that are open, and the addresses by which others know them.

use std::net::{IpAddr, SocketAddr};

use ferry_config::worker::{AdminListeners, Listener, RestConfig, Scheme};
use tokio::net::TcpListener;

use crate::routes::Serves;

/// One of them.
pub(super) struct Socket {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
    pub(super) scheme: Scheme,
    /// The host as it was written.
    pub(super) host: String,
    pub(super) serves: Serves,
}

impl Socket {
    /// Where it can be reached.
    pub(super) fn url(&self) -> String {
        format!("{}://{}", self.scheme.name(), self.address)
    }
}

/// Opens the listeners and those of the admin endpoints; port 0 takes a free one.
pub(super) async fn open(config: &RestConfig) -> std::io::Result<Vec<Socket>> {
    let main = match config.admin {
        AdminListeners::Main => Serves::Everything,
        AdminListeners::Off | AdminListeners::Own(_) => Serves::Main,
    };
    let mut open = Vec::new();
    for listener in &config.listeners {
        open.push(one(listener, main, "listeners").await?);
    }
    if let AdminListeners::Own(listeners) = &config.admin {
        for listener in listeners {
            open.push(one(listener, Serves::Admin, "admin.listeners").await?);
        }
    }
    Ok(open)
}

async fn one(listener: &Listener, serves: Serves, key: &str) -> std::io::Result<Socket> {
    let Listener { scheme, host, port } = listener;
    let name = if host.is_empty() { "0.0.0.0" } else { host };
    let failed = |error: std::io::Error| {
        let mend = match error.kind() {
            std::io::ErrorKind::AddrInUse => format!("; end what uses it or set {key} to another port"),
            _ => format!("; set {key} to a name or address of this machine"),
        };
        std::io::Error::new(error.kind(), format!("REST cannot listen on {name}:{port}: {error}{mend}"))
    };
    let listener = TcpListener::bind((name, *port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Socket { listener, address, scheme: *scheme, host: host.clone(), serves })
}

/// The URL that others shall use (`RestServer.advertisedUrl`): that of the first listener with the advertised scheme,
/// where nothing else is set.
pub(super) fn advertised(sockets: &[Socket], config: &RestConfig) -> (Scheme, String) {
    let scheme = config.advertised_scheme;
    let mut main = sockets.iter().filter(|socket| socket.serves != Serves::Admin);
    let socket = main.find(|socket| socket.scheme == scheme);
    let address = socket.map(|socket| socket.address);
    let host = match (&config.advertised_host, socket.map(|socket| socket.host.as_str())) {
        (Some(host), _) => host.clone(),
        (None, Some(host)) if !["", "0.0.0.0", "::"].contains(&host) => host.to_owned(),
        _ => own_address(address.or(sockets.first().map(|socket| socket.address))),
    };
    let port =
        config.advertised_port.filter(|port| *port != 0).or_else(|| address.map(|address| address.port()));
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    (scheme, format!("{host}:{}", port.unwrap_or_default()))
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
