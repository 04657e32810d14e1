//! The other layout: every record owns a tree of values in abi_stable's containers.

use abi_stable::std_types::{ROption, RString, RVec, Tuple2};
use divan::Bencher;

use super::{LINE, RECORDS, Ready, float, number, quoted};

#[repr(u8)]
enum Tree {
    Null,
    Bool(bool),
    Int64(i64),
    Float64(f64),
    Str(RString),
    Struct(RVec<Tree>),
    Map(
        #[expect(dead_code, reason = "built as a plugin would, read by nobody here")]
        RVec<Tuple2<Tree, Tree>>,
    ),
}

#[repr(C)]
struct TreeRecord {
    topic: RString,
    key: Tree,
    value: Tree,
    headers: RVec<Tuple2<RString, Tree>>,
    timestamp: ROption<i64>,
    partition: Tree,
    offset: Tree,
}

/// The function table of a plugin that sends trees.
#[repr(C)]
struct Table {
    lines: extern "C" fn() -> RVec<TreeRecord>,
    rows: extern "C" fn() -> RVec<TreeRecord>,
}

fn record(value: Tree, partition: (&str, &str), offset: (&str, i64)) -> TreeRecord {
    let text = |text: &str| Tree::Str(text.into());
    TreeRecord {
        topic: "topic".into(),
        key: Tree::Null,
        value,
        headers: RVec::new(),
        timestamp: ROption::RNone,
        partition: Tree::Map(vec![Tuple2(text(partition.0), text(partition.1))].into()),
        offset: Tree::Map(vec![Tuple2(text(offset.0), Tree::Int64(offset.1))].into()),
    }
}

extern "C" fn lines() -> RVec<TreeRecord> {
    let line = |index: usize| {
        record(Tree::Str(LINE.into()), ("filename", "/a/file"), ("position", index as i64 * 101))
    };
    (0..RECORDS).map(line).collect()
}

extern "C" fn rows() -> RVec<TreeRecord> {
    let row = |index: i64| {
        let fields = vec![
            Tree::Int64(index),
            Tree::Str("a name of some length".into()),
            Tree::Float64(index as f64 / 8.0),
            Tree::Bool(index % 2 == 0),
            Tree::Null,
        ];
        record(Tree::Struct(fields.into()), ("table", "orders"), ("id", index))
    };
    (0..RECORDS as i64).map(row).collect()
}

fn table() -> &'static Table {
    static TABLE: Table = Table { lines, rows };
    divan::black_box(&TABLE)
}

/// As `lines_arena`.
#[divan::bench(sample_size = 20)]
fn lines_tree(bencher: Bencher<'_, '_>) {
    let mut ready = Ready::default();
    bencher.bench_local(|| {
        ready.clear();
        for record in (table().lines)().iter() {
            match &record.value {
                Tree::Str(text) => ready.bytes.extend_from_slice(text.as_bytes()),
                _ => panic!("no string"),
            }
            ready.end();
        }
        ready.bytes.len()
    });
}

/// As `poll_only_arena`.
#[divan::bench(sample_size = 20)]
fn poll_only_tree(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| (table().lines)().len());
}

/// As `structs_arena`.
#[divan::bench(sample_size = 20)]
fn structs_tree(bencher: Bencher<'_, '_>) {
    let mut ready = Ready::default();
    bencher.bench_local(|| {
        ready.clear();
        for record in (table().rows)().iter() {
            json(&record.value, &mut ready.bytes);
            ready.end();
        }
        ready.bytes.len()
    });
}

fn json(value: &Tree, out: &mut Vec<u8>) {
    const NAMES: [&str; 5] = ["id", "name", "price", "open", "note"];
    match value {
        Tree::Null => out.extend_from_slice(b"null"),
        Tree::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Tree::Int64(value) => number(*value, out),
        Tree::Float64(value) => float(*value, out),
        Tree::Str(text) => quoted(text, out),
        Tree::Struct(values) => {
            let mut before = b'{';
            for (name, value) in NAMES.iter().zip(values) {
                out.push(before);
                before = b',';
                quoted(name, out);
                out.push(b':');
                json(value, out);
            }
            out.push(b'}');
        }
        Tree::Map(_) => panic!("no map here"),
    }
}
