//! A source task that does what a script says, and clients that fail when they are told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::{
    Admin, Client, ClientConfig, Delivery, Error as KafkaError, ErrorKind as Kafka, NewTopic, OffsetSpec,
    PartitionDescription, Producer, ProducerRecord, RecordMetadata, SendError, TopicDescription, TopicLog,
    TopicPartition,
};
use ferry_plugin_abi::api::{Ack, Converter, Host, Level, Role, SourceContext, SourceTask, Transaction};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Arena, Batch, Entry, Record, Schema, Value, ValueRef};
use ferry_plugin_abi::{Error, Result};

use crate::budget::WorkerBudget;
use crate::chain::{Chain, Converters, ErrorPolicy, Reporters, Stage};
use crate::executor::{Control, TaskEvent, TaskId, lock};
use crate::source::{Guarantee, Parts, Pipeline, Requests, TopicCreator};
use crate::stores::OffsetStore;

/// What a poll does.
pub(super) enum Step {
    /// Returns lines, and asks for the ends of transactions.
    Lines(Vec<String>, Vec<Transaction>),
    /// Returns nothing.
    Nothing,
    /// Fails in a way that may pass.
    Stumbles,
    /// Does something to the task.
    Order(fn(&Control)),
    /// Does something to somebody else.
    Call(Box<dyn FnMut() + Send>),
    /// Fails.
    Fails,
}

pub(super) fn lines(texts: &[&str]) -> Step {
    Step::Lines(texts.iter().map(|text| (*text).to_owned()).collect(), Vec::new())
}

/// A task whose lines are numbered from its stored offset on; it stops when the script is over.
pub(super) struct Script {
    steps: VecDeque<Step>,
    next: i64,
    control: Arc<Control>,
    requests: Option<Arc<Requests>>,
    pub(super) told: Arc<Mutex<Vec<String>>>,
}

fn partition() -> Value {
    Value::map([("file", Value::String("f".to_owned()))])
}

/// Lines as a batch: the topic is `t`, or what is before the first `>`. An empty line is a tombstone.
fn batch(lines: &[String], next: &mut i64) -> Batch {
    Batch::build(|out| {
        let arena = out.arena();
        let entry = |name: &'static str, value| arena.entries(&[Entry { key: ValueRef::str(name), value }]);
        let partition = ValueRef::map(entry("file", ValueRef::str("f")));
        for line in lines {
            *next += 1;
            let offset = ValueRef::map(entry("position", ValueRef::int64(*next)));
            let (topic, text) = line.split_once('>').unwrap_or(("t", line));
            let value = if text.is_empty() { ValueRef::NULL } else { ValueRef::str(arena.str(text)) };
            out.push(Record::to(arena.str(topic)).with_value(None, value).from_source(partition, offset));
        }
        Ok::<_, Error>(())
    })
    .unwrap()
}

impl SourceTask for Script {
    fn start(&mut self, context: SourceContext, _config: &ConfigMap) -> Result<()> {
        if let Some(stored) = context.offset(&partition())? {
            self.next = stored.get("position").and_then(Value::as_i64).unwrap_or_default();
        }
        lock(&self.told).push(format!("start at {}", self.next));
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        match self.steps.pop_front() {
            Some(Step::Lines(lines, requests)) => {
                for request in requests {
                    self.requests.as_ref().unwrap().add(request);
                }
                Ok(Some(batch(&lines, &mut self.next)))
            }
            Some(Step::Nothing) => Ok(None),
            Some(Step::Stumbles) => Err(Error::retriable("not now")),
            Some(Step::Fails) => Err(Error::fatal("broken")),
            Some(Step::Call(mut call)) => {
                call();
                Ok(None)
            }
            Some(Step::Order(order)) => {
                order(&self.control);
                Ok(None)
            }
            None => {
                self.control.stop();
                Ok(None)
            }
        }
    }
    fn wants_acks(&self) -> bool {
        true
    }
    fn commit_records(&mut self, _batch: &Batch, acks: &[Ack]) -> Result<()> {
        let shown: Vec<String> = acks
            .iter()
            .map(|ack| match ack {
                Ack::Written { partition, offset } => format!("{partition}@{offset}"),
                Ack::Skipped => "skipped".to_owned(),
            })
            .collect();
        lock(&self.told).push(format!("acks {}", shown.join(" ")));
        Ok(())
    }
    fn commit(&mut self) -> Result<()> {
        let mut told = lock(&self.told);
        // At least once it may come any number of times.
        if told.last().is_none_or(|last| last != "commit") {
            told.push("commit".to_owned());
        }
        Ok(())
    }
    fn stop(&mut self) -> Result<()> {
        lock(&self.told).push("stop".to_owned());
        Ok(())
    }
}

