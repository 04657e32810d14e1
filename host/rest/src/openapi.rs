//! Describes the REST API as OpenAPI 3.1, out of the table of routes.

use axum::http::StatusCode;
use ferry_runtime::herder::HerderError;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::answer::{self, Reply};
use crate::api::Call;
use crate::routes::{self, Content, ERROR, Operation, PARTS, Parameter, Route, Serves};

pub(crate) async fn answer(call: Call) -> Result<Reply, HerderError> {
    Ok(answer::json(StatusCode::OK, &document(call.serves, &call.herder.server_info().version)))
}

/// All routes that a listener serves.
pub(crate) fn document(serves: Serves, version: &str) -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in routes::all().filter(|route| serves.has(route.on)) {
        if route.operations.iter().any(|operation| !operation.hidden) {
            paths.insert(route.template.to_owned(), Value::Object(path(route, &mut generator)));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kafka Connect REST API",
            "description": "The REST API of a Ferry worker: Kafka Connect's, and what Ferry adds.",
            "version": version,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": generator.take_definitions(true)},
    })
}

fn path(route: &Route, generator: &mut SchemaGenerator) -> Map<String, Value> {
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
        described.insert(operation.method.to_lowercase(), self::operation(route, operation, generator));
    }
    described
}

fn operation(route: &Route, operation: &Operation, generator: &mut SchemaGenerator) -> Value {
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
    let own = operation.answers.iter().copied();
    // What any endpoint may answer: its own row says it better where it says it.
    let mut all: Vec<(u16, Content)> = vec![(406, Content::Nothing), (500, ERROR)];
    if operation.consumes_json {
        all.push((415, Content::Nothing));
    }
    if operation.body.is_some() {
        all.push((413, ERROR));
    }
    if route.template.contains('{') {
        all.push((404, ERROR));
    }
    all.retain(|(status, _)| own.clone().all(|(other, _)| other != *status));
    all.extend(own);
    all.sort_by_key(|(status, _)| *status);
    let answers = all
        .into_iter()
        .map(|(status, content)| (status.to_string(), response(status, content, operation, generator)));
    described["responses"] = Value::Object(answers.collect());
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

fn response(status: u16, content: Content, operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let reason = reason.unwrap_or_default();
    match content {
        Content::Nothing => json!({"description": reason}),
        Content::Json(shape) => {
            json!({"description": reason, "content": {"application/json": {"schema": shape(generator)}}})
        }
        Content::Text(about) => {
            json!({"description": about, "content": {operation.produces: {"schema": {"type": "string"}}}})
        }
    }
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
        let document = document(Serves::Everything, "1");
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
        let document = document(Serves::Admin, "1");
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.contains_key("/openapi.json") && !paths.contains_key("/connectors"), "{paths:?}");
    }
}
