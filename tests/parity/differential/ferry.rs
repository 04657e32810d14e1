//! Runs a case on Ferry's own classes, linked statically; `java/Harness.java` is the other side.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Once, OnceLock};

use ferry_plugin_abi::Error;
use ferry_plugin_abi::api::{
    ConfigProvider, Converter, Factory, Outcome, PluginClass, Predicate, Role, Transform,
};
use ferry_plugin_abi::config::{ConfigKeyInfo, ConfigMap};
use ferry_plugin_abi::data::{Arena, Header, Record, Scratch, TimestampType, Value};
use serde_json::{Map, Value as Json, json};

use crate::data::{Typed, bytes_from_json, bytes_to_json, typed_json};
use crate::files;

/// All classes that are compared.
pub fn classes() -> &'static [PluginClass] {
    static CLASSES: OnceLock<Vec<PluginClass>> = OnceLock::new();
    CLASSES.get_or_init(|| {
        [
            ferry_converters::classes(),
            ferry_transforms::classes(),
            ferry_predicates::classes(),
            ferry_config::providers::classes(),
        ]
        .concat()
    })
}

/// The case's outcome. A panic is one too, which equals none of the JVM's.
pub fn run(case: &Json) -> Json {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !RUNNING.get() {
                loud(info)
            }
        }));
    });
    RUNNING.set(true);
    let outcome =
        catch_unwind(AssertUnwindSafe(|| files::out(guarded(&files::into(case))))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            json!({"panic": text.or(panic.downcast_ref::<&str>().copied())})
        });
    RUNNING.set(false);
    outcome
}

thread_local! {
    /// Whether a panic is an outcome.
    static RUNNING: Cell<bool> = const { Cell::new(false) };
}

enum Plugin {
    Transform(Box<dyn Transform>),
    Predicate(Box<dyn Predicate>),
    Converter(Box<dyn Converter>, Role),
    Provider(Box<dyn ConfigProvider>),
}

fn guarded(case: &Json) -> Json {
    let (name, kind) = (text(&case["class"]), text(&case["kind"]));
    let role = [Role::Key, Role::Value, Role::Header].into_iter().find(|r| r.name() == kind);
    let (class, mut plugin) = plugin(name, role);
    let mut config: ConfigMap =
        case["config"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), text(v))).collect();
    if role.is_some() {
        config.insert("converter.type", kind);
    }
    let mut outcome = Map::new();
    let complaints = ferry_config::complaints(&class.config, &config);
    if !complaints.is_empty() {
        let complaints: Map<_, _> =
            complaints.into_iter().map(|(key, errors)| (key, errors.into())).collect();
        outcome.insert("validate".into(), complaints.into());
    }
    let configured = match &mut plugin {
        Plugin::Transform(plugin) => plugin.configure(&config),
        Plugin::Predicate(plugin) => plugin.configure(&config),
        Plugin::Provider(plugin) => plugin.configure(&config),
        Plugin::Converter(plugin, role) => plugin.configure(&config, *role),
    };
    if let Err(error) = configured {
        outcome.insert("config".into(), chain(&error));
    } else {
        let steps = case["steps"].as_array().into_iter().flatten();
        let results = steps.map(|step| {
            let mut result = Map::new();
            if let Err(error) = run_step(class, &mut plugin, step, &mut result) {
                result.insert("error".into(), chain(&error));
            }
            Json::Object(result)
        });
        outcome.insert("steps".into(), results.collect());
    }
    Json::Object(outcome)
}

fn plugin(name: &str, role: Option<Role>) -> (&'static PluginClass, Plugin) {
    for class in classes().iter().filter(|c| c.class == name) {
        let made = match (&class.factory, role) {
            (Factory::Transform(make), None) => make().map(Plugin::Transform),
            (Factory::Predicate(make), None) => make().map(Plugin::Predicate),
            (Factory::ConfigProvider(make), None) => make().map(Plugin::Provider),
            (Factory::Converter(make), Some(role @ (Role::Key | Role::Value)))
            | (Factory::HeaderConverter(make), Some(role @ Role::Header)) => {
                make().map(|plugin| Plugin::Converter(plugin, role))
            }
            _ => continue,
        };
        return (class, made.expect("built-in classes have no failing constructor"));
    }
    panic!("Ferry has no class {name} for {role:?}")
}

