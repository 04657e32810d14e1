//! What exactly-once needs around a source task: its producer, its offsets, and the end of those before it
//! (KIP-618; `Worker.ExactlyOnceSourceTaskBuilder`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use ferry_config::connector::TransactionBoundary;
use ferry_config::worker::ExactlyOnceSource;
use ferry_kafka::{ClientConfig, NewTopic};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::{ErrorKind, Result};

use crate::environment::Environment;
use crate::errors::from_kafka;
use crate::executor::{TaskId, lock};
use crate::source::{Boundary, Requests};
use crate::stores::{LayeredOffsets, OffsetStore, OffsetsTopic, TopicOffsets, TransactionalOffsets};

/// What a connector that insists on exactly-once is told where there is none.
pub const NOT_ENABLED: &str = "This worker does not have exactly-once source support enabled.";

/// How long fencing may take (`Worker.fenceZombies` is given 90 s by REST).
const FENCE_LIMIT: Duration = Duration::from_secs(90);
const STEP: Duration = Duration::from_secs(1);

/// Topics of offsets that are in use: all who read the same one share what they have read.
#[derive(Default)]
pub struct OffsetTopics(Mutex<Known>);

type Known = HashMap<String, (OffsetsTopic, Weak<TopicOffsets>)>;

impl OffsetTopics {
    fn of(&self, env: &Environment, topic: OffsetsTopic) -> Arc<TopicOffsets> {
        let mut known = lock(&self.0);
        known.retain(|_, (_, offsets)| offsets.strong_count() > 0);
        let name = topic.new.name.clone();
        if let Some((same, offsets)) = known.get(&name)
            && *same == topic
            && let Some(offsets) = offsets.upgrade()
        {
            return offsets;
        }
        let offsets = Arc::new(TopicOffsets::new(env.kafka.clone(), topic.clone()));
        known.insert(name, (topic, Arc::downgrade(&offsets)));
        offsets
    }
}

/// Where a source connector's offsets are.
pub enum SourceOffsets {
    /// In the worker's own store.
    Worker(Arc<dyn OffsetStore>),
    /// In a topic, written by the tasks themselves.
    Transactional(Arc<dyn TransactionalOffsets>),
}

impl SourceOffsets {
    /// For reading, and for what is no task's.
    pub fn store(&self) -> Arc<dyn OffsetStore> {
        match self {
            Self::Worker(store) => store.clone(),
            Self::Transactional(store) => store.clone(),
        }
    }
}

/// The offsets of the source connector called `name`. Asks nothing of the broker yet.
pub fn source_offsets(env: &Environment, name: &str, config: &ConfigMap) -> SourceOffsets {
    let Some(once) = &env.worker.exactly_once else { return SourceOffsets::Worker(env.offsets.clone()) };
    let interval = env.worker.offset_flush_interval;
    let own = config.get("offsets.storage.topic").map(str::trim).filter(|topic| !topic.is_empty());
    let topic = offsets_topic(env, once, own, name, config);
    let is_worker_s = topic.new.name == once.offsets_topic && same_cluster(env, config);
    let below: Arc<dyn OffsetStore> = if is_worker_s {
        env.offsets.clone()
    } else {
        let worker = offsets_topic(env, once, None, name, &ConfigMap::new());
        let producer = worker.producer.clone();
        let worker = env.offset_topics.of(env, worker);
        Arc::new(LayeredOffsets::new(worker, env.offsets.clone(), producer, interval))
    };
    // In one transaction, under the name of the first task: one that still runs somewhere is shut out.
    let task = TaskId { connector: name.into(), task: 0 };
    let client_id = format!("connector-offset-producer-{name}");
    let producer = producer_config(env, once, &task, &client_id, config);
    let topic = env.offset_topics.of(env, topic);
    SourceOffsets::Transactional(Arc::new(LayeredOffsets::new(topic, below, producer, interval)))
}

fn same_cluster(env: &Environment, config: &ConfigMap) -> bool {
    let producer = env.worker.producer_config("", config).merged();
    let servers = producer.get("bootstrap.servers").unwrap_or_default();
    servers == env.worker.bootstrap.to_string()
}

