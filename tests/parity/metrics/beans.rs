//! MBeans out of Prometheus' text: the names of the JMX exporter, read backwards.

use ferry_tests::prometheus::{Sample, Scraped};
use serde_json::{Map, Value, json};

/// The types of Connect's MBeans with the properties that they have besides.
const TYPES: [(&str, &[&str]); 11] = [
    ("connect-worker-metrics", &["connector"]),
    ("connector-metrics", &["connector"]),
    ("connector-task-metrics", &["connector", "task"]),
    ("connector-transform-metrics", &["connector", "task", "transform"]),
    ("connector-predicate-metrics", &["connector", "task", "predicate"]),
    ("source-task-metrics", &["connector", "task"]),
    ("sink-task-metrics", &["connector", "task"]),
    ("task-error-metrics", &["connector", "task"]),
    ("app-info", &["client_id"]),
    ("kafka-metrics-count", &[]),
    ("plugins", &["connector", "task", "converter", "transformation", "predicate", "table"]),
];

/// Attributes that are whole numbers in the JVM.
fn is_long(attribute: &str) -> bool {
    (attribute.starts_with("connector-") && attribute.ends_with("-task-count"))
        || ["last-error-timestamp", "start-time-ms"].contains(&attribute)
}

/// The MBeans of a worker's text. The parts of it that are Ferry's own are passed over.
pub fn of(text: &str) -> Map<String, Value> {
    let mut beans = Map::new();
    for sample in Scraped::read(text).samples.iter().filter(|s| s.name.starts_with("kafka_connect_")) {
        add(&mut beans, sample);
    }
    beans
}

fn add(beans: &mut Map<String, Value>, sample: &Sample) {
    let fits = |(kind, _): &&(&str, &[&str])| {
        let rest = sample.name.strip_prefix(&format!("kafka_connect_{}", kind.replace('-', "_")));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let (kind, properties) =
        TYPES.iter().find(fits).unwrap_or_else(|| panic!("no MBean has {}", sample.name));
    let mut name = format!("type={kind}");
    for property in *properties {
        if let Some(value) = sample.labels.get(*property) {
            let quoted = value.chars().any(|c| !(c.is_alphanumeric() || "_-%. \t".contains(c)));
            let value = if quoted { format!("\"{value}\"") } else { value.clone() };
            name.push_str(&format!(",{}={value}", property.replace('_', "-")));
        }
    }
    let bean = beans.entry(name).or_insert_with(|| json!({}));
    let prefix = format!("kafka_connect_{}_", kind.replace('-', "_"));
    let texts: Vec<_> =
        sample.labels.iter().filter(|(label, _)| !properties.contains(&label.as_str())).collect();
    for (label, text) in &texts {
        let attribute = label.replace('_', "-");
        if attribute == "start-time-ms" {
            continue;
        }
        // A text may stand in two series: they say the same.
        let known = bean.get(&attribute).is_none_or(|known| known == text.as_str());
        assert!(known && sample.value == 1.0, "{sample:?} contradicts {bean}");
        bean[attribute] = json!(text);
    }
    if let (Some(attribute), true) = (sample.name.strip_prefix(&prefix), texts.is_empty()) {
        let attribute = attribute.replace('_', "-");
        let number = if sample.value.is_nan() {
            json!("NaN")
        } else if is_long(&attribute) {
            json!(sample.value as i64)
        } else {
            json!(sample.value)
        };
        bean[attribute] = number;
    }
}
