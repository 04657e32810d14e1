//! Gzip files, also of several members, also while they are still written.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};

use flate2::bufread::GzDecoder;

use super::{Input, read_some};

/// What is left of the file: at the border of two members, or inside one.
enum At {
    Border(BufReader<File>),
    Member(GzDecoder<BufReader<File>>),
    /// The member ended too soon; the file had this length. Read again from the start when it is longer.
    Cut(File, u64),
}

/// A gzip file.
pub struct Gzip {
    /// Taken out while it changes; `None` after an error.
    at: Option<At>,
    /// Bytes given out so far.
    given: u64,
    /// Bytes to leave out, because they were given out before the file was cut off.
    known: u64,
}

impl Gzip {
    /// Reads `file` from where it stands, its start.
    pub fn new(file: File) -> Self {
        Self { at: Some(At::Border(BufReader::new(file))), given: 0, known: 0 }
    }

    fn read_on(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.at.take().ok_or_else(|| io::Error::other("the gzip stream is broken"))? {
                At::Border(mut from) => {
                    if from.fill_buf()?.is_empty() {
                        self.at = Some(At::Border(from));
                        return Ok(0);
                    }
                    self.at = Some(At::Member(GzDecoder::new(from)));
                }
                At::Member(mut decoder) => match read_some(&mut decoder, into) {
                    Ok(0) => self.at = Some(At::Border(decoder.into_inner())),
                    Ok(count) => {
                        self.at = Some(At::Member(decoder));
                        return Ok(count);
                    }
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                        let mut from = decoder.into_inner();
                        let len = from.stream_position()?;
                        self.at = Some(At::Cut(from.into_inner(), len));
                        return Ok(0);
                    }
                    Err(error) => return Err(error),
                },
                cut @ At::Cut(..) => {
                    self.at = Some(cut);
                    return Ok(0);
                }
            }
        }
    }

    /// Begins again where the file was cut off and is longer now.
    fn begin_again(&mut self) -> io::Result<()> {
        match self.at.take() {
            Some(At::Cut(mut file, len)) if file.metadata()?.len() > len => {
                file.seek(SeekFrom::Start(0))?;
                self.known = self.given;
                self.at = Some(At::Border(BufReader::new(file)));
            }
            at => self.at = at,
        }
        Ok(())
    }
}

impl Input for Gzip {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.begin_again()?;
        while self.known > 0 {
            let mut seen = [0; 8 << 10];
            let count = self.known.min(seen.len() as u64) as usize;
            match self.read_on(&mut seen[..count])? {
                0 => return Ok(0),
                count => self.known -= count as u64,
            }
        }
        let count = self.read_on(into)?;
        self.given += count as u64;
        Ok(count)
    }
    fn hint(&mut self) -> usize {
        if self.more() { 1 << 20 } else { 0 }
    }
    fn more(&mut self) -> bool {
        match &mut self.at {
            Some(At::Border(from)) => from.fill_buf().is_ok_and(|bytes| !bytes.is_empty()),
            Some(At::Member(_)) | None => true,
            Some(At::Cut(file, len)) => file.metadata().is_ok_and(|m| m.len() > *len),
        }
    }
}
