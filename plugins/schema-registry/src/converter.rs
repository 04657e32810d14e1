//! What both converters share: the id in front of the bytes, the registry, and what was asked before.
//!
//! A record costs no question and no conversion of a schema: a [`Written`] is found by the pointer of the
//! record's schema, a [`Known`] by the id in the bytes.

use std::collections::HashMap;
use std::time::Instant;

use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Arena, Schema, SchemaRef, ValueRef};
use ferry_sdk::metrics::PluginMetrics;
use ferry_sdk::{Error, ErrorKind, Result};

use crate::config;
use crate::format::{Format, Own, Question, schema_id};
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::subject::Strategy;

/// A Connect schema for a topic, ready to write.
struct Written<F: Format> {
    topic: String,
    schema: Option<SchemaRef>,
    own: F::Own,
    writer: F::Writer,
    /// Known once the registry was asked.
    id: Option<i32>,
    since: Instant,
}

/// An id in a topic, ready to read.
struct Known<F: Format> {
    topic: String,
    id: i32,
    reader: F::Reader,
    since: Instant,
}

/// The rules of the configuration.
#[derive(Debug)]
struct Rules {
    strategy: Strategy,
    question: Question,
    use_id: i32,
    strict: bool,
    latest: bool,
    cache: usize,
}

/// A converter whose schemas are in a registry.
pub struct RegistryConverter<F: Format> {
    format: F,
    role: Role,
    rules: Rules,
    registry: Option<Registry>,
    metrics: Metrics,
    written: Vec<Written<F>>,
    by_hash: HashMap<u64, Vec<usize>>,
    last_written: usize,
    known: Vec<Known<F>>,
    by_id: HashMap<i32, Vec<usize>>,
    last_known: usize,
}

impl<F: Format> Default for RegistryConverter<F> {
    fn default() -> Self {
        Self {
            format: F::default(),
            role: Role::Value,
            rules: Rules {
                strategy: Strategy::Topic,
                question: Question::Register,
                use_id: -1,
                strict: true,
                latest: false,
                cache: 1000,
            },
            registry: None,
            metrics: Metrics::default(),
            written: Vec::new(),
            by_hash: HashMap::new(),
            last_written: 0,
            known: Vec::new(),
            by_id: HashMap::new(),
            last_known: 0,
        }
    }
}

const MAGIC: u8 = 0;
/// The magic byte and the id.
const HEADER: usize = 5;
const SERIALIZATION: &str = "org.apache.kafka.common.errors.SerializationException";

impl<F: Format> Converter for RegistryConverter<F> {
    fn configure(&mut self, config: &ConfigMap, role: Role) -> Result<()> {
        let config = config::parse(&F::definition(), config, role)?;
        let on = |key: &str| config.boolean(key).unwrap_or(false);
        let use_id = config.int("use.schema.id").unwrap_or(-1);
        let question = if on("auto.register.schemas") {
            Question::Register
        } else if use_id >= 0 {
            Question::ById
        } else if on("use.latest.version") {
            Question::Latest
        } else {
            Question::Lookup
        };
        let key = if role == Role::Key { "key" } else { "value" };
        let key = format!("{key}.subject.name.strategy");
        let strategy = Strategy::parse(&key, &config.class(&key).unwrap_or_default())?;
        let strict = if question == Question::ById { "id" } else { "latest" };
        let strict = format!("{strict}.compatibility.strict");
        let compares = on(&strict) && matches!(question, Question::ById | Question::Latest);
        if compares && !F::COMPARES {
            return Err(Error::config(format!(
                "{strict}=true is not supported by Ferry for schemas of the type {}: they are not compared. Set it to false",
                F::KIND
            )));
        }
        self.role = role;
        self.rules = Rules {
            strategy,
            question,
            use_id,
            strict: on(&strict),
            latest: on("use.latest.version"),
            cache: config
                .int("schemas.cache.config")
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or_default()
                .max(1),
        };
        self.format.configure(&config)?;
        self.registry = Some(Registry::new(&config)?);
        self.forget();
        Ok(())
    }

