//! Nanoseconds per record of the converters on the hot path: `cargo bench -p ferry-converters`.

use std::hint::black_box;
use std::time::Instant;

use ferry_converters::{JsonConverter, StringConverter};
use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Schema, SchemaBuilder, Scratch, Value, ValueRef};

const ROUNDS: usize = 200_000;

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

fn json(schemas: &str) -> JsonConverter {
    let mut converter = JsonConverter::default();
    converter
        .configure(&ConfigMap::from([("schemas.enable", schemas)]), Role::Value)
        .expect("a configuration");
    converter
}

fn write(name: &str, converter: &mut dyn Converter, schema: Option<&Schema>, value: ValueRef<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    measure(name, || {
        out.clear();
        black_box(converter.from_connect("t", schema, black_box(value), &mut out)).expect("bytes");
    });
    out
}

fn read(name: &str, converter: &mut dyn Converter, bytes: &[u8]) {
    let mut scratch = Scratch::new();
    let mut count = 0;
    measure(name, || {
        count += 1;
        if count % 500 == 0 {
            scratch.reset();
        }
        let read = converter.to_connect("t", Some(black_box(bytes)), scratch.arena());
        black_box(read.expect("a value"));
    });
}

fn main() {
    let line = "2024-11-21 01:02:03.456 INFO [worker-7] com.example.shop.Orders - order 4711 was paid by card, 12.50 EUR";
    let line = &line[..100];
    let scratch = Scratch::new();
    let arena = scratch.arena();
    let text = ValueRef::str(arena.str(line));
    let schema: &Schema = Schema::string();

    let bytes = write("string write, 100 bytes", &mut StringConverter::default(), Some(schema), text);
    read("string read, 100 bytes", &mut StringConverter::default(), &bytes);
    let bytes = write("json string write, bare", &mut json("false"), Some(schema), text);
    read("json string read, bare", &mut json("false"), &bytes);
    let bytes = write("json string write, envelope", &mut json("true"), Some(schema), text);
    read("json string read, envelope", &mut json("true"), &bytes);

    let five = SchemaBuilder::structure()
        .name("Order")
        .field("id", Schema::int64())
        .field("customer", Schema::string())
        .field("amount", Schema::float64())
        .field("paid", Schema::boolean())
        .field("note", Schema::optional_string())
        .build();
    let values =
        Value::Struct(vec![4711i64.into(), "Ada Lovelace".into(), 12.5.into(), true.into(), Value::Null])
            .put(arena);
    let bytes = write("json struct of five write, bare", &mut json("false"), Some(&five), values);
    read("json object of five read, bare", &mut json("false"), &bytes);
    let bytes = write("json struct of five write, envelope", &mut json("true"), Some(&five), values);
    read("json struct of five read, envelope", &mut json("true"), &bytes);
}
