//! Finding lines: large chunks of bytes, shared with the batches that point into them.

use std::io;
use std::sync::Arc;

use memchr::{memchr2_iter, memrchr2};

use crate::input::Input;

/// What is read at once where there is that much.
pub const CHUNK: usize = 1 << 20;
/// The smallest chunk: a file that grows by a few lines at a time does not need more.
const SMALL: usize = 4 << 10;
/// Chunks kept for reuse, so that fresh memory is not paid for again and again.
const SPARE: usize = 4;
/// The longest line.
const LONGEST: usize = 1 << 30;

/// Bytes that batches point into. Immutable while one does.
pub struct Chunk(Box<[u8]>);

impl Chunk {
    fn new(size: usize) -> Arc<Self> {
        Arc::new(Self(vec![0; size].into_boxed_slice()))
    }
    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A line in a chunk: its text is `start..end`, the next one begins at `next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// First byte.
    pub start: u32,
    /// Behind the text.
    pub end: u32,
    /// Behind the line end.
    pub next: u32,
}

/// The splitter: filled from an [`Input`], it hands out lines that end in `\n`, `\r\n` or `\r`.
///
/// A `\r` at the end of what is there belongs to no line until the next byte is known, and what follows
/// the last line end is withheld, as in Connect.
pub struct Lines {
    chunk: Arc<Chunk>,
    /// Bytes of the input before the chunk.
    base: u64,
    /// First byte not consumed.
    start: usize,
    /// Up to here there is no line end.
    scanned: usize,
    /// Behind the last byte read.
    end: usize,
    found: Vec<Line>,
    spare: Vec<Arc<Chunk>>,
}

impl Lines {
    /// A splitter of an input whose first byte is number `base`.
    pub fn new(base: u64) -> Self {
        Self {
            chunk: Chunk::new(0),
            base,
            start: 0,
            scanned: 0,
            end: 0,
            found: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The chunk that the lines of [`Lines::split`] are in.
    pub fn chunk(&self) -> &Arc<Chunk> {
        &self.chunk
    }

    /// Number of the first byte of the input that is not consumed.
    pub fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// What is there and not consumed.
    pub fn rest(&self) -> &[u8] {
        &self.chunk.0[self.start..self.end]
    }

    /// The part of [`Lines::rest`] that consists of whole lines.
    pub fn whole(&self) -> &[u8] {
        let rest = self.rest();
        // A `\r` at the end may be half of a line end.
        let known = rest.strip_suffix(b"\r").unwrap_or(rest);
        let Some(at) = memrchr2(b'\n', b'\r', known) else { return &[] };
        &rest[..=at]
    }

    /// The lines of the last [`Lines::split`].
    pub fn found(&self) -> &[Line] {
        &self.found
    }

    /// Finds the next whole lines, at most `limit`, at most those that are there; says how many.
    pub fn split(&mut self, limit: usize) -> usize {
        self.found.clear();
        let bytes = &self.chunk.0[..self.end];
        let mut start = self.start;
        for at in memchr2_iter(b'\n', b'\r', &bytes[self.scanned..]) {
            let at = self.scanned + at;
            if at < start {
                // The `\n` of a `\r\n`.
                continue;
            }
            let next = match bytes.get(at + 1) {
                _ if bytes[at] == b'\n' => at + 1,
                Some(b'\n') => at + 2,
                Some(_) => at + 1,
                None => break,
            };
            // A chunk is never longer than `LONGEST` and a read.
            self.found.push(Line { start: start as u32, end: at as u32, next: next as u32 });
            start = next;
            if self.found.len() == limit {
                break;
            }
        }
        if self.found.is_empty() {
            self.scanned = self.end - usize::from(self.rest().ends_with(b"\r"));
        }
        self.found.len()
    }

    /// Finds what follows the last line end, as a line: for an input that will not grow.
    pub fn split_unfinished(&mut self) -> usize {
        self.found.clear();
        let rest = self.rest();
        if !rest.is_empty() {
            let text = rest.strip_suffix(b"\r").unwrap_or(rest).len();
            let (start, end) = (self.start as u32, (self.start + text) as u32);
            self.found.push(Line { start, end, next: self.end as u32 });
        }
        self.found.len()
    }

    /// Goes on behind the byte before `next`, which is an index into the chunk.
    pub fn consume(&mut self, next: usize) {
        self.start = next;
        self.scanned = self.scanned.max(next);
    }

    /// Goes on `count` bytes further.
    pub fn skip(&mut self, count: usize) {
        self.consume(self.start + count);
    }

    /// Reads what the input has now; 0 means nothing for the time being. Call it when [`Lines::split`] found
    /// no more lines: it moves what is there.
    pub fn fill(&mut self, input: &mut dyn Input) -> io::Result<usize> {
        let carried = self.end - self.start;
        if carried > LONGEST {
            return Err(io::Error::other(format!(
                "a line of more than {LONGEST} bytes begins at byte {}",
                self.offset()
            )));
        }
        let wanted = carried + input.hint().max(1);
        let size =
            if wanted > CHUNK / 4 { CHUNK.max(2 * carried) } else { wanted.next_power_of_two().max(SMALL) };
        self.make_room(size);
        let chunk = Arc::get_mut(&mut self.chunk).expect("made for this reader alone");
        let count = input.read(&mut chunk.0[self.end..])?;
        self.end += count;
        if count == 0 {
            self.shrink(carried);
        }
        Ok(count)
    }

    /// Moves the rest to the start of a chunk of at least `size` bytes that no batch points into.
    fn make_room(&mut self, size: usize) {
        let (start, end) = (self.start, self.end);
        match Arc::get_mut(&mut self.chunk) {
            Some(chunk) if chunk.0.len() >= size => chunk.0.copy_within(start..end, 0),
            _ => {
                let mut fresh = self.spare_chunk(size).unwrap_or_else(|| Chunk::new(size));
                let chunk = Arc::get_mut(&mut fresh).expect("held by nobody else");
                chunk.0[..end - start].copy_from_slice(&self.chunk.0[start..end]);
                let used = std::mem::replace(&mut self.chunk, fresh);
                if used.0.len() == CHUNK && self.spare.len() < SPARE {
                    self.spare.push(used);
                }
            }
        }
        self.base += start as u64;
        self.scanned -= start;
        self.end -= start;
        self.start = 0;
    }

    /// Gives memory back while there is nothing to do.
    fn shrink(&mut self, carried: usize) {
        self.spare.clear();
        if self.chunk.0.len() > SMALL.max(2 * carried) {
            self.chunk = Arc::new(Chunk(self.chunk.0[..self.end].into()));
        }
    }

    /// A used chunk of this size whose batches are all gone.
    fn spare_chunk(&mut self, size: usize) -> Option<Arc<Chunk>> {
        let free = |chunk: &mut Arc<Chunk>| chunk.0.len() == size && Arc::get_mut(chunk).is_some();
        let at = self.spare.iter_mut().position(free)?;
        Some(self.spare.swap_remove(at))
    }
}
