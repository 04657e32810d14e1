//! What the converters write equals what Kafka's own write: the golden file was printed by Kafka
//! 4.3.1 on JDK 17, one line per value and converter.

use std::collections::HashMap;

use ferry_converters::{JsonConverter, SimpleHeaderConverter, StringConverter};
use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Schema, SchemaBuilder, SchemaRef, SchemaType, Scratch, Value};

fn decimal(unscaled: u8, scale: i32) -> Value {
    Value::Decimal { unscaled: vec![unscaled], scale }
}

fn map<const N: usize>(entries: [(Value, Value); N]) -> Value {
    Value::Map(entries.to_vec())
}

/// The value behind each label of the golden file.
fn samples() -> Vec<(&'static str, Option<SchemaRef>, Value)> {
    let some = |s: &SchemaRef| Some(s.clone());
    let day = 86_400_000;
    let text = "h\u{e9} \"q\" \\ / \n\u{1}\u{1f}\u{7f}\u{2028} \u{1F600}";
    let with_default = SchemaBuilder::new(SchemaType::String).optional().default_value("d").build();
    let required_default = SchemaBuilder::new(SchemaType::Int32).default_value(7).build();
    let cents = SchemaBuilder::decimal(2).build();
    let (date, time, stamp) =
        (SchemaBuilder::date().build(), SchemaBuilder::time().build(), SchemaBuilder::timestamp().build());
    let string_map = SchemaBuilder::map(Schema::string().clone(), Schema::int32().clone());
    let booleans = Schema::optional_boolean().clone();
    let all = SchemaBuilder::structure()
        .name("com.X")
        .version(3)
        .doc("dd")
        .parameter("p", "q")
        .optional()
        .field("i8", Schema::int8())
        .field("s", &SchemaBuilder::new(SchemaType::String).optional().default_value("DEF").build())
        .field("m", &SchemaBuilder::map(Schema::int32().clone(), booleans.clone()).optional().build())
        .field("\u{e9}\"", Schema::optional_string())
        .build();
    let inner = SchemaBuilder::structure().field("x", &SchemaBuilder::decimal(1).optional().build()).build();
    let outer = SchemaBuilder::structure()
        .field("in", &inner)
        .field("l", &SchemaBuilder::array(inner.clone()).build())
        .field("d", &SchemaBuilder::new(SchemaType::Float64).default_value(1.5).build())
        .field("ts", &SchemaBuilder::timestamp().optional().default_value(Value::Instant(7)).build())
        .build();
    let one = Value::Struct(vec![decimal(25, 1)]);
    vec![
        ("null", None, Value::Null),
        ("opt-null", some(Schema::optional_string()), Value::Null),
        ("req-null", some(Schema::string()), Value::Null),
        ("plain-int", None, 1i64.into()),
        ("plain-string", None, text.into()),
        ("default-null", Some(with_default), Value::Null),
        ("req-default-null", Some(required_default), Value::Null),
        ("decimal", some(&cents), decimal(123, 2)),
        ("decimal20", some(&cents), decimal(120, 2)),
        ("decimal-neg", Some(SchemaBuilder::decimal(-3).build()), decimal(1, -3)),
        ("decimal-scale", some(&cents), decimal(15, 1)),
        ("decimal-type", some(&cents), 1.into()),
        ("date", some(&date), Value::Instant(10 * day)),
        ("date-neg", some(&date), Value::Instant(-day)),
        ("date-bad", some(&date), Value::Instant(5)),
        ("time", some(&time), Value::Instant(52_494_346)),
        ("time-bad", some(&time), Value::Instant(-5)),
        ("ts", some(&stamp), Value::Instant(1_566_570_894_346)),
        ("ts-day", some(&stamp), Value::Instant(1_566_518_400_000)),
        ("ts-type", some(&stamp), 5i64.into()),
        ("plain-date", None, Value::Instant(0)),
        ("plain-decimal", None, decimal(1, -3)),
        ("bytes", some(Schema::bytes()), vec![1, 2].into()),
        ("bytes-type", some(Schema::bytes()), "x".into()),
        ("bool", some(Schema::boolean()), true.into()),
        ("f-nan", some(Schema::float32()), f32::NAN.into()),
        ("d-inf", some(Schema::float64()), f64::NEG_INFINITY.into()),
        ("d", some(Schema::float64()), 1e10.into()),
        ("d2", some(Schema::float64()), 1e-5.into()),
        ("f", some(Schema::float32()), 1.5f32.into()),
        ("d5", None, 5.0.into()),
        ("i8", some(Schema::int8()), (-1i8).into()),
        ("i32-long", some(Schema::int32()), 1i64.into()),
        ("str-struct", some(Schema::string()), 5.into()),
        ("map", None, map([("b".into(), 1.into()), ("a".into(), Value::Null)])),
        ("map-mixed", None, map([(1.into(), "x".into()), ("k".into(), 2i64.into())])),
        ("map-nullkey", None, map([(Value::Null, "x".into())])),
        ("map-schema", Some(string_map.clone().optional().build()), map([("k".into(), 1.into())])),
        (
            "map-int",
            Some(SchemaBuilder::map(Schema::int32().clone(), booleans.clone()).build()),
            map([(1.into(), true.into())]),
        ),
        (
            "map-optkey",
            Some(SchemaBuilder::map(Schema::optional_string().clone(), booleans).build()),
            map([(Value::Null, true.into())]),
        ),
        ("map-type", Some(string_map.build()), Value::Array(vec![])),
        (
            "array",
            Some(SchemaBuilder::array(Schema::optional_int32().clone()).build()),
            Value::Array(vec![1.into(), Value::Null]),
        ),
        (
            "plain-array",
            None,
            Value::Array(vec![1.into(), "a\"b".into(), Value::Null, true.into(), vec![1].into()]),
        ),
        ("empty", None, Value::Array(vec![])),
        ("struct", Some(all), Value::Struct(vec![5i8.into(), Value::Null, Value::Null, "x\"".into()])),
        (
            "nested",
            Some(outer),
            Value::Struct(vec![
                one.clone(),
                Value::Array(vec![one.clone(), one.clone()]),
                2.0.into(),
                Value::Null,
            ]),
        ),
        ("struct-plain", None, one.clone()),
        ("struct-as-string", some(Schema::string()), one),
    ]
}

