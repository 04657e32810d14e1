//! One record for a sink, up to where it would be put.

use std::sync::Arc;
use std::time::Duration;

use ferry_config::connector::Topics;
use ferry_kafka::pattern::TopicPattern;
use ferry_kafka::{Admin, ClientConfig, OffsetSpec, TopicPartition};
use ferry_plugin_abi::api::{SinkContext, SinkTask};
use ferry_plugin_abi::data::{Batch, Scratch, java};
use ferry_plugin_abi::{Error, Result as PluginResult};

use super::{Ended, Tools, Trial};
use crate::chain::{Origin, Original, Verdict};
use crate::errors::from_kafka;
use crate::tap::{Observer, Stages, What};

/// One look for a record: how late an order to end may be seen.
const LOOK: Duration = Duration::from_millis(100);

impl Trial<'_> {
    pub(super) fn sink(&self, make: impl Fn() -> PluginResult<Box<dyn SinkTask>>) -> Result<(), Ended> {
        let mut tools = self.tools()?;
        self.progress.around(
            "task",
            || {
                let mut task = make()?;
                task.start(SinkContext::new(self.host()), &self.task_config)?;
                Ok(task)
            },
            |_| self.consume(&mut tools),
            |task| task.stop(),
        )
    }

    fn consume(&self, tools: &mut Tools) -> Result<(), Ended> {
        self.progress.begin(Stages::CONSUME);
        let found = match self.first_record() {
            Ok(found) => found,
            Err(error) => return self.progress.step(Stages::CONSUME, || Err(error)),
        };
        match found {
            Some(batch) => self.convert(Original::of(&batch.records()[0]), tools),
            // Out of time: who waits says so.
            None => Ok(()),
        }
    }

    /// The first record of the topics, read without a group.
    fn first_record(&self) -> PluginResult<Option<Batch>> {
        let (worker, config) = (&self.env.worker, &self.plan.config);
        let admin = worker.admin_config(&format!("connector-adminclient-{}-dry-run", self.name), config);
        let admin = self.env.kafka.admin(&admin.merged().iter().collect()).map_err(from_kafka)?;
        let topics = self.topics(&*admin)?;
        let places = filled(&*admin, &topics)?;
        if places.is_empty() {
            return Err(Error::fatal(format!(
                "there are no records in {} to try it with",
                topics.join(", ")
            )));
        }
        let settings =
            worker.consumer_config(&format!("connector-consumer-{}-dry-run", self.name), "", config).merged();
        let alone = |name: &str| !["group.id", "group.instance.id"].contains(&name);
        let settings: ClientConfig = settings.iter().filter(|(name, _)| alone(name)).collect();
        let mut consumer = self.env.kafka.consumer(&settings).map_err(from_kafka)?;
        consumer.assign(&places).map_err(from_kafka)?;
        let mut found = None;
        while found.is_none() && !self.control.stopping() {
            let batch = Batch::build(|out| {
                let arena = out.arena();
                consumer
                    .poll(LOOK, 1, 1, &mut |consumed| {
                        let topic = arena.str(consumed.topic);
                        out.push(Original::keep(&consumed, topic, arena));
                    })
                    .map(drop)
            });
            found = Some(batch.map_err(from_kafka)?).filter(|batch| !batch.is_empty());
        }
        consumer.close().map_err(from_kafka)?;
        Ok(found)
    }

    /// The topics that the sink would read.
    fn topics(&self, admin: &dyn Admin) -> PluginResult<Vec<String>> {
        let there = admin.list_topics().map_err(from_kafka)?;
        match &self.plan.connector.topics {
            Some(Topics::List(topics)) => match topics.iter().find(|topic| !there.contains(topic)) {
                Some(missing) => Err(Error::config(format!("topic {missing} does not exist"))),
                None => Ok(topics.clone()),
            },
            Some(Topics::Regex(regex)) => {
                let pattern = TopicPattern::new(&java::translate_regex(regex)).map_err(from_kafka)?;
                let found: Vec<_> = there.into_iter().filter(|topic| pattern.matches(topic)).collect();
                match found.is_empty() {
                    true => Err(Error::config(format!("no topic matches topics.regex={regex}"))),
                    false => Ok(found),
                }
            }
            None => Err(Error::config("Must configure one of topics or topics.regex")),
        }
    }

    fn convert(&self, original: Original<'_>, tools: &mut Tools) -> Result<(), Ended> {
        let stages = Stages::of(false, self.aliases());
        let mut watch = self.progress.watch(&stages);
        watch.see(Stages::CONSUME, What::Original(original));
        let scratch = Scratch::new();
        let Tools { converters, chain, policy } = tools;
        let converted = converters.to_record(original, scratch.arena(), policy);
        let converted = converted.map_err(|error| watch.failed(&error, |_| Some(converters.culprit())))?;
        let Verdict::Go(mut record) = converted else { return Ok(()) };
        watch.see(Stages::CONVERTER, What::Record(&record));
        let origin = Origin::Sink(original);
        let applied = chain.apply_seen(&mut record, scratch.arena(), policy, &origin, &mut watch);
        if applied.map_err(|error| watch.failed(&error, |alias| chain.culprit(alias)))? == Verdict::Skip {
            return Ok(());
        }
        self.progress.pass(Stages::PUT, Some("not called: nothing is written in a dry run"));
        let size = |bytes: Option<&[u8]>| bytes.map(<[u8]>::len);
        self.progress.record(What::Record(&record), size(original.key()), size(original.value()));
        Ok(())
    }
}

/// The partitions that have records, each with its first offset.
fn filled(admin: &dyn Admin, topics: &[String]) -> PluginResult<Vec<(TopicPartition, Option<i64>)>> {
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let mut places = Vec::new();
    for found in admin.describe_topics(&names).map_err(from_kafka)?.into_iter().flatten() {
        let name: Arc<str> = found.name.into();
        places.extend(found.partitions.iter().map(|part| TopicPartition::new(name.clone(), part.partition)));
    }
    let first = admin.list_offsets(&places, OffsetSpec::Earliest).map_err(from_kafka)?;
    let end = admin.list_offsets(&places, OffsetSpec::Latest).map_err(from_kafka)?;
    let all = places.into_iter().zip(first.into_iter().zip(end));
    Ok(all.filter(|(_, (first, end))| first < end).map(|(place, (first, _))| (place, Some(first))).collect())
}
