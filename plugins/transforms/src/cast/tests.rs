//! As the class of Connect 4.3.1 does it.

use super::*;
use crate::testing::run;
use ferry_sdk::data::Value;

fn whole(kind: &str, schema: Option<&Schema>, value: Value) -> String {
    run(Cast::new(Part::Value), &format!("spec={kind}"), schema, value)
}

#[test]
fn numbers_are_narrowed_as_java_does() {
    for (value, kind, expected) in [
        (300.into(), "int8", "44"),
        (Value::Int64(-1), "int16", "-1"),
        (Value::Float64(300.7), "int8", "44"),
        (Value::Float64(3e9), "int8", "-1"),
        (Value::Float64(3e9), "int32", "2147483647"),
        (Value::Float32(f32::NAN), "int64", "0"),
        (Value::Float64(-1e30), "int64", "-9223372036854775808"),
        (Value::Int64(i64::MAX), "float32", "9.223372E18"),
        (Value::Float64(0.5), "boolean", "false"),
        (Value::Float64(-1.5), "boolean", "true"),
        (true.into(), "float64", "1.0"),
        (false.into(), "int8", "0"),
        ("tRuE".into(), "boolean", "true"),
        ("1".into(), "boolean", "false"),
        ("-0x1p3".into(), "float32", "-8.0"),
        (Value::Float64(1e10), "string", "1.0E10"),
        (Value::Bytes(vec![1, 2, 3]), "string", "AQID"),
        ("x".into(), "string", "x"),
        (true.into(), "string", "true"),
        ("x".into(), "int32", "Value (x) was out of range for requested data type"),
        (Value::Bytes(vec![1]), "int8", "Unexpected type in Cast transformation: class [B"),
        (
            Value::Instant(0),
            "string",
            "Cast transformation was passed a value of type class java.util.Date which is not supported by Connect's \
             data API",
        ),
        (
            Value::map::<&str, Value>([]),
            "string",
            "Cast transformation does not support casting from MAP; supported types are [INT8, INT16, INT32, INT64, \
             FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]",
        ),
        (Value::Null, "int8", "null"),
    ] {
        assert_eq!(whole(kind, None, value), expected, "{kind} {expected}");
    }
}

#[test]
fn logical_types_are_their_numbers_or_their_text() {
    let decimal = |digits: &str, scale| Value::Decimal { unscaled: java_unscaled(digits), scale };
    let (date, time, timestamp) =
        (SchemaBuilder::date().build(), SchemaBuilder::time().build(), SchemaBuilder::timestamp().build());
    let money = SchemaBuilder::decimal(2).optional().build();
    for (schema, value, kind, expected) in [
        (&date, Value::Instant(86_400_000), "int32", "Date:1/INT32 1"),
        (&date, Value::Instant(172_800_000), "string", "Date:1/STRING 1970-01-03"),
        (&time, Value::Instant(5), "string", "Time:1/STRING 00:00:00.005Z"),
        (&time, Value::Instant(5), "boolean", "Time:1/BOOLEAN true"),
        (&timestamp, Value::Instant(1_566_570_896_346), "int64", "Timestamp:1/INT64 1566570896346"),
        (
            &timestamp,
            Value::Instant(1_566_570_896_346),
            "string",
            "Timestamp:1/STRING 2019-08-23T14:34:56.346Z",
        ),
        (&money, decimal("12345", 2), "int8", "Decimal:1/INT8? 123"),
        (&money, decimal("12345", 2), "string", "Decimal:1/STRING? 123.45"),
        (&money, decimal("12345", 2), "float32", "Decimal:1/FLOAT32? 123.45"),
        (
            &date,
            Value::Instant(1),
            "int32",
            "Kafka Connect Date type should not have any time fields set to non-zero values.",
        ),
        (
            &time,
            Value::Instant(-1),
            "int32",
            "Kafka Connect Time type should not have any date fields set to non-zero values.",
        ),
        (
            &date,
            5.into(),
            "int32",
            "java.lang.ClassCastException: class java.lang.Integer cannot be cast to class java.util.Date \
             (java.lang.Integer and java.util.Date are in module java.base of loader 'bootstrap')",
        ),
    ] {
        assert_eq!(whole(kind, Some(schema), value), expected);
    }
}

fn java_unscaled(digits: &str) -> Vec<u8> {
    ferry_sdk::data::java::parse_decimal(digits).unwrap().unscaled
}

#[test]
fn fields_of_a_struct() {
    let real = SchemaBuilder::new(SchemaType::Float64).optional().default_value(1.5).build();
    let schema = SchemaBuilder::structure()
        .name("S")
        .optional()
        .field("a", Schema::string())
        .field("b", &real)
        .field("c", &SchemaBuilder::timestamp().build())
        .build();
    let row = |a: &str| Value::Struct(vec![a.into(), Value::Null, Value::Instant(7)]);
    let cast = |settings: &str, row| run(Cast::new(Part::Value), settings, Some(&schema), row);
    assert_eq!(
        cast("spec=a:int32, b : INT32,c:int64,zz:int8", row("12")),
        "S/STRUCT?{a:INT32,b:INT32?=1,c:INT64} Struct{a=12,b=1,c=7}"
    );
    assert_eq!(
        cast("spec=b:string;replace.null.with.default=false", row("x")),
        "S/STRUCT?{a:STRING,b:STRING?=1.5,c:Timestamp:1/INT64} Struct{a=x,c=Thu Jan 01 00:00:00 UTC 1970}"
    );
    assert_eq!(cast("spec=a:int8", row("x")), "Value (x) was out of range for requested data type");
    assert_eq!(
        cast("spec=int8", row("x")),
        "Cast transformation does not support casting from STRUCT; supported types are [INT8, INT16, INT32, INT64, \
         FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]"
    );
    assert_eq!(
        whole("a:int8", Some(Schema::int8()), Value::Int8(1)),
        "Cannot list fields on non-struct type"
    );
}

#[test]
fn entries_of_a_map() {
    let map = Value::map([("a", Value::from("1")), ("b", Value::from(2))]);
    assert_eq!(
        run(Cast::new(Part::Value), "spec=a:int8,zz:int8,b:string,b:boolean", None, map),
        "{zz=null, a=1, b=true}"
    );
}

#[test]
fn defaults_must_fit_what_they_become() {
    let date = SchemaBuilder::date().default_value(Value::Instant(0)).build();
    assert_eq!(
        whole("string", Some(&date), Value::Instant(0)),
        "org.apache.kafka.connect.errors.SchemaBuilderException: Invalid default value\n\
         Caused by: org.apache.kafka.connect.errors.DataException: Invalid Java object for schema \
         \"org.apache.kafka.connect.data.Date\" with type STRING: class java.lang.String for value"
    );
}