fn json(settings: &[(&str, &str)]) -> Box<dyn Converter> {
    let mut converter = JsonConverter::default();
    let config: ConfigMap = settings.iter().map(|(k, v)| (*k, *v)).collect();
    converter.configure(&config, Role::Value).unwrap();
    Box::new(converter)
}

#[test]
fn equals_kafkas_bytes() {
    let mut converters: HashMap<&str, Box<dyn Converter>> = HashMap::from([
        ("envelope", json(&[])),
        ("bare", json(&[("schemas.enable", "false")])),
        ("numeric", json(&[("schemas.enable", "false"), ("decimal.format", "numeric")])),
        ("null", json(&[("schemas.enable", "false"), ("replace.null.with.default", "false")])),
        ("string", Box::new(StringConverter::default()) as Box<dyn Converter>),
        ("header", Box::new(SimpleHeaderConverter)),
    ]);
    let samples = samples();
    let scratch = Scratch::new();
    // Twice: the second time all envelopes are known.
    for line in include_str!("golden/write.txt").lines().chain(include_str!("golden/write.txt").lines()) {
        let mut parts = line.splitn(3, ' ');
        let (label, mode, expected) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let (_, schema, value) =
            samples.iter().find(|s| s.0 == label).unwrap_or_else(|| panic!("no sample {label}"));
        let mut out = b"before".to_vec();
        let converter = converters.get_mut(mode).unwrap();
        let shown = match converter.from_connect("t", schema.as_deref(), value.put(scratch.arena()), &mut out)
        {
            Ok(true) => String::from_utf8(out[6..].to_vec()).unwrap(),
            Ok(false) => "-".into(),
            Err(error) => {
                assert_eq!(out, b"before");
                format!("! {}: {}", error.java_class().rsplit('.').next().unwrap(), error.message())
            }
        };
        assert_eq!(shown, expected, "{label} {mode}");
    }
}

#[test]
fn envelopes_stay_right_when_schemas_alternate() {
    let scratch = Scratch::new();
    let mut converter = json(&[("schemas.cache.size", "2")]);
    for round in 0..4 {
        for kind in [SchemaType::Int8, SchemaType::Int16, SchemaType::Int32] {
            // A schema of its own each time: equal ones at other addresses.
            let schema = SchemaBuilder::new(kind).name("n").build();
            let value = match kind {
                SchemaType::Int8 => Value::Int8(round),
                SchemaType::Int16 => Value::Int16(round.into()),
                _ => Value::Int32(round.into()),
            };
            let mut out = Vec::new();
            converter.from_connect("t", Some(&schema), value.put(scratch.arena()), &mut out).unwrap();
            let name = kind.name().to_lowercase();
            assert_eq!(
                String::from_utf8(out).unwrap(),
                format!(r#"{{"schema":{{"type":"{name}","optional":false,"name":"n"}},"payload":{round}}}"#)
            );
        }
    }
}

#[test]
fn configuration_equals_connects() {
    use ferry_sdk::config::ConfigKeyInfo;
    let classes = ferry_converters::classes();
    let shown = |name: &str| -> Vec<ConfigKeyInfo> {
        let class = classes.iter().find(|c| c.class.ends_with(name)).unwrap();
        class.config.keys().iter().map(ConfigKeyInfo::from).collect()
    };
    let golden = |text| serde_json::from_str::<Vec<ConfigKeyInfo>>(text).unwrap();
    assert_eq!(shown("json.JsonConverter"), golden(include_str!("golden/plugin-config-JsonConverter.json")));
    assert_eq!(
        shown("storage.StringConverter"),
        golden(include_str!("golden/plugin-config-StringConverter.json"))
    );
    assert_eq!(shown("SimpleHeaderConverter"), golden("[]"));
    assert_eq!(classes.len(), 9 * 2 + 1);
    let error = JsonConverter::default()
        .configure(&ConfigMap::from([("decimal.format", "HEX")]), Role::Value)
        .unwrap_err();
    assert_eq!(
        error.message(),
        "Invalid value HEX for configuration decimal.format: String must be one of (case insensitive): NUMERIC, BASE64"
    );
}
