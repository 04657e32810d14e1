//! Describes the REST API as OpenAPI 3.1, out of the table of routes.

mod answers;

use axum::http::StatusCode;
use ferry_runtime::herder::HerderError;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::answer::{self, Reply};
use crate::api::Call;
use crate::routes::{self, Operation, PARTS, Parameter, Route, Serves};

pub(crate) async fn answer(call: Call) -> Result<Reply, HerderError> {
    Ok(answer::json(StatusCode::OK, &of_listener(&call)))
}

/// What the listener that a request came through serves.
pub(crate) fn of_listener(call: &Call) -> Value {
    document(call.serves, call.asks, &call.herder.server_info().version)
}

/// All routes that a listener serves, which asks for passwords or not.
pub(crate) fn document(serves: Serves, asks: bool, version: &str) -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in routes::all().filter(|route| serves.has(route.on)) {
        if route.operations.iter().any(|operation| !operation.hidden) {
            paths.insert(route.template.to_owned(), Value::Object(path(route, asks, &mut generator)));
        }
    }
    let responses = answers::common(asks, &mut generator);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kafka Connect REST API",
            "description": "The REST API of a Ferry worker: Kafka Connect's, and what Ferry adds.",
            "version": version,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"responses": responses, "schemas": generator.take_definitions(true)},
    });
    if asks {
        document["components"]["securitySchemes"] = json!({"basic": {"type": "http", "scheme": "basic"}});
        document["security"] = json!([{"basic": []}]);
    }
    document
}

fn path(route: &Route, asks: bool, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut described = Map::new();
    let parts = PARTS.iter().filter(|(name, ..)| route.template.contains(&format!("{{{name}}}")));
    let parts: Vec<Value> = parts
        .map(|(name, about, shape)| {
            json!({"name": name, "in": "path", "required": true, "description": about, "schema": shape(generator)})
        })
        .collect();
    if !parts.is_empty() {
        described.insert("parameters".to_owned(), Value::Array(parts));
    }
    for operation in route.operations.iter().filter(|operation| !operation.hidden) {
        described.insert(operation.method.to_lowercase(), self::operation(route, operation, asks, generator));
    }
    described
}

fn operation(route: &Route, operation: &Operation, asks: bool, generator: &mut SchemaGenerator) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [route.template.split('/').nth(1).filter(|tag| !tag.is_empty()).unwrap_or("worker")],
    });
    if !operation.parameters.is_empty() {
        let list: Vec<Value> = operation.parameters.iter().map(|one| parameter(one, generator)).collect();
        described["parameters"] = Value::Array(list);
    }
    if let Some(shape) = operation.body {
        described["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": shape(generator)}}});
    }
    described["responses"] = Value::Object(answers::of_operation(route, operation, asks, generator));
    described
}

fn parameter(parameter: &Parameter, generator: &mut SchemaGenerator) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.about,
        "schema": (parameter.shape)(generator),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn describes_every_operation_that_is_not_hidden() {
        let document = document(Serves::Everything, false, "1");
        for route in routes::all() {
            for operation in route.operations {
                let described = &document["paths"][route.template][operation.method.to_lowercase()];
                assert_eq!(described.is_null(), operation.hidden, "{}", operation.id);
            }
        }
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.contains(&"#/components/schemas/ConnectorInfo"), "{found:?}");
        for reference in found {
            let there = document.pointer(reference.trim_start_matches('#'));
            assert!(there.is_some(), "{reference} leads nowhere");
        }
    }

    #[test]
    fn a_listener_describes_what_it_serves() {
        let document = document(Serves::Admin, false, "1");
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.contains_key("/openapi.json") && !paths.contains_key("/connectors"), "{paths:?}");
    }

    #[test]
    fn a_listener_says_whether_it_asks_for_passwords() {
        let with = document(Serves::Everything, true, "1");
        for (path, item) in with["paths"].as_object().unwrap() {
            for (method, operation) in
                item.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters")
            {
                let answer = &operation["responses"]["401"];
                assert_eq!(
                    *answer,
                    json!({"$ref": "#/components/responses/Unauthorized"}),
                    "{method} {path}"
                );
            }
        }
        assert_eq!(with["security"], json!([{"basic": []}]));
        assert_eq!(with["components"]["securitySchemes"]["basic"]["scheme"], "basic");
        let without = document(Serves::Everything, false, "1").to_string();
        assert!(!without.contains("401") && !without.contains("basic"), "{without}");
    }
}
