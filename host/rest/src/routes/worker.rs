//! The worker itself (`RootResource`), and what describes its REST API.

use ferry_runtime::herder::ServerInfo;
use ferry_runtime::metrics::text::CONTENT_TYPE;

use super::{Content, ERROR, GET, On, Operation, READ, Route, of};
use crate::api::root;
use crate::openapi;

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
];
