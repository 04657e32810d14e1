//! Schemas are counted through every way of holding them.

use std::sync::atomic::Ordering;

use crate::Error;
use crate::data::*;

/// Holders of a schema, through its own counter.
fn holders(schema: &Schema) -> usize {
    schema.holders().load(Ordering::SeqCst)
}

#[test]
fn every_holder_is_counted_and_lets_go() {
    let inner = SchemaBuilder::new(SchemaType::Int8).name("inner").build();
    let outer = SchemaBuilder::structure().field("a", &inner).field("b", &inner).build();
    let list = SchemaBuilder::array(outer.clone()).build();
    let map = SchemaBuilder::map(inner.clone(), list.clone()).build();
    assert_eq!((holders(&inner), holders(&outer), holders(&list), holders(&map)), (4, 2, 2, 1));

    let batch = Batch::build(|out| {
        let held = out.arena().schema(&map);
        out.push(Record::to("t").with_value(Some(held), ValueRef::NULL));
        out.push(Record::to("t").with_value(Some(out.arena().schema(&map)), ValueRef::NULL));
        Ok::<(), Error>(())
    })
    .expect("built");
    assert_eq!(holders(&map), 2, "held once however many records have it");
    let shared = batch.records()[0].value_schema().and_then(Schema::value_schema).map(Schema::share);
    let shared = shared.expect("the list");
    assert_eq!(holders(&list), 3);
    drop((outer, list, map));
    drop(batch);
    // Only `shared` holds the list now, and through it all below.
    assert_eq!((holders(&shared), holders(&inner)), (1, 3));
    let deep = shared.value_schema().map(|outer| outer.fields()[1].schema().name().map(str::to_owned));
    assert_eq!(deep, Some(Some("inner".to_owned())));
    drop(shared);
    assert_eq!(holders(&inner), 1);
}

#[test]
fn the_last_holder_may_be_on_any_thread() {
    let schema =
        SchemaBuilder::new(SchemaType::String).default_value("d").doc("why").parameter("k", "v").build();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let schema = schema.clone();
            std::thread::spawn(move || {
                let copies: Vec<SchemaRef> = (0..100).map(|_| schema.clone()).collect();
                assert!(copies.iter().all(|c| c.default_value().and_then(ValueRef::as_str) == Some("d")));
            })
        })
        .collect();
    drop(schema);
    threads.into_iter().for_each(|thread| thread.join().expect("no thread fails"));
}

#[test]
fn equal_schemas_are_equal_and_no_others() {
    let base = || {
        SchemaBuilder::structure()
            .name("n")
            .version(2)
            .doc("d")
            .optional()
            .parameter("k", "v")
            .default_value(Value::Struct(vec![Value::Int32(1)]))
            .field("f", Schema::int32())
    };
    let schema = base().build();
    assert_eq!(schema, base().build());
    assert_eq!(schema.structural_hash(), base().build().structural_hash());
    assert_eq!(schema, SchemaBuilder::from_schema(&schema).build());
    let others = [
        base().name("m").build(),
        base().version(3).build(),
        base().doc("e").build(),
        base().set_optional(false).build(),
        base().parameter("k", "w").build(),
        base().parameter("l", "v").build(),
        base().default_value(Value::Struct(vec![Value::Int32(2)])).build(),
        base().field("g", Schema::int32()).build(),
        SchemaBuilder::basics_of(&schema).field("f", Schema::int64()).build(),
        SchemaBuilder::basics_of(&schema).build(),
    ];
    for other in &others {
        assert_ne!(schema, *other);
    }
    let array = |element: &SchemaRef| SchemaBuilder::array(element.clone()).build();
    assert_eq!(array(Schema::int8()), array(Schema::int8()));
    assert_ne!(array(Schema::int8()), array(Schema::optional_int8()));
}

/// Each record goes through the same chain, so its schemas come by in turns.
#[test]
fn schemas_of_a_chain_of_transforms_are_held_once_each() {
    let scratch = Scratch::new();
    let schemas: Vec<_> = (0..10).map(|n| SchemaBuilder::structure().name(n.to_string()).build()).collect();
    for _ in 0..100 {
        for schema in &schemas {
            scratch.arena().schema(schema);
        }
    }
    assert!(schemas.iter().all(|schema| holders(schema) == 2));
}
