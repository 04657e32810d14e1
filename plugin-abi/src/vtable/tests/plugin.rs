//! A plugin with a class of every kind, which notes what it is called with.

use std::sync::Arc;
use std::time::Duration;

use crate::api::*;
use crate::config::{ConfigDef, ConfigKey, ConfigMap, ConfigType, ConfigValueInfo, Importance, Validator};
use crate::data::*;
use crate::{Error, Result};

pub(super) fn class(class: &str, factory: Factory) -> PluginClass {
    let config = ConfigDef::new().define(
        ConfigKey::new("mode", ConfigType::String, Importance::High, "How.")
            .or("fine")
            .valid(Validator::OneOf(vec!["fine".into(), "bad".into()])),
    );
    PluginClass {
        class: class.into(),
        version: "1.0".into(),
        documentation: "Tests.".into(),
        config,
        factory,
    }
}

pub(super) fn classes() -> Vec<PluginClass> {
    vec![
        class(
            "t.Source",
            Factory::Source {
                connector: Arc::new(|| Ok(Box::new(Plan::default()))),
                task: Arc::new(|| Ok(Box::new(Source::default()))),
            },
        ),
        class(
            "t.Sink",
            Factory::Sink {
                connector: Arc::new(|| Ok(Box::new(Plan::default()))),
                task: Arc::new(|| Ok(Box::new(Sink::default()))),
            },
        ),
        class("t.Upper", Factory::Transform(Arc::new(|| Ok(Box::new(Upper))))),
        class("t.Is", Factory::Predicate(Arc::new(|| Ok(Box::new(Is(String::new())))))),
        class("t.Text", Factory::Converter(Arc::new(|| Ok(Box::new(Text::default()))))),
        class("t.Text", Factory::HeaderConverter(Arc::new(|| Ok(Box::new(Text::default()))))),
        class("t.Vault", Factory::ConfigProvider(Arc::new(|| Ok(Box::new(Vault))))),
        class("t.Broken", Factory::Transform(Arc::new(|| panic!("no constructor today")))),
    ]
}

#[derive(Default)]
struct Plan {
    context: Option<ConnectorContext>,
    config: ConfigMap,
}
impl Connector for Plan {
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()> {
        context.request_task_reconfiguration();
        context.raise_error(Error::retriable("from the connector").at_record(3));
        self.context = Some(context);
        self.config = config.clone();
        Ok(())
    }
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<ConfigMap>> {
        Ok((0..max_tasks)
            .map(|i| {
                let mut config = self.config.clone();
                config.insert("task", i.to_string());
                config
            })
            .collect())
    }
    fn validate(&mut self, config: &ConfigMap) -> Result<Vec<ConfigValueInfo>> {
        Ok(vec![ConfigValueInfo {
            name: "mode".into(),
            value: config.get("mode").map(str::to_owned),
            recommended_values: vec!["fine".into()],
            errors: vec!["not \"good\"".into()],
            visible: true,
        }])
    }
    fn exactly_once_support(&mut self, config: &ConfigMap) -> Result<Option<ExactlyOnceSupport>> {
        Ok(match config.get("mode") {
            None => None,
            Some("fine") => Some(ExactlyOnceSupport::Supported),
            Some(_) => Some(ExactlyOnceSupport::Unsupported),
        })
    }
    fn transaction_boundary_support(&mut self, _: &ConfigMap) -> Result<TransactionBoundarySupport> {
        Ok(TransactionBoundarySupport::Supported)
    }
    fn alter_offsets(&mut self, _: &ConfigMap, offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        Err(Error::data(format!("{offsets:?}")))
    }
}

