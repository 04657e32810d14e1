//! The worker itself (`RootResource`), and what describes its REST API.

use ferry_runtime::herder::ServerInfo;
use ferry_runtime::metrics::text::CONTENT_TYPE;

use super::{Content, ERROR, GET, On, Operation, Parameter, READ, Route, of};
use crate::api::{events, root};
use crate::{docs, openapi, sse};

pub(super) const ROUTES: &[Route] = &[
    Route {
        template: "/",
        operations: &[Operation {
            id: "serverInfo",
            summary: "Version of the worker and the id of its Kafka cluster.",
            consumes_json: false,
            answers: &[(200, Content::Json(of::<ServerInfo>))],
            run: |call| Box::pin(root::info(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/health",
        operations: &[Operation {
            id: "healthCheck",
            summary: "Whether the worker has started and can answer (KIP-1017).",
            consumes_json: false,
            answers: &[
                (200, Content::Json(of::<root::WorkerStatus>)),
                (500, Content::Json(of::<root::Unhealthy>)),
                (503, Content::Json(of::<root::WorkerStatus>)),
            ],
            run: |call| Box::pin(root::health(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/metrics",
        on: On::Both,
        operations: &[Operation {
            id: "metrics",
            summary: "All that the worker measures, for Prometheus.",
            consumes_json: false,
            produces: CONTENT_TYPE,
            answers: &[(200, Content::Text("Prometheus' text format, version 0.0.4."))],
            run: |call| Box::pin(root::metrics(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/events",
        operations: &[Operation {
            id: "watchStatuses",
            summary: "The states of connectors and tasks, then each change as it happens, as Server-Sent Events.",
            parameters: &[Parameter {
                name: "connector",
                place: "query",
                shape: of::<String>,
                about: "Only what is about this connector, which need not be there yet.",
            }],
            consumes_json: false,
            produces: sse::MEDIA,
            answers: &[(
                200,
                Content::Text(
                    "Events called status, each with a StatusEvent as JSON; it ends with the worker.",
                ),
            )],
            run: |call| Box::pin(events::watch(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/openapi.json",
        on: On::Both,
        operations: &[Operation {
            id: "openApi",
            summary: "This description: all endpoints of this listener as OpenAPI 3.1.",
            consumes_json: false,
            answers: &[(200, Content::Json(of::<serde_json::Map<String, serde_json::Value>>)), (404, ERROR)],
            run: |call| Box::pin(openapi::answer(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/docs",
        on: On::Both,
        operations: &[Operation {
            id: "docs",
            summary: "The same as a page to read.",
            consumes_json: false,
            produces: docs::HTML,
            answers: &[(200, Content::Text("The page"))],
            run: |call| Box::pin(docs::answer(call)),
            ..GET
        }],
        ..READ
    },
];
