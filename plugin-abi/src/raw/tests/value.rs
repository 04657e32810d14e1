//! Values: every kind there and back, and the numbers that stand for them on the other side.

use crate::data::*;

fn all() -> Vec<Value> {
    let mut all = vec![
        Value::Null,
        Value::Bool(true),
        Value::Int8(i8::MIN),
        Value::Int16(i16::MIN),
        Value::Int32(i32::MIN),
        Value::Int64(i64::MIN),
        Value::Float32(f32::MIN_POSITIVE),
        Value::Float64(-0.0),
        Value::String("ünï😀".into()),
        Value::Bytes(vec![0, 255]),
        Value::Array(vec![]),
        Value::Map(vec![]),
        Value::Struct(vec![]),
        Value::Decimal { unscaled: vec![0xff, 0x01], scale: -3 },
        Value::Instant(-1),
    ];
    let nested = vec![
        Value::Array(all.clone()),
        Value::Struct(all.clone()),
        Value::Map(all.iter().cloned().map(|v| (v.clone(), Value::Array(vec![v]))).collect()),
    ];
    all.extend(nested);
    all
}

#[test]
fn every_value_comes_back_as_it_went_in() {
    let scratch = Scratch::new();
    for value in all() {
        let put = value.put(scratch.arena());
        assert_eq!(Value::from(put), value);
        assert_eq!(put, value.put(scratch.arena()));
        assert_eq!(put.is_null(), value == Value::Null);
    }
    let all = all();
    for (i, a) in all.iter().enumerate() {
        for (j, b) in all.iter().enumerate() {
            assert_eq!(a.put(scratch.arena()) == b.put(scratch.arena()), i == j, "{a:?} {b:?}");
        }
    }
    let nan = ValueRef::float64(f64::NAN);
    assert_eq!(nan, nan);
    assert_ne!(ValueRef::float64(0.0), ValueRef::float64(-0.0));
}

/// A tag that changes its meaning is as bad as a field that moves, and no layout shows it.
#[test]
fn the_tags_are_those_of_version_1() {
    let decimal = Decimal::new(&[1], 0);
    let tags: Vec<u8> = [
        ValueRef::NULL,
        ValueRef::bool(true),
        ValueRef::int8(1),
        ValueRef::int16(1),
        ValueRef::int32(1),
        ValueRef::int64(1),
        ValueRef::float32(1.0),
        ValueRef::float64(1.0),
        ValueRef::str("1"),
        ValueRef::bytes(&[1]),
        ValueRef::array(&[]),
        ValueRef::map(&[]),
        ValueRef::structure(&[]),
        ValueRef::decimal(&decimal),
        ValueRef::instant(1),
    ]
    .iter()
    .map(|value| value.tag())
    .collect();
    assert_eq!(tags, (0..15).collect::<Vec<u8>>());
    assert_eq!(size_of::<ValueRef<'_>>(), 16);
}

#[test]
fn numbers_and_keys_are_looked_up() {
    let scratch = Scratch::new();
    let map = Value::Map(vec![
        (Value::from("a"), Value::Int8(1)),
        (Value::Int32(5), Value::Int8(2)),
        (Value::from("a"), Value::Int8(3)),
    ]);
    assert_eq!(map.put(scratch.arena()).get("a").and_then(ValueRef::as_i64), Some(3), "the last one holds");
    assert_eq!(map.put(scratch.arena()).get("b"), None);
    assert_eq!(ValueRef::int16(-7).as_i64(), Some(-7));
    assert_eq!(ValueRef::float64(1.0).as_i64(), None);
    assert!(ValueRef::int8(1).same(ValueRef::int8(1)) && !ValueRef::int8(1).same(ValueRef::int16(1)));
}
