//! What every converter must do, whatever its format.
//!
//! A [`ConverterSubject`] says which values come back as they went in; for all others, and for all bytes, the
//! answer is a value or an error: never a panic, and never a trace in the caller's buffer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::{ClassKind, Converter, Factory, PluginClass, Role};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Schema, SchemaBuilder, SchemaRef, SchemaType, Scratch, Value, ValueRef};

/// A converter, and what to expect of it.
pub struct ConverterSubject {
    /// The class name.
    pub class: &'static str,
    /// The linked classes.
    pub classes: fn() -> Vec<PluginClass>,
    /// The directory of the plugin's `Cargo.toml`, if it is a library.
    pub manifest: Option<&'static str>,
    /// A configuration that works.
    pub config: fn() -> ConfigMap,
    /// Which values of [`samples`] come back equal.
    pub keeps: fn(&Sample) -> bool,
    /// Whether schemas come back with their types.
    pub keeps_schemas: bool,
}

/// A value and its schema.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What it shows.
    pub name: String,
    /// None: a value without schema.
    pub schema: Option<SchemaRef>,
    /// The value.
    pub value: Value,
}

impl Sample {
    fn new(name: &str, schema: Option<SchemaRef>, value: Value) -> Self {
        Self { name: name.to_owned(), schema, value }
    }
    /// The type of its schema.
    pub fn kind(&self) -> Option<SchemaType> {
        self.schema.as_deref().map(Schema::kind)
    }
    /// Whether it is a plain value of `kind` that is not null: no logical type.
    pub fn is_plain(&self, kind: SchemaType) -> bool {
        let plain = self.schema.as_deref().is_some_and(|schema| schema.name().is_none());
        plain && self.kind() == Some(kind) && self.value != Value::Null
    }
}

/// Values of every type with and without null and defaults, logical types, nested ones, and some without schema.
pub fn samples() -> Vec<Sample> {
    let decimal = |unscaled: &[u8], scale| Value::Decimal { unscaled: unscaled.to_vec(), scale };
    let scalars: [(SchemaBuilder, Vec<Value>); 13] = [
        (SchemaBuilder::new(SchemaType::Int8), vec![Value::Int8(i8::MIN), Value::Int8(7)]),
        (SchemaBuilder::new(SchemaType::Int16), vec![Value::Int16(i16::MAX), Value::Int16(-300)]),
        (SchemaBuilder::new(SchemaType::Int32), vec![Value::Int32(i32::MIN), Value::Int32(0)]),
        (SchemaBuilder::new(SchemaType::Int64), vec![Value::Int64(i64::MAX), Value::Int64(-1)]),
        (SchemaBuilder::new(SchemaType::Float32), vec![Value::Float32(1.5), Value::Float32(-3.4e38)]),
        (SchemaBuilder::new(SchemaType::Float64), vec![Value::Float64(0.1), Value::Float64(1e300)]),
        (SchemaBuilder::new(SchemaType::Boolean), vec![Value::Bool(true), Value::Bool(false)]),
        (SchemaBuilder::new(SchemaType::String), vec!["".into(), "ä \"quoted\"\n😀".into()]),
        (SchemaBuilder::new(SchemaType::Bytes), vec![vec![].into(), vec![0, 255, 128].into()]),
        (SchemaBuilder::decimal(2), vec![decimal(&[0], 2), decimal(&[0xff, 0x01], 2)]),
        (SchemaBuilder::date(), vec![Value::Instant(0), Value::Instant(-86_400_000)]),
        (SchemaBuilder::time(), vec![Value::Instant(0), Value::Instant(86_399_999)]),
        (SchemaBuilder::timestamp(), vec![Value::Instant(-1), Value::Instant(1_700_000_000_123)]),
    ];
    let mut samples = Vec::new();
    for (builder, values) in scalars {
        let (required, optional) = (builder.clone().build(), builder.clone().optional().build());
        let name = required.name().unwrap_or(required.kind().name()).to_owned();
        for value in &values {
            samples.push(Sample::new(&name, Some(required.clone()), value.clone()));
        }
        samples.push(Sample::new(&format!("optional {name}"), Some(optional.clone()), values[0].clone()));
        samples.push(Sample::new(&format!("null {name}"), Some(optional), Value::Null));
        let default = builder.default_value(values[1].clone()).build();
        samples.push(Sample::new(&format!("{name} with default"), Some(default), values[0].clone()));
    }
    samples.extend(nested());
    samples.push(Sample::new("no schema: text", None, "text".into()));
    samples.push(Sample::new("no schema: list", None, Value::Array(vec!["a".into(), Value::Null])));
    samples.push(Sample::new("no schema: map", None, Value::map([("k", Value::Bool(true))])));
    samples
}

