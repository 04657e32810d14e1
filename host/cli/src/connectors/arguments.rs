//! What `ferry connectors` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;

use crate::completions::connector_names;
use crate::output::OutputOptions;
use crate::target::TargetOptions;

/// Connectors of a running worker, Ferry's or the JVM's, over its REST API.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Connectors {
    #[command(flatten)]
    pub(super) target: TargetOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(subcommand)]
    pub(super) action: Action,
}

const EXAMPLES: &str = "\
Examples:
  ferry connectors list
  ferry connectors apply connectors/ --dry-run
  ferry connectors restart 'jdbc-*' --only-failed --wait
  ferry connectors status my-sink --watch --url https://connect:8083 --user admin
Exit codes: 0 done, 1 wrong arguments, 2 a file, profile or configuration, 3 a connector failed,
4 no worker answered, 5 not found, 6 refused by the worker, 7 not in time.";

/// Help of the actions that only differ in their name.
macro_rules! action_help {
    ($action:literal) => {
        concat!(
            "Examples:\n  ferry connectors ",
            $action,
            " my-sink other-sink\n  ferry connectors ",
            $action,
            " 'jdbc-*' --wait\nJSON: [{\"name\",\"action\":\"",
            $action,
            "\",\"ok\",\"error\"?}]."
        )
    };
}

/// What to do.
#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// List connectors with type, state and tasks
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  ferry connectors list
  ferry connectors list 'jdbc-*' --state FAILED
JSON: [{\"name\",\"type\",\"class\",\"state\",\"tasks\":{\"total\",\"running\",\"failed\"},\"worker_id\"}]; state is FAILED if any task is."
    )]
    List(Filter),
    /// Create connectors from files
    #[command(after_help = "\
Examples:
  ferry connectors create my-source.json my-sink.properties --wait
  ferry connectors get my-source --url http://old:8083 | ferry connectors create - --url http://new:8083
  ferry connectors create my-source.json --dry-run
JSON: [{\"name\",\"action\":\"create\",\"ok\",\"error\"?}]; with --dry-run [{\"name\",\"ok\",\"steps\"?,\"errors\":[…],\"record\"?}].")]
    Create(Create),
    /// Make the worker's connectors as the files say, and change nothing else
    #[command(after_help = "\
Examples:
  ferry connectors apply connectors/ --dry-run      # only the difference
  ferry connectors apply connectors/ --wait
  ferry connectors apply connectors/ --prune 'team-a-*'
A connector that is new is created, one whose configuration differs is updated, all others are left alone.
Secrets are not shown. --prune deletes the connectors that match its pattern and are in no file.
JSON: [{\"name\",\"action\":\"create\"|\"update\"|\"none\"|\"delete\",\"ok\",\"dry_run\",\"changes\":[{\"key\",\"from\",\"to\"}],\"error\"?}].")]
    Apply(Apply),
    /// Print configurations as they were given, fit for `create` and `apply`
    #[command(after_help = "\
Examples:
  ferry connectors get my-sink > my-sink.json
  ferry connectors get my-sink --properties > my-sink.properties
  ferry connectors get --all > backup.json
Passwords that stand in the configuration itself are printed; references such as ${file:…} stay references.
JSON: [{\"name\",\"config\"}], always an array.")]
    Get(Get),
    /// Show all that is known of connectors: state, tasks, configuration, topics
    #[command(after_help = "\
Example:
  ferry connectors describe my-sink
JSON: [{\"info\",\"status\",\"topics\"}] as the worker has them, secrets hidden unless --show-secrets.")]
    Describe(Describe),
    /// Show the state of connectors and tasks, and why they failed
    #[command(after_help = "\
Examples:
  ferry connectors status
  ferry connectors status my-sink --watch
  ferry connectors status --state FAILED --trace
JSON: [status as GET /connectors/{name}/status]; with --watch one object per line:
{\"connector\",\"task\",\"state\",\"worker_id\",\"trace\"?,\"timestamp\"}.")]
    Status(StatusOptions),
    /// Change single settings of a connector
    #[command(after_help = "\
Example:
  ferry connectors patch my-sink tasks.max=4 --unset errors.tolerance
JSON: as of apply.")]
    Patch(Patch),
    /// Stop the work of tasks, but keep them
    #[command(after_help = action_help!("pause"))]
    Pause(Act),
    /// Go on after pause or stop
    #[command(after_help = action_help!("resume"))]
    Resume(Act),
    /// End tasks and free what they hold; offsets can be changed then
    #[command(after_help = action_help!("stop"))]
    Stop(Act),
    /// Restart connectors and their tasks
    #[command(after_help = "\
