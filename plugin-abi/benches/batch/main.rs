//! The layout of a batch, chosen by measurement: a tree of values in abi_stable's containers against
//! records in an arena, both across real function tables.
//!
//! `cargo bench -p ferry-plugin-abi`. Each line is one batch of 1,000 records: a microsecond per batch is
//! a nanosecond per record. `alloc` counts the allocations of a batch; what counts is that they do
//! not grow with its records.

use std::sync::Arc;

use divan::{AllocProfiler, Bencher};
use ferry_plugin_abi::api::*;
use ferry_plugin_abi::config::{ConfigDef, ConfigMap};
use ferry_plugin_abi::data::*;
use ferry_plugin_abi::image::Image;
use ferry_plugin_abi::plugin::Plugin;
use ferry_plugin_abi::{Error, Result};

mod tree;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// Records of a batch.
pub const RECORDS: usize = 1_000;

/// A line as the benchmarks of whole workers use it.
pub const LINE: &str =
    "the quick brown fox jumps over the lazy dog and runs on and on until one hundred bytes are at an end";

fn main() {
    divan::main();
}

/// What goes to a producer: one buffer and where each record ends.
#[derive(Default)]
pub struct Ready {
    /// All records.
    pub bytes: Vec<u8>,
    /// The end of each.
    pub ends: Vec<usize>,
}

impl Ready {
    /// Forgets all records.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
    /// Ends a record.
    pub fn end(&mut self) {
        self.ends.push(self.bytes.len());
    }
}

/// Lines of one buffer, as a file is read: the records point into it.
struct Lines {
    text: Arc<String>,
}
impl SourceTask for Lines {
    fn start(&mut self, _: SourceContext, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        Batch::build(|out| {
            let arena = out.arena();
            let text = arena.keep(self.text.clone());
            let schema = arena.schema(Schema::string());
            let partition = Value::map([("filename", "/a/file")]).put(arena);
            let topic = arena.str("topic");
            out.reserve(RECORDS);
            for (index, line) in text.split_terminator('\n').enumerate() {
                let offset =
                    [Entry { key: ValueRef::str("position"), value: ValueRef::int64(index as i64 * 101) }];
                out.push(
                    Record::to(topic)
                        .with_value(Some(schema), ValueRef::str(line))
                        .from_source(partition, ValueRef::map(arena.entries(&offset))),
                );
            }
            Ok(())
        })
        .map(Some)
    }
}

/// Rows with five fields, as a table is read: each value is written into the arena.
struct Rows {
    schema: SchemaRef,
    next: i64,
}
impl SourceTask for Rows {
    fn start(&mut self, _: SourceContext, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        Batch::build(|out| {
            let arena = out.arena();
            let schema = arena.schema(&self.schema);
            let partition = Value::map([("table", "orders")]).put(arena);
            let topic = arena.str("topic");
            out.reserve(RECORDS);
            for _ in 0..RECORDS {
                self.next += 1;
                let fields = arena.values(&[
                    ValueRef::int64(self.next),
                    ValueRef::str(arena.str("a name of some length")),
                    ValueRef::float64(self.next as f64 / 8.0),
                    ValueRef::bool(self.next % 2 == 0),
                    ValueRef::NULL,
                ]);
                let offset = [Entry { key: ValueRef::str("id"), value: ValueRef::int64(self.next) }];
                out.push(
                    Record::to(topic)
                        .with_value(Some(schema), ValueRef::structure(fields))
                        .from_source(partition, ValueRef::map(arena.entries(&offset))),
                );
            }
            Ok(())
        })
        .map(Some)
    }
}

/// Text to bytes as `StringConverter`.
struct Text;
impl Converter for Text {
    fn configure(&mut self, _: &ConfigMap, _: Role) -> Result<()> {
        Ok(())
    }
    fn from_connect(
        &mut self,
        _: &str,
        _: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        match value.view() {
            View::Str(text) => out.extend_from_slice(text.as_bytes()),
            View::Null => return Ok(false),
            other => return Err(Error::data(format!("{other:?} is no string"))),
        }
        Ok(true)
    }
    fn to_connect<'a>(
        &mut self,
        _: &str,
        _: Option<&'a [u8]>,
        _: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        Err(Error::data("one way only"))
    }
}

/// A transform that changes where a record goes and nothing else.
struct Route;
impl Transform for Route {
    fn configure(&mut self, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn apply<'a>(&mut self, record: &mut Record<'a>, _: &'a Arena) -> Result<Outcome> {
        record.set_topic("elsewhere");
        Ok(Outcome::Keep)
    }
}

