//! What endpoints answer: each its own, and what any of them may answer, which is described once.

use axum::http::StatusCode;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::answer::JettyError;
use crate::api::root::WorkerStatus;
use crate::routes::{Content, ERROR, Operation, Route, of};

/// An answer that any endpoint may give, because it is given before the endpoint is asked, or in its place.
struct Common {
    status: u16,
    /// Its name in the description.
    name: &'static str,
    about: &'static str,
    content: Content,
}

const fn common_answer(status: u16, name: &'static str, content: Content, about: &'static str) -> Common {
    Common { status, name, about, content }
}

const COMMON: &[Common] = &[
    common_answer(400, "BadRequest", Content::Nothing, "The path or a header cannot be read."),
    common_answer(400, "BadRequestPage", Content::Jetty, "The path or a header cannot be read."),
    common_answer(
        401,
        "Unauthorized",
        Content::Nothing,
        "User and password are missing or wrong: the text `User cannot access the resource.`, whatever type the answer \
         says it has, and no WWW-Authenticate.",
    ),
    common_answer(404, "NotFound", ERROR, "There is no such thing."),
    common_answer(406, "NotAcceptable", Content::Nothing, "The client takes no type that there is."),
    common_answer(408, "RequestTimeout", ERROR, "The body did not come in time."),
    common_answer(413, "ContentTooLarge", ERROR, "The body is longer than 64 MiB, or it ended too early."),
    common_answer(414, "UriTooLong", Content::Jetty, "The first line of the request is longer than 8 KiB."),
    common_answer(415, "UnsupportedMediaType", Content::Nothing, "The body is not application/json."),
    common_answer(431, "HeadersTooLarge", Content::Jetty, "The head of the request is longer than 8 KiB."),
    common_answer(500, "InternalServerError", ERROR, "Whatever Connect has no better status for."),
    common_answer(503, "ServiceUnavailable", Content::Json(of::<WorkerStatus>), "The worker still starts."),
];

impl Common {
    fn fits(&self, route: &Route, operation: &Operation, asks: bool) -> bool {
        match self.status {
            400 => has_page(operation) == matches!(self.content, Content::Jetty),
            401 => asks,
            404 => route.template.contains('{'),
            415 => operation.consumes_json,
            _ => true,
        }
    }
}

/// Jetty shows its page to these methods, and nothing to others.
fn has_page(operation: &Operation) -> bool {
    ["GET", "POST"].contains(&operation.method)
}

/// The answers that any endpoint of a listener may give, by their names.
pub(super) fn common(asks: bool, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let here = COMMON.iter().filter(|common| asks || common.status != 401);
    here.map(|common| {
        let content = content(common.content, "", generator);
        let about = format!("{}: {}", common.status, common.about);
        (common.name.to_owned(), described(&about, content))
    })
    .collect()
}

/// All answers of an operation by their statuses.
pub(super) fn of_operation(
    route: &Route,
    operation: &Operation,
    asks: bool,
    generator: &mut SchemaGenerator,
) -> Map<String, Value> {
    // Its own row says it better where it says it.
    let own = |status| operation.answers.iter().any(|(other, _)| *other == status);
    let common = COMMON.iter().filter(|common| common.fits(route, operation, asks) && !own(common.status));
    let mut answers: Vec<(u16, Value)> = common
        .map(|common| (common.status, json!({"$ref": format!("#/components/responses/{}", common.name)})))
        .collect();
    answers.extend(
        operation.answers.iter().map(|(status, own)| (*status, answer(*status, *own, operation, generator))),
    );
    answers.sort_by_key(|(status, _)| *status);
    answers.into_iter().map(|(status, answer)| (status.to_string(), answer)).collect()
}

fn answer(status: u16, own: Content, operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut content = content(own, operation.produces, generator);
    if status == 400 && has_page(operation) {
        // Jetty may have refused it before.
        let mut jetty = self::content(Content::Jetty, operation.produces, generator);
        let either = json!({"anyOf": [content[JSON]["schema"], jetty[JSON]["schema"]]});
        jetty[JSON]["schema"] = either;
        content = jetty;
    }
    let about = match own {
        Content::Text(about) => about,
        _ => reason.unwrap_or_default(),
    };
    described(about, content)
}

const JSON: &str = "application/json";

fn described(about: &str, content: Value) -> Value {
    match content {
        Value::Null => json!({"description": about}),
        content => json!({"description": about, "content": content}),
    }
}

/// Bodies by their types; null where there is none.
fn content(content: Content, produces: &str, generator: &mut SchemaGenerator) -> Value {
    let text = json!({"schema": {"type": "string"}});
    match content {
        Content::Nothing => Value::Null,
        Content::Json(shape) => json!({JSON: {"schema": shape(generator)}}),
        Content::Text(_) => json!({produces: text}),
        Content::Jetty => {
            json!({JSON: {"schema": of::<JettyError<'static>>(generator)}, "text/html": text, "text/plain": text})
        }
    }
}
