//! `ferry lint`: what is wrong with configurations, found without a worker.

mod across;
mod allow;
mod chain;
mod complaint;
mod connector;
mod finding;
mod habits;
mod read;
pub mod rule;
mod subject;
mod worker;
mod written;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ferry_config::ConfigMap;
use ferry_config::suggest::nearest_file;
use ferry_config::worker as worker_config;
use ferry_plugin_abi::api::ClassKind;
use ferry_plugins::Registry;
use ferry_runtime::environment::Environment;

pub use complaint::key_of;
pub use finding::{Counts, File, Finding, Related, Report};
use read::{Read, Role};
use rule::Level;
use subject::Subject;

use crate::offline;

/// Finds the plugins of a worker whose file says this.
pub type Plugins<'a> = &'a dyn Fn(&ConfigMap) -> Result<Arc<dyn Registry>, String>;

/// What to look at, and how.
pub struct Request<'a> {
    /// Files and folders; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// The worker that connectors are checked for; otherwise the one among the inputs, or one with default settings.
    pub worker: Option<PathBuf>,
    /// `plugin.path`, whatever the worker file says.
    pub plugin_path: Option<String>,
    /// Whether config providers are asked.
    pub resolve: bool,
    /// Rules that are switched off.
    pub allow: Vec<String>,
    /// Rules that are errors; `warnings`: all warnings are.
    pub deny: Vec<String>,
    /// Finds plugins.
    pub plugins: Plugins<'a>,
}

/// The worker that connectors are checked for.
pub struct Bench {
    /// Its settings and plugins.
    env: Environment,
    /// Whether it comes from a file.
    worker_is_known: bool,
    /// Its config providers, where it comes from a file.
    providers: Option<Vec<String>>,
    /// Whether they are asked.
    resolve: bool,
}

/// Looks at everything.
///
/// # Errors
/// The plugins of the worker cannot be looked for.
pub fn run(request: &Request<'_>) -> Result<Report, String> {
    let mut report = Report::default();
    let mut reads: Vec<Read> = Vec::new();
    for input in &request.inputs {
        for (path, named) in files_of(input, &mut report.unreadable) {
            match bytes_of(&path) {
                Ok(bytes) => reads.push(read::read(&name_of(&path), bytes, reads.len(), named)),
                Err(error) => report.unreadable.push(error),
            }
        }
    }
    let mut findings: Vec<Finding> =
        reads.iter_mut().flat_map(|read| std::mem::take(&mut read.findings)).collect();
    let subjects = || reads.iter().flat_map(|read| &read.subjects);
    let of = |wanted: Role| subjects().filter(move |(role, _)| *role == wanted).map(|(_, subject)| subject);
    for (_, subject) in subjects() {
        written::check(subject, &mut findings);
    }
    for subject in of(Role::Worker) {
        check_worker(request, subject, &mut findings)?;
    }
    let given = match &request.worker {
        Some(path) => match read_worker(path) {
            Ok(settings) => Some(settings),
            Err(error) => {
                report.unreadable.push(error);
                None
            }
        },
        None => of(Role::Worker).next().map(|subject| subject.config().0),
    };
    let connectors: Vec<&Subject> = of(Role::Connector).collect();
    if !connectors.is_empty() {
        let bench = bench(request, given)?;
        let looked: Vec<_> =
            connectors.iter().map(|subject| connector::check(&bench, subject, &mut findings)).collect();
        let all: Vec<_> = connectors
            .iter()
            .zip(&looked)
            .map(|(subject, looked)| across::Connector { subject, looked })
            .collect();
        across::check(&all, &mut findings);
    }
    let allowed: Vec<_> = reads.iter().flat_map(|read| &read.allowed).cloned().collect();
    report.findings = judged(request, &allowed, findings);
    report.files = reads.into_iter().map(|read| read.file).collect();
    hide_found_secrets(&mut report);
    Ok(report)
}