Examples:
  ferry connectors restart my-sink --wait
  ferry connectors restart --all --only-failed
  ferry connectors restart my-sink --task 0
JSON: [{\"name\",\"action\":\"restart\",\"ok\",\"error\"?}].")]
    Restart(Restart),
    /// Delete connectors; their offsets stay
    #[command(
        visible_alias = "rm",
        after_help = "\
Examples:
  ferry connectors delete my-sink
  ferry connectors delete 'test-*' --yes
Several are asked for on a terminal; without a terminal --yes is needed.
JSON: [{\"name\",\"action\":\"delete\",\"ok\",\"error\"?}]."
    )]
    Delete(Delete),
    /// Show, change and reset offsets
    #[command(subcommand)]
    Offsets(Offsets),
    /// Show the topics that connectors used; --reset forgets them
    #[command(after_help = "JSON: [{\"name\",\"topics\":[…]}].")]
    Topics(Topics),
    /// Print records as they pass through a connector (Ferry, with ferry.rest.tap.enable=true)
    #[command(after_help = "\
Examples:
  ferry connectors tap my-sink --limit 10
  ferry connectors tap my-source --stage transform --task 0 --json
JSON: one object per line, {\"task\",\"stage\",\"topic\",\"partition\",\"offset\"?,\"timestamp\",\"key\",\"value\",\"headers\"}.")]
    Tap(Tap),
    /// Let the worker check connector files
    #[command(after_help = "\
Examples:
  ferry connectors validate my-sink.properties
  ferry connectors validate connectors/ --dry-run   # connects and reads one record, writes nothing (Ferry)
Ends with 2 if there are errors. `ferry lint` checks without a worker.
JSON: [{\"name\",\"file\",\"ok\",\"errors\":[{\"key\",\"value\",\"errors\":[…],\"recommended_values\":[…]}],\"steps\"?,\"record\"?}].")]
    Validate(Validate),
    /// List the plugins of the worker, or the settings of one
    #[command(after_help = "\
Examples:
  ferry connectors plugins --all
  ferry connectors plugins FileStreamSource
JSON: as GET /connector-plugins and /connector-plugins/{plugin}/config.")]
    Plugins(PluginsOptions),
}

/// Any connectors; without an argument all.
#[derive(Args, Clone, Debug, Default)]
pub struct Filter {
    /// Names, or patterns such as 'jdbc-*'
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(connector_names))]
    pub names: Vec<String>,
    /// All connectors
    #[arg(long)]
    pub all: bool,
    /// Only those in this state; FAILED if any task is
    #[arg(long, ignore_case = true, value_parser = STATES)]
    pub state: Option<String>,
}

const STATES: [&str; 6] = ["RUNNING", "FAILED", "PAUSED", "STOPPED", "UNASSIGNED", "RESTARTING"];

/// Waiting for what was asked for.
#[derive(Args, Clone, Debug)]
pub struct Wait {
    /// Wait until it is so; a FAILED connector is shown with its trace and ends with 3
    #[arg(long)]
    pub wait: bool,
    /// How long to wait, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub timeout: u64,
}

#[derive(Args, Clone, Debug)]
pub struct Create {
    /// .properties or .json files, folders of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Create nothing; let the worker connect and read one record (only checks on a worker without dry runs)
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub wait: Wait,
}

#[derive(Args, Clone, Debug)]
pub struct Apply {
    /// .properties or .json files, folders of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Show the difference and let the worker check it, but change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Delete connectors that match this pattern and are in no file; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub prune: Vec<String>,
    /// Do not ask before connectors are deleted
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub wait: Wait,
}

#[derive(Args, Clone, Debug)]
pub struct Get {
    #[command(flatten)]
    pub filter: Filter,
    /// As a .properties file; for one connector
    #[arg(long, conflicts_with = "json")]
    pub properties: bool,
}

#[derive(Args, Clone, Debug)]
pub struct Describe {
    #[command(flatten)]
    pub filter: Filter,
    /// Print passwords and the like, too
    #[arg(long)]
    pub show_secrets: bool,
}

#[derive(Args, Clone, Debug)]
pub struct StatusOptions {
    #[command(flatten)]
    pub filter: Filter,
    /// Go on and print each change of a state
    #[arg(short, long)]
    pub watch: bool,
    /// Whole stack traces, not only the causes
    #[arg(long)]
    pub trace: bool,
}

