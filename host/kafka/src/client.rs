//! The factory of clients for one cluster or one embedded log.

use crate::embedded::{self, EmbeddedOptions};
use crate::{Admin, ClientConfig, ClientStatistics, Consumer, Producer, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The client for `bootstrap_servers`: `embedded:DIR` or a list of brokers.
///
/// `settings` are the worker's own; of these the `embedded.*` ones matter here. A cluster is not contacted
/// yet, an embedded log is opened.
pub fn connect(bootstrap_servers: &str, settings: &BTreeMap<String, String>) -> Result<Arc<dyn Client>> {
    let servers = bootstrap_servers.trim();
    match servers.strip_prefix(embedded::SCHEME) {
        Some(directory) => embedded::open(Path::new(directory.trim()), &EmbeddedOptions::read(settings)?),
        None => {
            let config = ClientConfig::new().with("bootstrap.servers", servers);
            Ok(Arc::new(crate::rdkafka::KafkaClient::new(&config)?))
        }
    }
}

/// Makes clients of one cluster or one embedded log; cheap to share.
///
/// Each configuration is the user's flat map (see [`ClientConfig`]); `bootstrap.servers` in it wins over
/// the one this client was made with, as an override in a connector's configuration does.
pub trait Client: Send + Sync {
    /// A producer; does not wait for the broker.
    fn producer(&self, config: &ClientConfig) -> Result<Box<dyn Producer>>;

    /// A consumer; does not wait for the broker.
    fn consumer(&self, config: &ClientConfig) -> Result<Box<dyn Consumer>>;

    /// An admin client; does not wait for the broker.
    fn admin(&self, config: &ClientConfig) -> Result<Box<dyn Admin>>;

    /// What the producers and consumers of this process last told of themselves (`statistics.interval.ms`),
    /// in order. The embedded log has no such thing: there is no network.
    fn statistics(&self) -> Vec<ClientStatistics> {
        Vec::new()
    }

    /// A producer that may send through the same client as others whose settings are equal, as long as none of
    /// them gets into the way of another; each has its own queue, deliveries and errors. Never with a
    /// `transactional.id`.
    fn shared_producer(&self, config: &ClientConfig, sharing: &Sharing<'_>) -> Result<Box<dyn Producer>> {
        let _ = sharing;
        self.producer(config)
    }

    /// An admin client that is the same for equal settings and closes with its last user.
    fn shared_admin(&self, config: &ClientConfig) -> Result<Arc<dyn Admin>> {
        self.admin(config).map(Arc::from)
    }
}

/// What a producer shares: its settings but for these.
#[derive(Clone, Copy, Debug)]
pub struct Sharing<'a> {
    /// `client.id` of the common client; that of the settings is the producer's own, when it goes alone.
    pub client_id: &'a str,
    /// Bytes that the producer may queue (`buffer.memory`), in the common client or in its own.
    pub queue: usize,
}
