//! The settings of Kafka clients: defaults, what the worker says, what the connector overrides.

use ferry_plugin_abi::config::ConfigMap;

use super::{Bootstrap, WorkerConfig};
use crate::clients::{self, ClientKind};

/// The settings of one client in two layers, so that the client can still choose what nobody set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientSettings {
    /// What Connect's guarantees need where the user says nothing.
    pub defaults: ConfigMap,
    /// What the user says: worker prefix first, connector override over it. Wins.
    pub user: ConfigMap,
}

impl ClientSettings {
    /// Both layers as one map.
    pub fn merged(&self) -> ConfigMap {
        let mut all = self.defaults.clone();
        all.extend(self.user.iter());
        all
    }

    fn layered(defaults: ConfigMap, worker: ConfigMap, overrides: ConfigMap) -> Self {
        let mut user = worker;
        user.extend(overrides.iter());
        Self { defaults, user }
    }

    fn says(&self, key: &str, values: &[&str]) -> bool {
        self.user.get(key).is_some_and(|value| values.contains(&value.trim().to_ascii_lowercase().as_str()))
    }
}

/// Clients of one connector's tasks; `connector` is its resolved configuration.
impl WorkerConfig {
    /// The producer of a source task or of a dead letter queue.
    ///
    /// Where Connect forgoes idempotence and keeps one request in flight for the sake of order, the default
    /// here is an idempotent producer with five: the same guarantees, faster. A user's setting that rules
    /// idempotence out brings the single request back.
    pub fn producer_config(&self, client_id: &str, connector: &ConfigMap) -> ClientSettings {
        let mut settings = ClientSettings::layered(
            self.with_bootstrap([
                ("client.id", client_id),
                ("acks", "all"),
                ("max.block.ms", "9223372036854775807"),
                ("delivery.timeout.ms", "2147483647"),
            ]),
            self.raw.with_prefix("producer."),
            connector.with_prefix("producer.override."),
        );
        let weaker = settings.user.get("acks").is_some() && !settings.says("acks", &["all", "-1"]);
        let idempotent = !weaker && !settings.says("enable.idempotence", &["false"]);
        self.tell_statistics(&mut settings);
        settings.defaults.insert("enable.idempotence", idempotent.to_string());
        settings.defaults.insert("max.in.flight.requests.per.connection", if idempotent { "5" } else { "1" });
        settings
    }

    /// The consumer of a sink task.
    pub fn consumer_config(&self, client_id: &str, group_id: &str, connector: &ConfigMap) -> ClientSettings {
        let mut settings = ClientSettings::layered(
            self.with_bootstrap([
                ("client.id", client_id),
                ("group.id", group_id),
                ("enable.auto.commit", "false"),
                ("auto.offset.reset", "earliest"),
            ]),
            self.raw.with_prefix("consumer."),
            connector.with_prefix("consumer.override."),
        );
        self.tell_statistics(&mut settings);
        settings
    }

    /// Kafka clients tell for `/metrics` what they measure; in the embedded log there are none.
    fn tell_statistics(&self, settings: &mut ClientSettings) {
        /// The longest interval that librdkafka takes, in milliseconds.
        const LONGEST: u128 = 86_400_000;
        if let (Some(interval), Bootstrap::Kafka(_)) = (self.metrics.clients, &self.bootstrap) {
            settings.defaults.insert("statistics.interval.ms", interval.as_millis().min(LONGEST).to_string());
        }
    }

    /// An admin client: alone of all clients it inherits every un-prefixed client setting of the worker.
    pub fn admin_config(&self, client_id: &str, connector: &ConfigMap) -> ClientSettings {
        let known = clients::def(ClientKind::Admin);
        let inherited =
            self.raw.iter().filter(|(key, _)| known.key(key).is_some() && *key != "bootstrap.servers");
        let mut worker: ConfigMap = inherited.collect();
        worker.extend(self.raw.with_prefix("admin.").iter().filter(|(key, _)| !key.starts_with("listeners")));
        ClientSettings::layered(
            self.with_bootstrap([("client.id", client_id)]),
            worker,
            connector.with_prefix("admin.override."),
        )
    }

    fn with_bootstrap<const N: usize>(&self, settings: [(&str, &str); N]) -> ConfigMap {
        let mut all = ConfigMap::from([("bootstrap.servers", self.bootstrap.to_string())]);
        all.extend(settings);
        all
    }
}
