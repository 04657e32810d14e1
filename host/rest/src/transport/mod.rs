//! From connections to requests and back: listeners, TLS, HTTP/1.1 and HTTP/2, limits, and what every answer gets.

mod accept;
mod access_log;
mod added;
mod answer_body;
mod auth;
mod cors;
mod exchange;
mod jaas;
mod java_base64;
mod patience;
mod request_body;
mod room;
mod socket;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ferry_config::worker::{RestConfig, Scheme};
use ferry_runtime::herder::Herder;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::routes::Serves;
use socket::Socket;

pub(crate) use auth::BasicAuth;
pub(crate) use request_body::TooSlow;

/// Time for running requests when REST ends (`RestServer.GRACEFUL_SHUTDOWN_TIMEOUT_MS`).
const GRACE: Duration = Duration::from_secs(60);

/// Where the herder will be.
type Slot = watch::Receiver<Option<Arc<dyn Herder>>>;

/// What a request came through, for who answers it.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// What is spoken there.
    pub(crate) scheme: Scheme,
    /// Which endpoints it leads to.
    pub(crate) serves: Serves,
    /// Who may pass; `None`: everybody.
    pub(crate) auth: Option<Arc<BasicAuth>>,
}

/// Sockets that are open and do not answer yet (the connectors of `RestServer`).
pub struct Sockets {
    sockets: Vec<Socket>,
    /// For the listeners of `listeners` and of `admin.listeners` with https.
    tls: [Option<Arc<tls::Reloading>>; 2],
    manner: Arc<exchange::Manner>,
    auth: Option<Arc<BasicAuth>>,
    room: Arc<room::Room>,
    advertised: (Scheme, String),
}

impl Sockets {
    /// Opens all listeners; port 0 takes a free one. Reads keystores and the users of basic authentication. Needs a
    /// tokio runtime.
    ///
    /// # Errors
    /// An address that cannot be listened on, a keystore or JAAS file that cannot be used, by name.
    pub async fn open(config: &RestConfig) -> std::io::Result<Self> {
        let unusable =
            |cause: String| std::io::Error::other(format!("Unable to initialize REST server: {cause}"));
        let tls = |config: &Option<_>| {
            let reloading = config.clone().map(tls::Reloading::new).transpose().map_err(unusable)?;
            std::io::Result::Ok(reloading.map(Arc::new))
        };
        let tls = [tls(&config.tls)?, tls(&config.admin_tls)?];
        let auth = match config.basic_auth {
            true => Some(Arc::new(BasicAuth::load(config.jaas.as_deref()).map_err(unusable)?)),
            false => None,
        };
        if auth.is_some() && config.has_own_admin() {
            tracing::warn!(
                "admin.listeners ask for no password: rest.extension.classes is for the other listeners"
            );
        }
        let manner = Arc::new(exchange::Manner::new(config).map_err(unusable)?);
        let sockets = socket::open(config).await?;
        Ok(Self {
            advertised: socket::advertised(&sockets, config),
            room: room::Room::new(config.limits.connections, config.limits.idle),
            sockets,
            tls,
            manner,
            auth,
        })
    }

    /// The addresses, with the ports that were found.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().map(|socket| socket.address).collect()
    }

    /// The URLs of all listeners, those of the admin endpoints last.
    pub fn urls(&self) -> Vec<String> {
        self.sockets.iter().map(Socket::url).collect()
    }

    /// The worker's id: the `host:port` that others shall use.
    pub fn worker_id(&self) -> String {
        self.advertised.1.clone()
    }

    /// The URL that others shall use (`RestServer.advertisedUrl`).
    pub fn advertised_url(&self) -> String {
        format!("{}://{}", self.advertised.0.name(), self.advertised.1)
    }

    /// Begins to answer. Until [`Server::serve`], `/health` says that the worker starts, and all else
    /// waits. Needs a tokio runtime.
    pub fn start(self) -> Server {
        let (herder, slot) = watch::channel(None);
        let (stop, stopping) = watch::channel(());
        let mut serving = JoinSet::new();
        for socket in self.sockets {
            let [main, admin] = &self.tls;
            let tls = if socket.serves == Serves::Admin { admin } else { main };
            let listener = accept::Accepting {
                tls: tls.clone().filter(|_| socket.scheme == Scheme::Https),
                door: Door {
                    scheme: socket.scheme,
                    serves: socket.serves,
                    // Connect registers its extensions with the regular endpoints only.
                    auth: self.auth.clone().filter(|_| socket.serves != Serves::Admin),
                },
                manner: self.manner.clone(),
                room: self.room.clone(),
                slot: slot.clone(),
                stopping: stopping.clone(),
            };
            serving.spawn(Arc::new(listener).run(socket.listener));
        }
        Server { herder, stop, serving }
    }
}

/// A server that answers (`RestServer`).
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

    /// Accepts no more connections, ends streams of events, and waits for running requests for 60 s at most.
    pub async fn stop(mut self) {
        self.stop.send_replace(());
        let all = async { while self.serving.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!("rest requests still running were cut off");
        }
    }
}

#[cfg(test)]
mod tests;
