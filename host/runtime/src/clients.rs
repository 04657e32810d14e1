//! How the clients of a task are made, and which of them it shares with others.

use std::sync::Arc;

use ferry_config::worker::{Bootstrap, ClientSettings};
use ferry_kafka::{Admin, Client, ClientConfig, Producer, Result, Sharing};

use crate::budget::Reservation;
use crate::environment::Environment;

/// What a producer of a cluster queues where nobody says anything.
pub const QUEUE: usize = 32 << 20;
/// The same of the embedded log.
const EMBEDDED_QUEUE: usize = 4 << 20;
/// What a producer queues however little memory there is.
const LEAST_QUEUE: usize = 1 << 20;

/// How a producer is made.
#[derive(Clone, Debug)]
pub struct ToProduce {
    /// Its own settings.
    own: ClientConfig,
    /// `client.id` of the client that it may share; `None`: it shares none.
    common: Option<String>,
}

impl ToProduce {
    /// With a client of its own: for transactions.
    pub fn alone(own: ClientConfig) -> Self {
        Self { own, common: None }
    }

    /// With the client that all have who are equal in every setting, if the worker allows it
    /// (`ferry.kafka.clients.shared`): of `common` as its `client.id`, unless the user chose one.
    pub fn shared(environment: &Environment, settings: &ClientSettings, common: &str) -> Self {
        let shares = environment.worker.share_clients
            && matches!(environment.worker.bootstrap, Bootstrap::Kafka(_))
            && settings.user.get("transactional.id").is_none();
        let id = settings.user.get("client.id").unwrap_or(common);
        Self { own: client_config(settings), common: shares.then(|| id.to_owned()) }
    }

    /// Sets memory aside for what it queues.
    pub fn reserve(&self, environment: &Environment) -> Reservation {
        let memory = &environment.memory;
        match (self.asked(), &environment.worker.bootstrap) {
            (Some(bytes), _) => memory.reserve(bytes, bytes),
            (None, Bootstrap::Embedded(_)) => memory.reserve(EMBEDDED_QUEUE, EMBEDDED_QUEUE),
            (None, Bootstrap::Kafka(_)) => memory.reserve(QUEUE, LEAST_QUEUE),
        }
    }

    /// Makes it; of a cluster's producer, `queue` bytes may be queued where the user did not say how many.
    pub fn make(&self, kafka: &dyn Client, queue: usize) -> Result<Box<dyn Producer>> {
        let queue = self.asked().unwrap_or(queue);
        match &self.common {
            Some(client_id) => kafka.shared_producer(&self.own, &Sharing { client_id, queue }),
            None if self.asked().is_none() && queue < QUEUE => {
                kafka.producer(&self.own.clone().with("buffer.memory", queue.to_string()))
            }
            None => kafka.producer(&self.own),
        }
    }

    /// `buffer.memory`
    fn asked(&self) -> Option<usize> {
        self.own.get("buffer.memory").and_then(|bytes| bytes.trim().parse().ok())
    }
}

/// How an admin client is made.
#[derive(Clone, Debug)]
pub struct ToAdminister {
    settings: ClientConfig,
    shares: bool,
}

impl ToAdminister {
    /// For a connector of this configuration: with the client that is there for equal settings, if the worker
    /// allows it, of `common` as its `client.id`; otherwise a client called `own`.
    pub fn new(
        environment: &Environment,
        own: &str,
        common: &str,
        connector: &ferry_plugin_abi::config::ConfigMap,
    ) -> Self {
        let shares = environment.worker.share_clients;
        let id = if shares { common } else { own };
        Self { settings: client_config(&environment.worker.admin_config(id, connector)), shares }
    }

    /// Makes it.
    pub fn make(&self, kafka: &dyn Client) -> Result<Arc<dyn Admin>> {
        match self.shares {
            true => kafka.shared_admin(&self.settings),
            false => kafka.admin(&self.settings).map(Arc::from),
        }
    }

    /// `bootstrap.servers`
    pub fn servers(&self) -> &str {
        self.settings.get("bootstrap.servers").unwrap_or_default()
    }
}

/// All settings of a client as one map.
pub fn client_config(settings: &ClientSettings) -> ClientConfig {
    settings.merged().iter().collect()
}
