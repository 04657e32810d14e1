//! From a task's specification to its plugin objects, converters, transforms and Kafka clients.

use std::sync::{Arc, Mutex};

use ferry_config::connector::{ConnectorConfig, Topics};
use ferry_config::worker::{Bootstrap, ClientSettings};
use ferry_kafka::{ClientConfig, Consumer, Subscription};
use ferry_plugin_abi::api::{
    ClassKind, Converter, Factory, PluginClass, Role, SinkContext, SourceContext, SourceTask,
};
use ferry_plugin_abi::data::java;
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::context::{TaskHost, TaskRole};
use super::{Control, TaskSpec, classes};
use crate::budget::Reservation;
use crate::chain::{Chain, Converters, DeadLetterParts, DeadLetters, ErrorPolicy, Reporters, Stage};
use crate::environment::Environment;
use crate::errors::from_kafka;
use crate::exactly_once::{self, SourceOffsets};
use crate::metrics::TaskMetrics;
use crate::sink::{self, ErrantReporter, Intake, Lent, Rules, SinkLoop};
use crate::source::{self, AtLeastOnce, ExactlyOnce, Guarantee, Pipeline, Requests, TopicCreator};
use crate::stores::OffsetStore;

/// A task that is ready to run.
pub enum Assembled {
    /// A source task.
    Source {
        /// The plugin's task.
        task: Box<dyn SourceTask>,
        /// Its context.
        context: SourceContext,
        /// Its producing half, shared with the supervisor.
        pipeline: Arc<Mutex<Pipeline>>,
    },
    /// A sink task.
    Sink {
        /// Its loop.
        run: Box<SinkLoop>,
        /// Its context.
        context: SinkContext,
    },
}

/// Makes all that `spec` needs; `metrics` are told what it is made of, and what it does then.
pub fn assemble(
    environment: &Environment,
    spec: &TaskSpec,
    control: &Arc<Control>,
    metrics: &Arc<TaskMetrics>,
) -> Result<Assembled> {
    let connector = &*spec.connector;
    metrics.set_classes(classes::all(environment, spec)?);
    let converters = converters(environment, &spec.class, connector)?;
    let chain = chain(environment, &spec.class, connector)?;
    let mut policy = ErrorPolicy {
        tolerate_all: connector.errors.tolerate_all,
        retry_timeout: connector.errors.retry_timeout,
        retry_delay_max: connector.errors.retry_delay_max,
        reporters: Reporters {
            metrics: metrics.clone(),
            log: connector.errors.log_enable,
            log_records: connector.errors.log_include_messages,
            dead_letters: None,
        },
        control: control.clone(),
    };
    let host = |role| Arc::new(TaskHost { id: spec.id.clone(), control: control.clone(), role });
    match &spec.class.factory {
        Factory::Source { task, .. } => {
            let task = task()?;
            let (guarantee, transactions, offsets, mut producer) = guarantee(environment, spec)?;
            let queue = producer_queue(environment, &mut producer);
            let pipeline = Pipeline::new(source::Parts {
                id: spec.id.clone(),
                chain,
                converters,
                policy,
                producer: environment.kafka.producer(&producer).map_err(from_kafka)?,
                guarantee,
                creator: topic_creator(environment, spec)?,
                control: control.clone(),
                keep_acks: task.wants_acks(),
                budget: environment
                    .memory
                    .task(environment.worker.max_inflight_bytes)
                    .shown_in(metrics.in_flight.clone()),
                queue,
            });
            Ok(Assembled::Source {
                task,
                context: SourceContext::new(host(TaskRole::Source { offsets, transactions })),
                pipeline: Arc::new(Mutex::new(pipeline)),
            })
        }
        Factory::Sink { task, .. } => {
            policy.reporters.dead_letters = dead_letters(environment, spec, control, metrics);
            let lent = Lent::default();
            let reporter = match connector.errors.dead_letter_queue.is_some() || connector.errors.log_enable {
                true => Some(Arc::new(ErrantReporter::new(
                    policy.reporters.clone(),
                    policy.tolerate_all,
                    self::converters(environment, &spec.class, connector)?,
                    lent.clone(),
                ))),
                false => None,
            };
            let (consumer, queue) = consumer(environment, spec)?;
            let requests = Arc::default();
            let role = TaskRole::Sink { requests: Arc::clone(&requests), reporter: reporter.clone() };
            let run = SinkLoop::new(sink::Parts {
                task: task()?,
                intake: Arc::new(Mutex::new(Intake::new(consumer))),
                subscription: subscription(connector)?,
                converters,
                chain,
                rules: Rules {
                    tolerate_all: policy.tolerate_all,
                    bisect: connector.errors.put_bisect,
                    limit: connector.errors.put_bisect_limit,
                },
                policy,
                control: control.clone(),
                requests,
                lent,
                reporter,
                budget: environment
                    .memory
                    .task(environment.worker.max_inflight_bytes / 2)
                    .shown_in(metrics.in_flight.clone()),
                queue,
                flush_interval: environment.worker.offset_flush_interval,
                flush_timeout: environment.worker.offset_flush_timeout,
            });
            Ok(Assembled::Sink { run: Box::new(run), context: SinkContext::new(host(role)) })
        }
        _ => Err(Error::config(format!(
            "{} is a {} and no connector",
            spec.class.class,
            spec.class.kind().name()
        ))),
    }
}