fn nested() -> Vec<Sample> {
    let string = Schema::string().clone();
    let array = SchemaBuilder::array(Schema::optional_int32().clone()).build();
    let map = SchemaBuilder::map(string.clone(), Schema::int64().clone()).build();
    let odd_map = SchemaBuilder::map(Schema::int32().clone(), string.clone()).build();
    let inner = SchemaBuilder::structure().name("org.x.Inner").field("x", Schema::float64()).build();
    let optional_inner = SchemaBuilder::from_schema(&inner).optional().build();
    let outer = SchemaBuilder::structure()
        .name("org.x.Outer")
        .version(2)
        .doc("all of it")
        .field("id", Schema::int64())
        .field("name", Schema::optional_string())
        .field("inner", &inner)
        .field("maybe", &optional_inner)
        .field("list", &array)
        .field("at", &SchemaBuilder::timestamp().optional().build())
        .build();
    let structure = |x: f64| Value::Struct(vec![x.into()]);
    let list = Value::Array(vec![1.into(), Value::Null]);
    let whole = |maybe: Value, at: Value| {
        Value::Struct(vec![Value::Int64(1), "n".into(), structure(0.5), maybe, list.clone(), at])
    };
    vec![
        Sample::new("array", Some(array), list.clone()),
        Sample::new("map", Some(map), Value::map([("a", Value::Int64(1))])),
        Sample::new("map of numbers", Some(odd_map), Value::Map(vec![(5.into(), "v".into())])),
        Sample::new("struct", Some(outer.clone()), whole(structure(1.0), Value::Instant(5))),
        Sample::new("struct with nulls", Some(outer.clone()), whole(Value::Null, Value::Null)),
        Sample::new("struct of the wrong width", Some(outer), Value::Struct(vec![Value::Int64(1)])),
    ]
}

/// What one converter made of everything; two ways to run it must give the same.
type Seen = Vec<String>;

impl ConverterSubject {
    /// Runs all checks in every role that the class has, linked and, if there is one, through the library.
    ///
    /// # Panics
    /// If a rule is broken, saying which and with what.
    pub fn check(&self) {
        let kinds = [ClassKind::Converter, ClassKind::HeaderConverter];
        let find = |kind: ClassKind| {
            (self.classes)().into_iter().find(|class| class.class == self.class && class.kind() == kind)
        };
        let found: Vec<PluginClass> = kinds.into_iter().filter_map(find).collect();
        assert!(!found.is_empty(), "`classes` has no converter {}", self.class);
        for class in &found {
            let roles: &[Role] = match class.kind() {
                ClassKind::HeaderConverter => &[Role::Header],
                _ => &[Role::Key, Role::Value],
            };
            for role in roles {
                self.run(class, *role);
            }
        }
        if let Some(manifest) = self.manifest {
            let library = crate::built(Path::new(manifest));
            let loaded = self.run(&crate::load(&library, self.class), Role::Value);
            let linked = self.run(&found[0], Role::Value);
            assert_eq!(loaded, linked, "the library (left) behaves unlike the linked class (right)");
        }
    }

    fn run(&self, class: &PluginClass, role: Role) -> Seen {
        let mut seen = Seen::new();
        let mut converter = self.configured(class, role);
        self.null(&mut *converter);
        let mut bytes = Vec::new();
        for sample in samples() {
            let written = self.round_trip(&mut *converter, &sample);
            seen.push(format!("{}: {written:?}", sample.name));
            bytes.extend(written.ok().flatten().map(|bytes| (sample, bytes)));
        }
        // Whatever was cached by now, every value is written as it was at first.
        for (sample, first) in bytes.iter().rev().chain(&bytes) {
            let again = self.write(&mut *converter, sample).ok().flatten();
            assert_eq!(again.as_ref(), Some(first), "{}: written again", self.about(sample));
        }
        for (sample, first) in &bytes {
            seen.push(self.malformed(&mut *converter, sample, first));
        }
        for (sample, _) in &bytes {
            let _ = self.round_trip(&mut *converter, sample);
        }
        seen
    }

