//! `ferry topics`: the command line of [`ferry_kafka::topics`].

use std::collections::BTreeMap;
use std::io::{Write as _, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use ferry_config::properties;
use ferry_config::suggest::nearest;
use ferry_kafka::topics::{self, Format, ReadOptions, Shape, WriteOptions};
use ferry_kafka::{Client, ClientConfig, ErrorKind, NewTopic};

use crate::wiring::{self, Failure};

/// What to do with topics.
#[derive(Subcommand)]
pub enum Command {
    /// Names of topics and their number of partitions
    List {
        #[command(flatten)]
        cluster: Cluster,
        /// Kafka's own topics too
        #[arg(long)]
        internal: bool,
    },
    /// Partitions of a topic and their offsets
    Describe {
        /// The topic
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
    },
    /// Print the records of a topic, one per line
    Read {
        /// The topic
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        /// Stop after so many records
        #[arg(long)]
        max: Option<u64>,
        /// One partition only
        #[arg(long)]
        partition: Option<i32>,
        /// Wait for new records at the end
        #[arg(short, long)]
        follow: bool,
        /// Only what comes from now on; needs --follow
        #[arg(long, requires = "follow")]
        latest: bool,
        /// What to print of a record: value, key=value or json
        #[arg(long, default_value = "value")]
        format: Format,
    },
    /// Write the lines of standard input as records
    Write {
        /// The topic
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        /// What stands before it is the key
        #[arg(long)]
        key_separator: Option<String>,
        /// One partition only
        #[arg(long)]
        partition: Option<i32>,
    },
    /// Create a topic
    Create {
        /// The topic
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        /// Number of partitions; -1: the broker's default
        #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
        partitions: i32,
        /// Number of replicas; -1: the broker's default
        #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
        replication_factor: i16,
        /// A setting of the topic, KEY=VALUE; may be repeated
        #[arg(long = "config")]
        configs: Vec<String>,
    },
    /// Delete a topic and all of its records
    Delete {
        /// The topic
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
    },
}

/// Which cluster or embedded log, and how to reach it.
#[derive(Args)]
pub struct Cluster {
    /// HOST:PORT,… or embedded:DIR
    #[arg(short, long)]
    bootstrap_server: String,
    /// Client settings, a .properties file as of Kafka's own tools
    #[arg(long)]
    command_config: Option<PathBuf>,
    /// As JSON; records as by --format json
    #[arg(long)]
    json: bool,
}

impl Cluster {
    fn shape(&self) -> Shape {
        if self.json { Shape::Json } else { Shape::Text }
    }

    fn open(&self) -> Result<(Arc<dyn Client>, ClientConfig), Failure> {
        let mut config = ClientConfig::new().with("bootstrap.servers", &self.bootstrap_server);
        let mut settings = BTreeMap::new();
        if let Some(file) = &self.command_config {
            for (key, value) in properties::read(file)? {
                if key != "bootstrap.servers" {
                    config.set(&key, &value);
                }
                settings.insert(key, value);
            }
        }
        Ok((wiring::kafka(&self.bootstrap_server, &settings)?, config))
    }
}

impl Command {
    /// The topic it is about, and where that is, for topics that must be there.
    fn topic(&self) -> Option<(&str, &Cluster)> {
        match self {
            Self::Describe { topic, cluster }
            | Self::Read { topic, cluster, .. }
            | Self::Delete { topic, cluster } => Some((topic, cluster)),
            Self::List { .. } | Self::Write { .. } | Self::Create { .. } => None,
        }
    }
}

/// Runs it.
pub fn run(command: &Command) -> Result<ExitCode, Failure> {
    done(command).map_err(|error| {
        let unknown =
            error.downcast_ref::<ferry_kafka::Error>().is_some_and(|e| e.kind() == ErrorKind::UnknownTopic);
        let meant = command.topic().filter(|_| unknown).and_then(|(topic, cluster)| near(topic, cluster));
        match meant {
            Some(meant) => format!("{error}; did you mean {meant}?").into(),
            None => error,
        }
    })
}

/// The topic that is there and has nearly this name.
fn near(topic: &str, cluster: &Cluster) -> Option<String> {
    let (client, config) = cluster.open().ok()?;
    let topics = client.admin(&config).ok()?.list_topics().ok()?;
    let most = (topic.chars().count() / 3).clamp(1, 4);
    nearest(topic, topics.iter().map(String::as_str), most).map(str::to_owned)
}

fn done(command: &Command) -> Result<ExitCode, Failure> {
    let mut out = stdout().lock();
    match command {
        Command::List { cluster, internal } => {
            let (client, config) = cluster.open()?;
            topics::list(&*client, &config, *internal, cluster.shape(), &mut out)?;
        }
        Command::Describe { topic, cluster } => {
            let (client, config) = cluster.open()?;
            topics::describe(&*client, &config, topic, cluster.shape(), &mut out)?;
        }
        Command::Read { topic, cluster, max, partition, follow, latest, format } => {
            let (client, config) = cluster.open()?;
            let mut options = ReadOptions::new(topic);
            options.from_beginning = !latest;
            options.max = *max;
            options.partition = *partition;
            options.follow = *follow;
            options.format = if cluster.json { Format::Json } else { *format };
            topics::read(&*client, &config, &options, &mut out)?;
        }
        Command::Write { topic, cluster, key_separator, partition } => {
            let (client, config) = cluster.open()?;
            let options = WriteOptions {
                topic: topic.clone(),
                key_separator: key_separator.clone(),
                partition: *partition,
            };
            let count = topics::write(&*client, &config, &options, &mut stdin().lock())?;
            match cluster.shape() {
                Shape::Json => {
                    writeln!(out, "{}", serde_json::json!({"topic": topic, "written": count}))?;
                }
                Shape::Text => eprintln!("wrote {count} records to {topic}"),
            }
        }
        Command::Create { topic, cluster, partitions, replication_factor, configs } => {
            let (client, config) = cluster.open()?;
            let mut new = NewTopic::new(topic);
            new.partitions = *partitions;
            new.replication_factor = *replication_factor;
            new.configs = configs.iter().map(|text| topics::setting(text)).collect::<Result<_, _>>()?;
            topics::create(&*client, &config, &new, cluster.shape(), &mut out)?;
        }
        Command::Delete { topic, cluster } => {
            let (client, config) = cluster.open()?;
            topics::delete(&*client, &config, topic, cluster.shape(), &mut out)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