/// Strings as they are; `bad` cannot be converted.
struct Plain;

impl Converter for Plain {
    fn configure(&mut self, _config: &ConfigMap, _role: Role) -> Result<()> {
        Ok(())
    }
    fn from_connect(
        &mut self,
        _topic: &str,
        _schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let Some(text) = value.as_str() else { return Ok(false) };
        if text == "bad" {
            return Err(Error::data("a bad value"));
        }
        out.extend_from_slice(text.as_bytes());
        Ok(true)
    }
    fn to_connect<'a>(
        &mut self,
        _topic: &str,
        _bytes: Option<&'a [u8]>,
        _arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        Err(Error::fatal("a source converts one way only"))
    }
}

/// The host of a task.
struct Context {
    offsets: Arc<dyn OffsetStore>,
    control: Arc<Control>,
}

impl Host for Context {
    fn log_enabled(&self, _level: Level) -> bool {
        false
    }
    fn log(&self, _level: Level, _target: &str, _message: &str) {}
    fn stopping(&self) -> bool {
        self.control.stopping()
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        self.control.wait(timeout)
    }
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        self.offsets.get("c", partitions)
    }
}

/// One run of a scripted task.
pub(super) struct Run {
    pub(super) producer: Box<dyn Producer>,
    pub(super) guarantee: Guarantee,
    pub(super) offsets: Arc<dyn OffsetStore>,
    pub(super) requests: Option<Arc<Requests>>,
    pub(super) creator: Option<TopicCreator>,
    pub(super) stages: Vec<Stage>,
    pub(super) tolerate_all: bool,
}

/// What became of it.
pub(super) struct Outcome {
    pub(super) result: Result<()>,
    /// What the task was told, in order.
    pub(super) told: Vec<String>,
    /// What the listener heard, in order.
    pub(super) events: Vec<String>,
}

impl Run {
    pub(super) fn steps(self, steps: impl IntoIterator<Item = Step>) -> Outcome {
        let control = Arc::new(Control::new(false));
        let named = || ("org.example.Plain".to_owned(), Box::new(Plain) as Box<dyn Converter>);
        let budget = WorkerBudget::new(None);
        let pipeline = Pipeline::new(Parts {
            id: TaskId { connector: "c".into(), task: 0 },
            chain: Chain::new(self.stages),
            converters: Converters::new(named(), named(), named()),
            policy: ErrorPolicy {
                tolerate_all: self.tolerate_all,
                retry_timeout: Some(Duration::ZERO),
                retry_delay_max: Duration::from_millis(1),
                reporters: Reporters::silent(TaskId { connector: "c".into(), task: 0 }),
                control: control.clone(),
            },
            producer: self.producer,
            guarantee: self.guarantee,
            creator: self.creator,
            control: control.clone(),
            keep_acks: true,
            budget: budget.task(1 << 20),
            queue: budget.reserve(0, 0),
        });
        let told = Arc::<Mutex<Vec<String>>>::default();
        let mut script = Script {
            steps: steps.into_iter().collect(),
            next: 0,
            control: control.clone(),
            requests: self.requests,
            told: told.clone(),
        };
        let mut events = Vec::new();
        let host = Context { offsets: self.offsets, control: control.clone() };
        let result = crate::source::run(
            &mut script,
            SourceContext::new(Arc::new(host)),
            &ConfigMap::new(),
            &Arc::new(Mutex::new(pipeline)),
            &control,
            Duration::from_secs(5),
            &mut |event| {
                events.push(match event {
                    TaskEvent::Topic(topic) => format!("topic {topic}"),
                    TaskEvent::Paused => {
                        // Nobody else is here to end the pause.
                        control.set_paused(false);
                        "paused".to_owned()
                    }
                    other => format!("{other:?}").to_lowercase(),
                });
            },
        );
        assert_eq!(budget.used(), 0, "memory was not given back");
        let told = lock(&told).clone();
        Outcome { result, told, events }
    }
}

