//! The plugins of the worker (`ConnectorPluginsResource`).

use ferry_config::validate::ConfigInfos;
use ferry_plugin_abi::config::ConfigKeyInfo;
use ferry_runtime::herder::{DryRun, PluginInfo};

use super::{ACT, Content, ERROR, GET, Operation, PUT, Parameter, READ, Route, of};
use crate::api::plugins;
use crate::body::Config;

pub(super) const ROUTES: &[Route] = &[
    Route {
        template: "/connector-plugins",
        operations: &[Operation {
            id: "listConnectorPlugins",
            summary: "The connectors that are installed, or all plugins.",
            parameters: &[Parameter {
                name: "connectorsOnly",
                place: "query",
                shape: of::<bool>,
                about: "Whether to leave out converters, transforms and predicates; true by default.",
            }],
            answers: &[(200, Content::Json(of::<Vec<PluginInfo>>))],
            run: |call| Box::pin(plugins::list(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/connector-plugins/{plugin}/config",
        operations: &[Operation {
            id: "getConnectorConfigDef",
            summary: "What can be configured of a plugin.",
            parameters: &[Parameter {
                name: "version",
                place: "query",
                shape: of::<String>,
                about: "A version or a range of versions as Maven writes them; the latest by default (KIP-891).",
            }],
            answers: &[(200, Content::Json(of::<Vec<ConfigKeyInfo>>)), (400, ERROR), (404, ERROR)],
            run: |call| Box::pin(plugins::config(call)),
            ..GET
        }],
        ..READ
    },
    Route {
        template: "/connector-plugins/{plugin}/config/validate",
        operations: &[Operation {
            id: "validateConfigs",
            summary: "What is wrong with a configuration; 200 also if something is.",
            body: Some(of::<Config>),
            answers: &[(200, Content::Json(of::<ConfigInfos>)), (400, ERROR)],
            run: |call| Box::pin(plugins::validate(call)),
            ..PUT
        }],
        ..ACT
    },
    Route {
        template: "/connector-plugins/{plugin}/config/dry-run",
        operations: &[Operation {
            id: "dryRun",
            summary: "Tries a configuration with one record and leaves nothing behind; 200 also if it fails.",
            parameters: &[Parameter {
                name: "timeout",
                place: "query",
                shape: of::<u64>,
                about: "Milliseconds it may take: 30000 by default and 90000 at most.",
            }],
            body: Some(of::<Config>),
            answers: &[(200, Content::Json(of::<DryRun>)), (400, ERROR)],
            run: |call| Box::pin(plugins::dry_run(call)),
            ..PUT
        }],
        ..ACT
    },
];