fn run_step(
    class: &PluginClass,
    plugin: &mut Plugin,
    step: &Json,
    out: &mut Map<String, Json>,
) -> Result<(), Error> {
    let scratch = Scratch::new();
    let arena = scratch.arena();
    if step.get("definition").is_some() {
        let keys: Vec<ConfigKeyInfo> = class.config.keys().iter().map(ConfigKeyInfo::from).collect();
        out.insert("definition".into(), serde_json::to_value(keys).expect("JSON"));
        return Ok(());
    }
    match plugin {
        Plugin::Transform(plugin) => {
            let mut record = record(&step["apply"], arena);
            match plugin.apply(&mut record, arena)? {
                Outcome::Drop => out.insert("dropped".into(), true.into()),
                Outcome::Keep => out.insert("record".into(), record_json(&record, &step["apply"])),
            };
        }
        Plugin::Predicate(plugin) => {
            let answer = plugin.test(&record(&step["apply"], arena))?;
            out.insert("test".into(), answer.into());
        }
        Plugin::Converter(plugin, _) => convert(plugin.as_mut(), step, out)?,
        Plugin::Provider(plugin) => {
            let keys: Vec<&str> = step["keys"].as_array().into_iter().flatten().map(text).collect();
            let found = plugin.get(text(&step["get"]), &keys)?.values;
            let found: Map<_, _> = found.iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
            out.insert("data".into(), found.into());
        }
    }
    Ok(())
}

fn convert(plugin: &mut dyn Converter, step: &Json, out: &mut Map<String, Json>) -> Result<(), Error> {
    let scratch = Scratch::new();
    let arena = scratch.arena();
    let read = |bytes: Option<&[u8]>, plugin: &mut dyn Converter| {
        let (schema, value) = plugin.to_connect("topic", bytes.map(|b| arena.bytes(b)), arena)?;
        Ok::<_, Error>(typed_json(schema, value))
    };
    if let Some(bytes) = step.get("read") {
        let bytes = (!bytes.is_null()).then(|| bytes_from_json(bytes));
        out.insert("read".into(), read(bytes.as_deref(), plugin)?);
        return Ok(());
    }
    let typed = Typed::from_json(step.get("round").unwrap_or(&step["write"]));
    let (schema, value) = typed.put(arena);
    let mut bytes = Vec::new();
    let some = plugin.from_connect("topic", schema, value, &mut bytes)?;
    assert!(some || bytes.is_empty(), "no bytes at all, and yet some");
    out.insert("bytes".into(), if some { bytes_to_json(&bytes) } else { Json::Null });
    if step.get("round").is_some() {
        out.insert("read".into(), read(some.then_some(&bytes), plugin)?);
    }
    Ok(())
}

fn record<'a>(json: &Json, arena: &'a Arena) -> Record<'a> {
    let topic = arena.str(text(&json["topic"]));
    let (key_schema, key) = Typed::from_json(&json["key"]).put(arena);
    let (value_schema, value) = Typed::from_json(&json["value"]).put(arena);
    let headers: Vec<Header<'_>> = json["headers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|header| {
            let (schema, value) = Typed::from_json(&header[1]).put(arena);
            Header::new(arena.str(text(&header[0])), schema, value)
        })
        .collect();
    let mut record = Record::to(topic)
        .with_key(key_schema, key)
        .with_value(value_schema, value)
        .with_headers(arena.headers(&headers));
    let timestamp = json["timestamp"].as_i64();
    record.set_timestamp(timestamp);
    let partition = json["partition"].as_i64().map(|p| p as i32);
    record.set_partition(partition);
    match json["offset"].as_i64() {
        Some(offset) => {
            let kind = timestamp.map_or(TimestampType::None, |_| TimestampType::CreateTime);
            record.from_kafka(topic, partition.unwrap_or_default(), offset, kind)
        }
        None => record
            .from_source(Value::map([("file", "f")]).put(arena), Value::map([("position", 7i64)]).put(arena)),
    }
}

fn record_json(record: &Record<'_>, given: &Json) -> Json {
    let mut out = Map::new();
    out.insert("topic".into(), record.topic().into());
    out.insert("partition".into(), record.partition().into());
    out.insert("timestamp".into(), record.timestamp().into());
    if given.get("offset").is_some() {
        out.insert("offset".into(), record.kafka_offset().into());
    }
    out.insert("key".into(), typed_json(record.key_schema(), record.key()));
    out.insert("value".into(), typed_json(record.value_schema(), record.value()));
    let headers = record.headers().iter().map(|h| json!([h.key(), typed_json(h.schema(), h.value())]));
    out.insert("headers".into(), headers.collect());
    Json::Object(out)
}

fn chain(error: &Error) -> Json {
    let mut links = vec![json!([error.java_class(), error.message()])];
    links.extend(error.causes().iter().map(|cause| json!([cause.class, cause.message])));
    links.into()
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("no text: {json}"))
}
