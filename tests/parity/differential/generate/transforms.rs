//! Cases of the transforms.

use ferry_plugin_abi::data::Value;
use serde_json::{Value as Json, json};

use super::header_text::header_text;
use super::predicates::{pattern, records as any_records};
use super::record::{self, half, names};
use super::{Config, Gen, Subject, temporal, text, value};
use crate::data::Typed;

type Made = (Config, Vec<Json>);

/// The half of a record that a transform works on.
#[derive(Clone, Copy)]
pub enum Part {
    Key,
    Value,
}

/// The transforms.
pub fn subjects() -> Vec<Subject> {
    macro_rules! transform {
        ($name:literal, $make:expr) => {
            Subject {
                name: $name,
                class: concat!("org.apache.kafka.connect.transforms.", $name),
                kinds: &["transform"],
                make: $make,
            }
        };
    }
    macro_rules! both {
        ($key:literal, $value:literal, $make:path) => {
            [transform!($key, |g| $make(g, Part::Key)), transform!($value, |g| $make(g, Part::Value))]
        };
    }
    let mut all = vec![
        transform!("DropHeaders", drop_headers),
        transform!("Filter", |g| (Vec::new(), any_records(g))),
        transform!("InsertHeader", insert_header),
        transform!("RegexRouter", regex_router),
        transform!("TimestampRouter", temporal::timestamp_router),
        transform!("ValueToKey", value_to_key),
    ];
    all.extend(both!("Cast$Key", "Cast$Value", cast));
    all.extend(both!("ExtractField$Key", "ExtractField$Value", extract_field));
    all.extend(both!("Flatten$Key", "Flatten$Value", flatten));
    all.extend(both!("HeaderFrom$Key", "HeaderFrom$Value", header_from));
    all.extend(both!("HoistField$Key", "HoistField$Value", hoist_field));
    all.extend(both!("InsertField$Key", "InsertField$Value", insert_field));
    all.extend(both!("MaskField$Key", "MaskField$Value", mask_field));
    all.extend(both!("ReplaceField$Key", "ReplaceField$Value", replace_field));
    all.extend(both!("SetSchemaMetadata$Key", "SetSchemaMetadata$Value", set_schema_metadata));
    all.extend(both!("TimestampConverter$Key", "TimestampConverter$Value", temporal::timestamp_converter));
    all
}

/// A few halves of one kind: the later ones meet what a transform has cached for the schema of the first.
fn alike(g: &mut Gen, first: Typed) -> Vec<Typed> {
    let mut halves = vec![first];
    for _ in 0..g.below(3) {
        let next = match &halves[0].schema {
            Some(schema) if g.chance(70) => Typed::new(Some(schema.clone()), value::of(g, &schema.clone())),
            _ => half(g),
        };
        halves.push(next);
    }
    halves
}

/// Records that have the halves where the transform looks.
pub fn steps(g: &mut Gen, part: Part, halves: &[Typed]) -> Vec<Json> {
    let mut steps = Vec::new();
    for half in halves {
        let other = if g.chance(25) { value::typed(g) } else { Typed::new(None, Value::Null) };
        let record = match part {
            Part::Key => record::with(g, half, &other),
            Part::Value => record::with(g, &other, half),
        };
        steps.push(json!({"apply": record}));
    }
    steps
}

/// The name of a field, mostly one that there is.
pub fn field(g: &mut Gen, names: &[String]) -> String {
    if names.is_empty() || g.chance(20) {
        text::name(g).to_owned()
    } else {
        names[g.below(names.len())].clone()
    }
}

/// Such names as a list.
fn fields(g: &mut Gen, names: &[String]) -> String {
    if g.chance(5) {
        return g.pick(&["", ",", "a,", "a,a", " a , b ", ",a"]).to_owned();
    }
    let list: Vec<String> = (0..1 + g.below(3)).map(|_| field(g, names)).collect();
    list.join(g.pick(&[",", ",", ", "]))
}

fn with(config: &mut Config, key: &str, value: impl Into<String>) {
    config.push((key.to_owned(), value.into()));
}

