//! Makes cases from a seed: schemas, values, records and configurations, valid and invalid.

mod converters;
mod header_text;
mod json_text;
mod predicates;
mod providers;
mod record;
mod schema;
mod temporal;
mod text;
mod transforms;
mod value;

use serde_json::{Map, Value as Json, json};

/// A configuration: keys and values.
pub type Config = Vec<(String, String)>;

/// A class that cases are made for.
pub struct Subject {
    /// Of the file of recorded cases.
    pub name: &'static str,
    /// Its Java class.
    pub class: &'static str,
    /// What it can be used as: `transform`, `predicate`, `provider`, or a converter's `key`, `value`, `header`.
    kinds: &'static [&'static str],
    make: fn(&mut Gen) -> (Config, Vec<Json>),
}

impl Subject {
    /// Another case.
    pub fn case(&self, g: &mut Gen) -> Json {
        let kind = g.pick(self.kinds);
        let (config, steps) = (self.make)(g);
        let config: Map<String, Json> = config.into_iter().map(|(k, v)| (k, v.into())).collect();
        json!({"class": self.class, "kind": kind, "config": config, "steps": steps})
    }
}

/// All of them.
pub fn subjects() -> Vec<Subject> {
    let kinds =
        [converters::subjects(), transforms::subjects(), predicates::subjects(), providers::subjects()];
    kinds.into_iter().flatten().collect()
}

/// What every run has: the class's definition of its configuration, and the cases of `by_hand.jsonl`.
pub fn by_hand(subject: &Subject) -> Vec<Json> {
    let definition =
        |kind| json!({"class": subject.class, "kind": kind, "config": {}, "steps": [{"definition": true}]});
    let written = include_str!("../by_hand.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("by_hand.jsonl: {e}: {line}")));
    let written = written.filter(|case: &Json| case["class"] == subject.class);
    let defined = subject.kinds.iter().filter(|kind| **kind != "provider");
    defined.map(definition).chain(written).collect()
}

/// The source of all choices.
pub struct Gen {
    rng: fastrand::Rng,
}

impl Gen {
    /// A source for one subject: its cases are the same whichever others are asked for.
    pub fn new(seed: u64, subject: &str) -> Self {
        let mixed = subject.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { rng: fastrand::Rng::with_seed(mixed) }
    }
    /// True in so many of a hundred times.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.rng.usize(..end)
    }
    /// One of them.
    pub fn pick<'x, T: ?Sized>(&mut self, items: &[&'x T]) -> &'x T {
        items[self.below(items.len())]
    }
    /// One of them, by value.
    pub fn one<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
    /// As many bits as asked for.
    pub fn bits(&mut self) -> u64 {
        self.rng.u64(..)
    }
    /// With this chance a configuration gets the key, with one of the values.
    pub fn option(&mut self, config: &mut Config, percent: u32, key: &str, values: &[&str]) {
        if self.chance(percent) {
            config.push((key.to_owned(), self.pick(values).to_owned()));
        }
    }
    /// Now and then a configuration gets `replace.null.with.default`.
    pub fn replace_null(&mut self, config: &mut Config) {
        self.option(
            config,
            35,
            "replace.null.with.default",
            &["true", "false", "false", "false", "TRUE", "yes", ""],
        );
    }
}
