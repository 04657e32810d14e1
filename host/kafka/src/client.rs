//! The factory of clients for one cluster or one embedded log.

use crate::embedded::{self, EmbeddedOptions};
use crate::{Admin, ClientConfig, Consumer, Producer, Result};
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
}