/// What is left after the user's say, in the order of files and places.
fn judged(request: &Request<'_>, allowed: &[allow::Allowed], findings: Vec<Finding>) -> Vec<Finding> {
    let off = |finding: &Finding| {
        request.allow.iter().any(|id| id == finding.rule.id)
            || allowed.iter().any(|allowed| allowed.covers(finding))
    };
    let mut left: Vec<Finding> = Vec::new();
    for mut finding in findings {
        let denied = request
            .deny
            .iter()
            .any(|id| id == finding.rule.id || (id == "warnings" && finding.level == Level::Warning));
        if denied {
            finding.level = Level::Error;
        }
        if !off(&finding) && !left.contains(&finding) {
            left.push(finding);
        }
    }
    left.sort_by_key(|finding| (finding.file, finding.at.at, finding.rule.level, finding.rule.id));
    left
}

/// Values that a plugin defines as secrets are not shown either when their line is.
fn hide_found_secrets(report: &mut Report) {
    for finding in report.findings.iter().filter(|finding| finding.rule.id == rule::PLAIN_SECRET.id) {
        report.files[finding.file].hidden.push(finding.at);
    }
}

fn check_worker(request: &Request<'_>, subject: &Subject, findings: &mut Vec<Finding>) -> Result<(), String> {
    let before = findings.len();
    worker::check_definitions(subject, request.resolve, findings);
    let mut raw = subject.config().0;
    if let Some(path) = &request.plugin_path {
        raw.insert("plugin.path", path);
    }
    let raw = offline::usable(raw);
    let registry = (request.plugins)(&raw)?;
    let find = |class: &str| registry.resolve(ClassKind::ConfigProvider, class, None).ok();
    let mut sentences = Vec::new();
    let config =
        offline::configured(raw, request.resolve, &find, |sentence| sentences.push(sentence.to_owned()));
    for sentence in sentences {
        let refers = complaint::key_of(&sentence)
            .and_then(|key| subject.setting(key))
            .is_some_and(subject::Setting::refers);
        let said = findings[before..].iter().any(|finding| finding.message == sentence);
        if !said && (request.resolve || !refers) {
            findings.push(complaint::said(subject, &sentence));
        }
    }
    worker::check(subject, &config?, &*registry, findings);
    Ok(())
}

/// The worker that connectors are checked for, of the settings of its file.
fn bench(request: &Request<'_>, given: Option<ConfigMap>) -> Result<Bench, String> {
    let worker_is_known = given.is_some();
    let settings = given.unwrap_or_default();
    let providers = worker_is_known.then(|| {
        let names = settings.get("config.providers").unwrap_or_default().split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    });
    let path = request.plugin_path.as_deref();
    let (config, registry) = offline::worker(settings, path, request.resolve, request.plugins)?;
    let env = Environment::offline(config, registry);
    Ok(Bench { env, worker_is_known, providers, resolve: request.resolve })
}

fn read_worker(path: &Path) -> Result<ConfigMap, String> {
    worker_config::read_raw(path).map_err(|error| error.to_string())
}

/// The files that an input stands for, and whether the user named them.
fn files_of(input: &Path, unreadable: &mut Vec<String>) -> Vec<(PathBuf, bool)> {
    if input == Path::new("-") || !input.is_dir() {
        return vec![(input.to_owned(), true)];
    }
    let mut found = Vec::new();
    let mut folders = vec![input.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                unreadable.push(format!("{}: {error}", folder.display()));
                continue;
            }
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            // A link to a folder may lead back into it.
            let is_folder = path.is_dir() && !path.is_symlink();
            if is_folder && !hidden {
                folders.push(path);
            } else if ["properties", "json"].contains(&ending) && !path.is_dir() {
                found.push((path, false));
            }
        }
    }
    found.sort();
    found
}

fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        return "<stdin>".to_owned();
    }
    path.strip_prefix("./").unwrap_or(path).display().to_string()
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin().read_to_end(&mut bytes).map(|_| bytes),
        false => std::fs::read(path),
    };
    read.map_err(|error| {
        let meant = if path.exists() { None } else { nearest_file(path) };
        let meant = meant.map(|meant| format!("; did you mean {}?", name_of(&meant))).unwrap_or_default();
        format!("{}: {error}{meant}", name_of(path))
    })
}
