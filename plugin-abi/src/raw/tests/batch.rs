//! Batches are counted, shared, derived from, and freed with all they keep.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Counted;
use crate::Error;
use crate::data::*;

fn build(write: impl for<'a> FnOnce(&mut Records<'a>)) -> Batch {
    Batch::build(|out| {
        write(out);
        Ok::<(), Error>(())
    })
    .expect("built")
}
fn texts(batch: &Batch) -> Vec<&str> {
    batch.records().iter().filter_map(|record| record.value().as_str()).collect()
}

#[test]
fn what_a_batch_keeps_lives_as_long_as_its_last_clone() {
    let alive = Arc::new(AtomicUsize::new(0));
    let batch = build(|out| {
        let buffer = out.arena().keep(Counted::new(&alive, "a buffer"));
        out.account(buffer.text.len());
        out.push(Record::to("t").with_value(None, ValueRef::str(&buffer.text)));
        out.push(Record::to("t").with_value(None, ValueRef::str(&buffer.text[2..])));
    });
    let clone = batch.clone();
    drop(batch);
    assert_eq!(texts(&clone), ["a buffer", "buffer"]);
    assert_eq!(clone.bytes(), 8 + 2 * size_of::<Record<'_>>());
    assert_eq!(alive.load(Ordering::SeqCst), 1);
    drop(clone);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn many_threads_may_hold_and_drop_one() {
    let alive = Arc::new(AtomicUsize::new(0));
    let batch = build(|out| {
        for n in 0..100 {
            let kept = out.arena().keep(Counted::new(&alive, &format!("record {n}")));
            out.push(Record::to("t").with_value(None, ValueRef::str(&kept.text)));
        }
    });
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let batch = batch.clone();
            std::thread::spawn(move || {
                for _ in 0..200 {
                    let clone = batch.clone();
                    assert_eq!(texts(&clone)[99], "record 99");
                }
            })
        })
        .collect();
    drop(batch);
    threads.into_iter().for_each(|thread| thread.join().expect("no thread fails"));
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn a_derived_batch_points_into_its_source_and_keeps_it() {
    let alive = Arc::new(AtomicUsize::new(0));
    let source = build(|out| {
        for n in 0..4 {
            let kept = out.arena().keep(Counted::new(&alive, &format!("record {n}")));
            out.push(Record::to("t").with_value(None, ValueRef::str(&kept.text)).with_timestamp(n));
        }
    });
    let first = source.records()[0].value();
    let derived = source
        .derive(|records, out| {
            for record in records.iter().filter(|r| r.timestamp() != Some(2)) {
                let mut record = *record;
                record.set_topic(out.arena().str("other"));
                out.push(record);
            }
            Ok::<(), Error>(())
        })
        .expect("derived");
    assert!(derived.records()[0].value().same(first), "not copied");
    assert_eq!(source.records()[0].topic(), "t");
    drop(source);
    assert_eq!(alive.load(Ordering::SeqCst), 4);
    assert_eq!(texts(&derived), ["record 0", "record 1", "record 3"]);
    assert!(derived.records().iter().all(|r| r.topic() == "other"));
    // And so on down a chain.
    let last = derived
        .derive(|records, out| {
            out.push(records[1]);
            Ok::<(), Error>(())
        })
        .expect("derived");
    drop(derived);
    assert_eq!(texts(&last), ["record 1"]);
    drop(last);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn a_failed_build_leaves_nothing_behind() {
    let alive = Arc::new(AtomicUsize::new(0));
    let failed = Batch::build(|out| {
        let kept = out.arena().keep(Counted::new(&alive, "half"));
        out.push(Record::to("t").with_value(None, ValueRef::str(&kept.text)));
        Err(Error::data("the rest is missing"))
    });
    assert_eq!(failed.err(), Some(Error::data("the rest is missing")));
    let panicked = std::panic::catch_unwind(|| {
        build(|out| {
            out.arena().keep(Counted::new(&alive, "half"));
            panic!("in the middle");
        })
    });
    assert!(panicked.is_err());
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn records_carry_all_that_connect_can_say() {
    let schema = SchemaBuilder::structure().field("n", Schema::optional_int32()).build();
    let batch = build(|out| {
        let arena = out.arena();
        let header =
            Header::new(arena.str("h"), Some(arena.schema(Schema::string())), ValueRef::str(arena.str("v")));
        let fields = arena.values(&[ValueRef::int32(5)]);
        out.push(
            Record::to(arena.str("topic"))
                .with_key(Some(arena.schema(Schema::bytes())), ValueRef::bytes(arena.bytes(&[1, 2])))
                .with_value(Some(arena.schema(&schema)), ValueRef::structure(fields))
                .with_timestamp(-1)
                .with_partition(0)
                .with_headers(arena.headers(&[header]))
                .from_source(Value::map([("p", "q")]).put(arena), Value::map([("o", 1_i64)]).put(arena)),
        );
        // A tombstone that was consumed.
        out.push(Record::to("t").from_kafka("original", 3, 0, TimestampType::LogAppendTime));
    });
    drop(schema);
    let [full, tombstone] = batch.records() else { panic!("two records") };
    assert_eq!(full.value_schema().map(|s| s.fields()[0].name()), Some("n"));
    assert_eq!((full.timestamp(), full.partition(), full.kafka_offset()), (Some(-1), Some(0), None));
    assert_eq!(full.key().view(), View::Bytes(&[1, 2]));
    let header = full.headers()[0];
    assert_eq!((header.key(), header.value().as_str()), ("h", Some("v")));
    assert_eq!(full.source_partition().get("p").and_then(ValueRef::as_str), Some("q"));
    assert_eq!(full.source_offset().get("o").and_then(ValueRef::as_i64), Some(1));
    assert!(tombstone.value().is_null() && tombstone.key().is_null());
    assert_eq!((tombstone.timestamp(), tombstone.timestamp_type()), (None, TimestampType::LogAppendTime));
    assert_eq!((tombstone.original_topic(), tombstone.original_partition()), (Some("original"), Some(3)));
    assert_eq!(tombstone.kafka_offset(), Some(0));
}
