//! Connectors, their tasks, topics and offsets (`ConnectorsResource`).

use ferry_runtime::herder::{
    ActiveTopics, ConnectorInfo, ConnectorOffsets, ConnectorStateInfo, Message, TaskInfo, TaskState,
};

use super::{
    ACCEPTED, ACT, Content, DELETE, DONE, ERROR, GET, IF_MATCH, IF_NONE_MATCH, Operation, PATCH, POST, PUT,
    Parameter, READ, Route, UNCHANGED, of,
};
use crate::api::{connectors, offsets, tap};
use crate::body::{Config, CreateConnector, Patch};
use crate::sse;

const CONNECTOR: Content = Content::Json(of::<ConnectorInfo>);
const STATE: Content = Content::Json(of::<ConnectorStateInfo>);
const MESSAGE: Content = Content::Json(of::<Message>);

pub(super) const ROUTES: &[Route] = &[
    Route {
        template: "/connectors",
        methods: &["HEAD", "POST", "GET", "OPTIONS"],
        operations: &[
            Operation {
                id: "listConnectors",
                summary: "The names of all connectors; with expand, an object of what is asked for by name.",
                parameters: &[Parameter {
                    name: "expand",
                    place: "query",
                    shape: of::<Vec<String>>,
                    about: "What to add to each name: status, info, or both in two parameters. Others add nothing.",
                }],
                answers: &[(200, Content::Json(of::<connectors::Listing>))],
                run: |call| Box::pin(connectors::list(call)),
                ..GET
            },
            Operation {
                id: "createConnector",
                summary: "Creates a connector, running, paused or stopped (KIP-980).",
                body: Some(of::<CreateConnector>),
                answers: &[(201, CONNECTOR), (400, ERROR), (409, ERROR)],
                run: |call| Box::pin(connectors::create(call)),
                ..POST
            },
        ],
        ..READ
    },
    Route {
        template: "/connectors/{connector}",
        methods: &["HEAD", "DELETE", "GET", "OPTIONS"],
        operations: &[
            Operation {
                id: "getConnector",
                summary: "A connector: its configuration, tasks and type.",
                parameters: &[IF_NONE_MATCH],
                answers: &[(200, CONNECTOR), UNCHANGED, (404, ERROR)],
                run: |call| Box::pin(connectors::get(call)),
                ..GET
            },
            Operation {
                id: "destroyConnector",
                summary: "Ends a connector and forgets it; its offsets stay.",
                parameters: &[IF_MATCH],
                answers: &[DONE, (404, ERROR), (409, ERROR), (412, ERROR)],
                run: |call| Box::pin(connectors::delete(call)),
                ..DELETE
            },
        ],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/config",
        methods: &["HEAD", "GET", "OPTIONS", "PUT", "PATCH"],
        operations: &[
            Operation {
                id: "getConnectorConfig",
                summary: "The configuration of a connector as the user wrote it.",
                parameters: &[IF_NONE_MATCH],
                answers: &[(200, Content::Json(of::<Config>)), UNCHANGED, (404, ERROR)],
                run: |call| Box::pin(connectors::config(call)),
                ..GET
            },
            Operation {
                id: "putConnectorConfig",
                summary: "Changes the configuration of a connector, or creates it.",
                body: Some(of::<Config>),
                parameters: &[IF_MATCH],
                answers: &[(200, CONNECTOR), (201, CONNECTOR), (400, ERROR), (409, ERROR), (412, ERROR)],
                run: |call| Box::pin(connectors::put_config(call)),
                ..PUT
            },
            Operation {
                id: "patchConnectorConfig",
                summary: "Changes some keys of a configuration; null removes a key (KIP-477).",
                body: Some(of::<Patch>),
                parameters: &[IF_MATCH],
                answers: &[(200, CONNECTOR), (400, ERROR), (404, ERROR), (409, ERROR), (412, ERROR)],
                run: |call| Box::pin(connectors::patch_config(call)),
                ..PATCH
            },
        ],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/status",
        operations: &[Operation {
            id: "getConnectorStatus",
            summary: "The states of a connector and its tasks.",
            answers: &[(200, STATE), (404, ERROR)],
            run: |call| Box::pin(connectors::status(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/tasks",
        methods: &["HEAD", "POST", "GET", "OPTIONS"],
        operations: &[
            Operation {
                id: "getTaskConfigs",
                summary: "The tasks of a connector with their configurations.",
                answers: &[(200, Content::Json(of::<Vec<TaskInfo>>)), (404, ERROR)],
                run: |call| Box::pin(connectors::tasks(call)),
                ..GET
            },
            Operation {
                id: "putTaskConfigs",
                summary: "Takes the configurations of tasks from another worker.",
                consumes_json: false,
                body: Some(of::<Vec<Config>>),
                answers: &[DONE],
                hidden: true,
                run: |call| Box::pin(connectors::put_tasks(call)),
                ..POST
            },
        ],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/tasks/{task}/status",
        operations: &[Operation {
            id: "getTaskStatus",
            summary: "The state of a task.",
            answers: &[(200, Content::Json(of::<TaskState>)), (404, ERROR)],
            run: |call| Box::pin(connectors::task_status(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/tasks/{task}/restart",
        methods: &["POST", "OPTIONS"],
        operations: &[Operation {
            id: "restartTask",
            summary: "Stops and starts a task.",
            answers: &[DONE, (404, ERROR), (409, ERROR)],
            run: |call| Box::pin(connectors::restart_task(call)),
            ..POST
        }],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/restart",
        methods: &["POST", "OPTIONS"],
        operations: &[Operation {
            id: "restartConnector",
            summary: "Stops and starts a connector, and its tasks if told (KIP-745).",
            parameters: &[
                Parameter {
                    name: "includeTasks",
                    place: "query",
                    shape: of::<bool>,
                    about: "Whether to restart the tasks too; false by default.",
                },
                Parameter {
                    name: "onlyFailed",
                    place: "query",
                    shape: of::<bool>,
                    about: "Whether to restart only what has failed; false by default.",
                },
            ],
            answers: &[DONE, (202, STATE), (404, ERROR), (409, ERROR)],
            run: |call| Box::pin(connectors::restart(call)),
            ..POST
        }],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/pause",
        operations: &[Operation {
            id: "pauseConnector",
            summary: "Pauses a connector and its tasks.",
            answers: &[ACCEPTED, (404, ERROR)],
            run: |call| Box::pin(connectors::pause(call)),
            ..PUT
        }],
        ..ACT
    },
    Route {
        template: "/connectors/{connector}/resume",
        operations: &[Operation {
            id: "resumeConnector",
            summary: "Lets a paused or stopped connector run.",
            answers: &[ACCEPTED, (404, ERROR)],
            run: |call| Box::pin(connectors::resume(call)),
            ..PUT
        }],
        ..ACT
    },
    Route {
        template: "/connectors/{connector}/stop",
        operations: &[Operation {
            id: "stopConnector",
            summary: "Ends all tasks of a connector and stops it; its configuration stays (KIP-875).",
            answers: &[DONE, (404, ERROR), (409, ERROR)],
            run: |call| Box::pin(connectors::stop(call)),
            ..PUT
        }],
        ..ACT
    },
    Route {
        template: "/connectors/{connector}/topics",
        operations: &[Operation {
            id: "getConnectorActiveTopics",
            summary: "The topics a connector used since it was created or they were reset.",
            answers: &[(200, Content::Json(of::<ActiveTopics>)), (403, ERROR)],
            run: |call| Box::pin(connectors::topics(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/topics/reset",
        operations: &[Operation {
            id: "resetConnectorActiveTopics",
            summary: "Forgets the topics a connector used.",
            answers: &[ACCEPTED, (403, ERROR)],
            run: |call| Box::pin(connectors::reset_topics(call)),
            ..PUT
        }],
        ..ACT
    },
    Route {
        template: "/connectors/{connector}/offsets",
        methods: &["HEAD", "DELETE", "GET", "OPTIONS", "PATCH"],
        operations: &[
            Operation {
                id: "getOffsets",
                summary: "The offsets of a connector (KIP-875).",
                answers: &[(200, Content::Json(of::<ConnectorOffsets>)), (404, ERROR)],
                run: |call| Box::pin(offsets::get(call)),
                ..GET
            },
            Operation {
                id: "alterConnectorOffsets",
                summary: "Changes offsets of a stopped connector; null resets a partition.",
                body: Some(of::<ConnectorOffsets>),
                answers: &[(200, MESSAGE), (400, ERROR), (404, ERROR), (409, ERROR)],
                run: |call| Box::pin(offsets::alter(call)),
                ..PATCH
            },
            Operation {
                id: "resetConnectorOffsets",
                summary: "Forgets all offsets of a stopped connector.",
                answers: &[(200, MESSAGE), (400, ERROR), (404, ERROR), (409, ERROR)],
                run: |call| Box::pin(offsets::reset(call)),
                ..DELETE
            },
        ],
        ..READ
    },
    Route {
        template: "/connectors/{connector}/fence",
        operations: &[Operation {
            id: "fenceZombies",
            summary: "Fences the producers of older tasks, for another worker.",
            consumes_json: false,
            answers: &[DONE],
            hidden: true,
            run: |call| Box::pin(connectors::fence(call)),
            ..PUT
        }],
        ..ACT
    },
    Route {
        template: "/connectors/{connector}/tap",
        operations: &[Operation {
            id: "tapConnector",
            summary: "Samples of the records that flow, after each stage of their way, as Server-Sent Events.",
            parameters: &[
                Parameter {
                    name: "stage",
                    place: "query",
                    shape: of::<String>,
                    about: "Only after this stage: poll, the alias of a transform or converter of a source; consume, \
                            converter, the alias of a transform or put of a sink. Without it, each record that is \
                            picked is shown after all of them.",
                },
                Parameter {
                    name: "task",
                    place: "query",
                    shape: of::<u32>,
                    about: "Only records of this task.",
                },
                Parameter {
                    name: "rate",
                    place: "query",
                    shape: of::<u32>,
                    about: "How many records a second are picked, 10 by default and 100 at most.",
                },
                Parameter {
                    name: "limit",
                    place: "query",
                    shape: of::<u32>,
                    about: "After how many events it ends; it goes on as long as the client stays by default.",
                },
            ],
            consumes_json: false,
            produces: sse::MEDIA,
            answers: &[
                (
                    200,
                    Content::Text(
                        "Events called record, each with a record as JSON; bytes are marked as base64.",
                    ),
                ),
                (400, ERROR),
                (403, ERROR),
                (404, ERROR),
            ],
            run: |call| Box::pin(tap::tap(call)),
            ..GET
        }],
        ..READ
    },
];
