//! Every endpoint of the worker: one row each, with all that is known of it.
//!
//! To add an endpoint, write a row and the function that answers it. The row is what requests are
//! matched by, and what `/openapi.json` is made of.

mod admin;
mod connectors;
mod plugins;
mod worker;

use std::future::Future;
use std::pin::Pin;

use ferry_runtime::herder::HerderError;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::answer::{ErrorBody, Reply};
use crate::api::Call;
use crate::path::{self, BadPath, Segment};

/// What answers a request.
type Answering = fn(Call) -> Pin<Box<dyn Future<Output = Result<Reply, HerderError>> + Send>>;
/// What an entity looks like.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// An endpoint.
pub(crate) struct Route {
    /// Its path, with `{names}` in place of what a request chooses; [`PARTS`] describes them.
    pub(crate) template: &'static str,
    /// The methods it answers, in the order in which Jersey lists them.
    pub(crate) methods: &'static [&'static str],
    /// Which listeners serve it.
    pub(crate) on: On,
    /// What it does for each method besides HEAD and OPTIONS.
    pub(crate) operations: &'static [Operation],
}

/// An endpoint to be read, as most are.
const READ: Route =
    Route { template: "", methods: &["HEAD", "GET", "OPTIONS"], on: On::Main, operations: &[] };
/// An endpoint that only does something.
const ACT: Route = Route { methods: &["OPTIONS", "PUT"], ..READ };

/// Whom an endpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Those who work with connectors: `listeners`.
    Main,
    /// Those who look after the worker: `admin.listeners`, or `listeners` where there are none.
    Admin,
    /// All of them.
    Both,
}

/// Which endpoints a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serves {
    /// All: there is no `admin.listeners`.
    Everything,
    /// One of `listeners`, beside `admin.listeners`.
    Main,
    /// One of `admin.listeners`.
    Admin,
}

impl Serves {
    /// Whether an endpoint is among them.
    pub(crate) fn has(self, on: On) -> bool {
        match self {
            Self::Everything => true,
            Self::Main => on != On::Admin,
            Self::Admin => on != On::Main,
        }
    }
}

/// What an endpoint does for one method.
pub(crate) struct Operation {
    /// The method.
    pub(crate) method: &'static str,
    /// Its name for clients that are generated.
    pub(crate) id: &'static str,
    /// A sentence about it.
    pub(crate) summary: &'static str,
    /// What it takes besides the path and the body.
    pub(crate) parameters: &'static [Parameter],
    /// Whether it cares for the type of what it is sent (`@Consumes(APPLICATION_JSON)`).
    pub(crate) consumes_json: bool,
    /// The body it reads, which is JSON.
    pub(crate) body: Option<Shape>,
    /// The type of its answers; clients that do not take it get 406.
    pub(crate) produces: &'static str,
    /// The statuses of its own answers. Those that any endpoint may give come on top.
    pub(crate) answers: &'static [(u16, Content)],
    /// Kept out of the description: for other workers (`@Operation(hidden = true)`).
    pub(crate) hidden: bool,
    /// The function.
    pub(crate) run: Answering,
}

/// What a status comes with.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// No body.
    Nothing,
    /// An entity.
    Json(Shape),
    /// The page that Jetty shows, in the type that the client likes best.
    Jetty,
    /// A text of the type that the operation produces, and what it says.
    Text(&'static str),
}

const GET: Operation = Operation {
    method: "GET",
    id: "",
    summary: "",
    parameters: &[],
    consumes_json: true,
    body: None,
    produces: "application/json",
    answers: &[],
    hidden: false,
    run: |_| Box::pin(async { Err(HerderError::not_found("HTTP 404 Not Found")) }),
};
const POST: Operation = Operation { method: "POST", ..GET };
const PUT: Operation = Operation { method: "PUT", ..GET };
const PATCH: Operation = Operation { method: "PATCH", ..GET };
const DELETE: Operation = Operation { method: "DELETE", ..GET };

/// Something that a query or a header says.
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: &'static str,
    /// `query` or `header`.
    pub(crate) place: &'static str,
    /// Its values.
    pub(crate) shape: Shape,
    /// What it does.
    pub(crate) about: &'static str,
}

/// Do not send again what has not changed.
const IF_NONE_MATCH: Parameter = Parameter {
    name: "If-None-Match",
    place: "header",
    shape: of::<String>,
    about: "The ETag of an earlier answer: 304 if nothing has changed since.",
};
/// Do not change what somebody else has changed.
const IF_MATCH: Parameter = Parameter {
    name: "If-Match",
    place: "header",
    shape: of::<String>,
    about: "The ETag of the connector or of its configuration as it was read: 412 if the configuration is another by now.",
};
/// 304: the client has it already.
const UNCHANGED: (u16, Content) = (304, Content::Nothing);

/// A name in a path: Jetty refuses control characters there.
fn name(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({"type": "string", "minLength": 1, "pattern": "^[^\\u0000-\\u001f\\u007f]+$"})
}

