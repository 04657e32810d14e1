//! The Kafka clients of a task.

use std::sync::Arc;

use ferry_kafka::Consumer;
use ferry_plugin_abi::Result;

use super::{Control, TaskSpec};
use crate::budget::Reservation;
use crate::chain::{DeadLetterParts, DeadLetters};
use crate::clients::{ToAdminister, ToProduce, client_config};
use crate::environment::Environment;
use crate::errors::from_kafka;
use crate::metrics::TaskMetrics;
use crate::source::TopicCreator;

/// `client.id` of the clients that tasks share; where a task has its own, its name follows instead.
pub(super) const PRODUCERS: &str = "connector-producer-shared";
const ADMINS: &str = "connector-adminclient-shared";
const DLQ_PRODUCERS: &str = "connector-dlq-producer-shared";
const DLQ_ADMINS: &str = "connector-dlq-adminclient-shared";

/// Makes the topics of a source; `None`: the broker does, if at all.
pub(super) fn topic_creator(environment: &Environment, spec: &TaskSpec) -> Result<Option<TopicCreator>> {
    let Some(creation) = &spec.connector.topic_creation else { return Ok(None) };
    let own = format!("connector-adminclient-{}", spec.id);
    let admin = ToAdminister::new(environment, &own, ADMINS, &spec.connector_config);
    let servers = admin.servers().to_owned();
    let admin = admin.make(&*environment.kafka).map_err(from_kafka)?;
    Ok(Some(TopicCreator::new(admin, creation.clone(), servers)))
}

/// A consumer whose memory is within the task's: half of that is for batches, a quarter each for what was fetched
/// and for what is being fetched. What the user says wins.
pub(super) fn consumer(
    environment: &Environment,
    spec: &TaskSpec,
) -> Result<(Box<dyn Consumer>, Reservation)> {
    let worker = &environment.worker;
    let group = format!("connect-{}", spec.id.connector);
    let mut settings =
        worker.consumer_config(&format!("connector-consumer-{}", spec.id), &group, &spec.connector_config);
    let half = usize::try_from(worker.max_inflight_bytes / 2).unwrap_or(usize::MAX).min(MOST_FETCHED);
    let queue = environment.memory.reserve(half, LEAST_FETCHED);
    let fetch = queue.bytes() / 2;
    for (name, bytes) in [
        ("queued.max.messages.kbytes", fetch >> 10),
        ("fetch.max.bytes", fetch),
        ("max.partition.fetch.bytes", fetch.min(1 << 20)),
    ] {
        settings.defaults.insert(name, bytes.to_string());
    }
    let consumer = environment.kafka.consumer(&client_config(&settings)).map_err(from_kafka)?;
    Ok((consumer, queue))
}

/// A consumer gains nothing from more.
const MOST_FETCHED: usize = 16 << 20;
/// And would crawl with less.
const LEAST_FETCHED: usize = 128 << 10;

/// The dead letter queue of a sink, not open yet.
pub(super) fn dead_letters(
    environment: &Environment,
    spec: &TaskSpec,
    control: &Arc<Control>,
    metrics: &Arc<TaskMetrics>,
) -> Option<Arc<DeadLetters>> {
    let queue = spec.connector.errors.dead_letter_queue.as_ref()?;
    let (worker, id, config) = (&environment.worker, &spec.id, &spec.connector_config);
    let producer = worker.producer_config(&format!("connector-dlq-producer-{id}"), config);
    let own = format!("connector-dlq-adminclient-{id}");
    Some(Arc::new(DeadLetters::new(DeadLetterParts {
        metrics: metrics.clone(),
        topic: queue.topic.trim().to_owned(),
        replication_factor: queue.replication_factor,
        context_headers: queue.context_headers,
        kafka: environment.kafka.clone(),
        producer: ToProduce::shared(environment, &producer, DLQ_PRODUCERS),
        admin: ToAdminister::new(environment, &own, DLQ_ADMINS, config),
        control: control.clone(),
    })))
}
