//! A client of a schema registry with Confluent's REST API (`CachedSchemaRegistryClient`).

mod error;
mod http;
mod tls;

pub use error::{Failure, Sentences};

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::metrics::Metrics;
use ferry_sdk::Result;
use ferry_sdk::config::Config;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};

/// What a path segment takes as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A schema as the registry holds it.
#[derive(Clone, Debug, Default)]
pub struct Registered {
    /// Its id.
    pub id: i32,
    /// Its text.
    pub text: String,
    /// `AVRO` or `JSON`.
    pub kind: String,
    /// The texts of the schemas it refers to, by the name it uses, each after those it refers to itself.
    pub references: Vec<(String, String)>,
    /// The references as the registry wrote them.
    raw_references: Json,
}

/// The client of one converter: it asks once for each thing and remembers it.
pub struct Registry {
    http: http::Http,
    /// Ids by subject and text; cleared for a subject when there are `most`.
    ids: HashMap<String, HashMap<String, i32>>,
    latest: HashMap<String, (Instant, Registered)>,
    most: usize,
    latest_for: Option<Duration>,
    normalize: bool,
}

/// A result with [`Failure`].
type Answer<T> = std::result::Result<T, Failure>;

impl Registry {
    /// A client with the settings of `config`; it does not connect yet.
    pub fn new(config: &Config) -> Result<Self> {
        let count = |key: &str| config.int(key).and_then(|n| usize::try_from(n).ok());
        let seconds = config.int("latest.cache.ttl.sec").and_then(|n| u64::try_from(n).ok());
        Ok(Self {
            http: http::Http::new(config)?,
            ids: HashMap::new(),
            latest: HashMap::new(),
            most: count("max.schemas.per.subject").unwrap_or(1000).max(1),
            latest_for: seconds.map(Duration::from_secs),
            normalize: config.boolean("normalize.schemas").unwrap_or(false),
        })
    }

    /// Tells of its requests from now on.
    pub fn measure(&mut self, metrics: &Metrics) {
        self.http.metrics = metrics.clone();
    }

    /// The id of the schema in `subject`; `register`: put it there if it is not.
    pub fn id(&mut self, subject: &str, kind: &str, text: &str, register: bool) -> Answer<i32> {
        if let Some(id) = self.ids.get(subject).and_then(|ids| ids.get(text)) {
            return Ok(*id);
        }
        let versions = if register { "/versions" } else { "" };
        let deleted = if register { "" } else { "&deleted=false" };
        let path = format!("/subjects/{}{versions}?normalize={}{deleted}", segment(subject), self.normalize);
        let answer = self.http.call(Some(&body(kind, text, &Json::Null)), &path)?;
        let id = whole(&answer, "id")?;
        let ids = self.ids.entry(subject.to_owned()).or_default();
        if ids.len() >= self.most {
            ids.clear();
        }
        ids.insert(text.to_owned(), id);
        Ok(id)
    }

    /// The schema `id`, as `subject` knows it.
    pub fn by_id(&mut self, id: i32, subject: Option<&str>) -> Answer<Registered> {
        let subject = subject.map_or_else(String::new, |subject| format!("&subject={}", segment(subject)));
        let answer = self.http.call(None, &format!("/schemas/ids/{id}?fetchMaxId=false{subject}"))?;
        self.registered(&answer, id)
    }

    /// The newest schema of `subject`.
    pub fn latest(&mut self, subject: &str) -> Answer<Registered> {
        let fresh = |at: &Instant| self.latest_for.is_none_or(|most| at.elapsed() < most);
        if let Some((_, known)) = self.latest.get(subject).filter(|(at, _)| fresh(at)) {
            return Ok(known.clone());
        }
        let answer = self.http.call(None, &format!("/subjects/{}/versions/latest", segment(subject)))?;
        let id = whole(&answer, "id")?;
        let schema = self.registered(&answer, id)?;
        if self.latest.len() >= self.most {
            self.latest.clear();
        }
        self.latest.insert(subject.to_owned(), (Instant::now(), schema.clone()));
        Ok(schema)
    }

    /// Whether what [`Self::latest`] said may change with time.
    pub fn forgets(&self) -> Option<Duration> {
        self.latest_for
    }

    /// The version that the schema has in `subject`.
    pub fn version(&mut self, subject: &str, schema: &Registered) -> Answer<i32> {
        let path = format!("/subjects/{}?normalize=false&deleted=true", segment(subject));
        let body = body(&schema.kind, &schema.text, &schema.raw_references);
        whole(&self.http.call(Some(&body), &path)?, "version")
    }

    fn registered(&mut self, answer: &Json, id: i32) -> Answer<Registered> {
        let rules = &answer["ruleSet"];
        let some = |rules: &Json| rules.as_array().is_some_and(|rules| !rules.is_empty());
        if ["domainRules", "encodingRules", "migrationRules"].iter().any(|kind| some(&rules[*kind])) {
            return Err(Failure::Unusable(format!(
                "The schema {id} has rules (a data contract), which Ferry does not execute"
            )));
        }
        let raw_references = answer["references"].clone();
        let mut references = Vec::new();
        self.references(&raw_references, &mut references, 0)?;
        Ok(Registered {
            id,
            text: text(answer, "schema")?,
            kind: answer["schemaType"].as_str().unwrap_or("AVRO").to_owned(),
            references,
            raw_references,
        })
    }

    fn references(&mut self, list: &Json, found: &mut Vec<(String, String)>, depth: usize) -> Answer<()> {
        const DEEPEST: usize = 20;
        if depth > DEEPEST {
            return Err(Failure::Unusable("Schemas refer to each other in a circle".to_owned()));
        }
        for reference in list.as_array().map(Vec::as_slice).unwrap_or_default() {
            let name = text(reference, "name")?;
            if found.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let subject = text(reference, "subject")?;
            let version = whole(reference, "version")?;
            let path = format!("/subjects/{}/versions/{version}?deleted=true", segment(&subject));
            let answer = self.http.call(None, &path)?;
            self.references(&answer["references"], found, depth + 1)?;
            found.push((name, text(&answer, "schema")?));
        }
        Ok(())
    }
}

fn segment(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}

fn body(kind: &str, text: &str, references: &Json) -> String {
    let mut body = json!({"schema": text});
    // Avro is meant where nothing is said, by all registries.
    if kind != "AVRO" {
        body["schemaType"] = json!(kind);
    }
    if references.as_array().is_some_and(|list| !list.is_empty()) {
        body["references"] = references.clone();
    }
    body.to_string()
}

fn odd(answer: &Json, name: &str) -> Failure {
    Failure::Unusable(format!("The schema registry's answer has no \"{name}\": {answer}"))
}

fn whole(answer: &Json, name: &str) -> Answer<i32> {
    let number = answer[name].as_i64().and_then(|number| i32::try_from(number).ok());
    number.ok_or_else(|| odd(answer, name))
}

fn text(answer: &Json, name: &str) -> Answer<String> {
    answer[name].as_str().map(str::to_owned).ok_or_else(|| odd(answer, name))
}
