//! Cases of the predicates.

use serde_json::{Value as Json, json};

use super::{Config, Gen, Subject, record, text};

/// The predicates.
pub fn subjects() -> Vec<Subject> {
    macro_rules! predicate {
        ($name:literal, $make:expr) => {
            Subject {
                name: $name,
                class: concat!("org.apache.kafka.connect.transforms.predicates.", $name),
                kinds: &["predicate"],
                make: $make,
            }
        };
    }
    vec![
        predicate!("HasHeaderKey", has_header_key),
        predicate!("RecordIsTombstone", |g| (Vec::new(), records(g))),
        predicate!("TopicNameMatches", topic_name_matches),
    ]
}

/// Java patterns that name topics, or do not compile.
pub const PATTERNS: &[&str] = &[
    ".*",
    "orders",
    "orders-\\d+",
    "(.*)-(\\d+)",
    "([a-z]+)[-._]?(\\d*)",
    "(?i)ORDERS.*",
    "(?<name>[^.]*)\\..*",
    "a|ab",
    "",
    "[a-z&&[^o]]+",
    "\\w+",
    "(o)(r)?.*",
    ".*(?=7)",
    ".*(?=7)7",
    "x*",
    "^orders$",
    "(a)(b)?.*",
    "\\p{Alpha}+\\d+",
    "\\p{Lower}*",
    "[^0-9]+",
    "orders-1++7",
    "(?:db)\\.(.*)\\.(.*)",
    "\\bmy_topic\\b",
    "(\\w)\\w*\\1",
    "\\x6frders",
    "(?s).*",
    "o.*",
    "(",
    "[",
    "*",
    "\\",
    "a**",
    "\\k<x>",
    "[z-a]",
];

fn has_header_key(g: &mut Gen) -> (Config, Vec<Json>) {
    let mut config = Vec::new();
    g.option(&mut config, 96, "name", &["h", "a", "b", "trace", "\u{fc}", "H", "other", " a ", "", "h", "a"]);
    (config, records(g))
}

fn topic_name_matches(g: &mut Gen) -> (Config, Vec<Json>) {
    let mut config = Vec::new();
    g.option(&mut config, 97, "pattern", PATTERNS);
    (config, records(g))
}

/// Some records.
pub fn records(g: &mut Gen) -> Vec<Json> {
    (0..1 + g.below(3))
        .map(|_| {
            let mut record = record::any(g);
            record["topic"] = text::topic(g).into();
            json!({"apply": record})
        })
        .collect()
}
