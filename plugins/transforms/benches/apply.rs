//! Nanoseconds per record of the transforms: `cargo bench -p ferry-transforms`.

use std::hint::black_box;
use std::time::Instant;

use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Record, Schema, SchemaBuilder, SchemaRef, Scratch, Value};
use ferry_transforms::*;

const RECORDS: usize = 1_000;

/// Configured as `key=value` says, separated by `;`.
fn config(text: &str) -> ConfigMap {
    text.split(';').filter_map(|entry| entry.split_once('=')).collect()
}

/// Batches of a thousand records, each with an arena of its own; the best of fifty.
fn measure(mut transform: impl Transform, settings: &str, schema: Option<&SchemaRef>, value: &Value) {
    transform.configure(&config(settings)).expect("a configuration");
    let source = Scratch::new();
    let schema = schema.map(|schema| source.arena().schema(schema));
    let record = Record::to("orders").with_value(schema, value.put(source.arena())).with_timestamp(1);
    let mut scratch = Scratch::new();
    let mut best = f64::INFINITY;
    for _ in 0..50 {
        scratch.reset();
        let start = Instant::now();
        for _ in 0..RECORDS {
            let mut record = black_box(record);
            let outcome = transform.apply(&mut record, scratch.arena()).expect("a record");
            assert_eq!(outcome, Outcome::Keep);
            black_box(record);
        }
        best = best.min(start.elapsed().as_nanos() as f64 / RECORDS as f64);
    }
    let class = std::any::type_name_of_val(&transform).rsplit("::").next().unwrap_or_default();
    let kind = if schema.is_some() { "struct" } else { "map" };
    println!("{class:20} {kind:7} {settings:60} {best:8.1} ns");
}

fn main() {
    let names: Vec<String> = (0..20).map(|n| format!("field{n}")).collect();
    let schema = names.iter().enumerate().fold(SchemaBuilder::structure(), |schema, (n, name)| {
        schema.field(name, if n % 2 == 0 { Schema::int64() } else { Schema::string() })
    });
    let schema = schema.build();
    let values: Vec<Value> =
        (0..20).map(|n| if n % 2 == 0 { Value::Int64(n) } else { Value::from("some text") }).collect();
    let row = Value::Struct(values.clone());
    let map = Value::Map(names.iter().map(|name| Value::from(&**name)).zip(values).collect());
    for (schema, value) in [(Some(&schema), &row), (None, &map)] {
        let part = Part::Value;
        measure(Cast::new(part), "spec=field0:int32,field2:float64", schema, value);
        measure(Cast::new(part), "spec=field0:string", schema, value);
        measure(DropHeaders::default(), "headers=a", schema, value);
        measure(ExtractField::new(part), "field=field7", schema, value);
        measure(Flatten::new(part), "", schema, value);
        measure(HeaderFrom::new(part), "fields=field0;headers=h;operation=move", schema, value);
        measure(HoistField::new(part), "field=f", schema, value);
        measure(InsertField::new(part), "topic.field=topic;timestamp.field=ts", schema, value);
        measure(InsertHeader::default(), "header=h;value.literal=5", schema, value);
        measure(MaskField::new(part), "fields=field1,field3", schema, value);
        measure(RegexRouter::default(), "regex=(.*)s;replacement=$1", schema, value);
        measure(ReplaceField::new(part), "exclude=field0;renames=field1:one", schema, value);
        measure(TimestampConverter::new(part), "field=field0;target.type=Timestamp", schema, value);
        measure(
            TimestampConverter::new(part),
            "field=field0;target.type=string;format=yyyy-MM-dd HH:mm:ss",
            schema,
            value,
        );
        measure(TimestampRouter::default(), "", schema, value);
        measure(ValueToKey::default(), "fields=field0,field1", schema, value);
        if schema.is_some() {
            measure(SetSchemaMetadata::new(part), "schema.name=N", schema, value);
        }
    }
}
