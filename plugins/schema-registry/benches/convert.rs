//! Nanoseconds per record of both converters on the hot path: `cargo bench -p ferry-schema-registry`.

#[path = "../tests/registry/fake.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod fake;

use std::hint::black_box;
use std::time::Instant;

use fake::Fake;
use ferry_schema_registry::{AvroConverter, JsonSchemaConverter};
use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Schema, SchemaBuilder, SchemaRef, Scratch, Value};

const ROUNDS: usize = 100_000;

/// The best of five runs, so that what else the machine does counts little.
fn measure(name: &str, mut round: impl FnMut()) {
    let best = (0..5)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                round();
            }
            start.elapsed().as_nanos() as f64 / ROUNDS as f64
        })
        .fold(f64::INFINITY, f64::min);
    println!("{name:45} {best:8.1} ns");
}

/// Twenty fields of about 1 KiB: numbers, text, optional ones and a time.
fn wide() -> (SchemaRef, Value) {
    let mut builder = SchemaBuilder::structure().name("org.example.Wide");
    let mut values: Vec<Value> = Vec::new();
    for n in 0..20 {
        let (schema, value) = match n % 5 {
            0 => (Schema::int64().clone(), Value::Int64(1_700_000_000_000 + n)),
            1 => (Schema::string().clone(), "x".repeat(200).into()),
            2 => (Schema::optional_float64().clone(), Value::Float64(0.1 * n as f64)),
            3 => (Schema::optional_string().clone(), Value::Null),
            _ => (SchemaBuilder::timestamp().build(), Value::Instant(1_700_000_000_000)),
        };
        builder = builder.field(format!("field{n}"), &schema);
        values.push(value);
    }
    (builder.build(), Value::Struct(values))
}

fn both(name: &str, converter: &mut dyn Converter, fake: &Fake) {
    let config = ConfigMap::from([("schema.registry.url", fake.url.as_str())]);
    converter.configure(&config, Role::Value).expect("a configuration");
    let five = SchemaBuilder::structure()
        .field("id", Schema::int64())
        .field("name", Schema::string())
        .field("price", Schema::float64())
        .field("paid", Schema::boolean())
        .field("note", Schema::optional_string())
        .build();
    let values = vec![4711_i64.into(), "order of a customer".into(), 12.5.into(), true.into(), Value::Null];
    let wide = wide();
    for (shape, (schema, value)) in
        [("five fields", (five, Value::Struct(values))), ("1 KiB, 20 fields", wide)]
    {
        let mut scratch = Scratch::new();
        let mut out = Vec::with_capacity(4096);
        {
            let value = value.put(scratch.arena());
            measure(&format!("{name}: write {shape}"), || {
                out.clear();
                let some = converter.from_connect("t", Some(&schema), black_box(value), &mut out);
                black_box(some).expect("bytes");
            });
        }
        let bytes = out.clone();
        let mut count = 0;
        measure(&format!("{name}: read {shape}"), || {
            count += 1;
            if count % 500 == 0 {
                scratch.reset();
            }
            black_box(converter.to_connect("t", Some(black_box(&bytes)), scratch.arena())).expect("a value");
        });
    }
}

fn main() {
    let fake = Fake::start();
    both("AvroConverter", &mut AvroConverter::default(), &fake);
    both("JsonSchemaConverter", &mut JsonSchemaConverter::default(), &fake);
}
