//! `ferry standalone`: a worker by itself, from start to the last signal.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use ferry_config::json::JsonConfig;
use ferry_config::providers::Secrets;
use ferry_config::suggest::did_you_mean;
use ferry_config::worker::{self, LogFormat};
use ferry_config::{WorkerConfig, connector_file, secret};
use ferry_plugin_abi::api::ClassKind;
use ferry_plugins::{PluginRegistry, Registry};
use ferry_rest::Sockets;
use ferry_runtime::environment::Environment;
use ferry_runtime::executor::ThreadExecutor;
use ferry_runtime::herder::{Herder, Identity, StandaloneHerder, Write};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{CONFIG, CONNECTOR, Standalone};
use crate::{lint, logging, memory, wiring};

/// Why a worker ended before a signal told it to, and with which exit code.
struct Failure {
    code: u8,
    message: String,
    /// The connector's file that is at fault.
    file: Option<PathBuf>,
}

impl Failure {
    fn config(error: impl std::fmt::Display) -> Self {
        Self { code: CONFIG, message: error.to_string(), file: None }
    }
    fn connector(file: &Path, message: String) -> Self {
        Self { code: CONNECTOR, message, file: Some(file.to_owned()) }
    }
}

/// Runs the worker until SIGTERM or SIGINT.
pub fn run(options: &Standalone) -> ExitCode {
    let started = Instant::now();
    let (worker, plugins) = match prepare(options) {
        Ok(prepared) => prepared,
        Err(Failure { code, message, .. }) => {
            // Plainly: it is what the user looks at, and the log may not have begun.
            eprintln!("ferry: {message}");
            eprint!("{}", lint::errors_of(&options.worker, None));
            return code.into();
        }
    };
    let json = options.log_json || worker.log_format == LogFormat::Json;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let ended = runtime.map_err(Failure::config).and_then(|runtime| {
        let ended = runtime.block_on(serve(worker, plugins, options, started));
        // A plugin's call that never returns must not keep the process.
        runtime.shutdown_background();
        ended
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code, message, file }) => {
            tracing::error!(cause = message, "stopping due to error");
            // Line, key and mend, where the log is for people.
            if let Some(file) = file.filter(|_| !json) {
                eprint!("{}", lint::errors_of(&file, Some(&options.worker)));
            }
            code.into()
        }
    }
}

/// Reads the worker file and starts the log. Plugins are looked for first: a config provider may be one.
fn prepare(options: &Standalone) -> Result<(WorkerConfig, Arc<PluginRegistry>), Failure> {
    let file = &options.worker;
    let raw = worker::read_raw(file).map_err(Failure::config)?;
    let format = if options.log_json { LogFormat::Json } else { worker::log_format(&raw) };
    let secrets = Arc::<Secrets>::default();
    logging::start(format, options.verbose, secrets.clone());
    let in_file = |error: &dyn std::fmt::Display| Failure::config(format!("{}: {error}", file.display()));
    let plugins = wiring::plugins(&raw).map_err(|error| in_file(&error))?;
    let provider = |class: &str| plugins.resolve(ClassKind::ConfigProvider, class, None).ok();
    let worker = WorkerConfig::new(raw, &provider, secrets).map_err(|error| in_file(&error))?;
    Ok((worker, plugins))
}

