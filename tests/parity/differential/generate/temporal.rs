//! Cases of the transforms of timestamps.

use ferry_plugin_abi::data::{Schema, SchemaBuilder, SchemaRef, SchemaType, Value};
use serde_json::Value as Json;

use super::predicates::records;
use super::record::names;
use super::transforms::{Part, field, steps};
use super::{Config, Gen, schema, text, value};
use crate::data::Typed;

/// Patterns of `SimpleDateFormat`, and some that are none.
const FORMATS: &[&str] = &[
    "yyyy-MM-dd",
    "yyyyMMdd",
    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
    "HH:mm:ss",
    "yyyy-MM-dd HH:mm:ss.SSS",
    "EEE, d MMM yyyy HH:mm:ss Z",
    "yyyy",
    "MM/dd/yy",
    "hh:mm a",
    "yyyy-MM-dd HH:mm:ss.SSSXXX",
    "yyyy-MM-dd'T'HH:mm:ssX",
    "EEEE MMMM d, yyyy G",
    "D",
    "w W F E u",
    "k K H h",
    "S",
    "SSSS",
    "y",
    "yyyyy",
    "M",
    "MMM",
    "''yyyy''",
    "yyyy'year'",
    "z",
    "zzzz",
    "Z",
    "XX",
    "YYYY-'W'ww-u",
    "H:m:s",
    "bad",
    "'open",
    "b",
    "",
    "yyyy-MM-dd",
    "yyyyMMdd",
    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
    "yyyy-MM-dd HH:mm:ss.SSS",
    "HH:mm:ss",
];

/// Texts of some of them, and some that are none.
const TEXTS: &[&str] = &[
    "2019-08-23",
    "20190823",
    "2019-08-23T14:34:54.346Z",
    "14:34:54",
    "2019-08-23 14:34:54.346",
    "Fri, 23 Aug 2019 14:34:54 +0000",
    "2019",
    "08/23/19",
    "02:34 PM",
    "2019-08-23 14:34:54.346+02:00",
    "2019-08-23T14:34:54Z",
    "1970-01-01",
    "0001-01-01",
    "1582-10-10",
    "2019-02-31",
    "2019-13-01",
    "2019-8-3",
    "99999-01-01",
    "",
    "x",
    "2019-08-23x",
    " 2019-08-23",
    "-1-01-01",
    "20190823x",
    "2019-08",
    "14:34:54.346Z",
    "08/23/79",
    "12:00 am",
    "346",
    "Friday August 23, 2019 AD",
    "2019-W34-5",
    "'2019'",
    "2019year",
    "235",
    "UTC",
];

/// A key, a value or a field that is a time, or looks like one.
fn time(g: &mut Gen, schemaless: bool) -> Typed {
    let named = |schema: SchemaBuilder, g: &mut Gen| Some(schema.set_optional(g.chance(50)).build());
    let (schema, value) = match g.below(12) {
        0..3 => (named(SchemaBuilder::timestamp(), g), Value::Instant(value::instant(g))),
        3 => (named(SchemaBuilder::date(), g), Value::Instant(value::day(g) * 86_400_000)),
        4 => (named(SchemaBuilder::time(), g), Value::Instant(g.one(&[0, 1, 52_494_346, 86_399_999]))),
        5..7 => (named(SchemaBuilder::new(SchemaType::Int64), g), Value::Int64(unix(g))),
        7..10 => (named(SchemaBuilder::new(SchemaType::String), g), Value::from(g.pick(TEXTS))),
        10 => (Some(Schema::optional_string().clone()), Value::Null),
        _ => {
            let schema = schema::any(g, 1);
            let value = value::of(g, &schema);
            (Some(schema), value)
        }
    };
    let schema = schema.filter(|_| !schemaless);
    match (&schema, value) {
        // A struct does not go without its schema.
        (None, Value::Struct(_)) => Typed::new(None, Value::Int32(7)),
        (_, value) => Typed::new(schema, value),
    }
}

fn unix(g: &mut Gen) -> i64 {
    if g.chance(70) {
        (value::instant(g) / g.one(&[1, 1, 1000])).wrapping_mul(g.one(&[1, 1, 1000, 1_000_000]))
    } else {
        value::int(g)
    }
}

/// A struct or a map of times.
fn times(g: &mut Gen, like: Option<&SchemaRef>) -> Typed {
    if let Some(schema) = like {
        return Typed::new(Some(schema.clone()), value::of(g, schema));
    }
    let schemaless = g.chance(40);
    let mut names: Vec<&str> = Vec::new();
    let mut builder = SchemaBuilder::structure();
    let (mut values, mut entries) = (Vec::new(), Vec::new());
    for _ in 0..1 + g.below(3) {
        let name = text::name(g);
        if names.contains(&name) {
            continue;
        }
        names.push(name);
        let time = time(g, schemaless);
        if let Some(schema) = &time.schema {
            builder = builder.field(name, schema);
        }
        values.push(time.value.clone());
        entries.push((Value::from(name), time.value));
    }
    if schemaless {
        return Typed::new(None, Value::Map(entries));
    }
    Typed::new(Some(builder.set_optional(g.chance(30)).build()), Value::Struct(values))
}

/// `TimestampConverter`
pub fn timestamp_converter(g: &mut Gen, part: Part) -> (Config, Vec<Json>) {
    let whole = g.chance(45);
    let schemaless = g.chance(40);
    let mut halves = vec![if whole { time(g, schemaless) } else { times(g, None) }];
    for _ in 0..g.below(3) {
        let like = halves[0].schema.clone();
        halves.push(match like {
            None if whole => time(g, true),
            Some(schema) if g.chance(60) => times(g, Some(&schema)),
            _ => times(g, None),
        });
    }
    let mut config = Vec::new();
    let names = names(&halves[0]);
    if if whole { g.chance(5) } else { g.chance(95) } {
        config.push(("field".to_owned(), field(g, &names)));
    }
    const TARGETS: &[&str] = &[
        "string",
        "unix",
        "Date",
        "Time",
        "Timestamp",
        "string",
        "unix",
        "Date",
        "Time",
        "Timestamp",
        "timestamp",
        "STRING",
        "",
        "bad",
    ];
    g.option(&mut config, 97, "target.type", TARGETS);
    g.option(&mut config, 85, "format", FORMATS);
    g.option(
        &mut config,
        40,
        "unix.precision",
        &[
            "milliseconds",
            "seconds",
            "microseconds",
            "nanoseconds",
            "seconds",
            "nanoseconds",
            "Seconds",
            "x",
            "",
        ],
    );
    g.replace_null(&mut config);
    (config, steps(g, part, &halves))
}

/// `TimestampRouter`
pub fn timestamp_router(g: &mut Gen) -> (Config, Vec<Json>) {
    let mut config = Vec::new();
    g.option(
        &mut config,
        60,
        "topic.format",
        &[
            "${topic}-${timestamp}",
            "${timestamp}",
            "t",
            "",
            "${topic}${topic}",
            "${topic}-${timestamp}-${timestamp}",
            "$topic",
            "${x}",
            "\\$1 ${topic}",
        ],
    );
    g.option(&mut config, 80, "timestamp.format", FORMATS);
    (config, records(g))
}