    fn with_plugin_metrics(&mut self, metrics: &PluginMetrics) -> Result<()> {
        self.metrics = Metrics::register(metrics)?;
        self.registry.as_mut().ok_or_else(unconfigured)?.measure(&self.metrics);
        Ok(())
    }

    fn from_connect(
        &mut self,
        topic: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        if value.is_null() && !self.format.writes_null(schema)? {
            return Ok(false);
        }
        let start = out.len();
        let done = self.append(topic, schema, value, out);
        if !matches!(done, Ok(true)) {
            out.truncate(start);
        }
        // What is thrown while converting is shown as it is, what is thrown while serializing below a sentence.
        done.map_err(|error| match error.java_class() {
            SERIALIZATION => {
                let words = F::writing(topic);
                error.context(ErrorKind::Data, words.failed)
            }
            _ => error,
        })
    }

    fn to_connect<'a>(
        &mut self,
        topic: &str,
        bytes: Option<&'a [u8]>,
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        let Some(bytes) = bytes else { return Ok((None, ValueRef::NULL)) };
        let (id, payload) = header(bytes).map_err(|cause| {
            let inner = Error::data("Error deserializing schema ID").class(SERIALIZATION).caused_by(cause);
            inner.context(ErrorKind::Data, F::reading(topic, 0).failed)
        })?;
        let at = self.find_known(topic, id)?;
        let read = self.format.read(&self.known[at].reader, payload, arena);
        read.map_err(|error| match error.java_class() {
            // Thrown after the bytes were read.
            "org.apache.kafka.connect.errors.DataException" => error,
            _ => {
                let words = F::reading(topic, id);
                let inner = Error::data(words.inner).class(SERIALIZATION).caused_by(error);
                inner.context(ErrorKind::Data, words.failed)
            }
        })
    }
}

/// The id, and what follows it.
fn header(bytes: &[u8]) -> Result<(i32, &[u8])> {
    let unknown = |why: &str| Err(Error::data(why).class("java.lang.IllegalArgumentException"));
    match bytes {
        [MAGIC, a, b, c, d, payload @ ..] => Ok((i32::from_be_bytes([*a, *b, *c, *d]), payload)),
        [1, ..] => unknown("Ferry does not read GUIDs of schemas (magic byte 1)"),
        [MAGIC, ..] | [] => Err(Error::data("null").class("java.nio.BufferUnderflowException")),
        _ => unknown("Unknown magic byte!"),
    }
}

fn unconfigured() -> Error {
    Error::fatal("configure was not called")
        .class("org.apache.kafka.common.errors.InvalidConfigurationException")
}

impl<F: Format> RegistryConverter<F> {
    fn forget(&mut self) {
        self.written.clear();
        self.by_hash.clear();
        self.known.clear();
        self.by_id.clear();
    }

    /// Says how many schemas are kept.
    fn count(&self) {
        self.metrics.cached.set((self.written.len() + self.known.len()) as f64);
    }

    fn registry(&mut self) -> Result<&mut Registry> {
        self.registry.as_mut().ok_or_else(unconfigured)
    }

    fn append(
        &mut self,
        topic: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let at = self.find_written(topic, schema)?;
        let start = out.len();
        out.extend_from_slice(&[MAGIC; HEADER]);
        if !self.format.write(&self.written[at].writer, schema, value, out)? {
            return Ok(false);
        }
        // Asked after the value was written: what cannot be written is not registered.
        let id = match self.written[at].id {
            Some(id) => id,
            None => self.register(at)?,
        };
        out[start + 1..start + HEADER].copy_from_slice(&id.to_be_bytes());
        Ok(true)
    }

