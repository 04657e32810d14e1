//! One file, or standard input, read as it grows.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use encoding_rs::UTF_8;
use ferry_sdk::api::{Level, SourceContext};
use ferry_sdk::data::{Batch, Value};
use ferry_sdk::{Error, Result};

use crate::config::{Compression, SourceConfig};
use crate::connector::{FILENAME, POSITION};
use crate::follow::{self, FILE_IDENTITY, Following, Identity, Rotated};
use crate::input::{Encoded, Gzip, Input, Plain, Stream};
use crate::open::{Fault, Next, Open, Reader};
use crate::watch::is_local;

/// The logger, as the JVM worker has it.
pub const LOGGER: &str = "org.apache.kafka.connect.file.FileStreamSourceTask";

/// What a look at the file brought.
pub enum Step {
    /// Records.
    Batch(Batch),
    /// Nothing now.
    Idle,
    /// There is no such file yet.
    Missing,
}

/// Where to begin.
pub enum Start {
    /// Where the stored offset says.
    Stored,
    /// At this position; 0 is the start of the file.
    At(u64),
}

/// What is read.
enum State {
    /// Nothing: it is to be opened.
    Closed {
        path: PathBuf,
        start: Start,
    },
    /// The stored position is behind the end of the file, which had this length.
    TooShort {
        len: u64,
    },
    Open(Box<Open>),
}

/// One source partition.
pub struct Tail {
    /// `None`: standard input.
    name: Option<String>,
    partition: Value,
    state: State,
}

impl Tail {
    /// A file, to be opened at the first step; without a name standard input.
    pub fn new(name: Option<String>) -> Self {
        let partition = Value::map([(FILENAME, name.clone())]);
        let path = PathBuf::from(name.as_deref().unwrap_or_default());
        Self { name, partition, state: State::Closed { path, start: Start::Stored } }
    }