/// What a source task promises, where its transactions' ends come from, its offsets and its producer's settings.
type Promise = (Guarantee, Option<Arc<Requests>>, Arc<dyn OffsetStore>, ClientConfig);

fn guarantee(environment: &Environment, spec: &TaskSpec) -> Result<Promise> {
    let config = &spec.connector_config;
    let client_id = format!("connector-producer-{}", spec.id);
    match (
        exactly_once::source_offsets(environment, &spec.id.connector, config),
        &environment.worker.exactly_once,
    ) {
        (SourceOffsets::Transactional(offsets), Some(once)) => {
            let producer = exactly_once::producer_config(environment, once, &spec.id, &client_id, config);
            let (boundary, requests) =
                exactly_once::boundary(environment, spec.connector.transaction_boundary);
            let timeout = exactly_once::transaction_timeout(&producer);
            let once = ExactlyOnce::new(offsets.clone(), boundary, timeout);
            Ok((Guarantee::ExactlyOnce(Box::new(once)), requests, offsets, producer))
        }
        (offsets, _) => {
            if spec.connector.exactly_once_required {
                return Err(Error::config(exactly_once::NOT_ENABLED));
            }
            let offsets = offsets.store();
            let settings = environment.worker.producer_config(&client_id, config);
            let flush = AtLeastOnce::new(offsets.clone(), environment.worker.offset_flush_interval);
            Ok((Guarantee::AtLeastOnce(flush), None, offsets, client_config(&settings)))
        }
    }
}

/// Sets memory aside for what the producer queues, and holds it to that.
fn producer_queue(environment: &Environment, producer: &mut ClientConfig) -> Reservation {
    /// What a producer has where nobody says anything.
    const CLUSTER: usize = 32 << 20;
    const EMBEDDED: usize = 4 << 20;
    const LEAST: usize = 1 << 20;
    let asked = producer.get("buffer.memory").and_then(|bytes| bytes.trim().parse().ok());
    match (asked, &environment.worker.bootstrap) {
        (Some(bytes), _) => environment.memory.reserve(bytes, bytes),
        (None, Bootstrap::Embedded(_)) => environment.memory.reserve(EMBEDDED, EMBEDDED),
        (None, Bootstrap::Kafka(_)) => {
            let queue = environment.memory.reserve(CLUSTER, LEAST);
            if queue.bytes() < CLUSTER {
                producer.set("buffer.memory", queue.bytes().to_string());
            }
            queue
        }
    }
}

fn topic_creator(environment: &Environment, spec: &TaskSpec) -> Result<Option<TopicCreator>> {
    let Some(creation) = &spec.connector.topic_creation else { return Ok(None) };
    let client_id = format!("connector-adminclient-{}", spec.id);
    let settings = client_config(&environment.worker.admin_config(&client_id, &spec.connector_config));
    let servers = settings.get("bootstrap.servers").unwrap_or_default().to_owned();
    let admin = environment.kafka.admin(&settings).map_err(from_kafka)?;
    Ok(Some(TopicCreator::new(admin, creation.clone(), servers)))
}

