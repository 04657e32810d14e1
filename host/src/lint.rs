//! `ferry lint`: the command line of [`ferry_check::lint`].

use std::io::{IsTerminal, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use ferry_check::lint::{self, Request, rule};
use ferry_check::report::{self, Format};
use ferry_config::suggest::nearest;

use crate::cli::{CONFIG, CONNECTOR, USAGE};
use crate::wiring::{self, Failure};

/// What to check, and how.
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub struct Lint {
    /// Connector and worker configurations (.properties, .json), folders of them, or - for standard input
    #[arg(required_unless_present_any = ["explain", "rules"])]
    files: Vec<PathBuf>,
    /// The worker that connectors are checked for; by default a worker file among FILES
    #[arg(long, value_name = "FILE")]
    worker_config: Option<PathBuf>,
    /// Directories with plugins, separated by commas, whatever the worker file says
    #[arg(long, value_name = "DIR,…")]
    plugin_path: Option<String>,
    /// Ask config providers for the values of ${provider:path:key}
    #[arg(long)]
    resolve: bool,
    /// Switch a rule off; may be repeated
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    /// Take a rule, or all warnings, for errors; may be repeated
    #[arg(long, value_name = "RULE|warnings")]
    deny: Vec<String>,
    /// pretty, plain, json, github or sarif; by default pretty on a terminal, else plain
    #[arg(long)]
    format: Option<Format>,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Say what a rule is about
    #[arg(long, value_name = "RULE", conflicts_with = "rules")]
    explain: Option<String>,
    /// List the rules
    #[arg(long)]
    rules: bool,
}

const EXIT_CODES: &str = "\
Exit codes: 0 nothing, or warnings and notes only; 1 wrong arguments; 2 a file cannot be read; 3 errors.
In properties files `# ferry-lint: allow RULE` switches a rule off for the next setting, `allow-file` for the
file.";

/// Runs it.
pub fn run(options: Lint) -> Result<ExitCode, Failure> {
    if let Some(id) = &options.explain {
        return Ok(explain(id));
    }
    if options.rules {
        for rule in rule::RULES {
            println!("{:7}  {:24} {}", rule.level.name(), rule.id, rule.summary);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let unknown = |id: &&String| rule::find(id).is_none() && id.as_str() != "warnings";
    if let Some(id) = options.allow.iter().chain(&options.deny).find(unknown) {
        return Ok(no_such_rule(id));
    }
    let request = Request {
        inputs: options.files,
        worker: options.worker_config,
        plugin_path: options.plugin_path,
        resolve: options.resolve,
        allow: options.allow,
        deny: options.deny,
        plugins: &|raw| wiring::plugins_once(raw).map_err(|error| error.to_string()),
    };
    let found = lint::run(&request)?;
    let terminal = stdout().is_terminal();
    let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let format = match options.format {
        _ if options.json => Format::Json,
        Some(Format::Pretty { .. }) => Format::Pretty { colours },
        Some(format) => format,
        None if terminal => Format::Pretty { colours },
        None => Format::Plain,
    };
    report::write(&found, format, &mut stdout().lock(), &mut stderr().lock())?;
    for sentence in &found.unreadable {
        eprintln!("ferry: {sentence}");
    }
    Ok(match (found.unreadable.is_empty(), found.counts().errors) {
        (false, _) => CONFIG.into(),
        (true, 0) => ExitCode::SUCCESS,
        (true, _) => CONNECTOR.into(),
    })
}

/// What the linter says of a file that keeps a worker from starting: its errors, each at its place with what to do,
/// ready to be printed. `worker` is the worker of a connector's file; none of the worker's own. Empty where it finds
/// nothing wrong.
pub fn errors_of(file: &Path, worker: Option<&Path>) -> String {
    let request = Request {
        inputs: vec![file.to_owned()],
        worker: worker.map(Path::to_owned),
        plugin_path: None,
        resolve: false,
        allow: Vec::new(),
        deny: Vec::new(),
        plugins: &|raw| wiring::plugins_once(raw).map_err(|error| error.to_string()),
    };
    let Ok(mut found) = lint::run(&request) else { return String::new() };
    found.findings.retain(|finding| finding.level == rule::Level::Error);
    let mut text = Vec::new();
    // Memory takes everything.
    let _ = report::write(&found, Format::Plain, &mut text, &mut std::io::sink());
    String::from_utf8_lossy(&text).into_owned()
}

fn explain(id: &str) -> ExitCode {
    let Some(rule) = rule::find(id) else { return no_such_rule(id) };
    println!("{} ({})\n\n{}\n\n{}", rule.id, rule.level.name(), rule.summary, rule.explanation);
    ExitCode::SUCCESS
}

fn no_such_rule(id: &str) -> ExitCode {
    let meant = nearest(id, rule::RULES.iter().map(|rule| rule.id), 4)
        .map(|meant| format!("; did you mean {meant}?"))
        .unwrap_or_default();
    eprintln!("ferry: there is no rule {id}{meant} (`ferry lint --rules` lists them)");
    USAGE.into()
}
