use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ferry_config::WorkerConfig;
use ferry_kafka::{ErrorKind as Kafka, ProducerRecord};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugins::{Options, PluginRegistry};

use super::{OffsetTopics, SourceOffsets, fence, producer_config, source_offsets, transaction_timeout};
use crate::budget::WorkerBudget;
use crate::environment::Environment;
use crate::executor::TaskId;
use crate::stores::FileOffsets;

const LIMIT: Duration = Duration::from_secs(10);

fn environment(folder: &Path, more: &[(&str, &str)]) -> Environment {
    let servers = format!("embedded:{}", folder.join("log").display());
    let mut worker = ConfigMap::from([
        ("bootstrap.servers", servers.as_str()),
        ("key.converter", "K"),
        ("value.converter", "V"),
        ("offset.storage.file.filename", "unused"),
    ]);
    worker.extend(more.iter().copied());
    let options = Options { cache: Some(folder.join("cache")), ..Options::default() };
    Environment {
        taps: Default::default(),
        worker: WorkerConfig::new(worker, &ferry_config::providers::built_in, Arc::default()).unwrap(),
        registry: Arc::new(PluginRegistry::open(options, Vec::new()).unwrap()),
        kafka: ferry_kafka::connect(&servers, &BTreeMap::new()).unwrap(),
        offsets: Arc::new(FileOffsets::open(&folder.join("offsets")).unwrap()),
        offset_topics: OffsetTopics::default(),
        memory: WorkerBudget::new(None),
        metrics: Arc::new(crate::metrics::Metrics::new(crate::metrics::Windows {
            length: 30_000,
            samples: 2,
        })),
    }
}

const ENABLED: &[(&str, &str)] =
    &[("exactly.once.source.support", "enabled"), ("group.id", "g"), ("offset.storage.topic", "o")];

fn task(task: u32) -> TaskId {
    TaskId { connector: "c".into(), task }
}

#[test]
fn offsets_are_where_the_worker_and_the_connector_say() {
    let folder = tempfile::tempdir().unwrap();
    let topic = |env: &Environment, config: &ConfigMap| match source_offsets(env, "c", config) {
        SourceOffsets::Worker(_) => "the worker's file".to_owned(),
        SourceOffsets::Transactional(offsets) => offsets.topic().to_owned(),
    };
    let own = ConfigMap::from([("offsets.storage.topic", " mine ")]);
    let off = environment(folder.path(), &[]);
    assert_eq!(topic(&off, &own), "the worker's file");
    let on = environment(folder.path(), ENABLED);
    assert_eq!((topic(&on, &ConfigMap::new()), topic(&on, &own)), ("o".to_owned(), "mine".to_owned()));
}

/// What exactly-once rests on cannot be overridden; the rest can.
#[test]
fn a_producer_is_transactional_whatever_the_connector_says() {
    let folder = tempfile::tempdir().unwrap();
    let env = environment(folder.path(), ENABLED);
    let once = env.worker.exactly_once.as_ref().unwrap();
    let config = ConfigMap::from([
        ("producer.override.transactional.id", "other"),
        ("producer.override.enable.idempotence", "false"),
        ("producer.override.transaction.timeout.ms", "5000"),
    ]);
    let found = producer_config(&env, once, &task(3), "client", &config);
    let names = ["transactional.id", "enable.idempotence", "acks", "client.id"];
    let expected = [Some("g-c-3"), Some("true"), Some("all"), Some("client")];
    assert_eq!(names.map(|name| found.get(name)), expected);
    assert_eq!(transaction_timeout(&found), Duration::from_secs(5));
}

/// A task that was given up and lives on can commit nothing once its connector has let go of it.
#[test]
fn tasks_that_were_given_up_are_shut_out() {
    let folder = tempfile::tempdir().unwrap();
    let env = environment(folder.path(), ENABLED);
    let once = env.worker.exactly_once.as_ref().unwrap();
    let zombie = |number: u32| {
        let config = producer_config(&env, once, &task(number), "zombie", &ConfigMap::new());
        let mut producer = env.kafka.producer(&config).unwrap();
        producer.init_transactions(LIMIT).unwrap();
        producer.begin_transaction().unwrap();
        let record = ProducerRecord { topic: "t", value: Some(b"late"), ..ProducerRecord::default() };
        producer.send(&record, 1).unwrap();
        producer
    };
    let (mut first, mut second) = (zombie(1), zombie(2));
    fence(&env, &[task(1)], &ConfigMap::new()).unwrap();
    let error = first.commit_transaction(LIMIT, &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), Kafka::Fenced, "{error}");
    // Others are not meant.
    second.commit_transaction(LIMIT, &mut Vec::new()).unwrap();
    // Without transactions there is nothing to do.
    fence(&environment(folder.path(), &[]), &[task(2)], &ConfigMap::new()).unwrap();
    second.begin_transaction().unwrap();
}