    fn about(&self, sample: &Sample) -> String {
        format!("{} with {} ({:?})", self.class, sample.name, sample.value)
    }

    /// Unknown keys are passed over.
    fn configured(&self, class: &PluginClass, role: Role) -> Box<dyn Converter> {
        let make = match &class.factory {
            Factory::Converter(make) | Factory::HeaderConverter(make) => make,
            _ => panic!("{} is no converter", self.class),
        };
        let mut converter = make().unwrap_or_else(|error| panic!("{} cannot be made: {error}", self.class));
        let mut config = (self.config)();
        config.insert("no.such.key.at.all", "value");
        converter
            .configure(&config, role)
            .unwrap_or_else(|error| panic!("{} as {} converter: {error}", self.class, role.name()));
        converter
    }

    /// No bytes are null, and null without a schema is no bytes.
    fn null(&self, converter: &mut dyn Converter) {
        let scratch = Scratch::new();
        let read = converter.to_connect("topic", None, scratch.arena());
        assert!(matches!(read, Ok((_, value)) if value.is_null()), "{}: no bytes are null", self.class);
        let mut out = b"before".to_vec();
        let written = converter.from_connect("topic", None, ValueRef::NULL, &mut out);
        let kept = matches!(written, Ok(false)) && out == b"before";
        assert!(kept, "{}: null without a schema must be no bytes, but is {written:?}", self.class);
    }

    /// `Ok(None)`: null. What cannot be written leaves the buffer as it was.
    fn write(&self, converter: &mut dyn Converter, sample: &Sample) -> Result<Option<Vec<u8>>, String> {
        let scratch = Scratch::new();
        let value = sample.value.put(scratch.arena());
        let mut out = b"before".to_vec();
        let written = self.calm(sample, "from_connect", || {
            converter.from_connect("topic", sample.schema.as_deref(), value, &mut out)
        });
        assert!(out.starts_with(b"before"), "{}: the buffer's start changed", self.about(sample));
        match written {
            Ok(true) => Ok(Some(out.split_off(6))),
            other => {
                assert_eq!(
                    out,
                    b"before",
                    "{}: nothing may be left of what was not written",
                    self.about(sample)
                );
                other.map(|_| None).map_err(|error| error.to_string())
            }
        }
    }

    fn round_trip(&self, converter: &mut dyn Converter, sample: &Sample) -> Result<Option<Vec<u8>>, String> {
        let written = self.write(converter, sample);
        if !(self.keeps)(sample) {
            return written;
        }
        let bytes = written.unwrap_or_else(|error| panic!("{} is not written: {error}", self.about(sample)));
        let scratch = Scratch::new();
        let input = bytes.as_deref().map(|bytes| scratch.arena().bytes(bytes));
        let read = self.calm(sample, "to_connect", || converter.to_connect("topic", input, scratch.arena()));
        let (schema, value) =
            read.unwrap_or_else(|error| panic!("{} is not read: {error}", self.about(sample)));
        assert_eq!(Value::from(value), sample.value, "{} comes back", self.about(sample));
        if self.keeps_schemas && bytes.is_some() {
            let kinds = (schema.map(Schema::kind), sample.kind());
            assert_eq!(kinds.0, kinds.1, "{} comes back with its type", self.about(sample));
        }
        Ok(bytes)
    }

    /// Bytes that are cut off or changed give a value or an error, and hurt nothing.
    fn malformed(&self, converter: &mut dyn Converter, sample: &Sample, bytes: &[u8]) -> String {
        let mut answers = String::new();
        let mut read = |bytes: &[u8]| {
            let scratch = Scratch::new();
            let bytes = scratch.arena().bytes(bytes);
            let read = self.calm(sample, "to_connect of malformed bytes", || {
                converter.to_connect("topic", Some(bytes), scratch.arena())
            });
            answers.push(if read.is_ok() { '+' } else { '-' });
        };
        for end in 0..bytes.len().min(64) {
            read(&bytes[..end]);
        }
        for at in 0..bytes.len().min(64) {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = bytes.to_vec();
                changed[at] ^= flip;
                read(&changed);
            }
        }
        read(&[bytes, bytes].concat());
        read(&[0xff; 40]);
        answers
    }

    fn calm<T>(&self, sample: &Sample, what: &str, call: impl FnOnce() -> T) -> T {
        catch_unwind(AssertUnwindSafe(call))
            .unwrap_or_else(|_| panic!("{}: {what} panicked", self.about(sample)))
    }
}
