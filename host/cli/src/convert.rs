//! `ferry config convert`: properties to JSON and back, without losing anything but comments.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use ferry_config::connector_file::{self, ConnectorFile};
use ferry_config::json::JsonConfig;
use ferry_config::{ConfigMap, properties};
use serde_json::{Map, Value, json};

use crate::connectors::files::{self, state_name};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Console, OutputOptions};

/// Work on configuration files without a worker
#[derive(Args, Clone, Debug)]
pub struct ConfigCommand {
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(subcommand)]
    action: Action,
}

/// What to do with files.
#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Turn a .properties file into JSON, or JSON into .properties
    #[command(after_help = "\
Examples:
  ferry config convert my-sink.properties my-sink.json
  ferry config convert my-sink.json                      # to standard output
  ferry config convert worker.properties worker.json
  ferry config convert my-sink.properties --name other-sink | curl -d @- -H 'Content-Type: application/json' localhost:8083/connectors
A connector becomes {\"name\",\"config\"} as POST /connectors takes it, a worker's file one flat object. Keys keep their
order; what is not ASCII is escaped in .properties, because the JVM reads them as ISO-8859-1.")]
    Convert(Convert),
}

/// A format of configuration files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Java properties
    Properties,
    /// JSON
    Json,
}

#[derive(Args, Clone, Debug)]
struct Convert {
    /// The file to read, - for standard input
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write; standard output if it is left away
    #[arg(value_name = "OUT")]
    output: Option<PathBuf>,
    /// The format to write; the other one if it is left away
    #[arg(long, value_enum)]
    to: Option<Format>,
    /// Give the connector this name
    #[arg(long)]
    name: Option<String>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// `ferry config`
///
/// # Errors
/// The file cannot be read, used or written.
pub fn run(options: &ConfigCommand, console: &mut Console<'_>) -> Result<Exit> {
    let Action::Convert(options) = &options.action;
    let (bytes, shown) = files::bytes(&options.input)?;
    let converted = convert(bytes, &shown, options)?;
    for note in &converted.notes {
        console.note(&format!("{shown}: {note}"));
    }
    match &options.output {
        None => console.print(&converted.text)?,
        Some(path) => {
            write(path, &converted.text, options.force)?;
            if console.json {
                console.value(&json!({ "written": path.display().to_string(), "notes": converted.notes }))?;
            }
        }
    }
    Ok(Exit::Done)
}

struct Converted {
    text: String,
    /// What could not be kept.
    notes: Vec<String>,
}

fn convert(bytes: Vec<u8>, shown: &str, options: &Convert) -> Result<Converted> {
    let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let named =
        options.output.as_deref().and_then(Path::extension).and_then(|extension| match extension.to_str() {
            Some("json") => Some(Format::Json),
            Some("properties") => Some(Format::Properties),
            _ => None,
        });
    let other = if is_json { Format::Properties } else { Format::Json };
    let (mut file, mut notes) = read(bytes, shown, is_json)?;
    if let Some(name) = &options.name {
        if file.config.contains_key("name") || file.connector {
            file.config.insert("name", name.as_str());
        } else {
            return Err(Failure::config(format!("{shown} is no connector, so --name {name} has no meaning")));
        }
    }
    let text = match options.to.or(named).unwrap_or(other) {
        Format::Properties => {
            if let Some(state) = file.initial_state {
                notes.push(format!(
                    "initial_state {state} is not kept: a .properties file has no place for it"
                ));
            }
            properties::write(file.config.iter())
        }
        Format::Json => format!("{:#}\n", file.to_json()),
    };
    Ok(Converted { text, notes })
}

/// The configuration of a connector, or of a worker.
struct File {
    config: ConfigMap,
    connector: bool,
    initial_state: Option<&'static str>,
}

impl File {
    fn to_json(&self) -> Value {
        let config: Map<String, Value> =
            self.config.iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect();
        let Some(name) = self.config.get("name").filter(|_| self.connector) else {
            return Value::Object(config);
        };
        let mut request = json!({ "name": name, "config": config });
        if let Some(state) = self.initial_state {
            request["initial_state"] = Value::from(state);
        }
        request
    }
}

fn read(bytes: Vec<u8>, shown: &str, is_json: bool) -> Result<(File, Vec<String>)> {
    if !is_json {
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            return Err(Failure::config(format!("{shown} holds several connectors"))
                .mend("a .properties file holds one: give each its own file"));
        }
        let text = properties::decode(bytes);
        let entries = properties::parse(&text).map_err(|error| error.in_file(Path::new(shown)))?;
        let config: ConfigMap = entries.into_iter().collect();
        let connector = config.contains_key("connector.class");
        let notes = comments(&text).into_iter().collect();
        return Ok((File { config, connector, initial_state: None }, notes));
    }
    // A worker's file has no name, which a connector must have.
    if let Ok(JsonConfig { config, nulls }) = serde_json::from_slice(&bytes)
        && !config.contains_key("name")
    {
        no_nulls(&nulls, shown)?;
        return Ok((File { config, connector: false, initial_state: None }, Vec::new()));
    }
    serde_json::from_slice::<Value>(&bytes)
        .map_err(|error| Failure::config(format!("{shown}: not valid JSON: {error}")))?;
    let ConnectorFile { config, nulls, initial_state, .. } = connector_file::parse(bytes, shown)?;
    no_nulls(&nulls, shown)?;
    Ok((File { config, connector: true, initial_state: initial_state.map(state_name) }, Vec::new()))
}

fn no_nulls(nulls: &[String], shown: &str) -> Result<()> {
    match nulls.first() {
        None => Ok(()),
        Some(key) => Err(Failure::config(format!("{shown}: {key} is null, which Connect refuses"))
            .mend("leave the setting away, or give it a value")),
    }
}

/// Says how many lines of comments are lost.
fn comments(text: &str) -> Option<String> {
    let count = text.lines().filter(|line| line.trim_start().starts_with(['#', '!'])).count();
    match count {
        0 => None,
        1 => Some("1 line of comment is not kept: JSON has no comments".to_owned()),
        count => Some(format!("{count} lines of comments are not kept: JSON has no comments")),
    }
}

fn write(path: &Path, text: &str, force: bool) -> Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if !force {
        options.create_new(true);
    }
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::config(format!("{} is there already", path.display()))
            .mend("add --force to write over it"),
        _ => Failure::config(format!("cannot write {}: {error}", path.display())),
    })
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
