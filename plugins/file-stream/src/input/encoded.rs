//! Text in another encoding, turned into UTF-8.

use std::io;

use encoding_rs::{Decoder, Encoding};

use super::Input;

const RAW: usize = 64 << 10;

/// An input in some encoding; a byte order mark of that encoding is left out, what is malformed becomes
/// U+FFFD.
pub struct Encoded {
    from: Box<dyn Input>,
    decoder: Decoder,
    raw: Vec<u8>,
    start: usize,
    end: usize,
}

impl Encoded {
    /// Reads `from`, which is in `encoding`.
    pub fn new(from: Box<dyn Input>, encoding: &'static Encoding) -> Self {
        Self { from, decoder: encoding.new_decoder_with_bom_removal(), raw: vec![0; RAW], start: 0, end: 0 }
    }
}

impl Input for Encoded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.start == self.end {
                self.start = 0;
                self.end = self.from.read(&mut self.raw)?;
                if self.end == 0 {
                    return Ok(0);
                }
            }
            let raw = &self.raw[self.start..self.end];
            let (_, read, written, _) = self.decoder.decode_to_utf8(raw, into, false);
            self.start += read;
            if written > 0 || into.len() < 4 {
                return Ok(written);
            }
        }
    }
    fn hint(&mut self) -> usize {
        // One byte may become three, but the reader need not find all at once.
        (self.end - self.start).saturating_add(self.from.hint()).saturating_mul(2).min(1 << 20)
    }
    fn more(&mut self) -> bool {
        self.start < self.end || self.from.more()
    }
}
