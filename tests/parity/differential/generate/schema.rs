//! Schemas of every type, with everything a schema can have.

use ferry_plugin_abi::data::{SchemaBuilder, SchemaRef, SchemaType};

use super::{Gen, text, value};

const SCALARS: &[SchemaType] = &[
    SchemaType::Int8,
    SchemaType::Int16,
    SchemaType::Int32,
    SchemaType::Int64,
    SchemaType::Float32,
    SchemaType::Float64,
    SchemaType::Boolean,
    SchemaType::String,
    SchemaType::String,
    SchemaType::Bytes,
];

/// A schema of at most `depth` levels of containers.
pub fn any(g: &mut Gen, depth: usize) -> SchemaRef {
    match g.below(100) {
        0..50 => scalar(g),
        50..68 => logical(g),
        _ if depth == 0 => scalar(g),
        68..76 => {
            let element = any(g, depth - 1);
            finish(g, SchemaBuilder::array(element))
        }
        76..84 => map(g, depth),
        _ => structure(g, depth),
    }
}

/// A scalar.
pub fn scalar(g: &mut Gen) -> SchemaRef {
    let kind = g.one(SCALARS);
    finish(g, SchemaBuilder::new(kind))
}

/// A logical type.
pub fn logical(g: &mut Gen) -> SchemaRef {
    let builder = match g.below(4) {
        0 => SchemaBuilder::decimal(g.one(&[0, 1, 2, 2, 5, 10, 20, -3])),
        1 => SchemaBuilder::date(),
        2 => SchemaBuilder::time(),
        _ => SchemaBuilder::timestamp(),
    };
    let builder = builder.set_optional(g.chance(45));
    with_default(g, builder)
}

/// A map.
pub fn map(g: &mut Gen, depth: usize) -> SchemaRef {
    let keys = g.one(&[
        SchemaType::String,
        SchemaType::String,
        SchemaType::String,
        SchemaType::Int32,
        SchemaType::Int64,
        SchemaType::Boolean,
        SchemaType::Int8,
    ]);
    let keys = SchemaBuilder::new(keys).set_optional(g.chance(20)).build();
    let values = any(g, depth.saturating_sub(1));
    finish(g, SchemaBuilder::map(keys, values))
}

/// A struct of up to six fields.
pub fn structure(g: &mut Gen, depth: usize) -> SchemaRef {
    let mut names: Vec<&str> = Vec::new();
    let mut builder = SchemaBuilder::structure();
    for _ in 0..g.one(&[0, 1, 1, 2, 2, 3, 3, 4, 6]) {
        let name = text::name(g);
        if !names.contains(&name) {
            names.push(name);
            let field = any(g, depth.saturating_sub(1));
            builder = builder.field(name, &field);
        }
    }
    let mut builder = builder.set_optional(g.chance(40));
    if g.chance(30) {
        builder = metadata(g, builder);
    }
    builder.build()
}

fn finish(g: &mut Gen, mut builder: SchemaBuilder) -> SchemaRef {
    builder = builder.set_optional(g.chance(45));
    if g.chance(20) {
        builder = metadata(g, builder);
    }
    with_default(g, builder)
}

fn metadata(g: &mut Gen, mut builder: SchemaBuilder) -> SchemaBuilder {
    if g.chance(60) {
        builder = builder.name(g.pick(&[
            "com.example.Thing",
            "N",
            "",
            "\u{fc}.X",
            "org.apache.kafka.connect.data.Other",
        ]));
    }
    if g.chance(50) {
        builder = builder.version(g.one(&[0, 1, 2, 17, -1, i32::MAX, i32::MIN]));
    }
    if g.chance(40) {
        builder = builder.doc(text::text(g));
    }
    if g.chance(40) {
        for _ in 0..1 + g.below(3) {
            builder = builder.parameter(text::name(g), text::text(g));
        }
    }
    builder
}

fn with_default(g: &mut Gen, builder: SchemaBuilder) -> SchemaRef {
    let schema = builder.clone().build();
    if !g.chance(25) {
        return schema;
    }
    match value::some(g, &schema) {
        ferry_plugin_abi::data::Value::Null => schema,
        default => builder.default_value(default).build(),
    }
}
