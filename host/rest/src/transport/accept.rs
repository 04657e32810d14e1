//! The loop of a listener: each connection has a place, a task of its own, and an end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;

use super::exchange::{Manner, Peer};
use super::patience::Patience;
use super::room::{Room, Seat};
use super::tls::{Names, Reloading};
use super::{Door, Slot};

/// What is read of a connection before it is looked at, in bytes: the longest head of a request that gets an answer
/// of its own; beyond that, hyper's.
const BUFFER: usize = 32 << 10;
/// Headers of a request; Jetty counts their bytes only.
const HEADERS: usize = 2_000;
/// Pause after a connection could not be accepted: there are no more file descriptors, most likely.
const PAUSE: Duration = Duration::from_millis(500);

/// What all connections of a listener have in common.
pub(super) struct Accepting {
    pub(super) tls: Option<Arc<Reloading>>,
    pub(super) door: Door,
    pub(super) manner: Arc<Manner>,
    pub(super) room: Arc<Room>,
    pub(super) slot: Slot,
    pub(super) stopping: watch::Receiver<()>,
}

/// An error means that the server was dropped: it stops as well.
async fn stopped(stopping: &mut watch::Receiver<()>) {
    drop(stopping.changed().await);
}

impl Accepting {
    /// Accepts until the server stops, then waits for what runs.
    pub(super) async fn run(self: Arc<Self>, listener: TcpListener) {
        let mut stopping = self.stopping.clone();
        let mut connections = JoinSet::new();
        loop {
            let stream = tokio::select! {
                () = stopped(&mut stopping) => break,
                _ = connections.join_next(), if !connections.is_empty() => continue,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        refused(&error).await;
                        continue;
                    }
                },
            };
            let seat = tokio::select! {
                () = stopped(&mut stopping) => break,
                seat = self.room.enter() => seat,
            };
            connections.spawn(self.clone().connection(stream, seat));
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, seat: Seat) {
        // Only makes small answers faster.
        let _ = stream.set_nodelay(true);
        let Ok(peer) = stream.peer_addr() else { return };
        let mut peer = Peer { address: peer.ip(), counter: seat.counter(), served_as: None };
        let stream = Patience::new(stream, self.manner.idle);
        let ended = match self.tls.clone() {
            None => self.requests(stream, &seat, peer).await,
            Some(tls) => match self.handshake(tls, stream, &seat).await {
                Ok((stream, names)) => {
                    peer.served_as = Some(names);
                    self.requests(stream, &seat, peer).await
                }
                Err(error) => Err(error.into()),
            },
        };
        if let Err(error) = ended {
            // Clients that go away are everyday.
            tracing::debug!(%error, "rest connection ended");
        }
    }

    async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        tls: Arc<Reloading>,
        stream: S,
        seat: &Seat,
    ) -> io::Result<(tokio_rustls::server::TlsStream<S>, Arc<Names>)> {
        // Keystores may have to be read.
        let choice = tokio::task::spawn_blocking(move || tls.current()).await.map_err(io::Error::other)?;
        let shake = async {
            let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
            let hello = begun.client_hello();
            let served = choice.choose(hello.server_name(), hello.signature_schemes());
            let served = served.ok_or(io::ErrorKind::NotFound)?;
            let names = served.names.clone();
            match begun.into_stream(served.config.clone()).into_fallible().await {
                Ok(stream) => Ok((stream, names)),
                Err((error, stream)) => {
                    linger(stream).await;
                    Err(error)
                }
            }
        };
        let mut stopping = self.stopping.clone();
        tokio::select! {
            biased;
            shaken = shake => shaken,
            () = seat.overdue() => Err(io::Error::new(io::ErrorKind::TimedOut, "no TLS handshake")),
            () = stopped(&mut stopping) => Err(io::ErrorKind::Interrupted.into()),
        }
    }

    async fn requests<S>(&self, stream: S, seat: &Seat, peer: Peer) -> Result<(), Fault>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // Who has said all and closes that side is answered, as by Jetty.
        builder.http1().max_buf_size(BUFFER).max_headers(HEADERS).half_close(true);
        let service = service_fn(|request: Request<Incoming>| {
            let exchange = self.manner.clone().exchange(
                self.door.clone(),
                self.slot.clone(),
                self.stopping.clone(),
                peer.clone(),
                request,
            );
            async { Ok::<_, std::convert::Infallible>(exchange.await) }
        });
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut stopping = self.stopping.clone();
        tokio::select! {
            // A request that is here counts, however late this task comes to look.
            biased;
            ended = connection.as_mut() => return ended,
            () = seat.overdue() => return Ok(()),
            () = stopped(&mut stopping) => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            () = seat.overdue() => Ok(()),
        }
    }
}

/// Waits for the client to hang up: it may have sent a request with the last of its handshake, and the reset that closing
/// would answer that with could overtake the alert that says why.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    // Nobody is told what happens to a connection that has failed.
    let _ = stream.shutdown().await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// Why a connection ended.
type Fault = Box<dyn std::error::Error + Send + Sync>;

async fn refused(error: &io::Error) {
    use io::ErrorKind as Kind;
    // Of that connection, and no trouble of this worker.
    if matches!(error.kind(), Kind::ConnectionRefused | Kind::ConnectionAborted | Kind::ConnectionReset) {
        return;
    }
    tracing::error!(%error, "rest cannot accept a connection and tries again");
    tokio::time::sleep(PAUSE).await;
}