    /// The file's name as messages show it.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or("stdin")
    }

    /// Whether it is worth while to look again.
    pub fn more(&mut self) -> bool {
        match &mut self.state {
            State::Closed { path, .. } => path.exists(),
            State::TooShort { len } => length(&self.name) != Some(*len),
            State::Open(open) => open.more(),
        }
    }

    /// Whether [`Tail::more`] says all there is to know, and at once: nothing else is to be done for it meanwhile.
    pub fn rests(&self) -> bool {
        matches!(&self.state, State::Open(open) if open.rests())
    }

    /// The task has waited for something new.
    pub fn rested(&mut self) {
        if let State::Open(open) = &mut self.state {
            open.rested();
        }
    }

    /// The next records.
    pub fn step(&mut self, context: &SourceContext, config: &SourceConfig) -> Result<Step> {
        loop {
            let step = match &mut self.state {
                State::Closed { .. } => self.open(context, config)?,
                State::TooShort { len } if length(&self.name) == Some(*len) => Some(Step::Idle),
                State::TooShort { .. } => {
                    self.state = self.begin(Start::Stored);
                    None
                }
                State::Open(open) => match open.step(&Reader {
                    name: self.name.as_deref(),
                    partition: &self.partition,
                    context,
                    config,
                }) {
                    Ok(Next::Batch(batch)) => Some(Step::Batch(batch)),
                    Ok(Next::Idle) => Some(Step::Idle),
                    Ok(Next::TooShort) => {
                        let len = length(&self.name).unwrap_or(0);
                        self.state = State::TooShort { len };
                        Some(Step::Idle)
                    }
                    Ok(Next::Other(rotated)) => {
                        self.state = match rotated {
                            Some((path, start)) => State::Closed { path, start },
                            None => self.begin(Start::At(0)),
                        };
                        None
                    }
                    Err(Fault::Read(error)) => return Err(self.failed("read", &error)),
                    Err(Fault::Row(error)) => return Err(error),
                },
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn begin(&self, start: Start) -> State {
        State::Closed { path: PathBuf::from(self.name.as_deref().unwrap_or_default()), start }
    }

    fn failed(&self, verb: &str, error: &io::Error) -> Error {
        Error::fatal(format!("Couldn't {verb} file {} for FileStreamSourceTask", self.shown()))
            .caused_by(crate::io_cause(self.shown(), error))
    }

    /// Opens what is to be read; `None` if it is open now.
    fn open(&mut self, context: &SourceContext, config: &SourceConfig) -> Result<Option<Step>> {
        let State::Closed { path, start } = &self.state else { return Ok(None) };
        let mut target = match start {
            Start::At(position) => *position,
            Start::Stored => 0,
        };
        let stored = matches!(start, Start::Stored);
        let mut path = path.clone();
        if self.name.is_none() {
            let input = Stream::stdin().map_err(|error| self.failed("open", &error))?;
            self.state = State::Open(Box::new(Open::new(Box::new(input), 0, None)));
            return Ok(None);
        }
        let mut file = match open_file(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Step::Missing)),
            // The JVM's words: the exception's own text.
            Err(error) => {
                let cause = crate::io_cause(self.shown(), &error);
                return Err(
                    Error::fatal(format!("{}: {}", cause.java_class(), cause.message())).caused_by(cause)
                );
            }
        };
        if stored {
            let offset = context.offset(&self.partition)?;
            target = stored_position(offset.as_ref())?;
            let identity =
                offset.as_ref().and_then(|offset| offset.get(FILE_IDENTITY)).and_then(Value::as_str);
            if let (true, Some(identity)) = (config.follow, identity.and_then(|text| text.parse().ok()))
                && let Opened::File(regular) = &file
                && let Some((other, position)) = self.other_file(regular, &identity, target, context)
            {
                target = position;
                if let Some(other) = other {
                    file = open_file(&other.path).map_err(|error| self.failed("open", &error))?;
                    path = other.path;
                }
            }
        }
        let (input, follow, quick): (Box<dyn Input>, _, _) = match file {
            Opened::Pipe(input) => {
                // What was read before is gone: its positions go on counting.
                self.state = State::Open(Box::new(Open::stream(Box::new(input), target)));
                return Ok(None);
            }
            Opened::File(file) => {
                let following = config.follow.then(|| Following::new(&file)).transpose();
                let following = following.map_err(|error| self.failed("read", &error))?;
                let local = is_local(&file);
                (file_input(file, &path, config), following, local)
            }
        };
        let log = format!("Opened {} for reading", self.shown());
        context.host().log(Level::Debug, LOGGER, &log);
        self.state = State::Open(Box::new(Open::new(input, target, follow).quick(quick)));
        Ok(None)
    }

    /// The stored position belongs to a file of this identity: if `file` is not it, where to read on and from
    /// which position.
    fn other_file(
        &self,
        file: &File,
        identity: &Identity,
        position: u64,
        context: &SourceContext,
    ) -> Option<(Option<Rotated>, u64)> {
        if identity.begins(file) {
            return None;
        }
        let path = PathBuf::from(self.shown());
        if let Some(rotated) = follow::find(&path, identity) {
            return Some((Some(rotated), position));
        }
        let message = format!(
            "{} is not the file that was read before, and that one is not beside it any more: reading from the start",
            self.shown()
        );
        context.host().log(Level::Warn, LOGGER, &message);
        Some((None, 0))
    }
}

fn length(name: &Option<String>) -> Option<u64> {
    fs::metadata(name.as_deref()?).ok().map(|metadata| metadata.len())
}

/// `position` of a stored offset.
fn stored_position(offset: Option<&Value>) -> Result<u64> {
    match offset.and_then(|offset| offset.get(POSITION)) {
        None | Some(Value::Null) => Ok(0),
        Some(Value::Int64(position)) => Ok(u64::try_from(*position).unwrap_or(0)),
        Some(_) => Err(Error::fatal("Offset position is the incorrect type")),
    }
}

enum Opened {
    File(File),
    Pipe(Stream),
}

fn open_file(path: &Path) -> io::Result<Opened> {
    let kind = fs::metadata(path)?;
    if kind.is_file() || kind.is_dir() {
        return File::open(path).map(Opened::File);
    }
    let name = path.display().to_string();
    let path = path.to_owned();
    Stream::new(&name, move || File::open(path)).map(Opened::Pipe)
}

fn file_input(file: File, path: &Path, config: &SourceConfig) -> Box<dyn Input> {
    let gzip = match config.compression {
        Compression::None => false,
        Compression::Gzip => true,
        Compression::ByName => path.extension().is_some_and(|extension| extension == "gz"),
    };
    let input: Box<dyn Input> = if gzip { Box::new(Gzip::new(file)) } else { Box::new(Plain::new(file)) };
    if config.encoding == UTF_8 { input } else { Box::new(Encoded::new(input, config.encoding)) }
}
