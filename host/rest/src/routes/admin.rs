//! What operators of the worker itself need (`LoggingResource`).

use std::collections::BTreeMap;

use ferry_runtime::herder::LoggerLevel;

use super::{Content, ERROR, GET, On, Operation, PUT, Parameter, READ, Route, of};
use crate::api::loggers;
use crate::body::LevelMap;

pub(super) const ROUTES: &[Route] = &[
    Route {
        template: "/admin/loggers",
        on: On::Admin,
        operations: &[Operation {
            id: "listLoggers",
            summary: "The levels of all loggers that are not off.",
            answers: &[(200, Content::Json(of::<BTreeMap<String, LoggerLevel>>))],
            run: |call| Box::pin(loggers::list(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/admin/loggers/{logger}",
        methods: &["HEAD", "GET", "OPTIONS", "PUT"],
        on: On::Admin,
        operations: &[
            Operation {
                id: "getLogger",
                summary: "The level of a logger.",
                answers: &[(200, Content::Json(of::<LoggerLevel>)), (404, ERROR)],
                run: |call| Box::pin(loggers::get(call)),
                ..GET
            },
            Operation {
                id: "setLevel",
                summary: "Sets the level of a logger and of all below it; answers with the names of those that changed.",
                parameters: &[Parameter {
                    name: "scope",
                    place: "query",
                    shape: of::<String>,
                    about: "worker, which is the default, or cluster (KIP-976): then the answer is 204 and empty.",
                }],
                body: Some(of::<LevelMap>),
                answers: &[
                    (200, Content::Json(of::<Vec<String>>)),
                    (204, Content::Nothing),
                    (400, ERROR),
                    (404, ERROR),
                ],
                run: |call| Box::pin(loggers::set(call)),
                ..PUT
            },
        ],
    },
];