    fn find_written(&mut self, topic: &str, schema: Option<&Schema>) -> Result<usize> {
        let same = |written: &Written<F>| {
            let pointers = match (&written.schema, schema) {
                // The kept pointer is counted, so this address cannot have become another schema.
                (Some(kept), Some(schema)) => std::ptr::eq(&**kept, schema),
                (None, None) => true,
                _ => false,
            };
            pointers && written.topic == topic && self.is_fresh(written.since)
        };
        if self.written.get(self.last_written).is_some_and(same) {
            self.metrics.hits.increment();
            return Ok(self.last_written);
        }
        self.search_written(topic, schema)
    }

    /// What the registry calls latest may be asked for again.
    fn is_fresh(&self, since: Instant) -> bool {
        let asks = self.rules.latest || self.rules.question == Question::Latest;
        let forgets = self.registry.as_ref().and_then(Registry::forgets);
        !asks || forgets.is_none_or(|most| since.elapsed() < most)
    }

    #[cold]
    fn search_written(&mut self, topic: &str, schema: Option<&Schema>) -> Result<usize> {
        let hash = schema.map_or(0, Schema::structural_hash);
        let found = self.by_hash.get(&hash).and_then(|list| {
            list.iter().copied().find(|at| {
                let written = &self.written[*at];
                written.topic == topic && written.schema.as_deref() == schema && self.is_fresh(written.since)
            })
        });
        if let Some(at) = found {
            // Another pointer to an equal schema: the next record probably has it, too.
            self.written[at].schema = schema.map(Schema::share);
            self.last_written = at;
            self.metrics.hits.increment();
            return Ok(at);
        }
        self.metrics.misses.increment();
        let written = self.prepare(topic, schema)?;
        if self.written.len() >= self.rules.cache || !self.is_fresh(written.since) {
            self.written.clear();
            self.by_hash.clear();
        }
        self.last_written = self.written.len();
        let bucket = self.by_hash.entry(hash).or_default();
        let written_list = &self.written;
        // Of one schema in one topic only the newest counts.
        bucket.retain(|at| {
            let other = &written_list[*at];
            other.topic != topic || other.schema.as_deref() != schema
        });
        bucket.push(self.last_written);
        self.written.push(written);
        self.count();
        Ok(self.last_written)
    }

    fn prepare(&mut self, topic: &str, schema: Option<&Schema>) -> Result<Written<F>> {
        let own = self.format.own(schema)?;
        let (topic, schema_ref, since) = (topic.to_owned(), schema.map(Schema::share), Instant::now());
        let question = self.rules.question;
        if matches!(question, Question::Register | Question::Lookup) {
            let writer = self.format.writer(schema, &own, &own)?;
            return Ok(Written { topic, schema: schema_ref, own, writer, id: None, since });
        }
        let subject = self.subject(&topic, own.record().as_deref())?;
        let use_id = self.rules.use_id;
        let registry = self.registry()?;
        let answer = match question {
            Question::ById => registry.by_id(use_id, Some(&subject)),
            _ => registry.latest(&subject),
        };
        let words = || F::writing(&topic);
        let asked = || format!("{}{}", F::asked(question), own.text());
        let target = answer.map_err(|failure| failure.into_error(&asked(), &words()))?;
        let parsed = self.format.parse(&target)?;
        if self.rules.strict
            && let Some(why) = parsed.incompatibility(&own)
        {
            let key = if question == Question::ById { "id" } else { "latest" };
            let cause = Error::data(format!(
                "Incompatible schema of type '{}'. Set {key}.compatibility.strict=false to disable this check. {why}",
                F::KIND
            ));
            return Err(Error::data(words().inner)
                .class(SERIALIZATION)
                .caused_by(cause.class("java.io.IOException")));
        }
        let writer = self.format.writer(schema, &own, &parsed)?;
        Ok(Written { topic, schema: schema_ref, own, writer, id: Some(target.id), since })
    }

    fn subject(&self, topic: &str, record: Option<&str>) -> Result<String> {
        self.rules.strategy.subject(topic, self.role, record)
    }