async fn serve(
    worker: WorkerConfig,
    plugins: Arc<PluginRegistry>,
    options: &Standalone,
    started: Instant,
) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::config)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::config)?;
    for warning in &worker.warnings {
        tracing::warn!(file = %options.worker.display(), "{warning}");
    }
    tracing::debug!(settings = secret::dump(worker.raw.iter()), "worker configuration");
    tokio::spawn(memory::give_back());
    let sockets = Sockets::open(&worker.rest).await.map_err(Failure::config)?;
    let worker_id = sockets.worker_id();
    let (urls, advertised) = (sockets.urls(), sockets.advertised_url());
    let server = sockets.start();
    let environment = wiring::environment(worker, plugins).map_err(Failure::config)?;
    let executor_environment = environment.clone();
    let herder = StandaloneHerder::new(environment.clone(), identity(worker_id), |listener| {
        Arc::new(ThreadExecutor::new(executor_environment, listener))
    });
    server.serve(herder.clone());
    for url in urls {
        tracing::info!(url, advertised, after_ms = started.elapsed().as_millis(), "rest listens");
    }
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    };
    tokio::pin!(stop);
    let created = tokio::select! {
        created = create_connectors(&herder, environment, options) => created.map(|()| None),
        signal = &mut stop => Ok(Some(signal)),
    };
    let ended = match created {
        Ok(stopped) => {
            herder.set_ready();
            tracing::info!(after_ms = started.elapsed().as_millis(), "kafka connect started");
            let signal = match stopped {
                Some(signal) => signal,
                None => stop.await,
            };
            tracing::info!(signal, "stopping");
            Ok(())
        }
        Err(failure) => Err(failure),
    };
    herder.end_streams();
    server.stop().await;
    herder.shutdown().await;
    if ended.is_ok() {
        tracing::info!("kafka connect stopped");
    }
    ended
}

fn identity(worker_id: String) -> Identity {
    Identity {
        version: COMPATIBLE.to_owned(),
        commit: format!("ferry-{}", env!("CARGO_PKG_VERSION")),
        worker_id,
    }
}

/// The Kafka release whose behaviour this worker has: what clients that look at `GET /` need to know.
const COMPATIBLE: &str = "4.3.1";

/// The worker's own converters, which no connector can do without.
fn check_converters(environment: &Environment) -> Result<(), Failure> {
    let worker = &environment.worker;
    for (key, kind, converter) in [
        ("key.converter", ClassKind::Converter, &worker.key_converter),
        ("value.converter", ClassKind::Converter, &worker.value_converter),
        ("header.converter", ClassKind::HeaderConverter, &worker.header_converter),
    ] {
        if environment.resolve(kind, &converter.class, converter.version.as_deref()).is_err() {
            let class = &converter.class;
            let known = environment.registry.list(false);
            let known = known.iter().filter(|plugin| plugin.kind == kind).map(|plugin| plugin.class.as_str());
            let hint = did_you_mean(class, known)
                .unwrap_or_else(|| "`ferry plugins list --all` shows those that can be".to_owned());
            return Err(Failure::config(format!(
                "Invalid value {class} for configuration {key}: Class {class} could not be found. ({hint})"
            )));
        }
    }
    Ok(())
}

/// What can be run, for who reads the log.
fn tell_plugins(environment: &Environment) {
    let connectors: Vec<_> = environment.registry.list(true);
    let names: Vec<_> = connectors.iter().map(|p| format!("{} {}", p.class, p.version)).collect();
    tracing::info!(
        connectors = names.join(", "),
        others = environment.registry.list(false).len() - connectors.len(),
        refused = environment.registry.refusals().len(),
        "plugins found"
    );
}

async fn create_connectors(
    herder: &StandaloneHerder,
    environment: Arc<Environment>,
    options: &Standalone,
) -> Result<(), Failure> {
    // Looking for a class may wait for files that are being looked at.
    let checked = tokio::task::spawn_blocking(move || {
        check_converters(&environment)?;
        tell_plugins(&environment);
        Ok(())
    })
    .await;
    checked.map_err(Failure::config)??;
    for file in &options.connectors {
        let request =
            connector_file::read(file).map_err(|error| Failure::connector(file, error.to_string()))?;
        let name = request.name;
        let config = JsonConfig { config: request.config, nulls: request.nulls };
        herder.put_config(&name, config, Write::Create(request.initial_state)).await.map_err(|error| {
            Failure::connector(file, format!("connector file {}: {}", file.display(), error.message))
        })?;
        tracing::info!(connector = name, file = %file.display(), "created connector");
    }
    Ok(())
}