#[derive(Args, Clone, Debug)]
pub struct Patch {
    /// The connector
    #[arg(add = ArgValueCandidates::new(connector_names))]
    pub name: String,
    /// Settings, KEY=VALUE
    #[arg(value_name = "KEY=VALUE", required_unless_present = "unset")]
    pub settings: Vec<String>,
    /// Take a setting out; may be repeated
    #[arg(long, value_name = "KEY")]
    pub unset: Vec<String>,
    /// Show the difference, but change nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub wait: Wait,
}

#[derive(Args, Clone, Debug)]
pub struct Act {
    #[command(flatten)]
    pub filter: Filter,
    #[command(flatten)]
    pub wait: Wait,
}

#[derive(Args, Clone, Debug)]
pub struct Restart {
    #[command(flatten)]
    pub filter: Filter,
    /// Only what has failed
    #[arg(long)]
    pub only_failed: bool,
    /// The connector itself without its tasks
    #[arg(long, conflicts_with = "task")]
    pub connector_only: bool,
    /// One task only
    #[arg(long, value_name = "NUMBER", conflicts_with = "only_failed")]
    pub task: Option<u32>,
    #[command(flatten)]
    pub wait: Wait,
}

#[derive(Args, Clone, Debug)]
pub struct Delete {
    #[command(flatten)]
    pub filter: Filter,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Subcommand, Clone, Debug)]
pub enum Offsets {
    /// Show the offsets of a connector
    #[command(after_help = "JSON: as GET /connectors/{name}/offsets.")]
    Get {
        /// The connector
        #[arg(add = ArgValueCandidates::new(connector_names))]
        name: String,
    },
    /// Change offsets; the connector must be stopped
    #[command(
        visible_alias = "patch",
        after_help = "\
Examples:
  ferry connectors offsets set my-sink --topic orders --partition 0 --offset 1200 --stop
  ferry connectors offsets set my-source --partition '{\"filename\":\"/a\"}' --offset '{\"position\":0}'
  ferry connectors offsets get my-source --json > o.json; ferry connectors offsets set my-source --file o.json
JSON: {\"name\",\"message\"}."
    )]
    Set(SetOffsets),
    /// Forget offsets; the connector must be stopped
    #[command(after_help = "\
Examples:
  ferry connectors offsets reset my-source --stop
  ferry connectors offsets reset my-sink --topic orders --partition 3
JSON: {\"name\",\"message\"}.")]
    Reset(ResetOffsets),
}

#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The connector
    #[arg(add = ArgValueCandidates::new(connector_names))]
    pub name: String,
    /// Of a sink: the topic
    #[arg(long, requires = "partition")]
    pub topic: Option<String>,
    /// Of a sink: the number of the partition; of a source: its JSON
    #[arg(long)]
    pub partition: Option<String>,
    /// Stop the connector before, and let it go on afterwards
    #[arg(long)]
    pub stop: bool,
    /// How long stopping may take, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub timeout: u64,
}

#[derive(Args, Clone, Debug)]
pub struct SetOffsets {
    #[command(flatten)]
    pub place: Place,
    /// Of a sink: the number of the next record; of a source: its JSON
    #[arg(long, requires = "partition", required_unless_present = "file")]
    pub offset: Option<String>,
    /// Offsets as `get --json` prints them, - for standard input
    #[arg(long, conflicts_with_all = ["offset", "partition", "topic"])]
    pub file: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub struct ResetOffsets {
    #[command(flatten)]
    pub place: Place,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Args, Clone, Debug)]
pub struct Topics {
    #[command(flatten)]
    pub filter: Filter,
    /// Forget them
    #[arg(long)]
    pub reset: bool,
}

#[derive(Args, Clone, Debug)]
pub struct Tap {
    /// The connector
    #[arg(add = ArgValueCandidates::new(connector_names))]
    pub name: String,
    /// Only records of this stage
    #[arg(long)]
    pub stage: Option<String>,
    /// Only records of this task
    #[arg(long, value_name = "NUMBER")]
    pub task: Option<u32>,
    /// Stop after so many records
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<u64>,
}

#[derive(Args, Clone, Debug)]
pub struct Validate {
    /// .properties or .json files, folders of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Show all settings, not only wrong ones
    #[arg(long)]
    pub all: bool,
    /// Connect and read one record, too; nothing is written
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Clone, Debug)]
pub struct PluginsOptions {
    /// A class, by its full or short name: shows its settings
    pub class: Option<String>,
    /// Transforms, predicates and converters too
    #[arg(long)]
    pub all: bool,
}