/// Offsets in memory.
#[derive(Default)]
pub(super) struct MemoryOffsets {
    pub(super) known: Mutex<Vec<(Value, Value)>>,
    /// How many of the next writes fail.
    pub(super) failures: Mutex<usize>,
}

impl MemoryOffsets {
    /// Stores the position of the one partition that scripts have.
    pub(super) fn at(position: i64) -> Self {
        let known = vec![(partition(), Value::map([("position", Value::Int64(position))]))];
        Self { known: Mutex::new(known), ..Self::default() }
    }
    /// The stored position.
    pub(super) fn position(&self) -> Option<i64> {
        position(self)
    }
}

/// The position that a store has for the one partition that scripts have.
pub(super) fn position(store: &dyn OffsetStore) -> Option<i64> {
    store.get("c", &[partition()]).unwrap().pop().flatten()?.get("position").and_then(Value::as_i64)
}

impl OffsetStore for MemoryOffsets {
    fn get(&self, _connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let known = lock(&self.known);
        Ok(partitions.iter().map(|p| known.iter().find(|(k, _)| k == p).map(|(_, o)| o.clone())).collect())
    }
    fn put(&self, _connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()> {
        let mut failures = lock(&self.failures);
        if *failures > 0 {
            *failures -= 1;
            return Err(Error::retriable("the disk is full"));
        }
        let mut known = lock(&self.known);
        for (partition, offset) in offsets {
            known.retain(|(k, _)| k != partition);
            known.extend(offset.clone().map(|offset| (partition.clone(), offset)));
        }
        Ok(())
    }
    fn all(&self, _connector: &str) -> Result<Vec<(Value, Value)>> {
        Ok(lock(&self.known).clone())
    }
}

/// Acknowledges everything but what it was told to refuse.
#[derive(Default)]
pub(super) struct FakeProducer {
    pub(super) sent: Arc<Mutex<Vec<String>>>,
    pub(super) waiting: Vec<Delivery>,
    /// Values whose delivery fails.
    pub(super) refuses: Vec<(&'static str, Kafka)>,
    /// What the next sends fail with at once.
    pub(super) fails: Vec<Kafka>,
}

impl Producer for FakeProducer {
    fn send(&mut self, record: &ProducerRecord<'_>, token: u64) -> std::result::Result<(), SendError> {
        if let Some(kind) = self.fails.pop() {
            return Err(SendError::Failed(KafkaError::new(kind, "no")));
        }
        let value = String::from_utf8_lossy(record.value.unwrap_or(b"null")).into_owned();
        let refused = self.refuses.iter().find(|(refused, _)| *refused == value);
        let mut sent = lock(&self.sent);
        let result = match refused {
            Some((_, kind)) => Err(KafkaError::new(*kind, "refused")),
            None => Ok(RecordMetadata { partition: 0, offset: sent.len() as i64, timestamp: None }),
        };
        if result.is_ok() {
            sent.push(format!("{}={value}", record.topic));
        }
        self.waiting.push(Delivery { token, result });
        Ok(())
    }
    fn poll(&mut self, _timeout: Duration, deliveries: &mut Vec<Delivery>) -> ferry_kafka::Result<()> {
        deliveries.append(&mut self.waiting);
        Ok(())
    }
    fn flush(&mut self, timeout: Duration, deliveries: &mut Vec<Delivery>) -> ferry_kafka::Result<()> {
        self.poll(timeout, deliveries)
    }
    fn in_flight(&self) -> usize {
        self.waiting.len()
    }
    fn max_block(&self) -> Duration {
        Duration::ZERO
    }
    fn init_transactions(&mut self, _timeout: Duration) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn begin_transaction(&mut self) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn commit_transaction(&mut self, _: Duration, _: &mut Vec<Delivery>) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn abort_transaction(&mut self, _: Duration, _: &mut Vec<Delivery>) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
}

fn not_asked_for() -> KafkaError {
    KafkaError::new(Kafka::Invalid, "nobody should have asked for that")
}

/// Topics in memory, and errors on demand.
#[derive(Default)]
pub(super) struct FakeAdmin {
    pub(super) topics: Arc<Mutex<BTreeMap<String, NewTopic>>>,
    /// What the next descriptions fail with.
    pub(super) describe_fails: Mutex<Vec<Kafka>>,
    /// What every creation fails with.
    pub(super) create_fails: Option<KafkaError>,
    /// How often topics were described.
    pub(super) described: Arc<Mutex<usize>>,
}

impl Admin for FakeAdmin {
    fn describe_topics(&self, names: &[&str]) -> ferry_kafka::Result<Vec<Option<TopicDescription>>> {
        *lock(&self.described) += 1;
        if let Some(kind) = lock(&self.describe_fails).pop() {
            return Err(KafkaError::new(kind, "the broker said no"));
        }
        let topics = lock(&self.topics);
        let partition =
            |partition| PartitionDescription { partition, leader: None, replicas: vec![], in_sync: vec![] };
        let describe = |name: &&str| {
            let topic = topics.get(*name)?;
            let partitions = (0..topic.partitions).map(partition).collect();
            Some(TopicDescription { name: topic.name.clone(), partitions })
        };
        Ok(names.iter().map(describe).collect())
    }
    fn create_topics(&self, topics: &[NewTopic]) -> ferry_kafka::Result<Vec<ferry_kafka::Result<()>>> {
        if let Some(error) = &self.create_fails {
            return Ok(vec![Err(error.clone())]);
        }
        let mut known = lock(&self.topics);
        known.extend(topics.iter().map(|topic| (topic.name.clone(), topic.clone())));
        Ok(vec![Ok(())])
    }
    fn cluster_id(&self) -> ferry_kafka::Result<String> {
        Err(not_asked_for())
    }
    fn list_topics(&self) -> ferry_kafka::Result<Vec<String>> {
        Err(not_asked_for())
    }
    fn topic_config(&self, _name: &str) -> ferry_kafka::Result<BTreeMap<String, String>> {
        Err(not_asked_for())
    }
    fn delete_topics(&self, _names: &[&str]) -> ferry_kafka::Result<Vec<ferry_kafka::Result<()>>> {
        Err(not_asked_for())
    }
    fn list_offsets(&self, _: &[TopicPartition], _: OffsetSpec) -> ferry_kafka::Result<Vec<i64>> {
        Err(not_asked_for())
    }
    fn list_groups(&self) -> ferry_kafka::Result<Vec<String>> {
        Err(not_asked_for())
    }
    fn group_offsets(&self, _group: &str) -> ferry_kafka::Result<Vec<(TopicPartition, i64)>> {
        Err(not_asked_for())
    }
    fn alter_group_offsets(&self, _: &str, _: &[(TopicPartition, i64)]) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn delete_group_offsets(&self, _: &str, _: &[TopicPartition]) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn delete_group(&self, _group: &str) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
}

/// An embedded log in a folder of its own.
pub(super) struct Log {
    _folder: tempfile::TempDir,
    pub(super) client: Arc<dyn Client>,
}

impl Log {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let servers = format!("embedded:{}", folder.path().display());
        let client = ferry_kafka::connect(&servers, &BTreeMap::new()).unwrap();
        Self { _folder: folder, client }
    }

    pub(super) fn producer(&self, settings: &[(&str, &str)]) -> Box<dyn Producer> {
        self.client.producer(&settings.iter().copied().collect()).unwrap()
    }

    /// The values of a topic that are committed, as text.
    pub(super) fn committed(&self, topic: &str) -> Vec<String> {
        let settings = ClientConfig::new().with("isolation.level", "read_committed");
        let mut log = TopicLog::new(&*self.client, topic, &settings, &ClientConfig::new()).unwrap();
        let mut values = Vec::new();
        log.read_to_end(&*self.client, Duration::from_secs(20), &mut |record| {
            values.push(String::from_utf8_lossy(record.value.unwrap_or(b"null")).into_owned());
        })
        .unwrap();
        values
    }
}