/// A parameter that is part of a path: its name in templates, what it is, and its type.
pub(crate) const PARTS: &[(&str, &str, Shape)] = &[
    ("connector", "Name of a connector, percent-encoded.", name),
    ("task", "Number of a task, from 0.", of::<u32>),
    (
        "logger",
        "Name of a logger: a Java class or package, root, or connector.NAME and connector.NAME.task.N for what is \
         logged in the name of a connector or task.",
        name,
    ),
    ("plugin", "Class of a plugin, in full or by its simple name or alias.", name),
];

/// The schema of an entity; the entity's own definition, so it is written once.
pub(crate) fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// An answer that says why not (`ErrorMessage`).
pub(crate) const ERROR: Content = Content::Json(of::<ErrorBody<'static>>);
/// 204 and nothing.
const DONE: (u16, Content) = (204, Content::Nothing);
/// 202 and nothing: it will happen.
const ACCEPTED: (u16, Content) = (202, Content::Nothing);

/// All endpoints.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    [worker::ROUTES, connectors::ROUTES, plugins::ROUTES, admin::ROUTES].into_iter().flatten()
}

/// What a path chose: the parts that a template leaves open, by their names.
pub(crate) type Parts = Vec<(&'static str, String)>;

/// The endpoint that `path`, as sent, names, with the parts of the path that the request chose.
pub(crate) fn find(path: &str, serves: Serves) -> Result<(&'static Route, Parts), BadPath> {
    let segments = path::segments(path)?;
    let matching = |route: &'static Route| route.matching(&segments).map(|parts| (route, parts));
    all().filter(|route| serves.has(route.on)).find_map(matching).ok_or(BadPath::Unknown)
}

impl Route {
    fn matching(&self, segments: &[Segment]) -> Option<Parts> {
        let mut parts = Vec::new();
        let mut wanted = self.template.split('/').filter(|part| !part.is_empty());
        for segment in segments {
            let wanted = wanted.next()?;
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => parts.push((name, segment.decoded.clone())),
                None if wanted != segment.raw => return None,
                None => {}
            }
        }
        wanted.next().is_none().then_some(parts)
    }

    /// What it does for a method; HEAD is answered as GET is.
    pub(crate) fn operation(&self, method: &str) -> Option<&'static Operation> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.operations.iter().find(|operation| operation.method == method)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn found(path: &str) -> Result<(&'static str, Parts), BadPath> {
        find(path, Serves::Everything).map(|(route, parts)| (route.template, parts))
    }

    #[test]
    fn finds_what_a_path_names() {
        let connector = |name: &str| ("connector", name.to_owned());
        let cases = [
            ("", "/", vec![]),
            ("/", "/", vec![]),
            ("/connectors/", "/connectors", vec![]),
            ("/connectors/a;x=1/status", "/connectors/{connector}/status", vec![connector("a")]),
            ("/connectors/a%2Fb%20c", "/connectors/{connector}", vec![connector("a/b c")]),
            (
                "/connectors/a+b/tasks/07/status",
                "/connectors/{connector}/tasks/{task}/status",
                vec![connector("a+b"), ("task", "07".to_owned())],
            ),
            (
                "/connectors/gr%C3%BCn/topics/reset",
                "/connectors/{connector}/topics/reset",
                vec![connector("grün")],
            ),
        ];
        for (path, template, parts) in cases {
            assert_eq!(found(path), Ok((template, parts)), "{path}");
        }
        for path in ["/nope", "/connectors/a/nope", "/connectors/a/config/b", "/%63onnectors"] {
            assert_eq!(found(path), Err(BadPath::Unknown), "{path}");
        }
    }

    #[test]
    fn a_location_leads_back() {
        for name in ["a", "a/b;c?d#e%f%20g[é]+&=:@$,\"", "sp ace", "😀"] {
            let (template, parts) = found(&format!("/connectors/{}", path::encode(name))).unwrap();
            assert_eq!((template, parts), ("/connectors/{connector}", vec![("connector", name.to_owned())]));
        }
        assert_eq!(path::encode("sp ace:@é"), "sp%20ace:@%C3%A9");
    }

    #[test]
    fn the_rows_are_consistent() {
        let (mut templates, mut ids) = (BTreeSet::new(), BTreeSet::new());
        for route in all() {
            assert!(templates.insert(route.template), "{} twice", route.template);
            for part in route.template.split('/').filter_map(|part| part.strip_prefix('{')) {
                let name = part.trim_end_matches('}');
                assert!(PARTS.iter().any(|(known, ..)| *known == name), "{name} is not described");
            }
            for method in route.methods.iter().filter(|method| **method != "OPTIONS") {
                assert!(route.operation(method).is_some(), "{} has no {method}", route.template);
            }
            for operation in route.operations {
                assert!(route.methods.contains(&operation.method), "{} {}", operation.method, route.template);
                assert!(ids.insert(operation.id), "{} twice", operation.id);
                assert!(operation.summary.ends_with('.'), "{} has no sentence", operation.id);
            }
        }
    }

    #[test]
    fn listeners_serve_what_is_meant_for_them() {
        let served = |serves: Serves| [On::Main, On::Admin, On::Both].map(|on| serves.has(on));
        assert_eq!(served(Serves::Everything), [true, true, true]);
        assert_eq!(served(Serves::Main), [true, false, true]);
        assert_eq!(served(Serves::Admin), [false, true, true]);
    }
}
