//! Where bytes come from: files, and streams that a thread of their own reads.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

mod encoded;
mod gzip;

pub use encoded::Encoded;
pub use gzip::Gzip;

/// Bytes that may become more while they are read.
pub trait Input: Send {
    /// Reads what is there; 0 means nothing for now.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize>;
    /// How many bytes [`Input::read`] would find, more or less.
    fn hint(&mut self) -> usize;
    /// Whether it is worth while to read again.
    fn more(&mut self) -> bool {
        self.hint() > 0
    }
    /// Goes on at byte `offset`; a stream cannot.
    fn seek(&mut self, _offset: u64) -> io::Result<()> {
        Err(io::ErrorKind::NotSeekable.into())
    }
}

/// Reads, and again when a signal came between.
fn read_some(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A file as it is.
pub struct Plain {
    file: File,
    offset: u64,
}

impl Plain {
    /// Reads `file` from where it stands, its start.
    pub fn new(file: File) -> Self {
        Self { file, offset: 0 }
    }
}

impl Input for Plain {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = read_some(&mut self.file, into)?;
        self.offset += count as u64;
        Ok(count)
    }
    /// None as well when the file is now shorter than what was read.
    fn hint(&mut self) -> usize {
        let len = self.file.metadata().map_or(0, |m| m.len());
        usize::try_from(len.saturating_sub(self.offset)).unwrap_or(usize::MAX)
    }
    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.offset = self.file.seek(SeekFrom::Start(offset))?;
        Ok(())
    }
}

const PIECE: usize = 64 << 10;
const PIECES: usize = 4;

type Pieces = Arc<Mutex<Receiver<Vec<u8>>>>;

/// A pipe or a terminal: reading blocks there, so a thread does it and a task can stop meanwhile.
pub struct Stream {
    pieces: Pieces,
    piece: Vec<u8>,
    at: usize,
}

impl Stream {
    /// Standard input. One thread reads it as long as the process lives, for one task after the other.
    pub fn stdin() -> io::Result<Self> {
        static PIECES: OnceLock<Pieces> = OnceLock::new();
        if let Some(pieces) = PIECES.get() {
            return Ok(Self::of(Arc::clone(pieces)));
        }
        let fresh = Self::spawn("stdin", || Ok(io::stdin()))?;
        Ok(Self::of(Arc::clone(PIECES.get_or_init(|| fresh))))
    }

    /// What `open`, called on the thread that reads, opens. The thread ends with the stream, or at the first
    /// bytes that nobody wants any more.
    pub fn new<R: Read>(
        name: &str,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> io::Result<Self> {
        Ok(Self::of(Self::spawn(name, open)?))
    }

    fn of(pieces: Pieces) -> Self {
        Self { pieces, piece: Vec::new(), at: 0 }
    }

    fn spawn<R: Read>(
        name: &str,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> io::Result<Pieces> {
        let (sender, receiver) = sync_channel(PIECES);
        std::thread::Builder::new().name(format!("read {name}")).spawn(move || pump(open, &sender))?;
        Ok(Arc::new(Mutex::new(receiver)))
    }

    fn next_piece(&mut self) {
        if self.at == self.piece.len() {
            let pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
            self.piece = pieces.try_recv().unwrap_or_default();
            self.at = 0;
        }
    }
}

fn pump<R: Read>(open: impl FnOnce() -> io::Result<R>, to: &SyncSender<Vec<u8>>) {
    let Ok(mut from) = open() else { return };
    let mut piece = vec![0; PIECE];
    while let Ok(count @ 1..) = read_some(&mut from, &mut piece) {
        if to.send(piece[..count].to_vec()).is_err() {
            return;
        }
    }
}

impl Input for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.next_piece();
        let count = into.len().min(self.piece.len() - self.at);
        into[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
    fn hint(&mut self) -> usize {
        self.next_piece();
        self.piece.len() - self.at
    }
}
