//! The sink task: what Java's `println` would print of each value, appended to a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

use ferry_sdk::api::{Level, SinkContext, SinkTask, TopicPartition};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Batch, View, java};
use ferry_sdk::{Error, ErrorKind, Result};

use crate::config::sink_file;

/// The logger, as the JVM worker has it.
const LOGGER: &str = "org.apache.kafka.connect.file.FileStreamSinkTask";

/// What is handed to the system at once.
const BUFFER: usize = 256 << 10;

/// `org.apache.kafka.connect.file.FileStreamSinkTask`.
///
/// When `put` returns, the system has all lines, as in Connect, so `flush` finds nothing left to do and
/// nothing can be lost between the two. A write that fails is an error of `put`; the JVM's `PrintStream`
/// swallows it and loses the records.
#[derive(Default)]
pub struct FileStreamSinkTask {
    to: Option<To>,
    buffer: Vec<u8>,
}

enum To {
    Stdout,
    File(Target),
}

struct Target {
    name: String,
    file: File,
    /// The file ends within a line that is not ours to go on.
    torn: bool,
}

impl SinkTask for FileStreamSinkTask {
    fn start(&mut self, context: SinkContext, config: &ConfigMap) -> Result<()> {
        self.to = Some(match sink_file(config)? {
            None => To::Stdout,
            Some(name) => To::File(Target::open(name, &context)?),
        });
        Ok(())
    }

    fn put(&mut self, batch: Batch) -> Result<()> {
        self.buffer.clear();
        let mut written = 0;
        self.started()?;
        for record in batch.records() {
            match record.value().view() {
                View::Str(text) => self.buffer.extend_from_slice(text.as_bytes()),
                _ => java::append(&mut self.buffer, record.value_schema(), record.value()),
            }
            self.buffer.push(b'\n');
            if self.buffer.len() >= BUFFER {
                self.write(&mut written)?;
            }
        }
        self.write(&mut written)?;
        self.buffer.shrink_to(2 * BUFFER);
        Ok(())
    }

    fn flush(&mut self, _offsets: &[(TopicPartition, i64)]) -> Result<()> {
        match self.started()? {
            To::Stdout => io::stdout().flush().map_err(|error| failed("standard output", &error)),
            To::File(target) => target.file.flush().map_err(|error| failed(&target.name, &error)),
        }
    }

    fn stop(&mut self) -> Result<()> {
        self.to = None;
        Ok(())
    }
}

impl FileStreamSinkTask {
    fn started(&mut self) -> Result<&mut To> {
        self.to.as_mut().ok_or_else(|| Error::fatal("the task is not started"))
    }

    /// Writes the buffer; `written` counts the bytes of this `put`, which are taken back when one fails.
    fn write(&mut self, written: &mut u64) -> Result<()> {
        match &mut self.to {
            None => {}
            Some(To::Stdout) => {
                let mut out = io::stdout().lock();
                out.write_all(&self.buffer)
                    .and_then(|()| out.flush())
                    .map_err(|error| failed("standard output", &error))?;
            }
            Some(To::File(target)) => target.write(&self.buffer, written)?,
        }
        self.buffer.clear();
        Ok(())
    }
}

impl Target {
    fn open(name: String, context: &SinkContext) -> Result<Self> {
        let options = || OpenOptions::new().create(true).append(true).open(&name);
        let file = options().map_err(|error| {
            Error::fatal(format!("Couldn't find or create file '{name}' for FileStreamSinkTask"))
                .caused_by(crate::io_cause(&name, &error))
        })?;
        let torn = ends_within_a_line(&name);
        if torn {
            // A process that was killed while it wrote; the line comes again, whole.
            let message = format!("the last line of {name} is unfinished: what comes begins a new line");
            context.host().log(Level::Warn, LOGGER, &message);
        }
        Ok(Self { name, file, torn })
    }

    fn write(&mut self, lines: &[u8], written: &mut u64) -> Result<()> {
        if std::mem::take(&mut self.torn) {
            self.write_all(b"\n", written)?;
        }
        self.write_all(lines, written)
    }

    fn write_all(&mut self, mut bytes: &[u8], written: &mut u64) -> Result<()> {
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(count) if count > 0 => {
                    *written += count as u64;
                    bytes = &bytes[count..];
                }
                Ok(_) => return Err(self.take_back(*written, &io::ErrorKind::WriteZero.into())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.take_back(*written, &error)),
            }
        }
        Ok(())
    }

    /// Removes the `written` bytes of a `put` that failed, since the same records come again. Not where
    /// another task appended meanwhile: then they stay and come twice.
    fn take_back(&mut self, written: u64, error: &io::Error) -> Error {
        let taken = written == 0 || self.cut_off(written).is_ok();
        self.torn = !taken && ends_within_a_line(&self.name);
        failed(&self.name, error)
    }

    fn cut_off(&mut self, written: u64) -> io::Result<()> {
        let end = self.file.stream_position()?;
        let metadata = self.file.metadata()?;
        if !metadata.is_file() || metadata.len() != end || end < written {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.file.set_len(end - written)
    }
}

/// Whether something follows the last line end of a file.
fn ends_within_a_line(name: &str) -> bool {
    let last = || -> io::Result<u8> {
        let mut file = File::open(name)?;
        let mut last = [b'\n'];
        if file.metadata()?.is_file() && file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(last[0])
    };
    // A file that may be written but not read is taken as it is.
    last().is_ok_and(|last| last != b'\n')
}

/// The error of a write. What passes by itself, such as a full disk, is worth another try.
fn failed(name: &str, error: &io::Error) -> Error {
    use io::ErrorKind as Io;
    let kind = match error.kind() {
        Io::StorageFull | Io::QuotaExceeded | Io::WouldBlock | Io::TimedOut | Io::ResourceBusy => {
            ErrorKind::Retriable
        }
        _ => ErrorKind::Fatal,
    };
    Error::new(kind, format!("Couldn't write to file '{name}' for FileStreamSinkTask"))
        .caused_by(crate::io_cause(name, error))
}