fn cast(g: &mut Gen, part: Part) -> Made {
    const TYPES: &[&str] = &[
        "int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string", "string", "int32",
        "INT64", "Boolean",
    ];
    const WRONG: &[&str] = &[
        "",
        "foo",
        "a:foo",
        "a:b:c",
        "bytes",
        "a:bytes",
        "int8,int8",
        "a:int8,int32",
        "a:",
        ":int8",
        "a:array",
        "map",
        " a : int8 ",
        "a:int8,a:string",
        "a:int8,",
        "struct",
        "a:int8 ,b: string",
    ];
    let whole = g.chance(35);
    let first = if whole && g.chance(85) { value::typed(g) } else { half(g) };
    let halves = alike(g, first);
    let names = names(&halves[0]);
    let spec = match g.below(10) {
        0 => g.pick(WRONG).to_owned(),
        _ if whole => g.pick(TYPES).to_owned(),
        _ => {
            let casts = (0..1 + g.below(3)).map(|_| format!("{}:{}", field(g, &names), g.pick(TYPES)));
            casts.collect::<Vec<_>>().join(",")
        }
    };
    let mut config = Vec::new();
    if g.chance(98) {
        with(&mut config, "spec", spec);
    }
    g.replace_null(&mut config);
    (config, steps(g, part, &halves))
}

fn drop_headers(g: &mut Gen) -> Made {
    let mut config = Vec::new();
    g.option(
        &mut config,
        97,
        "headers",
        &["h", "a", "h,a", "trace,b", "\u{fc}", "a,a", "", ",", "other", " h , a ", "H", "h,a,b,trace"],
    );
    (config, any_records(g))
}

fn extract_field(g: &mut Gen, part: Part) -> Made {
    let first = half(g);
    let halves = alike(g, first);
    let mut config = Vec::new();
    if g.chance(97) {
        let name = path(g, &names(&halves[0]));
        with(&mut config, "field", name);
    }
    g.option(&mut config, 60, "field.syntax.version", &["V1", "V2", "V2", "V2", "v2", "V3", ""]);
    g.replace_null(&mut config);
    (config, steps(g, part, &halves))
}

/// A path of fields, with backticks now and then.
fn path(g: &mut Gen, names: &[String]) -> String {
    const ODD: &[&str] = &[
        "`a.b`",
        "nested.`a.b`",
        "`a`.`b`",
        "a.`b",
        "`a",
        "a`.b",
        "`a`b",
        "``",
        "a.",
        ".a",
        "a..b",
        ".",
        "",
        "`a.b`.c",
        "a.\\`b",
        "`a\\`b`",
        "`a.b\\``",
        "\\`a",
        "a.`b`.c",
        "`a`.",
        " a ",
        "nested.a",
        "nested.nested.a",
        "`nested`.a",
        "a\\.b",
    ];
    if g.chance(25) { g.pick(ODD).to_owned() } else { field(g, names) }
}

fn flatten(g: &mut Gen, part: Part) -> Made {
    let first = half(g);
    let halves = alike(g, first);
    let mut config = Vec::new();
    g.option(&mut config, 50, "delimiter", &[".", "_", "", "::", " ", "\u{fc}", "-"]);
    (config, steps(g, part, &halves))
}

fn header_from(g: &mut Gen, part: Part) -> Made {
    let first = half(g);
    let halves = alike(g, first);
    let names = names(&halves[0]);
    let count = 1 + g.below(3);
    let mut config = Vec::new();
    let list = |items: Vec<String>| items.join(",");
    if g.chance(97) {
        let fields = (0..count).map(|_| field(g, &names)).collect();
        with(&mut config, "fields", if g.chance(96) { list(fields) } else { String::new() });
    }
    if g.chance(97) {
        let count = if g.chance(95) { count } else { count + 1 };
        let headers = (0..count).map(|_| g.pick(&["h", "a", "new", "\u{fc}", "trace"]).to_owned()).collect();
        with(&mut config, "headers", list(headers));
    }
    g.option(
        &mut config,
        97,
        "operation",
        &["move", "copy", "move", "copy", "move", "copy", "MOVE", "drop", "", " move "],
    );
    g.replace_null(&mut config);
    (config, steps(g, part, &halves))
}

fn hoist_field(g: &mut Gen, part: Part) -> Made {
    let first = half(g);
    let halves = alike(g, first);
    let mut config = Vec::new();
    g.option(&mut config, 97, "field", &["f", "a", "\u{fc}", "", " x ", "a.b", "field"]);
    (config, steps(g, part, &halves))
}