    #[cold]
    fn register(&mut self, at: usize) -> Result<i32> {
        let question = self.rules.question;
        let written = &self.written[at];
        let subject = self.subject(&written.topic, written.own.record().as_deref())?;
        let registry = self.registry.as_mut().ok_or_else(unconfigured)?;
        let text = written.own.text();
        let id = registry.id(&subject, F::KIND, text, question == Question::Register).map_err(|failure| {
            failure.into_error(&format!("{}{text}", F::asked(question)), &F::writing(&written.topic))
        })?;
        self.written[at].id = Some(id);
        Ok(id)
    }

    fn find_known(&mut self, topic: &str, id: i32) -> Result<usize> {
        let same = |known: &Known<F>| known.id == id && known.topic == topic && self.is_fresh(known.since);
        if self.known.get(self.last_known).is_some_and(same) {
            self.metrics.hits.increment();
            return Ok(self.last_known);
        }
        let found =
            self.by_id.get(&id).and_then(|list| list.iter().copied().find(|at| same(&self.known[*at])));
        self.last_known = match found {
            Some(at) => {
                self.metrics.hits.increment();
                at
            }
            None => self.learn(topic, id)?,
        };
        Ok(self.last_known)
    }

    #[cold]
    fn learn(&mut self, topic: &str, id: i32) -> Result<usize> {
        self.metrics.misses.increment();
        let reader = self.ask(topic, id)?;
        if self.known.len() >= self.rules.cache {
            self.known.clear();
            self.by_id.clear();
        }
        let at = self.known.len();
        let bucket = self.by_id.entry(id).or_default();
        let known = &self.known;
        bucket.retain(|at| known[*at].topic != topic);
        bucket.push(at);
        self.known.push(Known { topic: topic.to_owned(), id, reader, since: Instant::now() });
        self.count();
        Ok(at)
    }

    fn ask(&mut self, topic: &str, id: i32) -> Result<F::Reader> {
        let words = || F::reading(topic, id);
        let part = if self.role == Role::Key { "key" } else { "value" };
        let kind = if F::KIND == "AVRO" { format!("Avro {part}") } else { F::KIND.to_owned() };
        let asked = |what: &str| format!("Error retrieving {kind} {what} for id {}", schema_id(F::KIND, id));
        let strategy = self.rules.strategy;
        let known = match strategy.needs_record() {
            false => Some(self.subject(topic, None)?),
            true => None,
        };
        let answer = self.registry()?.by_id(id, known.as_deref());
        let written = answer.map_err(|failure| failure.into_error(&asked("schema"), &words()))?;
        if written.kind != F::KIND {
            let cause =
                Error::data(format!("The schema {id} is of the type {}, not {}", written.kind, F::KIND));
            let inner = Error::data(words().inner).class(SERIALIZATION).caused_by(cause);
            return Err(inner.context(ErrorKind::Data, words().failed));
        }
        let broken = |error: Error| {
            Error::data(words().inner)
                .class(SERIALIZATION)
                .caused_by(error)
                .context(ErrorKind::Data, words().failed)
        };
        let writer = self.format.parse(&written).map_err(broken)?;
        let subject = match known {
            Some(subject) => subject,
            None => self.subject(topic, writer.record().as_deref())?,
        };
        let latest = self.rules.latest;
        let registry = self.registry()?;
        let newest = if latest { Some(registry.latest(&subject)) } else { None };
        let newest = newest.transpose().map_err(|failure| failure.into_error(&asked("schema"), &words()))?;
        let version = registry.version(&subject, &written);
        let version = version.map_err(|failure| failure.into_error(&asked("schema version"), &words()))?;
        match newest {
            Some(newest) => {
                self.format.reader(&writer, &self.format.parse(&newest).map_err(broken)?, version)
            }
            None => self.format.reader(&writer, &writer, version),
        }
    }
}