#[derive(Default)]
struct Source {
    context: Option<SourceContext>,
    told: Vec<String>,
    mode: String,
}
impl SourceTask for Source {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        self.mode = config.get("mode").unwrap_or_default().to_owned();
        if self.mode == "panic in start" {
            panic!("start says {}", self.mode);
        }
        self.context = Some(context);
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        let context = self.context.as_ref().expect("started");
        match self.mode.as_str() {
            "none" => return Ok(None),
            "panic" => panic!("poll says {}", self.mode),
            "payload" => std::panic::panic_any(7_u8),
            "error" => {
                return Err(Error::data("bad row")
                    .class("java.lang.Odd")
                    .at_record(41)
                    .caused_by(Error::config("inner").caused_by(Error::fatal("innermost"))));
            }
            "wait" => {
                let stopping = context.sleep(Duration::from_secs(3600));
                return if stopping { Ok(None) } else { Err(Error::fatal("woke up for nothing")) };
            }
            "wakes" => {
                context.waker().expect("this host has wake-ups").wake();
                let stopping = context.wait(Duration::from_secs(3600));
                return if stopping { Err(Error::fatal("not told to stop")) } else { Ok(None) };
            }
            _ => {}
        }
        let at = context.offset(&Value::map([("file", "a")]))?;
        let none = context.offset(&Value::map([("file", "b")]))?;
        context.transaction(Transaction::CommitRecord(2))?;
        let batch = Batch::build(|out| {
            let arena = out.arena();
            let partition = Value::map([("file", "a")]).put(arena);
            let told = arena.str(&format!("{at:?} {none:?} {:?}", self.told));
            out.push(
                Record::to("topic")
                    .with_value(Some(arena.schema(Schema::string())), ValueRef::str(told))
                    .from_source(partition, Value::map([("position", 7_i64)]).put(arena)),
            );
            Ok::<(), Error>(())
        })?;
        Ok(Some(batch))
    }
    fn wants_acks(&self) -> bool {
        true
    }
    fn commit_records(&mut self, batch: &Batch, acks: &[Ack]) -> Result<()> {
        self.told.push(format!("{} {acks:?}", batch.len()));
        Ok(())
    }
    fn commit(&mut self) -> Result<()> {
        self.told.push("commit".into());
        Ok(())
    }
}
impl Drop for Source {
    fn drop(&mut self) {
        if self.mode == "panic in drop" {
            panic!("drop says no");
        }
    }
}

#[derive(Default)]
struct Sink {
    context: Option<SinkContext>,
    kept: Vec<Batch>,
}
impl SinkTask for Sink {
    fn start(&mut self, context: SinkContext, _: &ConfigMap) -> Result<()> {
        self.context = Some(context);
        Ok(())
    }
    fn open(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let context = self.context.as_ref().expect("started");
        context.rewind(&[(partitions[0].clone(), 5)]);
        context.pause(partitions);
        context.resume(&partitions[1..]);
        context.request_commit();
        context.timeout(Duration::from_millis(12));
        Ok(())
    }
    fn put(&mut self, batch: Batch) -> Result<()> {
        let context = self.context.as_ref().expect("started");
        if context.has_reporter() {
            let reported = context.report(&batch.records()[0], &Error::data("reported").at_record(0))?;
            if !reported.is_done()? {
                reported.wait(Duration::from_secs(5))?;
            }
        }
        self.kept.push(batch);
        Ok(())
    }
    fn pre_commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<(TopicPartition, i64)>> {
        Ok(offsets.iter().map(|(p, o)| (p.clone(), o - 1)).collect())
    }
    fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        Err(Error::retriable(format!("{partitions:?} with {} batches", self.kept.len())))
    }
}

struct Upper;
impl Transform for Upper {
    fn configure(&mut self, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        match record.value().as_str() {
            Some("panic") => panic!("apply"),
            Some("drop") => Ok(Outcome::Drop),
            Some(text) => {
                let upper = arena.str(&text.to_uppercase());
                record.set_value(record.value_schema(), ValueRef::str(upper));
                Ok(Outcome::Keep)
            }
            None => Err(Error::data("not a string")),
        }
    }
}

struct Is(String);
impl Predicate for Is {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.0 = config.get("topic").unwrap_or_default().to_owned();
        Ok(())
    }
    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        Ok(record.topic() == self.0)
    }
}

#[derive(Default)]
struct Text(Option<Role>);
impl Converter for Text {
    fn configure(&mut self, _: &ConfigMap, role: Role) -> Result<()> {
        self.0 = Some(role);
        Ok(())
    }
    fn from_connect(
        &mut self,
        topic: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let Some(text) = value.as_str() else { return Ok(false) };
        let kind = schema.map_or("none", |s| s.kind().name());
        out.extend_from_slice(format!("{topic} {kind} {text} {:?}", self.0).as_bytes());
        Ok(true)
    }
    fn to_connect<'a>(
        &mut self,
        topic: &str,
        bytes: Option<&'a [u8]>,
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let Some(bytes) = bytes else { return Ok((None, ValueRef::NULL)) };
        match std::str::from_utf8(bytes) {
            Ok("own") => Ok((Some(arena.schema(Schema::string())), ValueRef::str(arena.str(topic)))),
            Ok(text) => Ok((Some(arena.schema(Schema::optional_string())), ValueRef::str(text))),
            Err(error) => Err(Error::data("not UTF-8").source(&error)),
        }
    }
}

struct Vault;
impl ConfigProvider for Vault {
    fn configure(&mut self, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn get(&mut self, path: &str, keys: &[&str]) -> Result<Provided> {
        Ok(Provided {
            values: keys.iter().map(|key| (*key, format!("{path}/{key}"))).collect(),
            ttl: (path == "short").then_some(Duration::from_millis(1500)),
        })
    }
}
