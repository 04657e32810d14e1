//! As the class of Connect 4.3.1 does it.

use super::*;
use crate::testing::run;
use ferry_sdk::data::{SchemaBuilder, Value};

/// 2019-08-23 14:34:56.346
const MOMENT: i64 = 1_566_570_896_346;

fn convert(settings: &str, schema: Option<&Schema>, value: Value) -> String {
    run(TimestampConverter::new(Part::Value), settings, schema, value)
}

#[test]
fn every_form_becomes_every_other() {
    let timestamp = SchemaBuilder::timestamp().optional().build();
    let text = |target: &str| format!("target.type={target};format=yyyy-MM-dd HH:mm:ss.SSS");
    for (target, expected) in [
        ("string", "STRING? 2019-08-23 14:34:56.346"),
        ("unix", "INT64? 1566570896346"),
        ("Date", "Date:1/INT32? Fri Aug 23 00:00:00 UTC 2019"),
        ("Time", "Time:1/INT32? Thu Jan 01 14:34:56 UTC 1970"),
        ("Timestamp", "Timestamp:1/INT64? Fri Aug 23 14:34:56 UTC 2019"),
    ] {
        assert_eq!(convert(&text(target), Some(&timestamp), Value::Instant(MOMENT)), expected);
        let required = expected.replace('?', "");
        let from_text = Value::from("2019-08-23 14:34:56.346");
        assert_eq!(convert(&text(target), Some(Schema::string()), from_text), required);
        assert_eq!(convert(&text(target), Some(Schema::int64()), Value::Int64(MOMENT)), required);
        let bare = required.split_once(' ').map(|(_, value)| value);
        assert_eq!(Some(&*convert(&text(target), None, Value::Instant(MOMENT))), bare);
        let null = format!("{} null", expected.split(' ').next().unwrap_or_default());
        assert_eq!(convert(&text(target), Some(&timestamp), Value::Null), null);
    }
}

#[test]
fn unix_times_have_a_precision() {
    let unix = |precision: &str, target: &str, value| {
        convert(&format!("target.type={target};unix.precision={precision}"), None, value)
    };
    for (precision, number) in [
        ("seconds", "-1"),
        ("milliseconds", "-1999"),
        ("microseconds", "-1999000"),
        ("nanoseconds", "-1999000000"),
    ] {
        assert_eq!(unix(precision, "unix", Value::Instant(-1999)), number);
    }
    let dawn = "Wed Dec 31 23:59:58 UTC 1969";
    assert_eq!(unix("seconds", "Timestamp", Value::Int64(-2)), dawn);
    assert_eq!(unix("nanoseconds", "Timestamp", Value::Int64(-2_000_000_000)), dawn);
    assert_eq!(unix("nanoseconds", "unix", Value::Instant(i64::MAX)), i64::MAX.to_string());
}

#[test]
fn a_field_of_a_struct() {
    let schema = SchemaBuilder::structure()
        .name("S")
        .optional()
        .field("a", Schema::string())
        .field("t", &SchemaBuilder::timestamp().optional().default_value(Value::Instant(1)).build())
        .build();
    let row = |t| Value::Struct(vec!["x".into(), t]);
    let to = |settings: &str, value| convert(settings, Some(&schema), value);
    let shape = "S/STRUCT?{a:STRING,t:INT64?}";
    assert_eq!(to("field=t;target.type=unix", row(Value::Instant(5))), format!("{shape} Struct{{a=x,t=5}}"));
    assert_eq!(to("field=t;target.type=unix", row(Value::Null)), format!("{shape} Struct{{a=x,t=1}}"));
    assert_eq!(
        to("field=t;target.type=unix;replace.null.with.default=false", row(Value::Null)),
        format!("{shape} Struct{{a=x}}")
    );
    assert_eq!(to("field=t;target.type=unix", Value::Null), format!("{shape} null"));
    assert_eq!(
        to("field=zz;target.type=unix", row(Value::Instant(0))),
        "S/STRUCT?{a:STRING,t:Timestamp:1/INT64?=Thu Jan 01 00:00:00 UTC 1970} \
         Struct{a=x,t=Thu Jan 01 00:00:00 UTC 1970}"
    );
    assert_eq!(convert("field=zz;target.type=unix", None, Value::map([("a", 1)])), "{zz=null, a=1}");
}

#[test]
fn says_what_is_wrong_in_the_words_of_the_jvm() {
    let config = "org.apache.kafka.common.config.ConfigException: ";
    for (settings, schema, value, expected) in [
        (
            "target.type=string",
            None,
            Value::Null,
            format!("{config}TimestampConverter requires format option to be specified when using string timestamps"),
        ),
        (
            "target.type=unix;format=foo",
            None,
            Value::Null,
            format!(
                "{config}Invalid value java.lang.IllegalArgumentException: Illegal pattern character 'f' for \
                 configuration TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: \
                 foo"
            ),
        ),
        (
            "target.type=Unix",
            None,
            Value::Null,
            format!(
                "{config}Invalid value Unix for configuration target.type: String must be one of: string, unix, Date, \
                 Time, Timestamp"
            ),
        ),
        (
            "target.type=unix",
            None,
            "x".into(),
            "java.lang.NullPointerException: Cannot invoke \"java.text.SimpleDateFormat.parse(String)\" because \
             \"config.format\" is null"
                .to_owned(),
        ),
        (
            "target.type=unix;format=yyyy",
            None,
            "x".into(),
            "Could not parse timestamp: value (x) does not match pattern (yyyy)".to_owned(),
        ),
        (
            "target.type=unix",
            None,
            5.into(),
            "TimestampConverter does not support class java.lang.Integer objects as timestamps".to_owned(),
        ),
        (
            "target.type=unix",
            Some(&**Schema::int32()),
            Value::Null,
            "org.apache.kafka.connect.errors.ConnectException: Schema Schema{INT32} does not correspond to a known \
             timestamp type format"
                .to_owned(),
        ),
        (
            "target.type=Date",
            Some(&**Schema::int64()),
            5.into(),
            "Expected Unix timestamp to be a Long, but found class java.lang.Integer".to_owned(),
        ),
        (
            "target.type=Date;field=a",
            None,
            5.into(),
            "Only Map objects supported in absence of schema for [converting timestamp formats], found: \
             java.lang.Integer"
                .to_owned(),
        ),
    ] {
        assert_eq!(convert(settings, schema, value), expected, "{settings}");
    }
}
