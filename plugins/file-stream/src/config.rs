//! What the two connectors accept, and what a configuration means.

use encoding_rs::Encoding;
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::{Error, Result};

/// Source: the file. Sink: the file.
pub const FILE: &str = "file";
const TOPIC: &str = "topic";
const BATCH_SIZE: &str = "batch.size";
/// Glob patterns of the files to read.
pub const FILES: &str = "files";
const FOLLOW: &str = "follow";
const FORMAT: &str = "format";
const COMPRESSION: &str = "compression";
/// The character encoding of the files.
pub const ENCODING: &str = "encoding";

const DEFAULT_BATCH_SIZE: i32 = 2000;

fn text(name: &str, importance: Importance, doc: &str) -> ConfigKey {
    ConfigKey::new(name, ConfigType::String, importance, doc)
}

fn one_of(names: &[&str]) -> Validator {
    Validator::OneOf(names.iter().map(|n| (*n).to_owned()).collect())
}

/// `FileStreamSourceConnector.CONFIG_DEF`, then the keys that only Ferry has.
pub fn source_def() -> ConfigDef {
    ConfigDef::new()
        .define(
            text(FILE, Importance::High, "Source filename. If not specified, the standard input will be used")
                .or_null(),
        )
        .define(text(TOPIC, Importance::High, "The topic to publish data to").valid(Validator::NonEmptyString))
        .define(
            ConfigKey::new(
                BATCH_SIZE,
                ConfigType::Int,
                Importance::Low,
                "The maximum number of records the source task can read from the file each time it is polled",
            )
            .or(DEFAULT_BATCH_SIZE.to_string()),
        )
        .define(
            ConfigKey::new(
                FILES,
                ConfigType::List,
                Importance::Low,
                "Glob patterns of files to read instead of 'file', separated by commas, such as /var/log/app/*.log. \
                 Each file is a source partition of its own; files that appear later are read from their start.",
            )
            .or(""),
        )
        .define(
            ConfigKey::new(
                FOLLOW,
                ConfigType::Boolean,
                Importance::Low,
                "Whether to follow a file by its name. If true, a file that was rotated away is read to its end, a last \
                 line without line end included, and the new file of that name from its start; a file that was \
                 truncated or rewritten is read again from its start. The stored offset then also says which file it \
                 belongs to. If false, the file that was opened is read for ever, as in Kafka Connect.",
            )
            .or("false"),
        )
        .define(
            text(
                FORMAT,
                Importance::Low,
                "What a line is: 'line' is text as it stands, 'json' a JSON value, 'csv' a row of comma-separated \
                 fields whose names are in the first line of the file. Rows of 'json' and 'csv' become values without \
                 schema; empty lines are left out. A row that cannot be read fails the task, or is skipped if \
                 errors.tolerance is 'all'.",
            )
            .or("line")
            .valid(one_of(&["line", "json", "csv"])),
        )
        .define(
            text(
                COMPRESSION,
                Importance::Low,
                "How files are compressed: 'none', 'gzip', or 'auto' for gzip where the name ends in .gz.",
            )
            .or("none")
            .valid(one_of(&["none", "gzip", "auto"])),
        )
        .define(
            text(
                ENCODING,
                Importance::Low,
                "The character encoding of the files, by its name in the WHATWG Encoding Standard, such as \
                 windows-1252 or utf-16le.",
            )
            .or("UTF-8"),
        )
}

/// `FileStreamSinkConnector.CONFIG_DEF`.
pub fn sink_def() -> ConfigDef {
    ConfigDef::new().define(
        text(
            FILE,
            Importance::High,
            "Destination filename. If not specified, the standard output will be used",
        )
        .or_null(),
    )
}

/// The file of a sink; `None` is standard output.
pub fn sink_file(config: &ConfigMap) -> Result<Option<String>> {
    Ok(Config::parse(&sink_def(), config)?.string(FILE).filter(|file| !file.is_empty()))
}

