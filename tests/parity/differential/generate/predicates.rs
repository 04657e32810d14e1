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
const PATTERNS: &[&str] = &[
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
    "\\Qorders-17\\E",
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
    "a{2,1}",
    "\\",
    "(?<1>a)",
    "a**",
    "\\k<x>",
    "[z-a]",
];

/// Parts of patterns, whole and broken.
const FRAGMENTS: &[&str] = &[
    "a",
    "o",
    "orders",
    "b*",
    "(x)",
    "(?:y)?",
    "[abc]",
    "[^a]",
    "\\d",
    "\\w+",
    "{",
    "}",
    "]",
    "[",
    "(",
    ")",
    "*",
    "?",
    "+",
    "|",
    "\\",
    "^",
    "$",
    ".",
    ".*",
    "\\Q",
    "\\E",
    "(?<n>",
    "\\k<n>",
    "\\k<",
    "(a)\\1",
    "a{2}",
    "{2,",
    "{,3}",
    "{3,1}",
    "x{0,2}",
    "{99999999999}",
    "\\p{Alpha}",
    "\\p{Foo}",
    "\\p{L}",
    "\\pL",
    "\\p",
    "\\p{",
    "\\p{}",
    "\\p{gc=Lu}",
    "\\p{x=y}",
    "\\x41",
    "\\xZ",
    "\\x{",
    "\\x{41}",
    "\\x{41",
    "\\u0041",
    "\\u00",
    "\\cA",
    "\\c",
    "\\0",
    "\\08",
    "\\07",
    "(?i)",
    "(?-i)",
    "(?ix-s:",
    "(?x) # ",
    "(?",
    "(?y)",
    "(?=a)a",
    "(?<!b)o",
    "(?<=o)r",
    "(?<=ab)o",
    "(?>a)",
    "&&",
    "[a-z&&[^b]]",
    "[a&&]",
    "[&&]",
    "[a-",
    "[b-a]",
    "[]",
    "[^]",
    "\\y",
    "-",
    "[\\d-x]",
    "[a-\\d]",
    "\\N",
    "(?<n",
    "(?<n>a)",
    "(?$",
    "(?@",
    "\u{fc}",
    "\t",
    " ",
    "#",
];

/// A pattern.
pub fn pattern(g: &mut Gen) -> String {
    match g.below(10) {
        0..6 => g.pick(PATTERNS).to_owned(),
        6 => (0..2 + g.below(2)).map(|_| g.pick(PATTERNS)).collect::<Vec<_>>().join(g.pick(&["", "|", ".*"])),
        _ => (0..1 + g.below(4)).map(|_| g.pick(FRAGMENTS)).collect(),
    }
}

fn has_header_key(g: &mut Gen) -> (Config, Vec<Json>) {
    let mut config = Vec::new();
    g.option(&mut config, 96, "name", &["h", "a", "b", "trace", "\u{fc}", "H", "other", " a ", "", "h", "a"]);
    (config, records(g))
}

fn topic_name_matches(g: &mut Gen) -> (Config, Vec<Json>) {
    let mut config = Vec::new();
    if g.chance(97) {
        config.push(("pattern".to_owned(), pattern(g)));
    }
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