struct Idle;
impl Connector for Idle {
    fn start(&mut self, _: ConnectorContext, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn task_configs(&mut self, _: usize) -> Result<Vec<ConfigMap>> {
        Ok(Vec::new())
    }
}

fn classes() -> Vec<PluginClass> {
    let class = |class: &str, factory| PluginClass {
        class: class.to_owned(),
        version: "1".to_owned(),
        documentation: String::new(),
        config: ConfigDef::new(),
        factory,
    };
    let text = Arc::new(format!("{LINE}\n").repeat(RECORDS));
    let schema = SchemaBuilder::structure()
        .name("order")
        .field("id", Schema::int64())
        .field("name", Schema::string())
        .field("price", Schema::float64())
        .field("open", Schema::boolean())
        .field("note", Schema::optional_string())
        .build();
    let source = |task| Factory::Source { connector: Arc::new(|| Ok(Box::new(Idle))), task };
    vec![
        class("Lines", source(Arc::new(move || Ok(Box::new(Lines { text: text.clone() }))))),
        class("Rows", source(Arc::new(move || Ok(Box::new(Rows { schema: schema.clone(), next: 0 }))))),
        class("Text", Factory::Converter(Arc::new(|| Ok(Box::new(Text))))),
        class("Route", Factory::Transform(Arc::new(|| Ok(Box::new(Route))))),
    ]
}

/// The class, reached through the function tables, or, `linked`, as a built-in one is.
fn class(name: &str, linked: bool) -> Factory {
    static PLUGIN: Plugin = Plugin { manifest: "", classes, init: || {} };
    let image = Image::linked(&PLUGIN);
    let classes = match linked {
        true => classes().into_iter().map(PluginClass::guarded).collect(),
        false => image.classes(&image.describe().expect("it describes itself").classes),
    };
    classes.into_iter().find(|c: &PluginClass| c.class == name).expect("the class").factory
}
fn source(name: &str) -> Box<dyn SourceTask> {
    let Factory::Source { task, .. } = class(name, false) else { panic!("a source") };
    task().expect("made")
}
fn converter(linked: bool) -> Box<dyn Converter> {
    let Factory::Converter(make) = class("Text", linked) else { panic!("a converter") };
    make().expect("made")
}

fn poll(task: &mut Box<dyn SourceTask>) -> Batch {
    let batch = task.poll().expect("polled").expect("a batch");
    assert_eq!(batch.len(), RECORDS);
    batch
}

/// One batch of lines across the boundary and into producer-ready bytes by the built-in converter.
#[divan::bench(sample_size = 20)]
fn lines_arena(bencher: Bencher<'_, '_>) {
    lines(bencher, true);
}

/// The same, with the converter in a plugin too: two more crossings per record.
#[divan::bench(sample_size = 20)]
fn lines_arena_converter_in_plugin(bencher: Bencher<'_, '_>) {
    lines(bencher, false);
}

fn lines(bencher: Bencher<'_, '_>, linked: bool) {
    let (mut task, mut converter, mut ready) = (source("Lines"), converter(linked), Ready::default());
    bencher.bench_local(|| {
        let batch = poll(&mut task);
        ready.clear();
        for record in batch.records() {
            let some = converter.from_connect(
                record.topic(),
                record.value_schema(),
                record.value(),
                &mut ready.bytes,
            );
            assert!(some.expect("converted"));
            ready.end();
        }
        ready.bytes.len()
    });
}

/// The same with one transform in a plugin that changes one field of each record.
#[divan::bench(sample_size = 20)]
fn lines_arena_and_transform(bencher: Bencher<'_, '_>) {
    let (mut task, mut converter, mut ready) = (source("Lines"), converter(true), Ready::default());
    let Factory::Transform(make) = class("Route", false) else { panic!("a transform") };
    let mut transform = make().expect("made");
    let mut scratch = Scratch::new();
    bencher.bench_local(|| {
        let batch = poll(&mut task);
        ready.clear();
        scratch.reset();
        for record in batch.records() {
            let mut record = *record;
            let outcome = transform.apply(&mut record, scratch.arena()).expect("applied");
            assert_eq!(outcome, Outcome::Keep);
            let some = converter.from_connect(
                record.topic(),
                record.value_schema(),
                record.value(),
                &mut ready.bytes,
            );
            assert!(some.expect("converted"));
            ready.end();
        }
        ready.bytes.len()
    });
}

/// Only the making, crossing and dropping of a batch of lines.
#[divan::bench(sample_size = 20)]
fn poll_only_arena(bencher: Bencher<'_, '_>) {
    let mut task = source("Lines");
    bencher.bench_local(|| poll(&mut task).bytes());
}

/// One batch of five-field structs across the boundary and into JSON.
#[divan::bench(sample_size = 20)]
fn structs_arena(bencher: Bencher<'_, '_>) {
    let (mut task, mut ready) = (source("Rows"), Ready::default());
    bencher.bench_local(|| {
        let batch = poll(&mut task);
        ready.clear();
        for record in batch.records() {
            json(record.value_schema(), record.value(), &mut ready.bytes);
            ready.end();
        }
        ready.bytes.len()
    });
}

fn json(schema: Option<&Schema>, value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value.view() {
        View::Null => out.extend_from_slice(b"null"),
        View::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        View::Int64(value) => number(value, out),
        View::Float64(value) => float(value, out),
        View::Str(text) => quoted(text, out),
        View::Struct(values) => {
            let fields = schema.map(Schema::fields).unwrap_or_default();
            let mut before = b'{';
            for (field, value) in fields.iter().zip(values) {
                out.push(before);
                before = b',';
                quoted(field.name(), out);
                out.push(b':');
                json(Some(field.schema()), *value, out);
            }
            out.push(b'}');
        }
        other => panic!("{other:?} is not in this benchmark"),
    }
}

/// A number in decimal digits.
pub fn number(value: i64, out: &mut Vec<u8>) {
    let (mut digits, mut at, mut rest) = ([0_u8; 20], 20, value.unsigned_abs());
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// The shortest digits that read back the same.
pub fn float(value: f64, out: &mut Vec<u8>) {
    use std::io::Write;
    write!(out, "{value:?}").expect("memory takes all");
}

/// Text in quotes, escaped.
pub fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    match text.as_bytes().iter().all(plain) {
        true => out.extend_from_slice(text.as_bytes()),
        false => out.extend(text.bytes().flat_map(std::ascii::escape_default)),
    }
    out.push(b'"');
}
