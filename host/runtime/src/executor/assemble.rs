//! From a task's specification to its plugin objects, converters, transforms and Kafka clients.

use std::sync::{Arc, Mutex};

use ferry_config::connector::{ConnectorConfig, Topics};
use ferry_kafka::Subscription;
use ferry_plugin_abi::api::{
    ClassKind, Converter, Factory, PluginClass, Role, SinkContext, SourceContext, SourceTask,
};
use ferry_plugin_abi::data::java;
use ferry_plugin_abi::metrics::PluginMetrics;
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::clients;
use super::context::{TaskHost, TaskRole};
use super::{Control, PluginLog, TaskSpec, classes, task_class};
use crate::chain::{Chain, Converters, ErrorPolicy, Guard, Reporters, Stage};
use crate::clients::ToProduce;
use crate::environment::Environment;
use crate::errors::from_kafka;
use crate::exactly_once::{self, SourceOffsets};
use crate::metrics::TaskMetrics;
use crate::sink::{self, ErrantReporter, Intake, Lent, Rules, SinkLoop};
use crate::source::{self, AtLeastOnce, ExactlyOnce, Guarantee, Pipeline, Requests};
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
    let converters = converters(environment, &spec.class, connector, Some(metrics))?;
    let tap = environment.taps.task(&spec.id, environment.worker.providers.secrets().clone());
    let chain = chain(environment, &spec.class, connector, Some(metrics))?.tapped(tap);
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
    let host = |role| {
        let log = PluginLog::new(&spec.id.connector, Some(spec.id.task), &task_class(&spec.class.class));
        let metrics = metrics.plugin(None);
        Arc::new(TaskHost { id: spec.id.clone(), log, control: control.clone(), metrics, role })
    };
    match &spec.class.factory {
        Factory::Source { task, .. } => {
            let task = task()?;
            let (guarantee, transactions, offsets, producer) = guarantee(environment, spec)?;
            let queue = producer.reserve(environment);
            let producer = producer.make(&*environment.kafka, queue.bytes()).map_err(from_kafka)?;
            let pipeline = Pipeline::new(source::Parts {
                id: spec.id.clone(),
                chain,
                converters,
                policy,
                producer,
                guarantee,
                creator: clients::topic_creator(environment, spec)?,
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
            policy.reporters.dead_letters = clients::dead_letters(environment, spec, control, metrics);
            let lent = Lent::default();
            let reporter = match connector.errors.dead_letter_queue.is_some() || connector.errors.log_enable {
                true => Some(Arc::new(ErrantReporter::new(
                    policy.reporters.clone(),
                    policy.tolerate_all,
                    // Connect has one set of converters for both, and so they are seen once.
                    self::converters(environment, &spec.class, connector, None)?,
                    lent.clone(),
                ))),
                false => None,
            };
            let (consumer, queue) = clients::consumer(environment, spec)?;
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

/// What a source task promises, where its transactions' ends come from, its offsets and its producer.
type Promise = (Guarantee, Option<Arc<Requests>>, Arc<dyn OffsetStore>, ToProduce);

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
            Ok((Guarantee::ExactlyOnce(Box::new(once)), requests, offsets, ToProduce::alone(producer)))
        }
        (offsets, _) => {
            if spec.connector.exactly_once_required {
                return Err(Error::config(exactly_once::NOT_ENABLED));
            }
            let offsets = offsets.store();
            let settings = environment.worker.producer_config(&client_id, config);
            let flush = AtLeastOnce::new(offsets.clone(), environment.worker.offset_flush_interval);
            let producer = ToProduce::shared(environment, &settings, clients::PRODUCERS);
            Ok((Guarantee::AtLeastOnce(flush), None, offsets, producer))
        }
    }
}

fn subscription(connector: &ConnectorConfig) -> Result<Subscription> {
    match &connector.topics {
        Some(Topics::List(topics)) => Ok(Subscription::Topics(topics.clone())),
        Some(Topics::Regex(regex)) => Ok(Subscription::Pattern(java::translate_regex(regex))),
        None => Err(Error::config("Must configure one of topics or topics.regex")),
    }
}

/// Where an object registers its metrics: with its task, or, where there is none, where nobody looks.
fn plugin_metrics(task: Option<&Arc<TaskMetrics>>, kind: &'static str, name: &str) -> PluginMetrics {
    task.map_or_else(PluginMetrics::default, |task| PluginMetrics::new(task.plugin(Some((kind, name)))))
}

/// As the JVM worker wraps what fails while it makes a chain.
fn not_monitored(error: Error) -> Error {
    let text = format!("{}: {}", error.java_class(), error.message());
    error.context(ErrorKind::Fatal, text)
}

/// The converters of a connector of this class, configured: its own, else the worker's. Their metrics are those of
/// `task`.
///
/// # Errors
/// One of them is not there, or refuses its settings.
pub fn converters(
    environment: &Environment,
    class: &PluginClass,
    connector: &ConnectorConfig,
    task: Option<&Arc<TaskMetrics>>,
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
        converter.with_plugin_metrics(&plugin_metrics(task, "converter", role.name()))?;
        Ok((class.class.clone(), converter))
    };
    Ok(Converters::new(make(Role::Key)?, make(Role::Value)?, make(Role::Header)?))
}

/// The transforms of a connector of this class with their predicates, configured. Their metrics are those of `task`.
///
/// # Errors
/// One of them is not there, or refuses its settings.
pub fn chain(
    environment: &Environment,
    of: &PluginClass,
    connector: &ConnectorConfig,
    task: Option<&Arc<TaskMetrics>>,
) -> Result<Chain> {
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
        object
            .with_plugin_metrics(&plugin_metrics(task, "transformation", &transform.alias))
            .map_err(not_monitored)?;
        let guard = match &transform.predicate {
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
                object
                    .with_plugin_metrics(&plugin_metrics(task, "predicate", alias))
                    .map_err(not_monitored)?;
                Some(Guard::new(alias, &class.class, object, transform.negate))
            }
        };
        let alias = transform.alias.clone();
        Ok(Stage { alias, class: class.class.clone(), transform: object, guard })
    });
    Ok(Chain::new(stages.collect::<Result<_>>()?))
}
