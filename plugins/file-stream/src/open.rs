//! An open input: finding the place to go on, then batch after batch, then waiting at its end.

use std::io;
use std::path::{Path, PathBuf};

use encoding_rs::UTF_8;
use ferry_sdk::api::{Level, SourceContext};
use ferry_sdk::data::{Batch, Value, java};
use ferry_sdk::{Error, Result};

use crate::config::{Compression, Format, SourceConfig};
use crate::follow::{Fate, Following};
use crate::format::{Csv, Json, Text, header};
use crate::input::Input;
use crate::lines::Lines;
use crate::position::units;
use crate::records::{Origin, build};
use crate::resume::{Found, resume};
use crate::tail::{LOGGER, Start};

/// What comes after a step.
pub enum Next {
    /// Records.
    Batch(Batch),
    /// Nothing now.
    Idle,
    /// Nothing before the file is longer: the position to go on at is behind its end.
    TooShort,
    /// Another file is to be read: this one, or the one of the partition's name from its start.
    Other(Option<(PathBuf, Start)>),
}

/// What can go wrong.
pub enum Fault {
    /// Reading.
    Read(io::Error),
    /// A row, or its header.
    Row(Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// An input that is read.
pub struct Open {
    input: Box<dyn Input>,
    /// Where following it is wanted.
    follow: Option<Following>,
    lines: Lines,
    position: u64,
    /// Where to go on, while that place is not found yet.
    target: Option<u64>,
    /// The names of the fields, once known (CSV only).
    header: Option<Vec<String>>,
    /// Its end was reached: see whether it is still the same before reading on.
    ended: bool,
    /// [`Open::more`] returns at once, whatever happens.
    quick: bool,
}

/// Who reads, and how.
pub struct Reader<'r> {
    /// The file's name; `None` for standard input.
    pub name: Option<&'r str>,
    /// The source partition.
    pub partition: &'r Value,
    /// The task.
    pub context: &'r SourceContext,
    /// Its configuration.
    pub config: &'r SourceConfig,
}

impl Reader<'_> {
    fn shown(&self) -> &str {
        self.name.unwrap_or("stdin")
    }
    fn warn(&self, message: &str) {
        self.context.host().log(Level::Warn, LOGGER, message);
    }
}

impl Open {
    /// `input` from its start, to go on at position `target`.
    pub fn new(input: Box<dyn Input>, target: u64, follow: Option<Following>) -> Self {
        Self {
            input,
            follow,
            lines: Lines::new(0),
            position: 0,
            target: (target > 0).then_some(target),
            header: None,
            ended: false,
            quick: true,
        }
    }

    /// A stream that cannot be read again: what comes has positions from `position` on.
    pub fn stream(input: Box<dyn Input>, position: u64) -> Self {
        Self { position, ..Self::new(input, 0, None) }
    }

    /// The same, and whether looking at it returns at once whatever happens.
    pub fn quick(self, quick: bool) -> Self {
        Self { quick, ..self }
    }

    /// Whether it is worth while to read on.
    pub fn more(&mut self) -> bool {
        self.input.more()
    }

    /// Whether there is nothing to do before there is [`Open::more`], which any thread may ask.
    pub fn rests(&self) -> bool {
        // Following a file is looking for others, too.
        self.quick && self.follow.is_none()
    }

    /// The task has waited for something new.
    pub fn rested(&mut self) {
        if let Some(follow) = &mut self.follow {
            follow.rested();
        }
    }

    /// Goes on until there are records or nothing more to read for now.
    pub fn step(&mut self, reader: &Reader<'_>) -> Result<Next, Fault> {
        loop {
            if reader.config.format == Format::Csv && self.header.is_none() {
                if self.lines.split(1) == 1 {
                    self.read_header(reader)?;
                    continue;
                }
            } else if let Some(target) = self.target {
                if let Some(next) = self.find(target, reader)? {
                    return Ok(next);
                }
                continue;
            } else {
                while self.lines.split(reader.config.batch_size) > 0 {
                    if let Some(batch) = self.build(reader)? {
                        return Ok(Next::Batch(batch));
                    }
                }
            }
            if reader.context.stopping() {
                return Ok(Next::Idle);
            }
            if self.ended
                && let Some(next) = self.look(reader)?
            {
                return Ok(next);
            }
            if self.lines.fill(&mut *self.input)? == 0 {
                // The first time around nothing is known about what the file was before.
                let seen = std::mem::replace(&mut self.ended, true);
                if !seen && let Some(next) = self.look(reader)? {
                    return Ok(next);
                }
                return Ok(Next::Idle);
            }
        }
    }