/// A consumer whose memory is within the task's: half of that is for batches, a quarter each for what was fetched
/// and for what is being fetched. What the user says wins.
fn consumer(environment: &Environment, spec: &TaskSpec) -> Result<(Box<dyn Consumer>, Reservation)> {
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

fn dead_letters(
    environment: &Environment,
    spec: &TaskSpec,
    control: &Arc<Control>,
    metrics: &Arc<TaskMetrics>,
) -> Option<Arc<DeadLetters>> {
    let queue = spec.connector.errors.dead_letter_queue.as_ref()?;
    let (worker, id, config) = (&environment.worker, &spec.id, &spec.connector_config);
    let producer = worker.producer_config(&format!("connector-dlq-producer-{id}"), config);
    let admin = worker.admin_config(&format!("connector-dlq-adminclient-{id}"), config);
    Some(Arc::new(DeadLetters::new(DeadLetterParts {
        metrics: metrics.clone(),
        topic: queue.topic.trim().to_owned(),
        replication_factor: queue.replication_factor,
        context_headers: queue.context_headers,
        kafka: environment.kafka.clone(),
        producer: client_config(&producer),
        admin: client_config(&admin),
        control: control.clone(),
    })))
}

fn client_config(settings: &ClientSettings) -> ClientConfig {
    settings.merged().iter().collect()
}

fn subscription(connector: &ConnectorConfig) -> Result<Subscription> {
    match &connector.topics {
        Some(Topics::List(topics)) => Ok(Subscription::Topics(topics.clone())),
        Some(Topics::Regex(regex)) => Ok(Subscription::Pattern(java::translate_regex(regex))),
        None => Err(Error::config("Must configure one of topics or topics.regex")),
    }
}

/// The converters of a connector of this class, configured: its own, else the worker's.
///
/// # Errors
/// One of them is not there, or refuses its settings.
pub fn converters(
    environment: &Environment,
    class: &PluginClass,
    connector: &ConnectorConfig,
) -> Result<Converters> {
    let make = |role: Role| -> Result<(String, Box<dyn Converter>)> {
        let (config, class) = classes::converter(environment, class, connector, role)?;
        let mut converter = match &class.factory {
            Factory::Converter(make) | Factory::HeaderConverter(make) => make()?,
            _ => return Err(Error::config(format!("{} is no converter", class.class))),
        };
        converter.configure(&config.props, role).map_err(|e| {
            e.context(
                ErrorKind::Config,
                format!("{}.converter {} refuses its configuration", role.name(), class.class),
            )
        })?;
        Ok((class.class.clone(), converter))
    };
    Ok(Converters::new(make(Role::Key)?, make(Role::Value)?, make(Role::Header)?))
}

/// The transforms of a connector of this class with their predicates, configured.
///
/// # Errors
/// One of them is not there, or refuses its settings.
pub fn chain(environment: &Environment, of: &PluginClass, connector: &ConnectorConfig) -> Result<Chain> {
    let stages = connector.transforms.iter().map(|transform| {
        let class = classes::transform(environment, of, transform)?;
        let Factory::Transform(make) = &class.factory else {
            return Err(Error::config(format!(
                "transforms.{}.type {} is no transformation",
                transform.alias, class.class
            )));
        };
        let mut object = make()?;
        object.configure(&transform.props)?;
        let predicate = match &transform.predicate {
            None => None,
            Some(alias) => {
                let config = connector.predicates.iter().find(|p| p.alias == *alias).ok_or_else(|| {
                    Error::config(format!(
                        "transforms.{}.predicate names {alias}, which is not in predicates: define it there",
                        transform.alias
                    ))
                })?;
                let class = environment.resolve_beside(
                    of,
                    ClassKind::Predicate,
                    &config.class,
                    config.version.as_deref(),
                )?;
                let Factory::Predicate(make) = &class.factory else {
                    return Err(Error::config(format!(
                        "predicates.{alias}.type {} is no predicate",
                        class.class
                    )));
                };
                let mut object = make()?;
                object.configure(&config.props)?;
                Some((object, transform.negate))
            }
        };
        Ok(Stage { class: class.class.clone(), transform: object, predicate })
    });
    Ok(Chain::new(stages.collect::<Result<_>>()?))
}
