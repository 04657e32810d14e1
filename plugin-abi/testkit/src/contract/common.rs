//! Checks for sources and sinks alike.

use std::sync::Arc;

use ferry_plugin_abi::api::{Factory, SinkContext, SourceContext};
use ferry_plugin_abi::config::{ConfigMap, DefaultValue};
use ferry_plugin_abi::{ErrorKind, Result};

use super::Run;
use crate::{FakeHost, SinkHarness, SourceHarness};

/// For subjects that need none.
#[doc(hidden)]
pub fn no_config() -> ConfigMap {
    ConfigMap::new()
}

/// Starts connector and first task; what comes back ends them.
fn start(run: &Run<'_>, host: &Arc<FakeHost>, config: &ConfigMap) -> Result<Box<dyn FnOnce() -> Result<()>>> {
    Ok(match run.class.factory {
        Factory::Source { .. } => {
            let harness = SourceHarness::start(run.class, host, config)?;
            Box::new(move || harness.stop())
        }
        _ => {
            let harness = SinkHarness::start(run.class, host, config)?;
            Box::new(move || harness.stop())
        }
    })
}

/// Users read what a class and its keys do: all of it is documented.
pub fn describes_its_keys(run: &mut Run<'_>) {
    run.saw((&run.class.class, &run.class.version, run.class.kind(), &run.class.documentation));
    assert!(!run.class.documentation.is_empty(), "the class has no description: write a doc comment");
    for key in run.class.config.keys() {
        assert!(!key.documentation.is_empty(), "{} has no documentation", key.name);
    }
    run.saw(&run.class.config);
}

/// Each required key that is missing is named, as a fault of the configuration.
pub fn names_what_is_missing(run: &mut Run<'_>) {
    let required: Vec<String> = run
        .class
        .config
        .keys()
        .iter()
        .filter(|key| key.default == DefaultValue::Required)
        .map(|key| key.name.clone())
        .collect();
    for key in required {
        let mut config = run.config.clone();
        config.remove(&key);
        let Err(error) = start(run, &FakeHost::new(), &config).map(drop) else {
            panic!("{key} is required, but all starts without it");
        };
        assert_eq!(error.kind(), ErrorKind::Config, "without {key}: {error}");
        assert!(error.message().contains(&key), "the error does not name {key}: {error}");
        run.saw(&error);
    }
}

/// Other keys belong to the framework or are meant for nobody: they are no fault.
pub fn ignores_unknown_keys(run: &mut Run<'_>) {
    let mut config = run.config.clone();
    config.insert("testkit.unknown.key", "x");
    let outcome = start(run, &FakeHost::new(), &config).and_then(|stop| stop());
    assert_eq!(outcome, Ok(()), "an unknown key must be ignored");
}

/// `taskConfigs` keeps to its maximum and has a task at all.
pub fn has_at_most_as_many_tasks_as_wanted(run: &mut Run<'_>) {
    for max in [1, 3] {
        let host = FakeHost::new();
        let configs = match run.class.factory {
            Factory::Source { .. } => {
                SourceHarness::new(run.class, &host).and_then(|mut h| h.task_configs(&run.config, max))
            }
            _ => SinkHarness::new(run.class, &host).and_then(|mut h| h.task_configs(&run.config, max)),
        };
        let configs = configs.unwrap_or_else(|error| panic!("no task configurations: {error}"));
        assert!((1..=max).contains(&configs.len()), "{} tasks where at most {max} are wanted", configs.len());
        run.saw(
            configs
                .iter()
                .map(|c| c.iter().map(|(k, v)| format!("{k}={v}")).collect())
                .collect::<Vec<Vec<_>>>(),
        );
    }
}

/// A task that was not started says so; it does not panic.
pub fn calls_before_start_fail(run: &mut Run<'_>) {
    let host = FakeHost::new();
    let error = match run.class.factory {
        Factory::Source { .. } => {
            SourceHarness::new(run.class, &host).and_then(|mut h| h.task().poll().map(drop))
        }
        _ => {
            let partition = super::sink::partition(0);
            SinkHarness::new(run.class, &host).and_then(|mut h| h.put(&partition, 0, &["x"]))
        }
    };
    let error = error.expect_err("a task that was not started cannot work");
    assert_ne!(error.kind(), ErrorKind::Panic, "{error}");
    run.saw(&error);
}

/// `stop` is for tasks that never started, too, and may come twice.
pub fn stops_twice_and_unstarted(run: &mut Run<'_>) {
    let host = FakeHost::new();
    host.set_stopping(true);
    for started in [false, true] {
        let outcome = match run.class.factory {
            Factory::Source { .. } => SourceHarness::new(run.class, &host).and_then(|mut harness| {
                if started {
                    harness.task().start(SourceContext::new(host.clone()), &run.config)?;
                }
                harness.task().stop()?;
                harness.task().stop()
            }),
            _ => SinkHarness::new(run.class, &host).and_then(|mut harness| {
                if started {
                    harness.task().start(SinkContext::new(host.clone()), &run.config)?;
                }
                harness.task().stop()?;
                harness.task().stop()
            }),
        };
        assert_eq!(outcome, Ok(()), "stop, twice, started: {started}");
    }
}