    /// The first line, which stays the next one where the place to go on is still to be found.
    fn read_header(&mut self, reader: &Reader<'_>) -> Result<(), Fault> {
        let line = self.lines.found()[0];
        let bytes = self.lines.chunk().bytes();
        let names =
            header(&java::decode(&bytes[line.start as usize..line.end as usize])).map_err(|reason| {
                Fault::Row(Error::data(format!(
                    "The first line of {} is no header: {reason}",
                    reader.shown()
                )))
            })?;
        let count = units(&bytes[line.start as usize..line.next as usize]) as u64;
        self.header = Some(names);
        if self.target.is_none() {
            self.position += count;
            self.lines.consume(line.next as usize);
        }
        Ok(())
    }

    fn build(&mut self, reader: &Reader<'_>) -> Result<Option<Batch>, Fault> {
        let identity = self.follow.as_mut().map(Following::identity).transpose()?;
        let origin = Origin {
            topic: &reader.config.topic,
            partition: reader.partition,
            identity: identity.as_deref(),
            tracked: reader.name.is_some(),
        };
        let shown = reader.shown().to_owned();
        let mut bad_row = |position: u64, reason: &str| {
            let message = format!("The row at position {position} of {shown} cannot be read: {reason}");
            if !reader.config.tolerant {
                return Err(Error::data(message));
            }
            if reader.config.log_errors {
                reader.context.host().log(Level::Error, LOGGER, &message);
            }
            Ok(())
        };
        let (lines, position) = (&mut self.lines, &mut self.position);
        match reader.config.format {
            Format::Line => build(&origin, lines, position, &Text, &mut bad_row),
            Format::Json => build(&origin, lines, position, &Json, &mut bad_row),
            Format::Csv => build(
                &origin,
                lines,
                position,
                &Csv(self.header.as_deref().unwrap_or_default()),
                &mut bad_row,
            ),
        }
        .map_err(Fault::Row)
    }

    /// Moves to `target`. `None`: there.
    fn find(&mut self, target: u64, reader: &Reader<'_>) -> Result<Option<Next>, Fault> {
        let as_the_jvm = reader.config.compression == Compression::None && reader.config.encoding == UTF_8;
        let place = if as_the_jvm && self.bytes_there() < target {
            // There are never more units than bytes.
            Found::Behind { by_bytes: None }
        } else {
            resume(&mut self.lines, &mut *self.input, target, &|| reader.context.stopping())?
        };
        self.position = match place {
            Found::Here => target,
            Found::Stopped => return Ok(Some(Next::Idle)),
            Found::Inside { by_bytes: Some(place), .. } | Found::Behind { by_bytes: Some(place) }
                if as_the_jvm =>
            {
                reader.warn(&format!(
                    "the stored position {target} of {} is not the start of a line: reading again from byte {}",
                    reader.shown(),
                    place.offset
                ));
                self.input.seek(place.offset)?;
                self.lines = Lines::new(place.offset);
                place.position
            }
            Found::Inside { line, .. } => line,
            Found::Behind { .. } if self.follow.is_some() => {
                reader.warn(&format!(
                    "{} is shorter than what was read of it: it was truncated, reading from the start",
                    reader.shown()
                ));
                return Ok(Some(Next::Other(None)));
            }
            Found::Behind { .. } => return Ok(Some(Next::TooShort)),
        };
        self.target = None;
        Ok(None)
    }

    fn bytes_there(&mut self) -> u64 {
        self.lines.offset() + self.lines.rest().len() as u64 + self.input.hint() as u64
    }

    /// At the end: whether another file is to be read.
    fn look(&mut self, reader: &Reader<'_>) -> Result<Option<Next>, Fault> {
        let (Some(follow), Some(name)) = (&mut self.follow, reader.name) else { return Ok(None) };
        match follow.look(Path::new(name))? {
            Fate::Same => Ok(None),
            Fate::Finished(next) => {
                if self.target.is_none()
                    && self.lines.split_unfinished() > 0
                    && let Some(batch) = self.build(reader)?
                {
                    return Ok(Some(Next::Batch(batch)));
                }
                Ok(Some(Next::Other(next.map(|path| (path, Start::At(0))))))
            }
            Fate::Rewritten(copy) => {
                let from = copy.as_ref().map(|copy| format!(", after the rest of {}", copy.display()));
                let from = from.unwrap_or_default();
                reader.warn(&format!("{name} was truncated: reading it from the start{from}"));
                let position = self.target.unwrap_or(self.position);
                Ok(Some(Next::Other(copy.map(|path| (path, Start::At(position))))))
            }
        }
    }
}