fn insert_field(g: &mut Gen, part: Part) -> Made {
    let first = half(g);
    let halves = alike(g, first);
    let mut config = Vec::new();
    for key in ["topic.field", "partition.field", "offset.field", "timestamp.field", "static.field"] {
        g.option(
            &mut config,
            30,
            key,
            &["inserted", "a", "b!", "c?", "new!", "new?", "", "!", "a.b", "name", "f1", "f2!"],
        );
    }
    let with_value = if config.iter().any(|(key, _)| key == "static.field") { 90 } else { 10 };
    g.option(&mut config, with_value, "static.value", &["v", "", "12", "\u{fc}", " x "]);
    g.replace_null(&mut config);
    (config, steps(g, part, &halves))
}

fn insert_header(g: &mut Gen) -> Made {
    let mut config = Vec::new();
    g.option(&mut config, 97, "header", &["h", "a", "new", "\u{fc}", "", " x "]);
    if g.chance(97) {
        let text = header_text(g);
        with(&mut config, "value.literal", text);
    }
    (config, any_records(g))
}

fn mask_field(g: &mut Gen, part: Part) -> Made {
    let first = half(g);
    let halves = alike(g, first);
    let mut config = Vec::new();
    if g.chance(97) {
        let fields = fields(g, &names(&halves[0]));
        with(&mut config, "fields", fields);
    }
    g.option(
        &mut config,
        50,
        "replacement",
        &[
            "***",
            "0",
            "12",
            "-1",
            "1.5",
            "300",
            "",
            "x",
            " 7 ",
            "1e3",
            "NaN",
            "99999999999",
            "+5",
            "0x10",
            "\u{663}",
            "1_0",
            "2147483648",
        ],
    );
    g.replace_null(&mut config);
    (config, steps(g, part, &halves))
}

fn regex_router(g: &mut Gen) -> Made {
    const REPLACEMENTS: &[&str] = &[
        "x",
        "$1",
        "$2-$1",
        "$0_copy",
        "$12",
        "${name}_copy",
        "\\$1",
        "prefix-$1",
        "",
        "$",
        "$x",
        "\\",
        "$3",
        "${missing}",
        "${",
        "${1}",
        "a$1b$1c",
        "\\\\",
        "$1$2$3",
        "copy_$0",
        "${}",
        "$1x$",
    ];
    let mut config = Vec::new();
    if g.chance(97) {
        let regex = pattern(g);
        with(&mut config, "regex", regex);
    }
    g.option(&mut config, 97, "replacement", REPLACEMENTS);
    (config, any_records(g))
}

fn replace_field(g: &mut Gen, part: Part) -> Made {
    let first = half(g);
    let halves = alike(g, first);
    let names = names(&halves[0]);
    let mut config = Vec::new();
    for (key, percent) in [("include", 35), ("exclude", 45)] {
        if g.chance(percent) {
            let fields = fields(g, &names);
            with(&mut config, key, fields);
        }
    }
    if g.chance(45) {
        let rename =
            |g: &mut Gen| format!("{}:{}", field(g, &names), g.pick(&["new", "a", "b", "renamed", "\u{fc}"]));
        let renames = match g.below(10) {
            0 => g.pick(&["a", "a:b:c", "", "a:", ":b", "a:b,a:c", "a:b,b:a", ":", "a:b,"]).to_owned(),
            _ => (0..1 + g.below(2)).map(|_| rename(g)).collect::<Vec<_>>().join(","),
        };
        with(&mut config, "renames", renames);
    }
    g.replace_null(&mut config);
    (config, steps(g, part, &halves))
}

fn set_schema_metadata(g: &mut Gen, part: Part) -> Made {
    let first = if g.chance(25) { value::typed(g) } else { half(g) };
    let halves = alike(g, first);
    let mut config = Vec::new();
    g.option(&mut config, 65, "schema.name", &["com.example.Thing", "N", "", "\u{fc}", " x "]);
    g.option(
        &mut config,
        65,
        "schema.version",
        &["1", "2", "0", "-1", "2147483647", "2147483648", "x", "", " 7 "],
    );
    g.replace_null(&mut config);
    (config, steps(g, part, &halves))
}

fn value_to_key(g: &mut Gen) -> Made {
    let first = half(g);
    let halves = alike(g, first);
    let mut config = Vec::new();
    if g.chance(97) {
        let fields = fields(g, &names(&halves[0]));
        with(&mut config, "fields", fields);
    }
    g.replace_null(&mut config);
    (config, steps(g, Part::Value, &halves))
}