/// What a source reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// Standard input: no offsets are kept.
    Stdin,
    /// One file.
    File(String),
    /// All files that match one of these patterns.
    Globs(Vec<String>),
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text as it stands.
    Line,
    /// A JSON value.
    Json,
    /// Comma-separated fields, named by the first line.
    Csv,
}

/// How files are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// All are gzip.
    Gzip,
    /// Those whose name ends in `.gz` are gzip.
    ByName,
}

/// A source's configuration.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// What to read.
    pub from: From,
    /// Where to.
    pub topic: String,
    /// Most records of one `poll`, at least 1.
    pub batch_size: usize,
    /// Whether to follow files by name.
    pub follow: bool,
    /// What a line is.
    pub format: Format,
    /// How files are compressed.
    pub compression: Compression,
    /// How files are encoded.
    pub encoding: &'static Encoding,
    /// `errors.tolerance` is `all`: a bad row is skipped.
    pub tolerant: bool,
    /// `errors.log.enable`: a bad row that is skipped is logged.
    pub log_errors: bool,
}

impl SourceConfig {
    /// Whether files are found by pattern.
    pub fn globbing(&self) -> bool {
        matches!(self.from, From::Globs(_))
    }

    /// Reads `config`.
    pub fn parse(config: &ConfigMap) -> Result<Self> {
        let parsed = Config::parse(&source_def(), config)?;
        let file = parsed.string(FILE).filter(|file| !file.is_empty());
        let globs = parsed.list(FILES).unwrap_or_default();
        if let Some((_, error)) = complaints(&parsed).into_iter().next() {
            return Err(Error::config(error));
        }
        let format = match parsed.string(FORMAT).as_deref() {
            Some("json") => Format::Json,
            Some("csv") => Format::Csv,
            _ => Format::Line,
        };
        let compression = match parsed.string(COMPRESSION).as_deref() {
            Some("gzip") => Compression::Gzip,
            Some("auto") => Compression::ByName,
            _ => Compression::None,
        };
        Ok(Self {
            from: match file {
                _ if !globs.is_empty() => From::Globs(globs),
                Some(file) => From::File(file),
                None => From::Stdin,
            },
            topic: parsed.string(TOPIC).unwrap_or_default(),
            // Connect looks at the size of the batch after adding a record, so 0 and less mean 1.
            batch_size: parsed.int(BATCH_SIZE).unwrap_or(DEFAULT_BATCH_SIZE).max(1) as usize,
            follow: parsed.boolean(FOLLOW).unwrap_or_default(),
            format,
            compression,
            encoding: encoding(&parsed).unwrap_or(encoding_rs::UTF_8),
            tolerant: config.get("errors.tolerance").is_some_and(|v| v.eq_ignore_ascii_case("all")),
            log_errors: config.get("errors.log.enable").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        })
    }
}

fn encoding(config: &Config) -> Option<&'static Encoding> {
    Encoding::for_label(config.string(ENCODING)?.as_bytes())
}

/// What the definition alone cannot say, as pairs of key and sentence.
pub fn complaints(config: &Config) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let globs = config.list(FILES).unwrap_or_default();
    if !globs.is_empty() && config.string(FILE).is_some_and(|file| !file.is_empty()) {
        let both = "Only one of 'file' and 'files' can say what to read: remove the other.";
        found.push((FILES, format!("Invalid value {} for configuration {FILES}: {both}", globs.join(","))));
    }
    for pattern in &globs {
        if let Err(error) = glob::Pattern::new(pattern) {
            found.push((FILES, format!("Invalid value {pattern} for configuration {FILES}: {error}")));
        }
    }
    if encoding(config).is_none() {
        let given = config.string(ENCODING).unwrap_or_default();
        let why = "no character encoding of the WHATWG Encoding Standard has this name";
        found.push((ENCODING, format!("Invalid value {given} for configuration {ENCODING}: {why}")));
    }
    found
}