fn offsets_topic(
    env: &Environment,
    once: &ExactlyOnceSource,
    own: Option<&str>,
    name: &str,
    config: &ConfigMap,
) -> OffsetsTopic {
    let client = |settings: ferry_config::worker::ClientSettings| -> ClientConfig {
        settings.merged().iter().filter(|(key, _)| *key != "client.id" && *key != "group.id").collect()
    };
    let worker = &env.worker;
    let group = format!("connect-{name}");
    let mut consumer = client(worker.consumer_config("", &group, config));
    ensure(
        &mut consumer,
        "isolation.level",
        "read_committed",
        "for source connectors' offset consumers when exactly-once source support is enabled",
    );
    OffsetsTopic {
        new: NewTopic {
            name: own.unwrap_or(&once.offsets_topic).to_owned(),
            partitions: once.partitions,
            replication_factor: once.replication_factor,
            configs: once.topic_config.clone(),
        },
        property: if own.is_some() { "offsets.storage.topic" } else { "offset.storage.topic" },
        consumer,
        producer: client(worker.producer_config("", config)),
        admin: client(worker.admin_config("", config)),
    }
}

/// Sets what exactly-once rests on; a user's other wish is told of and passed over.
fn ensure(settings: &mut ClientConfig, name: &str, value: &str, why: &str) {
    if let Some(given) = settings.get(name)
        && !given.eq_ignore_ascii_case(value)
    {
        tracing::warn!(
            "The value '{given}' for the '{name}' property will be ignored as it cannot be overridden {why}. The \
             value '{value}' will be used instead."
        );
    }
    settings.set(name, value);
}

/// The settings of the producer of a task (`Worker.exactlyOnceSourceTaskProducerConfigs`).
pub fn producer_config(
    env: &Environment,
    once: &ExactlyOnceSource,
    task: &TaskId,
    client_id: &str,
    config: &ConfigMap,
) -> ClientConfig {
    const WHY: &str = "for connectors when exactly-once source support is enabled";
    let settings = env.worker.producer_config(client_id, config);
    let mut merged: ClientConfig = settings.merged().iter().collect();
    if settings.user.get("enable.idempotence").is_none() {
        merged.set("enable.idempotence", "true");
    }
    ensure(&mut merged, "enable.idempotence", "true", WHY);
    ensure(&mut merged, "transactional.id", &transactional_id(once, task), WHY);
    merged
}

/// `{group.id}-{connector}-{task}` (`Worker.taskTransactionalId`)
fn transactional_id(once: &ExactlyOnceSource, task: &TaskId) -> String {
    format!("{}-{task}", once.group_id)
}

/// The rule by which a task's transactions end; `requests` takes in what the task asks for, where it may.
pub fn boundary(env: &Environment, rule: TransactionBoundary) -> (Boundary, Option<Arc<Requests>>) {
    match rule {
        TransactionBoundary::Poll => (Boundary::Poll, None),
        TransactionBoundary::Interval(every) => {
            let every = every.unwrap_or(env.worker.offset_flush_interval);
            (Boundary::Interval { every, next: Instant::now() + every }, None)
        }
        TransactionBoundary::Connector => {
            let requests = Arc::<Requests>::default();
            (Boundary::Connector(requests.clone()), Some(requests))
        }
    }
}

/// Shuts out the producers of tasks that were given up and may come back (`Worker.fenceZombies`). Does
/// nothing where tasks have no transactions.
pub fn fence(env: &Environment, tasks: &[TaskId], config: &ConfigMap) -> Result<()> {
    let Some(once) = &env.worker.exactly_once else { return Ok(()) };
    for task in tasks {
        let settings = producer_config(env, once, task, &format!("connector-fence-{task}"), config);
        let began = Instant::now();
        let fenced = env.kafka.producer(&settings).and_then(|mut producer| {
            loop {
                match producer.init_transactions(STEP) {
                    Err(error) if error.is_retriable() && began.elapsed() < FENCE_LIMIT => {}
                    done => break done,
                }
            }
        });
        fenced.map_err(|error| {
            let message = format!("Failed to fence out the producer of task {task}");
            from_kafka(error).context(ErrorKind::Retriable, message)
        })?;
        tracing::info!(task = %task, "fenced out the producer of a task that was given up");
    }
    Ok(())
}

/// `transaction.timeout.ms` of a producer with these settings.
pub fn transaction_timeout(settings: &ClientConfig) -> Duration {
    let given = settings.get("transaction.timeout.ms").and_then(|millis| millis.trim().parse().ok());
    Duration::from_millis(given.unwrap_or(60_000))
}

#[cfg(test)]
#[path = "exactly_once_tests.rs"]
mod tests;
