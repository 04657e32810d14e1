//! `ferry test`: unit tests of a connector's transforms, predicates and converters.

mod compare;
mod file;
mod fill;
pub mod report;
mod run;
mod seen;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ferry_config::connector::ConnectorConfig;
use ferry_config::properties::Place;
use ferry_config::suggest::nearest_file;
use ferry_config::{ConfigMap, ConnectorKind, connector_file, worker as worker_config};
use ferry_plugin_abi::api::ClassKind;
use ferry_runtime::environment::Environment;

use crate::lint::Plugins;
use crate::offline;
use crate::text::Fault;
pub use compare::Difference;
use file::{Test, TestFile};
use run::{Passage, Subject};

/// Which tests to run, and with which plugins.
pub struct Request<'a> {
    /// Test files.
    pub files: Vec<PathBuf>,
    /// Only tests whose file and name hold this text.
    pub filter: Option<String>,
    /// A worker's file; its converters hold where the connector names none.
    pub worker: Option<PathBuf>,
    /// `plugin.path`, whatever the worker file says.
    pub plugin_path: Option<String>,
    /// Write what came out into the tests that expect nothing yet.
    pub record: bool,
    /// Finds plugins.
    pub plugins: Plugins<'a>,
}

/// How a test went.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Otherwise: where.
    Failed(Vec<Difference>),
    /// What came out was written into the file.
    Recorded,
    /// It could not run: a sentence.
    Broken(String),
}

/// A test that ran.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// Its file, as the user named it.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub at: Place,
    /// How it went.
    pub verdict: Verdict,
    /// What came out, in a line.
    pub found: String,
}

/// All tests that ran, and the files that are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// In the order of files and tests.
    pub ran: Vec<Ran>,
    /// Files that cannot be read or are no tests: `file:line:column: error: what`.
    pub faults: Vec<String>,
}

impl Outcome {
    /// How many passed, and were recorded.
    pub fn passed(&self) -> usize {
        self.ran.iter().filter(|ran| matches!(ran.verdict, Verdict::Passed | Verdict::Recorded)).count()
    }

    /// How many did not.
    pub fn failed(&self) -> usize {
        self.ran.len() - self.passed()
    }
}

/// Runs all tests.
pub fn run(request: &Request<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for path in &request.files {
        let name = path.display().to_string();
        if let Err(sentence) = run_file(request, path, &name, &mut outcome.ran) {
            outcome.faults.push(sentence);
        }
    }
    outcome
}

fn run_file(request: &Request<'_>, path: &Path, name: &str, ran: &mut Vec<Ran>) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let meant = if path.exists() { None } else { nearest_file(path) };
        let meant = meant.map(|meant| format!("; did you mean {}?", meant.display())).unwrap_or_default();
        format!("{name}: {error}{meant}")
    })?;
    let told = |Fault { at, why }: Fault| format!("{name}:{}:{}: error: {why}", at.line, at.column);
    let file = file::parse(name, &text).map_err(told)?;
    let wanted = |test: &Test| {
        request
            .filter
            .as_ref()
            .is_none_or(|filter| format!("{name}: {}", test.name).contains(filter.as_str()))
    };
    let tests: Vec<&Test> = file.tests.iter().filter(|test| wanted(test)).collect();
    if tests.is_empty() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let at_config = |why: String| told(Fault { at: file.config_at, why });
    let env = environment(request, &file, folder).map_err(at_config)?;
    let subject = subject(&env, &file, folder).map_err(at_config)?;
    let convert = tests.iter().any(|test| test.convert);
    subject.check(convert).map_err(|error| at_config(offline::with_hint(&env, &error.to_string())))?;
    let mut fillings = Vec::new();
    for test in tests {
        let one = |verdict, found| Ran {
            file: name.to_owned(),
            name: test.name.clone(),
            at: test.at,
            verdict,
            found,
        };
        ran.push(match subject.pass(test) {
            Err(fault) => one(Verdict::Broken(told(fault)), String::new()),
            Ok(passage) => {
                let found = compare::summary(&passage.outcome);
                one(judge(request, test, &passage, &mut fillings), found)
            }
        });
    }
    if fillings.is_empty() {
        return Ok(());
    }
    let filled = fill::filled(name, &text, &fillings).map_err(told)?;
    std::fs::write(path, filled).map_err(|error| format!("{name}: {error}"))
}

fn judge(
    request: &Request<'_>,
    test: &Test,
    passage: &Passage,
    fillings: &mut Vec<fill::Filling>,
) -> Verdict {
    match &test.expect {
        Some(expect) => match compare::differences(expect, passage) {
            none if none.is_empty() => Verdict::Passed,
            differences => Verdict::Failed(differences),
        },
        None if request.record && !test.is_row => {
            fillings.push(fill::Filling::new(test.index, passage));
            Verdict::Recorded
        }
        None if request.record => Verdict::Broken(
            "a row of a table cannot be recorded: add a column expect, or write the test by itself"
                .to_owned(),
        ),
        None => Verdict::Broken(format!(
            "{} has no expect: write what is to come out, or let `ferry test --record` write what does",
            test.name
        )),
    }
}

/// Plugins and worker of a test file.
fn environment(request: &Request<'_>, file: &TestFile, folder: &Path) -> Result<Environment, String> {
    let worker = request.worker.clone().or_else(|| file.worker.as_ref().map(|path| folder.join(path)));
    let settings = match worker {
        Some(path) => Some(worker_config::read_raw(&path).map_err(|error| error.to_string())?),
        None => None,
    };
    let (config, registry) = offline::worker(
        settings.unwrap_or_default(),
        request.plugin_path.as_deref(),
        false,
        request.plugins,
    )?;
    Ok(Environment::offline(config, registry))
}

/// The connector of a test file.
fn subject<'a>(env: &'a Environment, file: &TestFile, folder: &Path) -> Result<Subject<'a>, String> {
    let mut config = ConfigMap::new();
    if let Some((path, _)) = &file.connector {
        let read = connector_file::read(&folder.join(path)).map_err(|error| error.to_string())?;
        config = read.config;
    }
    for (key, value) in &file.settings {
        match value {
            Some(value) => config.insert(key, value),
            None => drop(config.remove(key)),
        }
    }
    let class = match config.get("connector.class") {
        Some(name) => {
            let found = env.registry.resolve_connector(name, config.get("connector.plugin.version"));
            found.map_err(|error| {
                let help = offline::connector_help(env, name);
                format!("{}; {help}", offline::shortened(&error.to_string()))
            })?
        }
        None => run::no_class(file.kind.unwrap_or(ConnectorKind::Sink)),
    };
    let kind = if class.kind() == ClassKind::Sink { ConnectorKind::Sink } else { ConnectorKind::Source };
    // What a chain can do without.
    for (key, value) in [("name", "test"), ("connector.class", "none")] {
        if !config.contains_key(key) {
            config.insert(key, value);
        }
    }
    if kind == ConnectorKind::Sink && !config.contains_key("topics") && !config.contains_key("topics.regex") {
        config.insert("topics", "test");
    }
    let connector = ConnectorConfig::new(kind, &config, false).map_err(|error| error.to_string())?;
    Ok(Subject { env, class: Arc::clone(&class), connector })
}
